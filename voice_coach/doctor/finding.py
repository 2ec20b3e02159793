"""Findings of the doctor, and what a check needs to know."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from voice_coach.language.wording import read_sentences, sentences_schema
from voice_coach.memory.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences
    from voice_coach.routines import Routine


_DEVICE = {"title": "", "none": "", "unusable": "reason", "no_rate": "device"}
PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "report": {
        "ok": "", "warning": "", "failure": "", "looking_at": "check", "chirp_follows": "", "can_work": "",
        "can_work_with_one_warning": "", "can_work_with_warnings": "count", "cannot_work": "checks",
    },
    "check": {"hangs": "seconds", "not_made": "reason", "crashed": "signal", "ended": "status", "close_programs": ""},
    "python": {
        "title": "", "fine": "version system", "too_old": "version", "bits_32": "", "get_64_bits": "",
        "other_system": "system", "use_another": "", "old_glibc": "version", "upgrade": "",
    },
    "memory": {"title": "", "fine": "free total", "short": "free total needed", "close_programs": ""},
    "disk": {
        "title": "", "fine": "free milliseconds", "locked": "folders", "full": "free folder",
        "slow": "folder milliseconds", "get_faster": "",
    },
    "clock": {
        "title": "", "set": "", "set_with_battery": "", "unset": "", "unset_with_battery": "", "implausible": "year",
    },
    "raspberry_pi": {
        "title": "", "none": "", "fine": "board", "unreadable": "board", "hot": "board",
        "board_and_heat": "board celsius", "troubled": "board troubles", "was_troubled": "board troubles",
        "get_power": "", "get_air": "",
        "under_voltage_now": "", "capped_now": "", "throttled_now": "", "soft_limit_now": "",
        "under_voltage": "", "capped": "", "throttled": "", "soft_limit": "",
    },
    "settings": {
        "title": "", "fine": "path", "none": "", "wrong": "path mistakes", "unreadable": "reason", "routine": "reason",
    },
    "mirror": {"title": "", "fine": "port", "none": "", "taken": "", "unusable": "reason"},
    "hands": {"title": "", "fine": "", "none": "", "taken": "", "unusable": "reason"},
    "models": {
        "title": "", "fine": "engines", "and": "one other", "none": "", "deaf": "engine",
        "choose_engine": "", "unusable": "reason", "missing": "files folder",
        "damaged": "files folder",
    },
    "calibration": {"title": "", "fine": "count", "not_needed": "", "no_model": "", "outdated": ""},
    "recogniser": {
        "title": "", "sample": "", "fine": "phrase milliseconds", "slow": "phrase seconds", "misheard": "phrase heard",
        "heard_nothing": "phrase", "uncalibrated": "", "no_voice": "", "unusable": "reason",
    },
    "voice": {
        "title": "", "sample": "", "fine": "voice milliseconds version", "slow": "seconds", "silent": "voice",
        "unusable": "reason",
    },
    "sound_server": {
        "title": "", "none": "", "fine": "server address", "reachable": "address", "unreachable": "address reason",
        "mute": "address",
    },
    "portaudio": {"title": "", "fine": "version count", "unusable": "reason"},
    "devices": {"fine": "device channels rates", "one_channel": "", "channels": "count", "taken": "meaning"},
    "microphone": _DEVICE,
    "speaker": _DEVICE,
    "microphone_level": {
        "title": "", "levels": "level peak", "fine": "levels", "zeros": "", "clips": "levels percent", "loud": "levels",
        "quiet": "levels", "not_measured": "", "closed": "device reason", "empty": "device", "replug": "",
        "one_of_several": "channel count meaning others", "channel": "channel level", "channel_zeros": "channel",
        "no_channel": "channel count", "antiphase": "meaning", "mixed": "count meaning", "leave_channel_out": "",
    },
    "loop": {
        "title": "", "louder": "milliseconds decibels", "softer": "milliseconds decibels", "unheard": "",
        "not_tried": "", "closed": "reason",
    },
    "service": {
        "title": "", "runs": "", "runs_as": "process", "runs_not": "", "fine": "state runs", "not_installed": "runs",
        "unknown": "runs reason", "down": "state", "down_since": "state reason", "not_at_boot": "",
        "stood_still": "count",
    },
}  # fmt: skip


def load_texts(pack: LanguagePack) -> Sentences:
    """Read what the doctor says in a language.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    return read_sentences(pack.document("doctor", sentences_schema(PLACEHOLDERS)), PLACEHOLDERS)


