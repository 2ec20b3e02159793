"""Made recordings with known times go in; the measurement has to give them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from voice_coach.language.intents import Intent
from voice_coach.rehearsal.dialogue import Said
from voice_coach.rehearsal.measure import (
    Attempt,
    judge,
    measure_countdown,
    measure_replies,
    steps_spoken,
)
from voice_coach.rehearsal.recorder import Recording
from voice_coach.rehearsal.rehearsal_script import RehearsalTurn
from voice_coach.session.commands import Sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 8_000
BEGAN = 100.0
"""Monotonic seconds of the recordings' first sample."""


WORDS = {RehearsalTurn("slt", "next", Intent.NEXT, 1): np.full(round(0.7 * RATE), 0.1, np.float32)}
"""What the person says sounds for 0.7 s."""


def line(name: str, at: float, **fields: object) -> dict[str, Any]:
    return {"kind": "event", "name": name, "at": BEGAN + at, **fields}


def sound(seconds: float, *spans: tuple[float, float]) -> NDArray[np.float32]:
    made = np.zeros(round(seconds * RATE), np.float32)
    for start, end in spans:
        made[round(start * RATE) : round(end * RATE)] = 0.1
    return made


def attempt(intent: Intent, started: float, ended: float) -> Attempt:
    return Attempt(RehearsalTurn("slt", intent.value, intent, 1), Said(BEGAN + started, BEGAN + ended))


def speak(at: float) -> dict[str, Any]:
    return line("Speak", at, text="Next.", voice={"words_per_minute": 165})


def voice(_text: str, _words_per_minute: int) -> NDArray[np.float32]:
    """Any sound that is like no other."""
    return (0.1 * np.random.default_rng(3).normal(size=RATE)).astype(np.float32)


def test_a_command_said_twice_counts_twice_and_is_understood_once() -> None:
    attempts = [attempt(Intent.NEXT, 1.0, 2.0), attempt(Intent.NEXT, 4.0, 5.0)]
    outcomes, wrong = judge(attempts, [line("CommandRejected", 2.2), line("CommandHeard", 5.2, intent="next")])
    assert [outcome.heard is not None for outcome in outcomes] == [False, True]
    assert wrong == 0


def test_what_nobody_said_is_wrong() -> None:
    lines = [
        line("CommandHeard", 0.5, intent="help"),
        line("CommandHeard", 2.2, intent="next"),
        line("CommandHeard", 2.9, intent="pause"),
    ]
    outcomes, wrong = judge([attempt(Intent.NEXT, 1.0, 2.0)], lines)
    assert outcomes[0].heard == lines[1]
    assert wrong == 2


def test_a_reply_is_measured_from_the_last_word_to_the_first_sound() -> None:
    recording = Recording(sound(4.0, (1.1, 1.8)), sound(4.0, (2.15, 3.0)), BEGAN, RATE)
    lines = [line("CommandHeard", 2.1, intent="next"), speak(2.1)]
    outcomes, _ = judge([attempt(Intent.NEXT, 1.0, 2.0)], lines)
    (reply,), interrupting = measure_replies(outcomes, lines, recording, voice, WORDS)
    assert reply.seconds == pytest.approx(0.35, abs=0.01)
    assert not interrupting


def test_beside_a_noise_the_last_word_is_found_all_the_same() -> None:
    noise = np.random.default_rng(5).normal(0, 0.03, 4 * RATE).astype(np.float32)
    recording = Recording(sound(4.0, (1.1, 1.8)) + noise, sound(4.0, (2.15, 3.0)), BEGAN, RATE)
    lines = [line("CommandHeard", 2.1, intent="next"), speak(2.1)]
    outcomes, _ = judge([attempt(Intent.NEXT, 1.0, 2.0)], lines)
    (reply,), _ = measure_replies(outcomes, lines, recording, voice, WORDS)
    assert reply.seconds == pytest.approx(0.35, abs=0.02)


