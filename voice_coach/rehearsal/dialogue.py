"""The synthetic person of a rehearsal, and the person's dialogue with the coach."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from voice_coach import clock
from voice_coach.errors import RehearsalError
from voice_coach.language.intents import Intent
from voice_coach.rehearsal.measure import Attempt
from voice_coach.rehearsal.recorder import AUDIBLE_LEVEL, CARD_RATE, levels
from voice_coach.rehearsal.rehearsal_script import RehearsalTurn, TurnMoment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.rehearsal.coach_process import CoachProcess, CoachState, Line
    from voice_coach.rehearsal.rehearse import Reporter
    from voice_coach.rehearsal.virtual_card import VirtualCard


VOICES = ("slt", "awb", "rms")
"""Names of the natural voices of flite: an American woman, a Scottish man, an American man."""
SPEAKING_LEVEL = 0.05
"""Root mean square of the voice at the microphone, -26 dB of full scale, as from half a metre away."""


@dataclass(frozen=True, slots=True)
class Said:
    """The start and end of an utterance's playback to the microphone, in monotonic seconds."""

    started_at: float
    ended_at: float


class Person:
    """A synthetic person who speaks with the voices of `render`, always at the same level."""

    def __init__(self, card: VirtualCard, folder: Path) -> None:
        """Make a person who speaks into a virtual card, and whose rendered utterances are kept in a folder."""
        self._card = card
        self._folder = folder

    def learn(self, utterances: Iterable[tuple[str, str]]) -> None:
        """Render utterances ahead, each a pair of voice and text, so that `say` can play them at once."""
        for voice, text in utterances:
            path = self._path(voice, text)
            if not path.exists():
                render(voice, text, path)

    def say(self, voice: str, text: str) -> Said:
        """Play a spoken text to the microphone; return when it has been played to its end."""
        self.learn([(voice, text)])
        started_at = clock.now()
        self._card.say(self._path(voice, text))
        return Said(started_at, clock.now())

    def sound(self, voice: str, text: str) -> NDArray[np.float32]:
        """Return a spoken text without any noise of the room, of shape (samples,), at the card's sample rate."""
        self.learn([(voice, text)])
        sound, rate = soundfile.read(self._path(voice, text), dtype="float32")
        return np.asarray(soxr.resample(sound, rate, CARD_RATE))

    def _path(self, voice: str, text: str) -> Path:
        return self._folder / f"{voice}-{text}.wav".replace(" ", "_")


def render(voice: str, text: str, path: Path) -> None:
    """Write a text spoken by a voice to a WAV file, at SPEAKING_LEVEL.

    Args:
        voice: One of VOICES, or a voice of eSpeak NG with its words per minute and pitch ("ko+f3 160 50").
        text: The text to speak.
        path: Path of the WAV file.

    Raises:
        RehearsalError: The voice is unknown (flite itself would accept it), or the voice's program is missing or fails.
    """
    program, *arguments = _command(voice, text, path)
    if shutil.which(program) is None:
        msg = f"The rehearsal's person speaks with {program}, which is not installed: apt install {program}"
        raise RehearsalError(msg)
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0 or not path.exists():
        reason = done.stderr.strip() or "no reason given"
        again = f"reinstall it: apt install --reinstall {program}"
        msg = f"{program} cannot speak with the voice {voice!r} ({reason}); {again}"
        raise RehearsalError(msg)
    sound, rate = soundfile.read(path, dtype="float32")
    level = levels(sound, rate)
    voiced = level[level >= max(AUDIBLE_LEVEL, level.max() / 10)]
    gain = SPEAKING_LEVEL / float(np.sqrt(np.mean(np.square(voiced)))) if len(voiced) else 1.0
    soundfile.write(path, np.clip(sound * gain, -1.0, 1.0), rate, subtype="PCM_16")


def _command(voice: str, text: str, path: Path) -> list[str]:
    if voice in VOICES:
        return ["flite", "-voice", voice, "-t", text, "-o", str(path)]
    match voice.split():
        case [name, rate, pitch] if rate.isdecimal() and pitch.isdecimal():
            return ["espeak-ng", "-v", name, "-s", rate, "-p", pitch, "-w", str(path), text]
    known = f"use one of {', '.join(VOICES)}, or one of eSpeak NG with words a minute and pitch, such as 'ko+f3 160 50'"
    msg = f"There is no voice {voice!r} for the rehearsal's person; {known}."
    raise RehearsalError(msg)


