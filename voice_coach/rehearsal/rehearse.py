"""Runs a rehearsal: a synthetic person commands the real coach by voice on a virtual sound card, and it is measured."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from platformdirs import user_data_path

from voice_coach.errors import RehearsalError
from voice_coach.models.catalogue import AUTO
from voice_coach.mouth.speaker import synthesise
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.speech_renderer import SpeechRenderer
from voice_coach.mouth.synthesizers import open_voice
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import Person, follow, hold_dialogue
from voice_coach.rehearsal.measure import judge, measure_countdown, measure_replies, steps_spoken
from voice_coach.rehearsal.noise import playing
from voice_coach.rehearsal.rehearsal_script import RehearsalScript, has_countdown, load_turns, steps_of, turns_of
from voice_coach.rehearsal.virtual_card import VirtualCard
from voice_coach.routine_folder import own_folder
from voice_coach.routines import Phase
from voice_coach.session.commands import Sound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from voice_coach.language.pack import LanguagePack
    from voice_coach.rehearsal.coach_process import CoachState, Line
    from voice_coach.rehearsal.measure import Attempt, AttemptOutcome, MeasuredCountdown, Reply
    from voice_coach.rehearsal.noise import Noise
    from voice_coach.rehearsal.recorder import Recording
    from voice_coach.rehearsal.rehearsal_script import RehearsalTurn
    from voice_coach.routines import Routine


_MOST_MISSED = 1
"""Number of commands that a good rehearsal without noise may leave not understood."""
_SHARE_MISSED = 0.1
"""Share of all commands that a good rehearsal with noise may leave not understood."""


@dataclass(frozen=True, slots=True)
class RehearsalResult:
    """The measurements of a rehearsal, and whether it went well."""

    steps_spoken: int
    step_count: int
    outcomes: tuple[AttemptOutcome, ...]
    wrong: int
    replies: tuple[Reply, ...]
    interruptions: tuple[Reply, ...]
    countdown: MeasuredCountdown | None
    engine: str
    trouble: str
    """The reason why the routine did not reach its end, as a sentence; empty when it did."""
    noise: Noise | None = None
    """The noise that the microphone heard besides the person, if any."""
    has_countdown: bool = True
    """Whether the routine has a countdown; if not, a missing measurement of it is no fault."""

    @property
    def understood(self) -> int:
        """The number of commands that the coach understood."""
        return sum(1 for outcome in self.outcomes if outcome.heard is not None)

    @property
    def is_good(self) -> bool:
        """Whether the routine reached its end with every step spoken, few commands missed and none misunderstood."""
        missed = len(self.outcomes) - self.understood
        return (
            not self.trouble
            and self.steps_spoken == self.step_count
            and missed <= (_MOST_MISSED if self.noise is None else len(self.outcomes) * _SHARE_MISSED)
            and self.wrong == 0
            and (self.countdown is not None or not self.has_countdown)
        )

    def summary(self) -> dict[str, object]:
        """Return the summary that `rehearse --json` prints last; times are in milliseconds, None when not measured."""
        replies = [reply.seconds for reply in self.replies]
        interruptions = [reply.seconds for reply in self.interruptions]
        return {
            "kind": "summary",
            "steps_spoken": self.steps_spoken,
            "commands_given": len(self.outcomes),
            "commands_understood": self.understood,
            "commands_wrong": self.wrong,
            "reply_ms_median": _milliseconds(replies, 50),
            "reply_ms_p95": _milliseconds(replies, 95),
            "countdown_error_ms": None if self.countdown is None else round(self.countdown.error_seconds * 1000, 1),
            "engine": self.engine,
            "interruption_reply_ms": _milliseconds(interruptions, 50),
            "noise": self.noise and self.noise.name,
            "snr": self.noise and self.noise.snr,
            "trouble": self.trouble,
        }


def _milliseconds(seconds: Sequence[float], percentile: float) -> float | None:
    return round(float(np.percentile(seconds, percentile)) * 1000, 1) if seconds else None


class Reporter:
    """Prints the events of a rehearsal as they happen, as short lines for people or as JSON lines.

    It can be used by several threads, because each line is written in one piece.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._started_at = time.monotonic()

    def tell(self, who: str, text: str, **details: object) -> None:
        """Print one event.

        Args:
            who: The source of the event: "card", "room", "page", "coach", "person" or "ears".
            text: The words that were said, or a description of the event.
            details: Further fields of the JSON line.
        """
        elapsed = time.monotonic() - self._started_at
        if self._as_json:
            _write_json({"kind": "happening", "seconds": round(elapsed, 2), "who": who, "text": text, **details})
        else:
            _write(f"{elapsed:7.1f} s  {who:<9}  {text}")

    def conclude(self, result: RehearsalResult) -> None:
        """Print each reply with its response time, and then the summary."""
        summary = result.summary()
        replies = [(reply, "") for reply in result.replies] + [(reply, "interrupted") for reply in result.interruptions]
        if self._as_json:
            for reply, note in replies:
                fields = {
                    "kind": "reply",
                    "text": reply.text,
                    "reply_ms": reply.milliseconds,
                    "interrupted": bool(note),
                }
                _write_json(fields)
            _write_json(summary)
            return
        _write("")
        for reply, note in replies:
            _write(f"  {reply.text:<28} answered after {reply.milliseconds:>6} ms {note}".rstrip())
        _write("")
        hidden = {"kind", "trouble"} if result.noise else {"kind", "trouble", "noise", "snr"}
        for name, value in summary.items():
            if name not in hidden:
                _write(f"  {name.replace('_', ' '):<24} {'not measured' if value is None else value}")
        _write("")
        _write(f"  {'The rehearsal went well.' if result.is_good else _conclusion(result)}")


