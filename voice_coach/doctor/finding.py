"""The findings of the doctor, the input of its checks, and the lines of its report."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from voice_coach.memory.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences
    from voice_coach.routines import Routine


_DEVICE = {"title": "", "none": "", "plug_in": "", "unusable": "reason", "no_rate": "device"}
PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "report": {
        "ok": "", "warning": "", "failure": "", "looking_at": "check", "chirp_follows": "", "can_work": "",
        "can_work_with_one_warning": "", "can_work_with_warnings": "count", "cannot_work": "checks",
    },
    "check": {"hangs": "seconds", "not_made": "reason", "crashed": "signal", "ended": "status", "close_programs": "",
        "again": "",
    },
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
        "damaged": "files folder", "second_ear_damaged": "files folder",
    },
    "calibration": {
        "title": "", "fine": "count", "not_needed": "", "no_model": "", "repair_models": "", "outdated": "",
    },
    "recogniser": {
        "title": "", "sample": "", "fine": "phrase milliseconds", "slow": "phrase seconds", "misheard": "phrase heard",
        "heard_nothing": "phrase", "uncalibrated": "", "no_voice": "", "unusable": "reason",
    },
    "voice": {
        "title": "", "sample": "", "fine": "voice milliseconds version", "slow": "seconds", "silent": "voice",
        "no_stand_in": "voice reason", "unusable": "reason",
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
        "not_tried": "", "repair_devices": "", "closed": "reason",
    },
    "service": {
        "title": "", "runs": "", "runs_as": "process", "runs_not": "", "fine": "state runs", "not_installed": "runs",
        "unknown": "runs reason", "down": "state", "down_since": "state reason", "not_at_boot": "",
        "stood_still": "count",
    },
}  # fmt: skip


def load_texts(pack: LanguagePack) -> Sentences:
    """Read the doctor's sentences in a language.

    Raises:
        ContentError: The language's file is missing or wrong.
    """
    return pack.sentences("doctor", PLACEHOLDERS)


class CheckState(Enum):
    """The severity of a finding."""

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
    """The command that repairs the fault, or a sentence where no command can; empty when nothing needs repair."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """The measured values, for JSON output; each name contains its unit."""

    def as_json(self) -> dict[str, Any]:
        """Return the finding as a JSON object."""
        return asdict(self) | {"state": self.state.value}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Return the finding that `as_json` encoded. Raises KeyError, TypeError or ValueError for any other object."""
        return cls(**{**given, "state": CheckState(given["state"])})


def ok(name: str, meaning: str, **figures: object) -> Finding:
    """Return a finding that all is well."""
    return Finding(name, CheckState.OK, meaning, "", figures)


def warning(name: str, meaning: str, remedy: str, **figures: object) -> Finding:
    """Return a finding about a fault with which the coach still works."""
    return Finding(name, CheckState.WARNING, meaning, remedy, figures)


def failure(name: str, meaning: str, remedy: str, **figures: object) -> Finding:
    """Return a finding about a fault with which the coach cannot work."""
    return Finding(name, CheckState.FAILURE, meaning, remedy, figures)


@dataclass(frozen=True)
class CheckContext:
    """The input of every check: language, settings, and whether a coach is already running."""

    pack: LanguagePack
    """The language pack of the person's language."""
    load_routine: Callable[[str, str], Routine]
    """Function that reads a routine by its name and language; it raises ContentError."""
    settings: Settings = field(default_factory=Settings)
    is_running: bool = False
    """Whether a coach is already running, which may keep the sound devices from the checks."""

    @cached_property
    def texts(self) -> Sentences:
        """The doctor's sentences in the person's language. Raises ContentError."""
        return load_texts(self.pack)

    def as_json(self) -> dict[str, Any]:
        """Return settings and `is_running` as a JSON object, for a check that runs in another process."""
        return {"settings": asdict(self.settings), "is_running": self.is_running}


_STYLES = {CheckState.OK: "green", CheckState.WARNING: "yellow", CheckState.FAILURE: "bold red"}
_MARK_WIDTH = 9
_NAME_WIDTH = 18
_INDENT = " " * (_MARK_WIDTH + _NAME_WIDTH)
_NARROWEST = 30


def title_of(name: str, texts: Sentences) -> str:
    """Return the title of a check in the person's language.

    Args:
        name: Name of the check, as in `Check.name`.
        texts: The doctor's sentences.
    """
    return texts.say(f"{name}.title")


def lines_of(finding: Finding, texts: Sentences, width: int | None) -> Text:
    """Return a finding as lines for the terminal: its severity, the check's title and the meaning; then the remedy.

    Args:
        finding: The finding.
        texts: The doctor's sentences.
        width: Width of the terminal in cells; None for a pipe, where no line is wrapped.
    """
    lines = _wrapped(finding.meaning, max(_NARROWEST, width - len(_INDENT))) if width else [finding.meaning]
    mark, title = texts.say(f"report.{finding.state.value}"), title_of(finding.name, texts)
    text = Text.assemble(
        (set_cell_size(mark, _MARK_WIDTH), _STYLES[finding.state]),
        (set_cell_size(title, _NAME_WIDTH), "bold"),
        f"\n{_INDENT}".join(lines),
    )
    if finding.remedy:
        text.append(f"\n{_INDENT}")
        text.append(f"→ {finding.remedy}", "cyan")  # never wrapped, so that it can be copied
    return text


def conclusion(findings: Sequence[Finding], texts: Sentences) -> Text:
    """Return a sentence that says whether the coach can work."""
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
    """Return whether no check found a failure."""
    return all(finding.state is not CheckState.FAILURE for finding in findings)


def _wrapped(text: str, width: int) -> list[str]:
    """Wrap a text at spaces into lines of at most `width` terminal cells; letters of some scripts take two cells."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and cell_len(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
