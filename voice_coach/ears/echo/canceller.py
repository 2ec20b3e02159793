"""Removes the coach's own voice from the microphone's sound, and measures how like an utterance is to that voice.

The sound that the speaker plays is known. The first sentence shows how late it comes to the microphone; from then on an
adaptive filter predicts the echo, which is subtracted. Nothing else is suppressed, unlike in WebRTC's canceller
(livekit's AudioProcessingModule). Of 39 commands that a person spoke 6 dB below the echo, 36 were understood with this
canceller and 10 with WebRTC's. While nothing is played, nothing is computed.

The likeness compares the levels of bands over time, each band against its own mean, so that the colour of the room, the
loudness and the phase do not matter. Measured values: the coach itself, through rooms, 0.67 and more; overloaded
besides, 0.35 and more; a person over its cancelled echo, 0.56 at most; a person who says the words of the coach in the
same second, 0.34 to 0.77.
"""

from __future__ import annotations

from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.echo.alignment import (
    BLOCK,
    SEARCHED_AFTER,
    SEARCHED_BEFORE,
    TAPS,
    Alignment,
    EchoBlock,
    EchoFilter,
)
from voice_coach.ears.frontend import Cleaned
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    Levels = NDArray[np.float64]
    from collections.abc import Sequence

    from voice_coach.ears.echo.alignment import Reference


_HOP_SECONDS = 0.01
_BANDS = 16
_LOWEST, _HIGHEST = 200.0, 6_000.0
"""Hz: the range of the compared bands."""
_DEEPEST = 30.0
"""Decibels below the loudest level at which lower levels are cut off."""
_LINGERING = 10 ** (-6 * _HOP_SECONDS / 0.6)
"""The share of a frame's power that is left in the next frame, in a room where sound falls by 60 dB in 0.6 s."""
_FEWEST = 10
"""Frames that a sound must have to be compared."""


def echo_similarity(heard: Sound, reference: Sound, rate: int) -> float:
    """Return how like a sound is to the most similar part of a reference: 1 is the same, 0 or less is unlike.

    Args:
        heard: the sound, shape (samples,).
        reference: the reference, shape (more samples,); each of its parts that is as long as the sound is compared.
        rate: the sampling rate of both, in Hz.
    """
    one, played = band_powers(heard, rate), band_powers(reference, rate)
    if len(one) < _FEWEST or len(played) < len(one):
        return 0.0
    return max(_likeness(in_decibels(one), in_decibels(other)) for other in (played, reverberated(played)))


def _likeness(one: Levels, other: Levels) -> float:
    length = len(one)
    centred = one - one.mean(axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(other, length, axis=0)  # (lags, bands, length)
    centred_windows = windows - windows.mean(axis=2, keepdims=True)
    product = np.einsum("lbt,tb->l", centred_windows, centred)
    scale = np.linalg.norm(centred) * np.linalg.norm(centred_windows, axis=(1, 2))
    return float(np.max(product / (scale + 1e-9)))


def band_powers(sound: Sound, rate: int) -> Levels:
    """Return the power of each band over time, shape (frames, bands): a frame of 20 ms every 10 ms."""
    hop = round(_HOP_SECONDS * rate)
    count = len(sound) // hop - 1
    if count < 1:
        return np.zeros((0, _BANDS))
    frames = np.lib.stride_tricks.sliding_window_view(sound, 2 * hop)[::hop][:count]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(2 * hop), axis=1)))
    edges = np.unique(np.round(np.geomspace(_LOWEST, _HIGHEST, _BANDS + 1) * 2 * hop / rate).astype(int))
    summed: Levels = np.add.reduceat(power, edges, axis=1)[:, :-1]
    return summed


def reverberated(powers: Levels) -> Levels:
    """Return the powers of bands, shape (frames, bands), as they would be in a room with reverberation."""
    sounding = powers.copy()
    for frame in range(1, len(sounding)):
        sounding[frame] += _LINGERING * sounding[frame - 1]
    return sounding


def in_decibels(powers: Levels) -> Levels:
    """Return powers as levels in dB, none more than _DEEPEST below the loudest."""
    levels = 10 * np.log10(powers + 1e-12)
    cut: Levels = np.maximum(levels, levels.max() - _DEEPEST)
    return cut