def _conclusion(result: RehearsalResult) -> str:
    return f"The rehearsal did not go well: {result.trouble or 'see the figures above.'}"


def _write_json(fields: dict[str, Any]) -> None:
    _write(json.dumps(fields, ensure_ascii=False))


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


DEFAULT_HOLD_SECONDS = 20.0
_READY_SECONDS = 120.0
"""Seconds within which the coach must start to listen."""
_EXIT_SECONDS = 15.0
"""Seconds within which the coach must exit after the last turn."""
USUAL_ROUTINE = "facial_mask"


def rehearse(  # noqa: PLR0913 - one parameter for each option of the command
    pack: LanguagePack,
    routine: Routine,
    *,
    is_own: bool,
    hold_seconds: float = DEFAULT_HOLD_SECONDS,
    engine: str = "auto",
    voice: str = AUTO,
    as_json: bool = False,
    recording_path: Path | None = None,
    noise: Noise | None = None,
    page: int | None = None,
    lines_path: Path | None = None,
) -> int:
    """Rehearse a whole routine, print its events as they happen, and finally print a summary.

    Args:
        pack: The language pack of coach and person.
        routine: The routine; the usual one is rehearsed with many more commands than others.
        is_own: Whether the routine is the person's own.
        hold_seconds: Length of the countdown in seconds; below 15 the person has no time to speak in it.
        engine: The engine, as in `start --engine`.
        voice: The coach's voice, as in `start --voice`.
        as_json: Whether to print JSON lines, the summary last.
        recording_path: File for the recording of both sides (left the microphone, right the speaker), if any.
        noise: Noise that the microphone hears all the time, if any.
        page: Port on which the coach serves its page to browsers, if any.
        lines_path: File for the coach's events and commands as JSON lines, if any.

    Returns:
        The exit status: 0 when the rehearsal went well (`RehearsalResult.is_good`), else 1.

    Raises:
        RehearsalError: The card, the person or the coach cannot be started, or recording or lines cannot be kept.
        ContentError: The language's rehearsal has mistakes.
    """
    is_usual = routine.id == USUAL_ROUTINE and not is_own
    turns = load_turns(pack)
    script = RehearsalScript(turns if is_usual else turns_of(routine, turns), hold_seconds)
    cast = _Cast(pack, engine, voice, routine, hold_seconds, page)
    reporter = Reporter(as_json=as_json)
    reporter.tell("card", "a virtual sound card comes up: a private PulseAudio")
    with contextlib.ExitStack() as room:
        scratch = room.enter_context(tempfile.TemporaryDirectory(prefix="rehearsal-"))
        card = room.enter_context(VirtualCard())
        if noise is not None:
            reporter.tell("room", f"{noise.name}, {noise.snr:g} dB below the person's voice")
            room.enter_context(playing(noise, card))
        card.start_recording()
        performance = _perform(card, Path(scratch), reporter, cast, script)
        recording = card.stop_recording()
    if recording_path is not None:
        _keep(recording, recording_path)
    if lines_path is not None:
        _keep_lines(performance.state.lines, lines_path)
    result = _measure(performance, recording, cast, noise)
    reporter.conclude(result)
    return 0 if result.is_good else 1


@dataclass(frozen=True, slots=True)
class _Performance:
    """The course of a rehearsal, from which the result is measured."""

    attempts: tuple[Attempt, ...]
    words: Mapping[RehearsalTurn, NDArray[np.float32]]
    """The sound of each turn that was said, without noise, at the card's sample rate."""
    state: CoachState
    trouble: str


