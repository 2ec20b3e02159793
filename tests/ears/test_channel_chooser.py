"""The channel with the voice is chosen and followed, judged from made sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.ears.channel_follower import Change, ChannelChooser
from voice_coach.rehearsal.noise import running_tap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Side = NDArray[np.float64]

RATE = 16_000
BLOCK = RATE // 50
SECONDS = 20


def noise(level_dbfs: float, seed: int = 1) -> Side:
    return np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), RATE * SECONDS)


def says(*at: float, level_dbfs: float = -25.0) -> Side:
    """A word of five syllables at some times: harmonics of a voice, whose level goes up and down."""
    times = np.arange(round(1.2 * RATE)) / RATE
    harmonics = sum(np.sin(2 * np.pi * 140 * number * times) / number for number in range(1, 20))
    word = harmonics * np.abs(np.sin(2 * np.pi * 2.1 * times)) ** 2
    word *= 10 ** (level_dbfs / 20) / np.sqrt(np.mean(np.square(word)))
    sound = np.zeros(RATE * SECONDS)
    for begin in at:
        sound[round(begin * RATE) : round(begin * RATE) + len(word)] += word
    return sound


def follow(*sides: Side, rate: int = RATE) -> list[tuple[float, Change, int]]:
    """When the chooser changes, how, and to which channel."""
    chooser = ChannelChooser(len(sides))
    sound = np.stack(sides, axis=1).astype(np.float32)
    return [
        (start / rate, change, chooser.chosen)
        for start in range(0, len(sound) - BLOCK, BLOCK)
        if (change := chooser.take(sound[start : start + BLOCK], rate))
    ]


@pytest.mark.parametrize(
    "left",
    [np.zeros(RATE * SECONDS), noise(-75), noise(-50), noise(-25), np.resize(running_tap(), RATE * SECONDS)],
    ids=["nothing", "hiss", "noise", "loud noise", "a tap"],
)
def test_a_voice_on_the_second_channel_is_found_within_its_first_word(left: Side) -> None:
    [(at, change, channel)] = follow(left, noise(-60, 2) + says(4, 9, 14))
    assert 4.0 < at < 5.2
    assert (change, channel) == (Change.NOW, 1)


def test_so_is_one_on_the_last_of_eight() -> None:
    [(_, _, channel)] = follow(*(noise(-50, seed) for seed in range(7)), noise(-60, 9) + says(4, 9))
    assert channel == 7


@pytest.mark.parametrize(
    "right",
    [
        np.zeros(RATE * SECONDS),
        noise(-25, 2),
        np.resize(running_tap(), RATE * SECONDS),
        noise(-60, 2) + says(4, 9, 14),
        -(noise(-60) + says(4, 9, 14)),
        noise(-60, 2) + says(4, 9, 14, level_dbfs=-22),
        noise(-60, 2) + says(4, 9, 14, level_dbfs=-45),
        np.concatenate([noise(-75)[: RATE * 7], noise(-30)[RATE * 7 :]]),
    ],
    ids=["nothing", "noise", "a tap", "the same", "antiphase", "a little louder", "softer", "a noise that begins"],
)
def test_a_voice_on_the_first_channel_keeps_it(right: Side) -> None:
    assert follow(noise(-60) + says(4, 9, 14), right) == []


@pytest.mark.parametrize("left", [noise(-60) + says(4, 9, 14, level_dbfs=-38), noise(-42) + says(4, 9, 14)])
def test_a_channel_with_a_clearer_voice_is_chosen_when_the_word_is_over(left: Side) -> None:
    [(at, change, channel)] = follow(left, noise(-60, 2) + says(4, 9, 14))
    assert (change, channel) == (Change.IN_A_PAUSE, 1)
    assert 5.2 < at < 9.0 or 10.2 < at < 14.0


def test_a_person_who_goes_from_one_microphone_to_the_other_is_followed() -> None:
    changes = follow(noise(-60) + says(4, 14), noise(-60, 2) + says(9))
    assert [channel for _, _, channel in changes] == [1, 0]
    assert [9 < changes[0][0] < 10.2, 14 < changes[1][0] < 15.2] == [True, True]


def test_a_channel_that_grows_dull_is_left_however_clear_it_was() -> None:
    dull = noise(-60) + says(2, 5) + says(8, 11, 14, level_dbfs=-44)
    [(at, change, channel)] = follow(dull, noise(-60, 2) + says(2, 5, 8, 11, 14))
    assert (change, channel) == (Change.IN_A_PAUSE, 1)
    assert at > 9.0


def test_nothing_flaps_while_two_people_speak_at_once() -> None:
    words = [says(*np.arange(3, 18, 1.2)), says(*np.arange(3.5, 18, 1.2))]
    assert len(follow(noise(-60) + words[0], noise(-60, 2) + words[1])) <= 1


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_click_is_no_voice_at_any_rate(rate: int) -> None:
    clicks = noise(-60, 2)
    clicks[:: RATE // 2] = 0.9
    assert follow(noise(-60), clicks, rate=rate) == []