_SILENCE_SECONDS = 0.4
"""Seconds of silence that a polite person waits for after the coach's last word."""
_INTO_SPEECH_SECONDS = 1.0
"""Seconds for which an interrupting person lets the coach speak first."""
_HEARING_SECONDS = 2.0
"""Seconds that the coach may take to understand a command, after its sound has ended."""
_MOMENT_SECONDS = 45.0
"""Seconds that a person waits for the right moment of a turn, in addition to the hold."""
_TRIES = 3


@dataclass
class Dialogue:
    """The attempts of a dialogue so far."""

    attempts: list[Attempt]
    trouble: str = ""
    """The reason why the dialogue broke off, as a sentence; empty when it did not."""


def hold_dialogue(
    turns: Iterable[RehearsalTurn], coach: CoachProcess, person: Person, reporter: Reporter, hold_seconds: float
) -> Dialogue:
    """Say each turn at its moment; break off when the moment of a turn does not come in time.

    Args:
        turns: The turns of the script.
        coach: The running coach.
        person: The person who speaks.
        reporter: The reporter that prints each attempt.
        hold_seconds: Seconds of the countdown, for which the person may have to wait.
    """
    dialogue = Dialogue([])
    for turn in turns:
        if not coach.wait_until(partial(_is_moment, turn), _MOMENT_SECONDS + hold_seconds):
            place = f"step {coach.state.step_number}, {coach.state.phase.value}"
            dialogue.trouble = f"The moment for {turn.text!r} (step {turn.step}) did not come; the coach is at {place}."
            return dialogue
        dialogue.attempts += say_until_understood(turn, coach, person, reporter)
    return dialogue


def say_until_understood(
    turn: RehearsalTurn, coach: CoachProcess, person: Person, reporter: Reporter
) -> Iterator[Attempt]:
    """Say a turn up to three times, answer the coach if it asks whether it heard rightly, and yield each attempt."""
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


def _say(turn: RehearsalTurn, person: Person, reporter: Reporter) -> Attempt:
    reporter.tell("person", turn.text, voice=turn.voice)
    return Attempt(turn, person.say(turn.voice, turn.text))


def _answer(turn: RehearsalTurn, state: CoachState) -> RehearsalTurn:
    """Return the person's yes or no to the coach's question whether it heard rightly."""
    nearest = next((line["intent"] for line in reversed(state.lines) if line["name"] == "CommandRejected"), None)
    intent, text = (Intent.YES, turn.yes) if nearest == turn.intent.value else (Intent.NO, turn.no)
    return replace(turn, text=text, intent=intent, answers_question=True)


def _is_moment(turn: RehearsalTurn, state: CoachState) -> bool:
    is_place = state.step_number == turn.step and state.phase in turn.phases and state.is_listening
    if not is_place or bool(state.question) != turn.answers_question:
        return False
    match turn.moment:
        case TurnMoment.POLITE:
            return _is_silent(state)
        case TurnMoment.BARGE_IN:
            return state.has_spoken_for(_INTO_SPEECH_SECONDS)


def _is_silent(state: CoachState) -> bool:
    return state.speaking_since is None and clock.now() - state.stirred_at >= _SILENCE_SECONDS


def is_understood(attempt: Attempt, coach: CoachProcess) -> bool:
    """Wait for the coach to hear an attempt, and return whether it heard the right command."""

    def answered(state: CoachState) -> Line | None:
        return next(
            (
                line
                for line in reversed(state.lines)
                if line["name"] == "CommandHeard"
                and line["intent"] == attempt.turn.intent.value
                and line["at"] >= attempt.said.started_at
            ),
            None,
        )

    return coach.wait_until(lambda state: answered(state) is not None, _HEARING_SECONDS)


def follow(reporter: Reporter, line: Line) -> None:
    """Report a line of the coach, if it is one that a person would notice."""
    match line["name"]:
        case "Speak":
            reporter.tell("coach", line["text"])
        case "Cue" if line["sound"] != "tick":
            reporter.tell("coach", f"({line['sound']})")
        case "CommandHeard":
            reporter.tell("ears", f"{line['intent']}: {line['text']}")
        case "CommandRejected":
            nearest = f", nearest: {line['text']}" if line["text"] else ""
            reporter.tell("ears", f"not taken: {line['reason']}{nearest}")
        case "EarsReady":
            reporter.tell("ears", f"listening with {line['engine']}")
