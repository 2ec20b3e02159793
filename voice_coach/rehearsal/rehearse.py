"""A rehearsal: the real program on a virtual sound card, with a person who speaks, measured in the sound."""

from __future__ import annotations

import contextlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from platformdirs import user_data_path

from voice_coach.core.commands import Sound
from voice_coach.errors import RehearsalError
from voice_coach.models.voices import STANDARD
from voice_coach.mouth.cache import SpeechCache
from voice_coach.mouth.cues import synthesise
from voice_coach.mouth.speech_renderer import SpeechRenderer
from voice_coach.mouth.synthesizers import open_voice
from voice_coach.rehearsal.card import VirtualCard
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import follow, hold_dialogue
from voice_coach.rehearsal.measure import judge, measure_countdown, measure_replies, steps_spoken
from voice_coach.rehearsal.noise import playing
from voice_coach.rehearsal.person import Person
from voice_coach.rehearsal.report import Reporter, Result
from voice_coach.rehearsal.script import Script, load_turns
from voice_coach.rehearsal.walk import has_countdown, steps_of, turns_of
from voice_coach.routine_folder import own_folder
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from voice_coach.language.pack import LanguagePack
    from voice_coach.rehearsal.coach_process import Line, State
    from voice_coach.rehearsal.measure import Attempt
    from voice_coach.rehearsal.noise import Noise
    from voice_coach.rehearsal.recorder import Recording
    from voice_coach.rehearsal.script import Turn
    from voice_coach.routines import Routine

DEFAULT_HOLD_SECONDS = 20.0
_READY_SECONDS = 120.0
_LEAVE_SECONDS = 15.0
USUAL_ROUTINE = "facial_mask"


def rehearse(  # noqa: PLR0913 - all that a person can ask of one
    pack: LanguagePack,
    routine: Routine,
    *,
    is_own: bool,
    hold_seconds: float = DEFAULT_HOLD_SECONDS,
    engine: str = "auto",
    voice: str = STANDARD,
    as_json: bool = False,
    recording_path: Path | None = None,
    noise: Noise | None = None,
    page: int | None = None,
    lines_path: Path | None = None,
) -> int:
    """Rehearse the whole routine and print what happens, and at last what it came to.

    Args:
        pack: Of the language of coach and person.
        routine: Which one; the usual one that ships is rehearsed with many more commands than others.
        is_own: Whether it is the person's own.
        hold_seconds: The countdown's length; below 15 the person has no time to speak in it.
        engine: As of `start --engine`.
        voice: The coach's, as of `start --voice`.
        as_json: Print JSON lines, the summary last.
        recording_path: Where to keep the recording of both sides (left the microphone, right the speaker), if at all.
        noise: What is heard at the microphone all the time, if anything.
        page: The port at which the coach shows its page to browsers, if at all.
        lines_path: Where to keep the coach's events and commands as JSON lines, if at all.

    Returns:
        The exit status: 0 when the routine came to its end and everything in it was right, else 1.

    Raises:
        RehearsalError: The card, the person or the coach cannot be started, or recording or lines cannot be kept.
        ContentError: The language's rehearsal has mistakes.
    """
    is_usual = routine.id == USUAL_ROUTINE and not is_own
    turns = load_turns(pack)
    script = Script(turns if is_usual else turns_of(routine, turns), hold_seconds)
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
    """What happened, before anything is measured."""

    attempts: tuple[Attempt, ...]
    words: Mapping[Turn, NDArray[np.float32]]
    """How what was said sounds by itself, at the card's rate."""
    state: State
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
    """The coach as it is rehearsed."""

    pack: LanguagePack
    engine: str
    voice: str
    routine: Routine
    hold_seconds: float
    page: int | None

    @property
    def arguments(self) -> list[str]:
        """Those of `start`."""
        chosen = ["--engine", self.engine, "--voice", self.voice]
        led = ["--lang", self.pack.code, "--routine", self.routine.id]
        page = [] if self.page is None else ["--page", str(self.page)]
        return [*chosen, *led, *page, "--hold-seconds", f"{self.hold_seconds:g}", "--daytime"]


def _perform(card: VirtualCard, scratch: Path, reporter: Reporter, cast: _Cast, script: Script) -> _Performance:
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
        trouble = dialogue.trouble or _trouble_at_end(coach)
        said = {attempt.turn for attempt in dialogue.attempts}
        words = {turn: person.sound(turn.voice, turn.text) for turn in said}
    return _Performance(tuple(dialogue.attempts), words, coach.state, trouble)


def _own_folders(scratch: Path) -> dict[str, str]:
    """A rehearsal changes nobody's settings, notes and history, but uses fetched models and own routines."""
    settings = scratch / "config" / "voice-coach"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "routines").symlink_to(own_folder().absolute())
    data = scratch / "data" / "voice-coach"
    data.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(user_data_path("voice-coach").absolute() / "models")
    return {f"XDG_{kind.upper()}_HOME": str(scratch / kind) for kind in ("config", "data", "state")}


def _trouble_at_end(coach: CoachProcess) -> str:
    status = coach.exit_status(_LEAVE_SECONDS)
    if status is None:
        return "The coach did not leave after it was asked to."
    if status != 0:
        return f"The coach left with status {status}: {coach.complaint() or 'it gave no reason'}"
    if coach.noise:
        return f"The coach wrote to its JSON lines what is none: {coach.noise[0]!r}"
    return "" if Phase.DONE in coach.state.phases else "The coach left before the routine was done."


def _measure(performance: _Performance, recording: Recording, cast: _Cast, noise: Noise | None) -> Result:
    lines = performance.state.lines
    outcomes, wrong = judge(performance.attempts, lines)
    opened, _ = open_voice(cast.voice, cast.pack)
    with contextlib.closing(opened):
        sentences = SpeechRenderer(opened, SpeechCache(), recording.rate)
        replies, interruptions = measure_replies(outcomes, lines, recording, sentences.get, performance.words)
    steps = steps_of(cast.routine)
    return Result(
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
