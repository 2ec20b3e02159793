"""Blocks of a quiet microphone are joined, and nothing is lost, moved in time or late for a reply."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.audio.microphone_process import JOINED_SECONDS, QUIET_AFTER_SECONDS, Block, QuietBlocks

RATE = 16_000
BLOCK = 0.02
QUIET, VOICE, SHOWER = 1e-3, 0.1, 0.03


def sound_of(level: float, channels: int = 1, seed: int = 0) -> bytes:
    samples = round(RATE * BLOCK) * channels
    return np.random.default_rng(seed).normal(0, level, samples).astype(np.float32).tobytes()


def blocks_of(levels: list[float]) -> list[Block]:
    return [Block(number * BLOCK, sound_of(level, seed=number)) for number, level in enumerate(levels)]


def seconds_of(block: Block) -> float:
    return len(block.sound) / 4 / RATE


def settled(level: float) -> QuietBlocks:
    """What has heard a background for two seconds, and has just delivered all of it."""
    quiet = QuietBlocks(RATE, 1)
    for number in itertools.count():
        delivered = quiet.take(Block(number * BLOCK - 100, sound_of(level, seed=number)))
        if number > 2 / BLOCK and delivered:
            break
    return quiet


@given(st.lists(st.sampled_from([0.0, QUIET, SHOWER, VOICE]), max_size=200))
def test_nothing_is_lost_or_moved_in_time(levels: list[float]) -> None:
    quiet, given_blocks = QuietBlocks(RATE, 1), blocks_of(levels)
    delivered = [one for block in given_blocks for one in quiet.take(block)]
    whole = b"".join(block.sound for block in given_blocks)
    assert whole.startswith(b"".join(block.sound for block in delivered))
    assert len(whole) / 4 / RATE - sum(map(seconds_of, delivered)) < JOINED_SECONDS
    starts = np.cumsum([0, *map(seconds_of, delivered)])[:-1]
    assert [block.at for block in delivered] == pytest.approx(starts)


@pytest.mark.parametrize("background", [0.0, QUIET, SHOWER])
def test_while_nobody_speaks_a_tenth_of_a_second_comes_at_a_time(background: float) -> None:
    quiet = settled(background)
    delivered = [one for block in blocks_of([background] * 100) for one in quiet.take(block)]
    assert [seconds_of(block) for block in delivered] == pytest.approx([JOINED_SECONDS] * 20)


@pytest.mark.parametrize("background", [0.0, QUIET, SHOWER])
def test_a_voice_is_delivered_at_once_with_what_was_before_it(background: float) -> None:
    quiet = settled(background)
    before, voice = blocks_of([background, VOICE])
    assert quiet.take(before) == []
    assert quiet.take(voice) == [Block(before.at, before.sound + voice.sound)]


def test_the_pause_after_a_voice_is_delivered_as_it_comes() -> None:
    quiet = settled(QUIET)
    pause = round(QUIET_AFTER_SECONDS / BLOCK) - 1
    spoken = blocks_of([VOICE] * 10 + [QUIET] * pause)
    assert [one for block in spoken for one in quiet.take(block)] == spoken


def test_a_fan_that_is_switched_on_is_background_after_a_while() -> None:
    quiet = settled(QUIET)
    delivered = [one for block in blocks_of([SHOWER] * 500) for one in quiet.take(block)]
    assert seconds_of(delivered[50]) == pytest.approx(BLOCK)
    assert seconds_of(delivered[-1]) == pytest.approx(JOINED_SECONDS)


def test_sound_that_is_missing_is_not_joined_over() -> None:
    quiet = settled(QUIET)
    first, last = Block(0.0, sound_of(QUIET)), Block(5.0, sound_of(QUIET))
    assert quiet.take(first) == []
    assert quiet.take(last) == [first]


def test_all_channels_count() -> None:
    quiet = QuietBlocks(RATE, 2)
    assert quiet.take(Block(0.0, sound_of(QUIET, channels=2))) == [Block(0.0, sound_of(QUIET, channels=2))]
    for number in range(1, 500):
        quiet.take(Block(number * BLOCK, sound_of(QUIET, channels=2, seed=number)))
    one_voice = np.zeros((320, 2), np.float32)
    one_voice[:, 1] = VOICE
    assert quiet.take(Block(10.0, one_voice.tobytes()))