_CONTEXT_SECONDS = 0.2
"""Seconds before an utterance that are compared with it, because a very short utterance is not enough."""
_SEARCHED_NEAR = SAMPLE_RATE // 50
"""Samples around the known delay in which the echo is searched for."""
_ELSEWHERE = 0.15
"""The likeness that chance adds when the echo is searched for at every delay, and not only at the known one.

The word of a person was like some part of the coach's sentence by 0.68 (95th percentile), and like the part that was
heard with it by 0.48. The search at every delay is still needed: the delay may have changed without notice.
"""
_SAFETY = 2.0
"""The factor by which more of the echo may be left than expected: the expectation rises slowly."""
_LEAST_LEFT = 10 ** (-20.0 / 10)
"""The share of the predicted echo's power that may always be left of it, however well it was cancelled before.

A person at the mirror is seldom softer than that: 20 dB below the coach.
"""
_OFF_SAMPLES = SAMPLE_RATE // 10
"""Samples by which the time of a block must differ from the count of samples to show that blocks were lost."""
_LONGEST_TICK, _BEFORE_TICK, _AFTER_TICK = 8, 15, 6
"""Blocks that a tick lasts at most, of silence before it at least, and of silence and reverberation after it."""
_RECENT_BLOCKS = 350
"""Blocks that are kept for `echo_probability`: 7 s, longer than the longest utterance."""
_FALLS, _RISES = 0.2, 0.002
"""Shares of a difference by which the leak falls or rises with a block; it rises slowly: a person may be speaking."""
_STEADY = 0.8
"""Weight of the former blocks in the smoothed powers, 0 to 1."""
_FAINT = 1e-7
"""Power of an echo up to which the leak is not estimated."""
_WORST_LEAK, _LEAK_AT_FIRST = 6.0, -12.0
"""Decibels: the highest leak, and the lowest one that is assumed just after a restart of the speaker."""
_NO_ECHO: Sound = np.zeros(BLOCK, np.float32)


class EchoCanceller:
    """The front end that removes the echo of the speaker's sound. It keeps the protocol FrontEnd, for one thread.

    Args:
        played: the sound that the speaker plays.
        filter_: the adaptive filter; None for a new one.
    """

    def __init__(self, played: Reference, filter_: EchoFilter | None = None) -> None:
        self._played = played
        self._learn_with(filter_ or EchoFilter(SAMPLE_RATE))
        self._rest = np.zeros(0, np.float32)
        self._next: int | None = None
        """The number of the first sample in `_rest`; sample n was heard at n / SAMPLE_RATE monotonic seconds."""
        self._recent: deque[EchoBlock] = deque(maxlen=_RECENT_BLOCKS)
        self._blocks = 0
        self._silent = TAPS + BLOCK
        """The number of samples for which the reference has been silent."""

    def _learn_with(self, filter_: EchoFilter) -> None:
        self._filter = filter_
        self._alignment = Alignment(self._played, filter_)
        self._left_power = self._echo_power = 0.0
        self._leak = 0.0
        """The level of the echo that is left after cancelling, in dB relative to the predicted echo."""

    def begin_anew(self) -> None:
        """Forget what was learned of the echo; see FrontEnd."""
        self._learn_with(EchoFilter(SAMPLE_RATE))
        self._rest = self._rest[:0]
        self._next = None
        self._recent.clear()

    def clean(self, sound: Sound, captured_at: float) -> Cleaned:
        """Cancel the echo in the next piece; see FrontEnd."""
        self._count(captured_at)
        sound = np.concatenate([self._rest, sound])
        whole = len(sound) // BLOCK * BLOCK
        self._rest = sound[whole:]
        blocks = [self._clean(heard) for heard in sound[:whole].reshape(-1, BLOCK)]
        return Cleaned(_joined([block.left for block in blocks]), _joined([block.rest for block in blocks]))

    def echo_probability(self, start: float, end: float) -> float:
        """Return how probable it is that a part of the cleaned sound is an echo; see FrontEnd.

        This is the greater one of two numbers: the likeness of the cleaned sound to the reference, which holds however
        badly the echo was cancelled, and the share of its power that the canceller expects to be left of the echo.
        """
        times = (start - _CONTEXT_SECONDS, end)
        first, last = (max(0, self._blocks - round(seconds * SAMPLE_RATE / BLOCK)) for seconds in times)
        kept = list(self._recent)
        here = slice(max(0, len(kept) - first), len(kept) - last)
        part = kept[here]
        if not part:
            return 0.0
        left = _joined([block.left for block in part])
        likeness = self._likeness_to_played(part[0].at, left)
        if likeness is None:
            return 0.0
        part = [block for block, is_tick in zip(part, _ticks(kept)[here], strict=True) if not is_tick] or part
        return float(np.clip(max(_share_of_echo(part), likeness), 0.0, 1.0))

    def _likeness_to_played(self, at: int, left: Sound) -> float | None:
        """Return how like the cleaned sound from sample `at` on is to what is played; None when nothing is."""
        delay = self._alignment.delay
        everywhere = self._played_near(at - max(0, delay), len(left), SEARCHED_AFTER, SEARCHED_BEFORE + abs(delay))
        if not everywhere.any():
            return None
        likeness = echo_similarity(left, everywhere, SAMPLE_RATE)
        if not self._alignment.is_certain:
            return likeness
        here = self._played_near(at - delay, len(left), _SEARCHED_NEAR, _SEARCHED_NEAR)
        return max(likeness - _ELSEWHERE, echo_similarity(left, here, SAMPLE_RATE))

    def _played_near(self, at: int, samples: int, before: int, after: int) -> Sound:
        """Return `samples` of the played sound from sample `at` on, with so many more before and after them."""
        return self._played.read(at - before, before + samples + after)

    def _count(self, captured_at: float) -> None:
        """Number the samples by the time of the first block, and number them anew after blocks were lost."""
        stamped = round(captured_at * SAMPLE_RATE) - len(self._rest)
        if self._next is None or abs(stamped - self._next) > _OFF_SAMPLES:
            self._next = stamped
            self._recent.clear()
            self._alignment.doubt()

    def _clean(self, heard: Sound) -> EchoBlock:
        assert self._next is not None  # noqa: S101 - it was counted before
        at, self._next = self._next, self._next + BLOCK
        self._blocks += 1
        reference = self._alignment.reference_at(at)
        was_sounding = self._is_sounding
        self._silent = 0 if reference.any() else self._silent + BLOCK
        if self._is_sounding:
            block = self._cancel(at, heard, reference, is_first=not was_sounding)
        else:
            block = EchoBlock(at, heard, reference, heard, _NO_ECHO)
            self._alignment.relearn()
        self._recent.append(block)
        return block

    @property
    def _is_sounding(self) -> bool:
        return self._silent <= TAPS

    def _cancel(self, at: int, heard: Sound, reference: Sound, *, is_first: bool) -> EchoBlock:
        if is_first:
            self._alignment.begin()
        echo = self._filter.predict(reference)
        block = EchoBlock(at, heard, reference, heard - echo, echo)
        self._alignment.follow(block)
        if self._alignment.is_settling:  # just after a restart the exact time of the echo is not known
            self._leak = max(self._leak, _LEAK_AT_FIRST)
            return block._replace(left=heard, leak=_uncancelled(self._leak))
        if not self._alignment.is_certain:
            return block._replace(left=heard)
        self._estimate_leak(block)
        return block._replace(leak=self._leak)

    def _estimate_leak(self, block: EchoBlock) -> None:
        self._left_power += (1 - _STEADY) * (power(block.left) - self._left_power)
        self._echo_power += (1 - _STEADY) * (power(block.echo) - self._echo_power)
        if self._echo_power > _FAINT:
            leak = min(_WORST_LEAK, 10 * float(np.log10(self._left_power / self._echo_power + 1e-9)))
            self._leak += (_FALLS if leak < self._leak else _RISES) * (leak - self._leak)


