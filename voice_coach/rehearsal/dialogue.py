"""The person's side of a rehearsal: wait for the moment, speak, repeat what was not understood, answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.core.intents import Intent
from voice_coach.rehearsal.measure import Attempt
from voice_coach.rehearsal.script import Moment, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from voice_coach.rehearsal.coach_process import CoachProcess, Line, State
    from voice_coach.rehearsal.person import Person
    from voice_coach.rehearsal.report import Reporter

_SILENCE_SECONDS = 0.4
"""How long a polite person waits after the coach's last word."""
_INTO_SPEECH_SECONDS = 1.0
"""How long an impolite person listens before interrupting."""
_HEARING_SECONDS = 2.0
"""How long the coach may take to understand, after the sound."""
_MOMENT_SECONDS = 45.0
"""How long a person waits for the right moment, besides the hold."""
_TRIES = 3


@dataclass
class Dialogue:
    """What was said so far, and why it broke off, if it did."""

    attempts: list[Attempt]
    trouble: str = ""


def hold_dialogue(
    turns: Iterable[Turn], coach: CoachProcess, person: Person, reporter: Reporter, hold_seconds: float
) -> Dialogue:
    """Say all turns, each in its moment; break off when one's moment does not come.

    Args:
        turns: The script.
        coach: The coach, started.
        person: Who speaks.
        reporter: Told of each attempt.
        hold_seconds: How long the countdown may keep the person waiting.
    """
    dialogue = Dialogue([])
    for turn in turns:
        if not coach.wait_until(partial(_is_moment, turn), _MOMENT_SECONDS + hold_seconds):
            place = f"step {coach.state.step_number}, {coach.state.phase.value}"
            dialogue.trouble = f"The moment for {turn.text!r} (step {turn.step}) did not come; the coach is at {place}."
            return dialogue
        dialogue.attempts += say_until_understood(turn, coach, person, reporter)
    return dialogue


def say_until_understood(turn: Turn, coach: CoachProcess, person: Person, reporter: Reporter) -> Iterator[Attempt]:
    """Say a turn up to three times, and answer when the coach asks whether it was meant; yields each attempt."""
    for tries_left in reversed(range(_TRIES)):
        attempt = _say(turn, person, reporter)
        yield attempt
        if is_understood(attempt, coach):
            return
        reporter.tell("person", f"({turn.text!r} was not understood{', once more' if tries_left else ''})")
        coach.wait_until(_is_silent, _MOMENT_SECONDS)
        if coach.state.question and not turn.answers_question:
            answer = _answer(turn, coach.state)
            attempt = _say(answer, person, reporter)
            yield attempt
            if is_understood(attempt, coach) and answer.intent is Intent.YES:
                return


def _say(turn: Turn, person: Person, reporter: Reporter) -> Attempt:
    reporter.tell("person", turn.text, voice=turn.voice)
    return Attempt(turn, person.say(turn.voice, turn.text))


def _answer(turn: Turn, state: State) -> Turn:
    """What the person says when the coach asks whether it heard rightly."""
    nearest = next((line["intent"] for line in reversed(state.lines) if line["name"] == "Unheard"), None)
    intent, text = (Intent.YES, turn.yes) if nearest == turn.intent.value else (Intent.NO, turn.no)
    return replace(turn, text=text, intent=intent, answers_question=True)


def _is_moment(turn: Turn, state: State) -> bool:
    is_place = state.step_number == turn.step and state.phase in turn.phases and state.is_listening
    if not is_place or bool(state.question) != turn.answers_question:
        return False
    match turn.moment:
        case Moment.POLITE:
            return _is_silent(state)
        case Moment.BARGE_IN:
            return state.has_spoken_for(_INTO_SPEECH_SECONDS)


def _is_silent(state: State) -> bool:
    return state.speaking_since is None and clock.now() - state.stirred_at >= _SILENCE_SECONDS


def is_understood(attempt: Attempt, coach: CoachProcess) -> bool:
    """Wait whether the coach hears an attempt rightly."""

    def answered(state: State) -> Line | None:
        return next(
            (
                line
                for line in reversed(state.lines)
                if line["name"] == "Heard"
                and line["intent"] == attempt.turn.intent.value
                and line["at"] >= attempt.said.started_at
            ),
            None,
        )

    return coach.wait_until(lambda state: answered(state) is not None, _HEARING_SECONDS)


def follow(reporter: Reporter, line: Line) -> None:
    """Tell the reporter of a line of the coach, when a person would notice it."""
    match line["name"]:
        case "Speak":
            reporter.tell("coach", line["text"])
        case "Cue" if line["sound"] != "tick":
            reporter.tell("coach", f"({line['sound']})")
        case "Heard":
            reporter.tell("ears", f"{line['intent']}: {line['text']}")
        case "Unheard":
            nearest = f", nearest: {line['text']}" if line["text"] else ""
            reporter.tell("ears", f"not taken: {line['reason']}{nearest}")
        case "EarsReady":
            reporter.tell("ears", f"listening with {line['engine']}")