def _keep(recording: Recording, path: Path) -> None:
    sides = np.stack([recording.microphone, recording.speaker], axis=1)
    try:
        soundfile.write(path, sides, recording.rate, format="WAV", subtype="PCM_16")
    except (OSError, soundfile.SoundFileError) as error:
        msg = f"The recording cannot be written to {path} ({error}); name a file in a folder that you may write to."
        raise RehearsalError(msg) from error


def _keep_lines(lines: Sequence[Line], path: Path) -> None:
    try:
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    except OSError as error:
        msg = f"The coach's lines cannot be written to {path} ({error}); name a file in a folder that you may write to."
        raise RehearsalError(msg) from error


@dataclass(frozen=True, slots=True)
class _Cast:
    """The options of the coach in a rehearsal."""

    pack: LanguagePack
    engine: str
    voice: str
    routine: Routine
    hold_seconds: float
    page: int | None

    @property
    def arguments(self) -> list[str]:
        """The command-line arguments of `start`."""
        chosen = ["--engine", self.engine, "--voice", self.voice]
        led = ["--lang", self.pack.code, "--routine", self.routine.id]
        page = [] if self.page is None else ["--page", str(self.page)]
        return [*chosen, *led, *page, "--hold-seconds", f"{self.hold_seconds:g}", "--daytime"]


def _perform(
    card: VirtualCard, scratch: Path, reporter: Reporter, cast: _Cast, script: RehearsalScript
) -> _Performance:
    reporter.tell("coach", f"(voice-coach start {' '.join(cast.arguments)})")
    environment = {**card.environment, **_own_folders(scratch)}
    with CoachProcess(cast.arguments, environment, scratch / "coach.log", lambda line: follow(reporter, line)) as coach:
        person = Person(card, scratch)
        person.learn((turn.voice, turn.text) for turn in script.turns)
        if not coach.wait_until(lambda state: state.is_listening, _READY_SECONDS):
            msg = f"The coach did not start: {coach.complaint() or 'it gave no reason; try `voice-coach start`.'}"
            raise RehearsalError(msg)
        if cast.page is not None:
            reporter.tell("page", f"http://localhost:{cast.page}/")
        dialogue = hold_dialogue(script.turns, coach, person, reporter, script.hold_seconds)
        trouble = dialogue.trouble or _fault_at_end(coach)
        said = {attempt.turn for attempt in dialogue.attempts}
        words = {turn: person.sound(turn.voice, turn.text) for turn in said}
    return _Performance(tuple(dialogue.attempts), words, coach.state, trouble)


def _own_folders(scratch: Path) -> dict[str, str]:
    """Make separate folders with links to the person's models and routines; return the variables that name them."""
    settings = scratch / "config" / "voice-coach"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "routines").symlink_to(own_folder().absolute())
    data = scratch / "data" / "voice-coach"
    data.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(user_data_path("voice-coach").absolute() / "models")
    return {f"XDG_{kind.upper()}_HOME": str(scratch / kind) for kind in ("config", "data", "state")}


def _fault_at_end(coach: CoachProcess) -> str:
    """Return a sentence that says why the coach did not end as it should; empty when it did."""
    status = coach.exit_status(_EXIT_SECONDS)
    if status is None:
        return "The coach did not leave after it was asked to."
    if status != 0:
        return f"The coach left with status {status}: {coach.complaint() or 'it gave no reason'}"
    if coach.noise:
        return f"The coach wrote to its JSON lines what is none: {coach.noise[0]!r}"
    return "" if Phase.DONE in coach.state.phases else "The coach left before the routine was done."


def _measure(performance: _Performance, recording: Recording, cast: _Cast, noise: Noise | None) -> RehearsalResult:
    lines = performance.state.lines
    outcomes, wrong = judge(performance.attempts, lines)
    opened, _ = open_voice(cast.voice, cast.pack)
    with contextlib.closing(opened):
        sentences = SpeechRenderer(opened, SpeechCache(), recording.rate)
        replies, interruptions = measure_replies(outcomes, lines, recording, sentences.get, performance.words)
    steps = steps_of(cast.routine)
    return RehearsalResult(
        steps_spoken=steps_spoken(lines, recording, [step.say for step in steps]),
        step_count=len(steps),
        outcomes=outcomes,
        wrong=wrong,
        replies=replies,
        interruptions=interruptions,
        countdown=measure_countdown(lines, recording, {sound: synthesise(sound, recording.rate) for sound in Sound}),
        engine=performance.state.engine,
        trouble=performance.trouble,
        noise=noise,
        has_countdown=has_countdown(cast.routine),
    )
