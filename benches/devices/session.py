"""A session during which plugs are pulled: the real program on the virtual card, and its person."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.language.intents import Intent
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import Person, is_understood, say_until_understood
from voice_coach.rehearsal.rehearsal_script import RehearsalTurn
from voice_coach.rehearsal.virtual_card import VirtualCard
from voice_coach.routines import Phase
from voice_coach.session.events import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from voice_coach.rehearsal.coach_process import CoachState, Line
    from voice_coach.rehearsal.recorder import Recording
    from voice_coach.rehearsal.rehearse import Reporter
    from voice_coach.rehearsal.virtual_card import Side


TROUBLES: dict[Side, Fault] = {"speaker": Fault.NO_SPEAKER, "microphone": Fault.NO_MICROPHONE}
SPEAKER: Side = "speaker"
MICROPHONE: Side = "microphone"
_READY_SECONDS, _MOMENT_SECONDS = 120.0, 60.0
_PATIENCE_SECONDS = 10.0
"""Seconds within which a fault is noticed, or is over."""
_OUT_SECONDS = (0.2, 2.5)
"""Shortest and longest seconds for which a plug is out after the coach has noticed it."""
_INTO_SPEECH_SECONDS = 0.5
_INTO_WORD_SECONDS = 0.5
"""Seconds from the beginning of a word's recording; its first tenths are silence."""
_STEPS_BEFORE_HOLD = 3
_ASKED = (
    ("slt", "which step are we on", Intent.WHICH_STEP),
    ("awb", "what comes next", Intent.WHATS_NEXT),
    ("rms", "which step are we on", Intent.WHICH_STEP),
    ("slt", "what comes next", Intent.WHATS_NEXT),
)
"""Legal all the time, and answered shortly and without the time that is left: that is for the milestones to say, and
what the coach could not say for five seconds, because it was speaking, is dropped by the session itself."""


class PullMoment(Enum):
    """When a plug is pulled."""

    SILENCE = "silence"
    SENTENCE = "the coach speaks"
    WORD = "the person speaks"


@dataclass(frozen=True, slots=True)
class Pull:
    """One unplugging."""

    sides: tuple[Side, ...]
    softly: bool
    moment: PullMoment


@dataclass
class Cycle:
    """A pull, and what came of it; times are monotonic seconds."""

    pull: Pull
    pulled_at: float = 0.0
    plugged_at: float = 0.0
    missed_at: dict[Side, float] = field(default_factory=dict)
    """When the coach noticed."""
    back_at: dict[Side, float] = field(default_factory=dict)
    tries: int = 0
    understood_at: float | None = None
    """When the command after it was."""


@dataclass
class DeviceRun:
    """Everything that happened in a session with pulled plugs."""

    cycles: list[Cycle]
    lines: list[Line]
    recording: Recording
    hold_seconds: float
    ended_at: float


