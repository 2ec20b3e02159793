"""One life of a coach after the other on the virtual sound card, each led by voice for a while and then ended.

A person says at random what makes sense at the moment, so that each coach is ended in another place. What it left on
the disk is then read by the coach's own code from a copy, so that reading changes nothing.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Self

from benches.crash.ends import MARK, count_by_life, mark_of
from benches.crash.memory_judges import PastSession, Preferences
from benches.crash.positions import NOTHING_KEPT, DiskContents, EndMoment, Life, SpokenCommand
from voice_coach import clock
from voice_coach.errors import CoachError
from voice_coach.language.intents import Intent
from voice_coach.memory.history.history_file import HISTORY_NAME, read_sessions
from voice_coach.memory.session_store import JOURNAL_NAME
from voice_coach.memory.settings import load_settings
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import VOICES, Person
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random
    from types import TracebackType

    from benches.crash.ends import End
    from voice_coach.memory.history.history_records import RecordedSession
    from voice_coach.rehearsal.coach_process import CoachState, Line
    from voice_coach.rehearsal.virtual_card import VirtualCard


COMMANDS: Mapping[str, SpokenCommand] = {
    "start the mask": SpokenCommand(Intent.START),
    "next step": SpokenCommand(Intent.NEXT),
    "go back one step": SpokenCommand(Intent.BACK),
    "pause the timer": SpokenCommand(Intent.PAUSE),
    "resume the timer": SpokenCommand(Intent.RESUME),
    "add two minutes": SpokenCommand(Intent.ADD_TIME, 2),
    "take away one minute": SpokenCommand(Intent.CUT_TIME, 1),
    "yes please": SpokenCommand(Intent.YES),
    "no thank you": SpokenCommand(Intent.NO),
    "start over": SpokenCommand(Intent.START_OVER),
    "speak louder": SpokenCommand(Intent.LOUDER),
    "turn down the volume": SpokenCommand(Intent.QUIETER),
    "speak more slowly": SpokenCommand(Intent.SLOWER),
    "speak faster": SpokenCommand(Intent.FASTER),
    "why is that": SpokenCommand(Intent.WHY),
    "how much time is left": SpokenCommand(Intent.TIME_LEFT),
    "skip the toner": SpokenCommand(Intent.SKIP, about="toner"),
    "leave the serum out": SpokenCommand(Intent.SKIP, about="serum"),
    "i have oily skin": SpokenCommand(Intent.SKIN, about="oily"),
    "my skin is normal": SpokenCommand(Intent.SKIN, about="normal"),
    "be brief please": SpokenCommand(Intent.BRIEF),
    "tell me everything": SpokenCommand(Intent.FULL),
    "it felt good": SpokenCommand(Intent.FELT, about="good"),
    "my skin feels tight": SpokenCommand(Intent.FELT, about="tight"),
}
_CHOICES = {
    "speak louder": 1,
    "turn down the volume": 1,
    "speak more slowly": 1,
    "speak faster": 1,
    "i have oily skin": 1,
    "my skin is normal": 1,
    "be brief please": 1,
    "tell me everything": 1,
}
_ASIDE = _CHOICES | {"it felt good": 1, "my skin feels tight": 1, "skip the toner": 1, "leave the serum out": 1}
_STEP = _ASIDE | {"next step": 20, "go back one step": 4, "pause the timer": 3, "why is that": 1, "start over": 1}
_HOLDING = _ASIDE | {
    "pause the timer": 8,
    "add two minutes": 3,
    "take away one minute": 6,
    "next step": 4,
    "go back one step": 1,
    "how much time is left": 1,
}
_PAUSED = _ASIDE | {"resume the timer": 10, "next step": 2, "why is that": 1}
_PAUSED_HOLD = _PAUSED | {"add two minutes": 3, "take away one minute": 3}
_ASKED = {"yes please": 20, "no thank you": 1, "why is that": 2}
_ANSWERING = 0.5
"""The share of questions that the person answers; else the person says something else."""
HOLD_SECONDS = 180.0
"""Seconds; so short that announcements come, and the hold ends, within a hundred lives."""
_SHOW_SECONDS, _READY_SECONDS, _SPOKEN_SECONDS, _HEARD_SECONDS = 30.0, 60.0, 20.0, 1.5
_READING_SECONDS = 10.0
_INTO_SPEECH_SECONDS = 0.5
_LOOK_SECONDS = 0.0005
_PATIENT = 0.15
"""The share of commands before which the person lets the coach finish."""
_WEIGHTS = {
    EndMoment.STARTING: 12,
    EndMoment.LOADING: 8,
    EndMoment.SPEAKING: 5,
    EndMoment.WRITING: 25,
    EndMoment.DECIDING: 10,
    EndMoment.OBEYING: 30,
    EndMoment.LATER: 15,
}
_DELAYS = {
    EndMoment.STARTING: (0.0, 1.5),
    EndMoment.LOADING: (0.0, 1.0),
    EndMoment.SPEAKING: (0.0, 1.2),
    EndMoment.WRITING: (0.0, 0.005),
    EndMoment.DECIDING: (0.0, 0.4),
    EndMoment.OBEYING: (0.0, 0.3),
    EndMoment.LATER: (0.3, 5.0),
}
"""The shortest and the longest delay in seconds; the first two count from the start and from the first page on."""
_COMMANDS_BEFORE = {0: 7, 1: 3}
"""Weights by the number of commands that are given before the one that matters."""


def next_words(state: CoachState, random: Random) -> str:
    """A command that makes sense now."""
    weights = _weights(state, random)
    return random.choices(list(weights), list(weights.values()))[0]


def _weights(state: CoachState, random: Random) -> Mapping[str, int]:
    if state.question and random.random() < _ANSWERING:
        return _ASKED
    match state.phase:
        case Phase.IDLE | Phase.DONE:
            return _CHOICES | {"start the mask": 20, "it felt good": 2}
        case Phase.HOLDING:
            return _HOLDING
        case Phase.PAUSED:
            is_hold = next(line for line in reversed(state.lines) if line["name"] == "Show")["view"]["countdown"]
            return _PAUSED_HOLD if is_hold else _PAUSED
        case _:
            return _STEP


class Lives:
    """A card, a person, a store; and one coach after the other.

    Args:
        card: up.
        folder: an empty one for logs and what the person says.
        end: where the coaches keep things, and how each is ended.
        random: chooses everything.
        variables: further ones for the coaches' environment.
    """

    def __init__(
        self, card: VirtualCard, folder: Path, end: End, random: Random, variables: Mapping[str, str] | None = None
    ) -> None:
        self._end = end
        self._environment = {**card.environment, **end.folders, **(variables or {})}
        self._folder = folder
        self._random = random
        self._person = Person(card, folder)
        self._person.learn((voice, text) for voice in VOICES for text in COMMANDS)

    @property
    def set_aside(self) -> int:
        """How many files were put aside as damaged."""
        return len([*self._place("STATE").glob("*.damaged-*"), *self._place("DATA").glob("*.damaged-*")])

    def live(self, name: str) -> Life:
        """Start a coach, lead it, end it."""
        random = self._random
        moment = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        delay = random.uniform(*_DELAYS[moment])
        with _Coach(self._environment, self._folder, name, self._end) as coach:
            said = self._lead(coach, moment, delay)
            life = coach.finish(moment, said)
        return self._with_kept(life)

    def last(self, name: str) -> Life:
        """Start a coach only to see that it found its place."""
        with _Coach(self._environment, self._folder, name, self._end) as coach:
            coach.process.wait_until(lambda state: state.is_listening, _READY_SECONDS)
            life = coach.finish(EndMoment.LOADING, None)
        return self._with_kept(life)

    def _with_kept(self, life: Life) -> Life:
        """Bring the disk back, and add to the life what is on it."""
        self._end.recover()
        return replace(life, kept=read_kept(self._place("CONFIG"), self._place("DATA")))

    def _place(self, name: str) -> Path:
        return Path(self._end.folders[f"XDG_{name}_HOME"]) / "voice-coach"

    def _lead(self, coach: _Coach, moment: EndMoment, delay: float) -> SpokenCommand | None:
        """Wait and speak until it is time; return the last thing said."""
        if moment is EndMoment.STARTING:
            time.sleep(delay)
            return None
        coach.process.wait_until(lambda state: bool(state.lines), _SHOW_SECONDS)
        if moment is EndMoment.LOADING:
            time.sleep(delay)
            return None
        coach.process.wait_until(lambda state: state.is_listening, _READY_SECONDS)
        for _ in range(self._random.choices(list(_COMMANDS_BEFORE), list(_COMMANDS_BEFORE.values()))[0]):
            self._wait_to_speak(coach)
            self._say(coach, _HEARD_SECONDS)
        self._wait_to_speak(coach)
        return self._say_at_last(coach, moment, delay)

    def _say_at_last(self, coach: _Coach, moment: EndMoment, delay: float) -> SpokenCommand:
        if moment in {EndMoment.SPEAKING, EndMoment.WRITING}:
            text = next_words(coach.process.state, self._random)
            command = replace(COMMANDS[text], started_at=clock.now())
            speaking = Thread(target=self._person.say, args=(VOICES[0], text), daemon=True)
            before = self._written
            speaking.start()
            if moment is EndMoment.WRITING:
                self._wait_for_a_record(before, speaking)
            time.sleep(delay)
            coach.on_end(speaking.join)  # nobody speaks into the next life
            return command
        command = self._say(coach, 0.0 if moment is EndMoment.DECIDING else _HEARD_SECONDS)
        time.sleep(delay)
        return command

    def _wait_for_a_record(self, before: tuple[int, int] | None, speaking: Thread) -> None:
        """Wait until the journal is written to, or for a while: not every command changes the journal."""
        deadline = time.monotonic() + _HEARD_SECONDS
        while self._written == before and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
            if speaking.is_alive():
                deadline = time.monotonic() + _HEARD_SECONDS

    @property
    def _written(self) -> tuple[int, int] | None:
        """Values that change when the coach writes to its journal, long before that is on the disk."""
        with suppress(FileNotFoundError):
            status = (self._place("STATE") / JOURNAL_NAME).stat()
            return status.st_ino, status.st_size
        return None

    def _wait_to_speak(self, coach: _Coach) -> None:
        """Wait until the coach is silent or, mostly, well into a sentence."""
        if self._random.random() < _PATIENT:
            coach.process.wait_until(lambda state: state.is_silent, _SPOKEN_SECONDS)
        else:
            coach.process.wait_until(
                lambda state: state.is_silent or state.has_spoken_for(_INTO_SPEECH_SECONDS), _SPOKEN_SECONDS
            )

    def _say(self, coach: _Coach, patience: float) -> SpokenCommand:
        text = next_words(coach.process.state, self._random)
        started_at = self._person.say(self._random.choice(VOICES), text).started_at

        def is_heard(state: CoachState) -> bool:
            return any(
                line["name"] in {"CommandHeard", "CommandRejected"} and line["at"] >= started_at
                for line in state.lines[-20:]
            )

        coach.process.wait_until(is_heard, patience)
        return replace(COMMANDS[text], started_at=started_at)


class _Coach:
    """One process, with the times of its first lines."""

    def __init__(self, environment: dict[str, str], folder: Path, name: str, end: End) -> None:
        arguments = ["--hold-seconds", f"{HOLD_SECONDS:g}", "--daytime", "--voice", "standard"]  # loads at once
        self._log = folder / f"{name}.log"
        self._name = name
        self._end = end
        self._times: dict[str, float] = {}
        self._exits = ExitStack()
        self._started_at = time.monotonic()
        self.process = CoachProcess(arguments, environment | {MARK: mark_of(name)}, self._log, self._follow)
        self.on_end = self._exits.callback

    def __enter__(self) -> Self:
        self._exits.enter_context(self.process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def finish(self, moment: EndMoment, said: SpokenCommand | None) -> Life:
        """End it, and read what it had told."""
        processes = count_by_life()[self._name]
        early = self.process.exit_status(0.0)
        told = len(self.process.state.lines)
        killed_at = clock.now()
        is_sudden = self._end.strike(self.process.pid, self._name)
        self.process.exit_status(_READING_SECONDS)
        is_all_read = self.process.wait_until_read(_READING_SECONDS)
        lines = self.process.state.lines
        told = told if is_sudden else len(lines)
        text = self._log.read_text(errors="replace")
        complaints = [
            f"it left with status {early}" if early is not None else "",
            "its children keep its pipe" if not is_all_read else "",
            text[-2000:] if "Traceback" in text else "",
            f"no JSON: {self.process.noise[:2]}" if len(self.process.noise) > 1 else "",  # the last may be torn
        ]
        return Life(
            moment,
            tuple(lines[:told]),
            self._times.get("Show"),
            self._times.get("EarsReady"),
            killed_at,
            said,
            processes,
            "; ".join(filter(None, complaints)),
            NOTHING_KEPT,
            tuple(lines[told:]),
        )

    def _follow(self, line: Line) -> None:
        self._times.setdefault(line["name"], time.monotonic() - self._started_at)


def read_kept(config_folder: Path, data_folder: Path) -> DiskContents:
    """Read settings and history.

    Args:
        config_folder: of the coach's settings.
        data_folder: of its history.
    """
    with tempfile.TemporaryDirectory(prefix="kept-") as scratch:
        copy = Path(scratch)
        for file in data_folder.glob(f"{HISTORY_NAME}*"):
            shutil.copy(file, copy)
        try:
            settings = load_settings(config_folder / "settings.toml")
            sessions = read_sessions(copy)
        except CoachError as error:
            return DiskContents(None, None, f"WRONG, it cannot be read: {error}")
    chosen = Preferences(settings.words_per_minute, round(settings.volume, 2), settings.skin, settings.detail)
    wrong = next((f"WRONG history: session {one.number} has no sense of time" for one in sessions if _is_out(one)), "")
    return DiskContents(chosen, None if wrong else tuple(map(_past_session, sessions)), wrong)


def _past_session(session: RecordedSession) -> PastSession:
    return PastSession(
        session.routine,
        session.name,
        session.mask,
        session.hold_seconds,
        session.ending and session.ending.value,
        tuple((step.step, step.is_mask_on) for step in session.steps),
        tuple(feeling.value for feeling in session.feelings),
    )


def _is_out(session: RecordedSession) -> bool:
    """Whether its times do not follow each other."""
    times = [step.after_seconds for step in session.steps]
    known = [one for one in times if one is not None]
    return len(known) < len(times) or known != sorted(known)
