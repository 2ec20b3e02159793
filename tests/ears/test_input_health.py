"""A microphone that is dead, muted or overloaded, and one that is none of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.ears.live import began, over
from voice_coach.ears.microphone import (
    CLIPPED_WITHIN_SECONDS,
    GATED_SECONDS,
    MUTED_SECONDS,
    NEVER_HEARD_SECONDS,
    InputHealth,
)
from voice_coach.session.events import Fault, FaultCleared, FaultRaised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.session.events import Event

RATE = 16_000
STEP_SECONDS = 0.1
SILENT, CLIPPING = Fault.SILENT_MICROPHONE, Fault.CLIPPING_MICROPHONE


def tone(peak: float) -> NDArray[np.float32]:
    wave = np.sin(np.arange(round(STEP_SECONDS * RATE)) * 0.1)
    return np.asarray(np.clip(peak * wave, -1, 1), np.float32)


ZEROS = np.zeros(round(STEP_SECONDS * RATE), np.float32)
NOISE = np.random.default_rng(0).normal(0, 1e-4, len(ZEROS)).astype(np.float32)
VOICE = tone(0.3)
SHOUT = tone(2.0)


class Followed:
    """A microphone and the troubles it has had."""

    def __init__(self) -> None:
        self._health = InputHealth()
        self._steps = 0
        self.told: list[Event] = []

    def hear(self, block: NDArray[np.float32], seconds: float) -> list[Event]:
        """Hear a block again and again; returns what was told meanwhile."""
        told: list[Event] = []
        for _ in range(round(seconds / STEP_SECONDS)):
            told += self._health.take(block, self._steps * STEP_SECONDS, is_silent=not block.any())
            self._steps += 1
        self.told += told
        return told

    def say(self, block: NDArray[np.float32], times: int, *, pause: NDArray[np.float32] = NOISE) -> list[Event]:
        """Hear it as words with pauses."""
        return [event for _ in range(times) for event in (*self.hear(block, 1.0), *self.hear(pause, 2.0))]

    def reopen(self) -> None:
        """Lose it and find it again."""
        self._health.reopened()


def test_only_zeros_from_the_start_are_a_dead_microphone_until_the_first_sound() -> None:
    microphone = Followed()
    assert not microphone.hear(ZEROS, NEVER_HEARD_SECONDS - 1)
    assert microphone.hear(ZEROS, 100) == [began(SILENT)]
    assert microphone.hear(NOISE, 1) == [over(SILENT)]


def test_zeros_where_there_never_were_any_are_a_muted_microphone() -> None:
    microphone = Followed()
    microphone.say(VOICE, 3)
    assert not microphone.hear(ZEROS, MUTED_SECONDS - 1)
    assert microphone.hear(ZEROS, 2) == [began(SILENT)]


def test_a_card_that_delivers_zeros_while_nobody_speaks_is_not_dead() -> None:
    microphone = Followed()
    microphone.hear(ZEROS, 10)
    microphone.say(VOICE, 3, pause=ZEROS)
    microphone.reopen()
    assert not microphone.hear(ZEROS, GATED_SECONDS - 10)
    assert microphone.hear(ZEROS, 20) == [began(SILENT)]


def test_a_microphone_that_was_away_is_given_time_again() -> None:
    microphone = Followed()
    microphone.hear(ZEROS, NEVER_HEARD_SECONDS - 1)
    microphone.reopen()
    assert not microphone.hear(ZEROS, NEVER_HEARD_SECONDS - 1)


def test_cut_peaks_in_several_utterances_are_told_until_a_minute_has_been_clean() -> None:
    microphone = Followed()
    assert not microphone.say(SHOUT, 2)
    assert microphone.say(SHOUT, 3) == [began(CLIPPING)]
    assert not microphone.hear(NOISE, 2 * CLIPPED_WITHIN_SECONDS)
    assert microphone.say(VOICE, 4) == [over(CLIPPING)]


def test_a_noise_that_goes_on_without_a_pause_clips_too() -> None:
    assert Followed().hear(SHOUT, 20) == [began(CLIPPING)]


def test_a_loud_knock_now_and_then_and_a_loud_voice_are_no_trouble() -> None:
    microphone = Followed()
    for _ in range(5):
        microphone.hear(SHOUT, 0.2)
        microphone.hear(NOISE, CLIPPED_WITHIN_SECONDS / 2)
    microphone.say(tone(0.98), 30)
    assert not microphone.told


@given(st.lists(st.tuples(st.sampled_from([ZEROS, NOISE, VOICE, SHOUT]), st.floats(0.1, 90)), max_size=20))
def test_each_trouble_begins_and_is_over_in_turns(sounds: list[tuple[NDArray[np.float32], float]]) -> None:
    microphone = Followed()
    for block, seconds in sounds:
        microphone.hear(block, seconds)
    for trouble in (SILENT, CLIPPING):
        kinds = [type(event) for event in microphone.told if event in {began(trouble), over(trouble)}]
        assert kinds == [FaultRaised, FaultCleared] * (len(kinds) // 2) + [FaultRaised] * (len(kinds) % 2)


@given(st.lists(st.tuples(st.sampled_from([NOISE, VOICE]), st.floats(0.1, 90)), max_size=20))
def test_what_has_neither_zeros_nor_cut_peaks_is_never_a_trouble(
    sounds: list[tuple[NDArray[np.float32], float]],
) -> None:
    microphone = Followed()
    for block, seconds in sounds:
        microphone.hear(block, seconds)
    assert not microphone.told