def pulls(sides: Sequence[Side], seed: int = 1) -> Iterator[Pull]:
    """Alternate sides, ways and moments, for ever; now and then both plugs at once."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    alone = [(side,) for side in sides]
    order = (*alone, *alone, *([tuple(sides)] if len(sides) > 1 else []))
    for round_ in count():
        for number, which in enumerate(order):
            yield Pull(which, (number // 2 + number + round_) % 2 == 0, chance.choice(list(PullMoment)))


def play(cycles: int, sides: Sequence[Side], reporter: Reporter) -> DeviceRun:
    """Lead the coach into the hold, pull and plug, ask something after each time, and wait for the hold's end.

    Args:
        cycles: how often.
        sides: which plugs are pulled.
        reporter: told what happens.
    """
    hold_seconds = max(60.0, cycles * 9.0 + 30.0)
    arguments = ["--daytime", "--hold-seconds", f"{hold_seconds:g}"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        card = stack.enter_context(VirtualCard())
        environment = {
            **card.environment,
            **dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), str(folder)),
        }
        card.start_recording()
        coach = stack.enter_context(CoachProcess(arguments, environment, folder / "log", lambda _line: None))
        person = Person(card, folder)
        _lead_to_hold(coach, person, reporter)
        done = [
            _cycle(pull, _question(number), card, coach, person, reporter)
            for number, pull in enumerate(islice(pulls(sides), cycles))
        ]
        coach.wait_until(lambda state: state.phase is not Phase.HOLDING, hold_seconds)
        coach.wait_until(_is_silent, _MOMENT_SECONDS)
        return DeviceRun(done, coach.state.lines, card.stop_recording(), hold_seconds, clock.now())


def _lead_to_hold(coach: CoachProcess, person: Person, reporter: Reporter) -> None:
    if not coach.wait_until(lambda state: state.is_listening, _READY_SECONDS):
        raise RuntimeError(coach.complaint())
    steps = [("start the mask", Intent.START), *[("next step", Intent.NEXT)] * _STEPS_BEFORE_HOLD]
    for text, intent in steps:
        coach.wait_until(
            lambda state: state.is_silent or state.has_spoken_for(_INTO_SPEECH_SECONDS), _MOMENT_SECONDS
        )  # nobody needs to hear the steps before the hold to their end
        _ask(RehearsalTurn("slt", text, intent, 0), coach, person, reporter)
    if not coach.wait_until(lambda state: state.phase is Phase.HOLDING, _MOMENT_SECONDS):
        message = "the hold did not begin"
        raise RuntimeError(message)


def _cycle(  # noqa: PLR0913, PLR0917 - the whole scene
    pull: Pull, question: RehearsalTurn, card: VirtualCard, coach: CoachProcess, person: Person, reporter: Reporter
) -> Cycle:
    cycle = Cycle(pull)
    speaking = _wait_for(pull.moment, question, coach, person)
    reporter.tell("plug", f"{' and '.join(pull.sides)} out, {'softly' if pull.softly else 'hard'}, {pull.moment.value}")
    cycle.pulled_at = clock.now()
    for side in pull.sides:
        card.unplug(side, softly=pull.softly)
    speaking()
    _wait_for_lines(cycle.missed_at, "FaultRaised", pull, coach, cycle.pulled_at)
    time.sleep(random.Random(cycle.pulled_at).uniform(*_OUT_SECONDS))  # noqa: S311 - no secret
    cycle.plugged_at = clock.now()
    for side in pull.sides:
        card.plug(side)
    _wait_for_lines(cycle.back_at, "FaultCleared", pull, coach, cycle.plugged_at)
    coach.wait_until(_is_silent, _MOMENT_SECONDS)
    cycle.tries, cycle.understood_at = _ask(question, coach, person, reporter)
    reporter.tell(
        "plug", ", ".join(f"{side} back after {at - cycle.plugged_at:.2f} s" for side, at in cycle.back_at.items())
    )
    return cycle


def _wait_for(moment: PullMoment, question: RehearsalTurn, coach: CoachProcess, person: Person) -> Callable[[], None]:
    """Wait for the moment to pull; returns what to call afterwards."""
    match moment:
        case PullMoment.SILENCE:
            coach.wait_until(_is_silent, _MOMENT_SECONDS)
        case PullMoment.SENTENCE:
            coach.wait_until(lambda state: state.has_spoken_for(_INTO_SPEECH_SECONDS), _PATIENCE_SECONDS)
        case PullMoment.WORD:
            coach.wait_until(_is_silent, _MOMENT_SECONDS)
            speaker = threading.Thread(target=person.say, args=(question.voice, question.text))
            speaker.start()
            time.sleep(_INTO_WORD_SECONDS)
            return speaker.join
    return lambda: None


def _wait_for_lines(found: dict[Side, float], name: str, pull: Pull, coach: CoachProcess, since: float) -> None:
    for side in pull.sides:
        line = partial(_first_line, name, TROUBLES[side], since)
        if coach.wait_until(lambda state, line=line: line(state) is not None, _PATIENCE_SECONDS):  # type: ignore[misc]
            found[side] = line(coach.state) or 0.0


def _first_line(name: str, trouble: Fault, since: float, state: CoachState) -> float | None:
    for line in reversed(state.lines):
        if line["at"] < since:
            return None
        if line["name"] == name and line["fault"] == trouble.value:
            return float(line["at"])
    return None


def _ask(turn: RehearsalTurn, coach: CoachProcess, person: Person, reporter: Reporter) -> tuple[int, float | None]:
    """Say the command until it is understood; return how often it was said, and when it was understood."""
    attempts = list(say_until_understood(turn, coach, person, reporter))
    asked_at = attempts[-1].said.started_at
    if not is_understood(attempts[-1], coach):
        return len(attempts), None
    heard = [line["at"] for line in coach.state.lines if line["name"] == "CommandHeard" and line["at"] >= asked_at]
    return len(attempts), heard[0]


def _question(number: int) -> RehearsalTurn:
    return RehearsalTurn(*_ASKED[number % len(_ASKED)], step=0)


def _is_silent(state: CoachState) -> bool:
    return state.speaking_since is None and clock.now() - state.stirred_at >= 0.4  # noqa: PLR2004 - politeness
