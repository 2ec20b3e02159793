"""Keeps an echo filter in step with the speaker: finds the delay, follows the clocks, learns when there is time.

The times that sound devices report are a few milliseconds wrong, differently after each restart of the speaker, and
two clocks drift; a filter is useless when it is a tenth of a millisecond wrong. So after each restart the delay is
measured anew: at first against the reference, later against the echo that the filter predicts, which takes a fifth of
a second and gives it to a fraction of a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from voice_coach.ears.echo_delay import find_delay, find_shift
from voice_coach.ears.echo_filter import BLOCK, TAPS
from voice_coach.ears.evidence import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.ears.echo_filter import EchoFilter

    Sound = NDArray[np.float32]

SEARCHED_BEFORE, SEARCHED_AFTER = round(0.4 * SAMPLE_RATE), round(0.6 * SAMPLE_RATE)
"""Samples around the time that the devices report, in which the echo is looked for."""
HEADROOM = BLOCK
"""Samples of the filter before the echo's first sound: by so much the delay may become shorter."""
_FARTHEST_SHIFT = 240
_MOST_OFF = 160
"""Samples by which the first sound may be from HEADROOM before the reference is read elsewhere."""
_WORTH_SHIFTING = 0.06
_ALIKE = 0.4
_WINDOW_BLOCKS = 10
"""Heard before a shift is measured; 0.2 s."""
_FIRST_BLOCKS, _FARTHEST_FIRST, _SURELY_ALIKE = 4, 96, 0.7
"""And the same for a first try after a restart, so that a sentence is cancelled soon."""
_DRIFT_SHARE = 0.2
"""Of a shift within a sentence that is believed to be the drift of a clock."""
_CLEAR = 9.0
_FIRST_LOOK, _LONGEST_LOOK, _BETWEEN_LOOKS = 45, 150, 15
"""Blocks for the delay."""
_POOR_RETURN = 2.0
"""Power heard over power left: an echo that is cancelled no better may have another delay."""
_AUDIBLE = 1e-6
"""Power of a reference that is worth looking at."""
_REHEARSALS = 3
_REHEARSED_AT_ONCE = 4
"""Blocks learned again in the time of one."""
_YOUNG_BLOCKS = 1_500
"""So long a filter learns from each sentence again."""


class Block(NamedTuple):
    """What happened in BLOCK samples."""

    at: int
    """Its first sample; sample n is heard at n / SAMPLE_RATE monotonic seconds."""
    heard: Sound
    reference: Sound
    left: Sound
    """What was heard, without the echo."""
    echo: Sound
    """As predicted."""
    leak: float = 0.0
    """How much of it may be left, dB."""

    @property
    def rest(self) -> Sound:
        """What may be left of the echo: only its levels count."""
        return self.echo * np.float32(10 ** (self.leak / 20))


class Reference(Protocol):
    """What is played; see `echo_reference.Played`."""

    @property
    def jumped_at(self) -> int:
        """The first sample after the last restart of the speaker."""

    def read(self, first: int, samples: int) -> Sound:
        """What is played from a sample on, shape (samples,)."""