class CheckState(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """The coach works, but not as well as it could."""
    FAILURE = "failure"
    """The coach cannot work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    name: str
    state: CheckState
    meaning: str
    """One sentence, in the person's language."""
    remedy: str = ""
    """The one command (or, where only hands help, the one deed) that repairs it; empty when nothing must be done."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """What was measured, for JSON; units are in the names."""

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self) | {"state": self.state.value}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """What `as_json` made. Raises KeyError, TypeError, ValueError for anything else."""
        return cls(**{**given, "state": CheckState(given["state"])})


def ok(name: str, meaning: str, **figures: object) -> Finding:
    """All is well."""
    return Finding(name, CheckState.OK, meaning, "", figures)


def warning(name: str, meaning: str, remedy: str, **figures: object) -> Finding:
    """The coach works nevertheless."""
    return Finding(name, CheckState.WARNING, meaning, remedy, figures)


def failure(name: str, meaning: str, remedy: str, **figures: object) -> Finding:
    """The coach cannot work."""
    return Finding(name, CheckState.FAILURE, meaning, remedy, figures)


@dataclass(frozen=True)
class CheckContext:
    """What the checks need to know before they look."""

    pack: LanguagePack
    """Of the person's language."""
    load_routine: Callable[[str, str], Routine]
    """Reads a routine by its name and language; raises ContentError."""
    settings: Settings = field(default_factory=Settings)
    is_running: bool = False
    """Whether a coach runs already, and so may have the sound devices for itself."""

    @cached_property
    def texts(self) -> Sentences:
        """What the doctor says, in the person's language. Raises ContentError."""
        return load_texts(self.pack)

    def as_json(self) -> dict[str, Any]:
        """As a JSON object, without the content, which another process reads itself."""
        return {"settings": asdict(self.settings), "is_running": self.is_running}


_STYLES = {CheckState.OK: "green", CheckState.WARNING: "yellow", CheckState.FAILURE: "bold red"}
_MARK_WIDTH = 9
_NAME_WIDTH = 18
_INDENT = " " * (_MARK_WIDTH + _NAME_WIDTH)
_NARROWEST = 30


def title_of(name: str, texts: Sentences) -> str:
    """What a check is called.

    Args:
        name: of the check.
        texts: what the doctor says.
    """
    return texts.say(f"{name}.title")


def lines_of(finding: Finding, texts: Sentences, width: int | None) -> Text:
    """A finding as lines: how it is, what was looked at, what it means, and below it what repairs it.

    Args:
        finding: what was found.
        texts: what the doctor says.
        width: of the terminal; None for a pipe, where no line is broken.
    """
    lines = _broken(finding.meaning, max(_NARROWEST, width - len(_INDENT))) if width else [finding.meaning]
    mark, title = texts.say(f"report.{finding.state.value}"), title_of(finding.name, texts)
    text = Text.assemble(
        (set_cell_size(mark, _MARK_WIDTH), _STYLES[finding.state]),
        (set_cell_size(title, _NAME_WIDTH), "bold"),
        f"\n{_INDENT}".join(lines),
    )
    if finding.remedy:
        text.append(f"\n{_INDENT}")
        text.append(f"→ {finding.remedy}", "cyan")  # never broken: it is there to be copied
    return text


def conclusion(findings: Sequence[Finding], texts: Sentences) -> Text:
    """Whether the coach can work, in a sentence."""
    failures = [title_of(finding.name, texts) for finding in findings if finding.state is CheckState.FAILURE]
    warnings = sum(finding.state is CheckState.WARNING for finding in findings)
    if failures:
        return Text(texts.say("report.cannot_work", checks=", ".join(failures)), "bold red")
    if warnings == 1:
        return Text(texts.say("report.can_work_with_one_warning"), "bold yellow")
    if warnings:
        return Text(texts.say("report.can_work_with_warnings", count=warnings), "bold yellow")
    return Text(texts.say("report.can_work"), "bold green")


def can_work(findings: Sequence[Finding]) -> bool:
    """Whether nothing failed."""
    return all(finding.state is not CheckState.FAILURE for finding in findings)


def _broken(text: str, room: int) -> list[str]:
    """Into lines of so many cells, at spaces only; letters of some scripts take two."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and cell_len(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
