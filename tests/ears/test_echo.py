"""The coach's own voice, played through the real reference and the real canceller, without a device."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soxr

from voice_coach.ears.echo.alignment import find_delay, find_shift
from voice_coach.ears.echo.canceller import EchoCanceller, echo_similarity
from voice_coach.ears.echo.playback_reference import Played
from voice_coach.ears.endpointing import DEFAULT_ENDPOINTING, EnergyVad
from voice_coach.ears.rejection import THRESHOLDS
from voice_coach.mouth.speaker import synthesise
from voice_coach.session import commands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

RATE = 16_000
SPEAKER_RATE = 48_000
BLOCK = 320
BEGUN_AT = 500.0
DELAY = 640
"""Samples from the reported time to the microphone."""


def babble(seconds: float, seed: int) -> Sound:
    """Something like speech at the speaker's rate: coloured noise in syllables of changing colour and loudness."""
    rng = np.random.default_rng(seed)
    pieces = []
    for _ in range(round(seconds / 0.15)):
        taps = rng.standard_normal(24) * np.exp(-np.arange(24) / 6)
        noise = np.convolve(rng.standard_normal(round(0.15 * SPEAKER_RATE)), taps, mode="same")
        pieces.append(noise / np.abs(noise).max() * rng.uniform(0.05, 0.5))
    return np.concatenate(pieces).astype(np.float32)


def at_microphone(sound: Sound) -> Sound:
    """The same at the microphone, later and by way of two walls."""
    response = np.zeros(1_200, np.float32)
    response[[0, 400, 1_100]] = 0.5, -0.2, 0.1
    echo = np.convolve(soxr.resample(sound, SPEAKER_RATE, RATE), response)
    return np.concatenate([np.zeros(DELAY, np.float32), echo]).astype(np.float32)


class Room:
    """A speaker, a microphone and the canceller between them."""

    def __init__(self) -> None:
        self._played = Played()
        self.canceller = EchoCanceller(self._played)
        self.vad = EnergyVad()
        self.is_speech: list[bool] = []
        """Whether each block of what was heard last may be speech."""
        self._at = BEGUN_AT

    def hear(self, played: Sound, heard: Sound, *, time_is_wrong: float = 0.0) -> Sound:
        """Play one sound while the microphone hears another of the same length in seconds; return it cleaned."""
        step = SPEAKER_RATE // 25
        for start in range(0, len(played), step):
            at = self._at + start / SPEAKER_RATE + time_is_wrong
            self._played.played(played[start : start + step], SPEAKER_RATE, at)
        cleaned = [
            self.canceller.clean(heard[start : start + BLOCK], self._at + start / RATE)
            for start in range(0, len(heard) - BLOCK + 1, BLOCK)
        ]
        self._at += len(cleaned) * BLOCK / RATE
        self.is_speech = [self.vad.is_speech(piece.sound, piece.echo) for piece in cleaned]
        return np.concatenate([piece.sound for piece in cleaned])