def test_a_reply_to_an_interruption_is_known_by_its_sound() -> None:
    speaker = sound(4.0, (0.5, 2.12))
    answer = voice("Next.", 165)
    speaker[round(2.12 * RATE) : round(2.12 * RATE) + len(answer)] = answer
    recording = Recording(sound(4.0, (1.1, 1.8)), speaker, BEGAN, RATE)
    lines = [line("CommandHeard", 2.1, intent="next"), speak(2.1)]
    outcomes, _ = judge([attempt(Intent.NEXT, 1.0, 2.0)], lines)
    polite, (reply,) = measure_replies(outcomes, lines, recording, voice, WORDS)
    assert not polite
    assert reply.seconds == pytest.approx(0.32, abs=0.01)


def test_an_answer_that_comes_with_a_tick_is_not_measured() -> None:
    recording = Recording(sound(4.0, (1.1, 1.8)), sound(4.0, (2.15, 3.0)), BEGAN, RATE)
    lines = [line("CommandHeard", 2.1, intent="next"), speak(2.1), line("Cue", 1.7, sound="tick", due=BEGAN + 2.1)]
    outcomes, _ = judge([attempt(Intent.NEXT, 1.0, 2.0)], lines)
    assert measure_replies(outcomes, lines, recording, voice, WORDS) == ((), ())


def test_a_command_without_an_answer_has_no_reply() -> None:
    recording = Recording(sound(4.0, (1.1, 1.8)), sound(4.0), BEGAN, RATE)
    outcomes, _ = judge([attempt(Intent.NEXT, 1.0, 2.0)], [line("CommandHeard", 2.1, intent="next")])
    for lines in ([line("CommandHeard", 2.1, intent="next")], [line("CommandHeard", 2.1, intent="next"), speak(2.1)]):
        assert measure_replies(outcomes, lines, recording, voice, WORDS) == ((), ())


def test_the_countdown_is_measured_in_the_sound_and_knows_its_pause() -> None:
    bell, chime = (
        (0.2 * np.sin(np.arange(1600) * step) * np.linspace(1, 0, 1600)).astype(np.float32) for step in (0.5, 0.9)
    )
    speaker = np.random.default_rng(2).normal(0, 0.01, 15 * RATE).astype(np.float32)
    for pattern, at in ((bell, 1.02), (chime, 13.03)):
        speaker[round(at * RATE) : round(at * RATE) + len(pattern)] += pattern

    def show(at: float, phase: str) -> dict[str, Any]:
        return line("Show", at, view={"phase": phase, "countdown": {"total_seconds": 10.0}})

    lines = [
        line("Cue", 0.7, sound="bell", due=BEGAN + 1.0),
        show(0.7, "holding"),
        show(5.0, "paused"),
        show(6.0, "paused"),
        show(7.0, "holding"),
        line("Cue", 9.0, sound="chime", due=BEGAN + 11.0),
        line("Cue", 12.7, sound="chime", due=BEGAN + 13.0),
        show(14.0, "removing"),
    ]
    recording = Recording(sound(15.0), speaker, BEGAN, RATE)
    countdown = measure_countdown(lines, recording, {Sound.BELL: bell, Sound.CHIME: chime})
    assert countdown is not None
    assert countdown.promised_seconds == pytest.approx(12.0)
    assert countdown.due_seconds == pytest.approx(12.0)
    assert countdown.error_seconds == pytest.approx(0.01, abs=0.002)


def test_a_chime_that_nobody_heard_is_not_measured() -> None:
    pattern = sound(0.2, (0.0, 0.2))
    lines = [line("Cue", 1.0, sound="bell", due=BEGAN + 1.0), line("Cue", 2.0, sound="chime", due=BEGAN + 2.0)]
    recording = Recording(sound(4.0), sound(4.0), BEGAN, RATE)
    assert measure_countdown(lines, recording, {Sound.BELL: pattern, Sound.CHIME: pattern}) is None


def test_a_step_counts_when_it_was_both_meant_and_heard() -> None:
    recording = Recording(sound(9.0), sound(9.0, (1.0, 3.0), (7.0, 8.0)), BEGAN, RATE)
    lines = [
        line("Speak", 1.0, text="Step one. Wash your face.", utterance_id=1),
        line("SpeechEnded", 3.0, utterance_id=1),
        line("Speak", 4.0, text="Massage it.", utterance_id=2),
        line("SpeechEnded", 6.0, utterance_id=2),
        line("Speak", 7.0, text="Something else.", utterance_id=3),
    ]
    assert steps_spoken(lines, recording, ["Wash your face.", "Massage it.", "Apply the mask."]) == 1