class Alignment:
    """Decides what of the reference belongs to a block, and when the filter may learn.

    Args:
        played: the reference.
        filter_: learns and is shifted.
    """

    def __init__(self, played: Reference, filter_: EchoFilter) -> None:
        self._played = played
        self._filter = filter_
        self._delay: int | None = None
        self._pending = self._drift_per_block = 0.0
        """Samples by which the filter is to be shifted: now, and from block to block."""
        self._moved = 0.0
        """Samples by which the filter's first sound is later than HEADROOM."""
        self._jump = 0
        self._is_aligned = False
        self._run: list[Block] = []
        """Since the speaker's restart."""
        self._looked = 0
        self._age = 0
        self._rehearsed = 0

    @property
    def delay(self) -> int:
        """Samples from when a sound is said to be played to when it is heard; 0 while unknown."""
        return self._delay or 0

    @property
    def is_certain(self) -> bool:
        """Whether the filter is in step."""
        return self._is_aligned

    @property
    def is_settling(self) -> bool:
        """Whether it will soon be: the speaker has just begun again, and its echo is known but for its time."""
        return self._delay is not None and not self._is_aligned and len(self._run) <= _WINDOW_BLOCKS

    def reference_at(self, at: int) -> Sound:
        """What the filter needs for the block that begins with a sample."""
        return self._played.read(at - self.delay + HEADROOM, BLOCK)

    def doubt(self) -> None:
        """The microphone's clock has jumped."""
        self._is_aligned = False
        self._run.clear()

    def begin(self) -> None:
        """After silence, the speaker sounds again."""
        self._filter.forget_reference()
        self._run.clear()
        self._rehearsed = 0

    def follow(self, block: Block) -> None:
        """Take a block in which the speaker sounds: learn, or find out how it is to be learned."""
        if self._played.jumped_at > self._jump:
            self._jump = self._played.jumped_at
            self._is_aligned = False
            self._run.clear()
        self._run.append(block)
        length = len(self._run)
        if length % _LONGEST_LOOK == 0 or (
            not self._is_aligned and length >= _FIRST_LOOK and length % _BETWEEN_LOOKS == 0
        ):
            self._look_for_delay()
        elif not self._is_aligned and length == _FIRST_BLOCKS:
            self._look_for_shift(_FIRST_BLOCKS, _FARTHEST_FIRST, _SURELY_ALIKE)
        elif length % _WINDOW_BLOCKS == 0:
            self._look_for_shift(_WINDOW_BLOCKS, _FARTHEST_SHIFT, _ALIKE)
        if self._is_aligned:
            self._drift()
            self._filter.learn(block.left)
            self._age += 1

    def rehearse(self) -> None:
        """While the speaker is silent, let a young filter learn a little from its last sentence again."""
        if self._rehearsed >= _REHEARSALS * len(self._run) or not self._is_aligned or self._age > _YOUNG_BLOCKS:
            return
        for _ in range(_REHEARSED_AT_ONCE):
            place = self._rehearsed % len(self._run)
            if place == 0:
                self._filter.forget_reference()
            self._learn(self._run[place])
            self._rehearsed += 1

    def _learn(self, block: Block) -> None:
        self._filter.learn(block.heard - self._filter.predict(block.reference))

    def _look_for_delay(self) -> None:
        """At first until it is clear; afterwards when the echo is cancelled badly."""
        blocks = self._run[-_LONGEST_LOOK:]
        if self._delay is not None and _energy(blocks, "heard") > _POOR_RETURN * _energy(blocks, "left"):
            return
        heard = np.concatenate([block.heard for block in blocks])
        begin = blocks[0].at - SEARCHED_AFTER
        reference = self._played.read(begin, len(heard) + SEARCHED_AFTER + SEARCHED_BEFORE)
        lag = find_delay(heard, reference, SAMPLE_RATE)
        delay = SEARCHED_AFTER - round(lag.samples)
        if lag.clearness < _CLEAR or (self._delay is not None and abs(delay - self._delay) < _FARTHEST_SHIFT):
            return
        self._read_at(delay)
        self._moved = 0.0
        self._is_aligned = True
        self._filter.forget_reference()
        for block in self._run:
            self._learn(block)

    def _look_for_shift(self, blocks: int, farthest: int, alike: float) -> None:
        window = self._run[-blocks:]
        if _energy(window, "reference") < _AUDIBLE * len(window):
            return
        heard = np.concatenate([block.heard for block in window])
        echo = np.concatenate([block.echo for block in window])
        shift = find_shift(heard, echo, farthest)
        if shift.clearness < alike:
            self._is_aligned |= len(self._run) >= _LONGEST_LOOK and self._delay is not None
            return
        if self._is_aligned:
            self._drift_per_block += _DRIFT_SHARE * float(np.clip(shift.samples, -1.0, 1.0)) / blocks
        self._is_aligned = True
        self._pending += shift.samples

    def _drift(self) -> None:
        """Follow two clocks of which one is faster."""
        self._pending += self._drift_per_block
        if abs(self._pending) < _WORTH_SHIFTING:
            return
        self._filter.shift(self._pending)
        self._moved += self._pending
        self._pending = 0.0
        if abs(self._moved) > _MOST_OFF:
            moved = round(self._moved)
            self._filter.shift(-moved)
            self._moved -= moved
            self._read_at(self.delay + moved)
            self._filter.forget_reference()
            for block in self._run[-TAPS // BLOCK :]:
                self._filter.predict(block.reference)

    def _read_at(self, delay: int) -> None:
        """Read the reference with another delay from now on, and as if it had been so all along."""
        self._delay = delay
        self._run = [block._replace(reference=self.reference_at(block.at)) for block in self._run]


def _energy(blocks: list[Block], which: str) -> float:
    return sum(float(np.mean(np.square(getattr(block, which)))) for block in blocks)
