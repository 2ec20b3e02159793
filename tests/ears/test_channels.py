"""What is delivered of a microphone with several channels, and how it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soxr

from tests.ears.test_channel_chooser import (
    BLOCK,
    RATE,
    SECONDS,
    noise,
    says,
)
from voice_coach.audio.channel_layout import StreamOpening, guess, layout_for
from voice_coach.audio.devices import SoundDevice
from voice_coach.ears.channel_follower import Captured, ChannelFollower, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

BEGUN_AT = 100.0


def blocks(*sides: NDArray[np.float64]) -> Iterator[tuple[Sound, float]]:
    sound = np.stack(sides, axis=1).astype(np.float32)
    for start in range(0, len(sound) - BLOCK, BLOCK):
        yield sound[start : start + BLOCK], BEGUN_AT + start / RATE


def delivered(follower: ChannelFollower, given: Iterator[tuple[Sound, float]], stream: Stream) -> list[Captured]:
    captured = []
    for block, at in given:
        follower.take(block, at, stream)
        while (one := follower.next()) is not None:
            captured.append(one)
    return captured


class Speaking:
    """A speaker that plays all the time from one second to another. Fulfils Reference."""

    jumped_at = 0

    def __init__(self, begin: float, end: float) -> None:
        self._begin, self._end = begin * RATE, end * RATE

    def read(self, first: int, samples: int) -> Sound:
        """Ones while it plays."""
        places = np.arange(first, first + samples) - BEGUN_AT * RATE
        return ((places >= self._begin) & (places < self._end)).astype(np.float32)


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_the_only_channel_is_delivered_sample_by_sample(rate: int) -> None:
    sound = noise(-30).astype(np.float32)
    captured = delivered(ChannelFollower(), blocks(noise(-30)), Stream(rate, 1))
    resampler = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="LQ")
    pieces = [sound[start : start + BLOCK] for start in range(0, len(sound) - BLOCK, BLOCK)]
    expected = pieces if rate == RATE else [resampler.resample_chunk(piece) for piece in pieces]
    assert np.array_equal(np.concatenate([one.sound for one in captured]), np.concatenate(expected))
    assert {one.channel for one in captured} == {0}


def test_what_was_begun_to_be_said_elsewhere_is_heard_anew() -> None:
    sides = (noise(-50), noise(-60, 2) + says(4))
    captured = delivered(ChannelFollower(), blocks(*sides), Stream(RATE, 2))
    first = next(index for index, one in enumerate(captured) if one.channel == 1)
    assert captured[first].at < BEGUN_AT + 4.0 < captured[first - 1].at
    again = np.concatenate([one.sound for one in captured[first:]])
    begin = round((captured[first].at - BEGUN_AT) * RATE)
    assert np.array_equal(again, sides[1].astype(np.float32)[begin : begin + len(again)])


@pytest.mark.parametrize(("channel", "delivers"), [(1, 0), (2, 1), (3, 0)])
def test_a_channel_that_was_asked_for_is_kept_and_one_that_there_is_not_is_none(channel: int, delivers: int) -> None:
    captured = delivered(ChannelFollower(channel), blocks(noise(-60), noise(-60, 2)), Stream(RATE, 2))
    assert {one.channel for one in captured} == {delivers}
    assert len(captured) == RATE * SECONDS // BLOCK - 1
    wanted = delivered(ChannelFollower(1), blocks(noise(-60) + says(4), noise(-60, 2)), Stream(RATE, 2))
    assert {one.channel for one in wanted} == {0}


def test_what_the_coach_itself_says_is_no_reason_to_listen_to_a_channel() -> None:
    """Some arrays have a channel that repeats what is played."""
    sides = (noise(-60), noise(-60, 2) + says(4, 9))
    deaf_to_it = delivered(ChannelFollower(None, Speaking(4.0, 10.0)), blocks(*sides), Stream(RATE, 2))
    assert {one.channel for one in deaf_to_it} == {0}
    person_too = delivered(ChannelFollower(None, Speaking(4.0, 5.0)), blocks(*sides), Stream(RATE, 2))
    assert {one.channel for one in person_too} == {0, 1}


@pytest.mark.parametrize(
    ("channel", "sides", "is_silent"),
    [
        (None, (0.0, 0.0), True),
        (None, (0.0, 0.1), False),
        (1, (0.0, 0.1), True),
        (2, (0.0, 0.1), False),
        (3, (0.0, 0.1), False),
    ],
)
def test_a_microphone_is_silent_when_no_channel_that_may_be_heard_holds_anything(
    channel: int | None, sides: Sequence[float], *, is_silent: bool
) -> None:
    block = np.full((BLOCK, 2), sides, np.float32)
    assert ChannelFollower(channel).listened(block)[1] is is_silent


@pytest.mark.parametrize(
    ("places", "opening"),
    [
        (("mono",), StreamOpening(1)),
        (("front-left", "front-right"), StreamOpening(2)),
        (("front-left", "front-right", "rear-left", "rear-right"), StreamOpening(4)),
        (("front-left", "front-right", "lfe"), StreamOpening(6)),
        (("aux0", "aux1"), StreamOpening(1, mixed=2)),
        (("mono", "mono"), StreamOpening(1, mixed=2)),
    ],
)
def test_a_server_is_asked_for_the_channels_that_its_source_has(
    places: tuple[str, ...], opening: StreamOpening
) -> None:
    assert layout_for(places) == opening


@pytest.mark.parametrize(("cards", "channels"), [((), 2), ((1,), 2), ((6, 1), 6), ((128,), 2)])
def test_without_a_server_a_plug_in_is_taken_to_have_what_a_card_has(cards: tuple[int, ...], channels: int) -> None:
    assert guess(SoundDevice(index, "a card", count, 0, RATE) for index, count in enumerate(cards)) == channels