def _share_of_echo(blocks: Sequence[EchoBlock]) -> float:
    """Return the share of the cleaned sound's power that may be left of the echo; 1 and more: all of it."""
    left, rest, echo = (
        power(_joined(sounds))
        for sounds in zip(*((block.left, block.rest, block.echo) for block in blocks), strict=True)
    )
    return max(_SAFETY * rest, _LEAST_LEFT * echo) / (left + 1e-12)


def _ticks(blocks: Sequence[EchoBlock]) -> list[bool]:
    """Return for each block whether what the coach plays then is too short to be a word: a tick of the clock.

    A tick in the middle of a person's word may be louder than the word, which would then seem to be mostly echo.
    """
    sounds = groupby(blocks, key=lambda block: bool(block.reference.any()))
    runs = [(is_sounding, len(list(run))) for is_sounding, run in sounds]
    flags: list[bool] = []
    for number, (is_sounding, length) in enumerate(runs):
        before = runs[number - 1][1] if number else 0
        after = runs[number + 1][1] if number < len(runs) - 2 else _AFTER_TICK  # the last run may go on
        if is_sounding and length <= _LONGEST_TICK and before >= _BEFORE_TICK and after >= _AFTER_TICK:
            flags += [True] * length
        else:
            rings = min(length, _AFTER_TICK) if flags and flags[-1] else 0
            flags += [True] * rings + [False] * (length - rings)
    return flags


def _uncancelled(leak: float) -> float:
    """Return the most, in dB relative to the predicted echo, that an echo can be which `leak` is the error of."""
    return 20 * float(np.log10(1 + 10 ** (leak / 20)))


def power(sound: Sound) -> float:
    """Return the mean square of a sound; 0 when it is empty."""
    return float(np.mean(np.square(sound, dtype=np.float64))) if len(sound) else 0.0


def _joined(pieces: Sequence[Sound]) -> Sound:
    return np.concatenate([np.zeros(0, np.float32), *pieces])