def decibels(sound: Sound) -> float:
    return 10 * float(np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def at_second(tick_at: float) -> Sound:
    """A second of the speaker's sound, with one tick of the clock in it."""
    sound = np.zeros(SPEAKER_RATE, np.float32)
    tick = synthesise(commands.Sound.TICK, SPEAKER_RATE)
    place = round(tick_at * SPEAKER_RATE)
    sound[place : place + len(tick)] = tick[: SPEAKER_RATE - place]
    return sound


def longest_run(flags: list[bool], *, of: bool) -> int:
    return max((len(list(run)) for value, run in groupby(flags) if value is of), default=0)


@pytest.fixture
def room() -> Room:
    """One in which a sentence has been said already."""
    room = Room()
    sentence = babble(6.0, seed=1)
    heard = at_microphone(sentence)[: 6 * RATE]
    room.hear(sentence, heard)
    silence = np.zeros(2 * SPEAKER_RATE, np.float32)
    room.hear(silence, np.concatenate([at_microphone(sentence)[6 * RATE :], silence])[: 2 * RATE])
    return room


def test_the_echo_is_taken_off_and_a_person_is_not(room: Room) -> None:
    sentence = babble(4.0, seed=2)
    echo = at_microphone(sentence)[: 4 * RATE]
    person = np.zeros_like(echo)
    person[2 * RATE : 3 * RATE] = 0.3 * soxr.resample(babble(1.05, seed=9), SPEAKER_RATE, RATE)[:RATE]
    cleaned = room.hear(sentence, echo + person)
    assert decibels(cleaned[RATE : 2 * RATE]) < decibels(echo[RATE : 2 * RATE]) - 20
    spoken = slice(2 * RATE, 3 * RATE)
    assert decibels(cleaned[spoken] - person[spoken]) < decibels(person[spoken]) - 10


def test_what_is_heard_alone_stays_as_it_is(room: Room) -> None:
    person = soxr.resample(babble(1.05, seed=9), SPEAKER_RATE, RATE)[:RATE]
    assert np.array_equal(room.hear(np.zeros(SPEAKER_RATE, np.float32), person), person)
    assert room.canceller.echo_probability(8.2, 8.8) == 0.0


def test_its_own_voice_is_told_from_a_persons_even_when_the_times_are_wrong(room: Room) -> None:
    sentence = babble(1.0, seed=3)
    heard = at_microphone(sentence)[:RATE]
    room.hear(sentence, heard, time_is_wrong=0.3)
    assert room.canceller.echo_probability(8.2, 8.9) > 0.6


def test_its_own_voice_is_told_when_it_has_become_louder(room: Room) -> None:
    sentence = babble(1.0, seed=3)
    room.hear(sentence, 3.0 * at_microphone(sentence)[:RATE])
    assert room.canceller.echo_probability(8.1, 8.6) > 0.6


def test_a_short_word_over_the_coach_is_not_taken_for_it(room: Room) -> None:
    """Some part of a long sentence always looks like a short word; the part that is heard with it does not."""
    seconds = 0.5
    sentence = babble(4.0, seed=4)
    echo = at_microphone(sentence)[: 4 * RATE]
    places = np.arange(0.6, 3.4, 0.7)
    for number, place in enumerate(places):
        word = 0.5 * soxr.resample(babble(seconds + 0.1, seed=20 + number), SPEAKER_RATE, RATE)[: round(seconds * RATE)]
        echo[round(place * RATE) : round(place * RATE) + len(word)] += word
    room.hear(sentence, echo)
    alike = [room.canceller.echo_probability(8.0 + place, 8.0 + place + seconds) for place in places]
    assert max(alike) < THRESHOLDS.own_voice


@pytest.mark.parametrize(("below", "is_own"), [(28.0, True), (10.0, False)])
def test_what_is_far_softer_than_the_echo_may_be_a_rest_of_it_however_unlike_it_is(
    room: Room, below: float, *, is_own: bool
) -> None:
    sentence = babble(2.0, seed=4)
    echo = at_microphone(sentence)[: 2 * RATE]
    other = soxr.resample(babble(2.05, seed=10), SPEAKER_RATE, RATE)[: 2 * RATE]
    other *= 10 ** ((decibels(echo) - decibels(other) - below) / 20)
    room.hear(sentence, echo + other)
    probability = room.canceller.echo_probability(9.0, 9.8)
    assert (probability >= THRESHOLDS.own_words) is is_own


def test_a_person_over_the_coach_is_not_taken_for_it(room: Room) -> None:
    sentence = babble(2.0, seed=4)
    person = 0.3 * soxr.resample(babble(2.05, seed=10), SPEAKER_RATE, RATE)[: 2 * RATE]
    room.hear(sentence, at_microphone(sentence)[: 2 * RATE] + person)
    assert room.canceller.echo_probability(9.0, 9.8) < 0.45


@pytest.mark.parametrize("tick_at", np.arange(0.1, 0.9, 0.1).round(1))
def test_a_word_during_a_tick_of_the_clock_is_heard_whole_and_is_not_taken_for_it(room: Room, tick_at: float) -> None:
    """Each tick follows silence, so that its exact time is not known."""
    ticks = at_second(tick_at)
    person = 0.3 * soxr.resample(babble(1.05, seed=10), SPEAKER_RATE, RATE)[:RATE]
    room.hear(ticks, at_microphone(ticks)[:RATE] + person, time_is_wrong=0.001)
    assert longest_run(room.is_speech, of=False) * BLOCK / RATE < DEFAULT_ENDPOINTING.pause
    assert room.canceller.echo_probability(8.0, 9.0) < THRESHOLDS.own_voice


def test_a_tick_alone_is_no_speech_or_is_known_as_the_coachs(room: Room) -> None:
    ticks = at_second(0.3)
    room.hear(ticks, at_microphone(ticks)[:RATE], time_is_wrong=0.001)
    begins = longest_run(room.is_speech, of=True) * BLOCK / RATE >= DEFAULT_ENDPOINTING.onset
    assert not begins or room.canceller.echo_probability(8.3, 8.4) > THRESHOLDS.own_voice


def test_a_delay_is_found_to_the_sample_and_a_shift_to_a_part_of_one() -> None:
    sound = soxr.resample(babble(2.0, seed=5), SPEAKER_RATE, RATE)
    assert find_delay(sound[3_000:20_000], sound, RATE).samples == 3_000
    finer = soxr.resample(sound, 1, 4)
    assert find_shift(finer[400:40_000:4], finer[402:40_002:4], 20).samples == pytest.approx(0.5, abs=0.1)


def test_the_overloaded_and_reverberant_coach_is_still_like_itself() -> None:
    sound = soxr.resample(babble(3.0, seed=6), SPEAKER_RATE, RATE)
    other = soxr.resample(babble(3.0, seed=7), SPEAKER_RATE, RATE)
    part = sound[RATE : 2 * RATE]
    assert echo_similarity(np.clip(part, -0.1, 0.1), sound, RATE) > 0.8
    assert echo_similarity(other[RATE : 2 * RATE], sound, RATE) < 0.5


def test_what_was_thrown_away_unheard_is_replaced_in_the_reference() -> None:
    played = Played()
    tone, silence = np.full(1_920, 0.5, np.float32), np.zeros(1_920, np.float32)
    for number in range(10):
        played.played(tone, SPEAKER_RATE, BEGUN_AT + number * 0.04)
    for number in range(10):
        played.played(silence, SPEAKER_RATE, BEGUN_AT + 0.2 + number * 0.04)
    first = round(BEGUN_AT * RATE)
    assert np.abs(played.read(first + 1_600, 1_280)).min() > 0.4
    assert np.abs(played.read(first + 3_600, 1_280)).max() < 0.01
    assert played.jumped_at == first


def test_nothing_is_known_of_a_speaker_that_never_played() -> None:
    canceller = EchoCanceller(Played())
    sound = np.ones(BLOCK, np.float32)
    assert np.array_equal(canceller.clean(sound, BEGUN_AT).sound, sound)
    assert canceller.echo_probability(0.0, 0.02) == 0.0
