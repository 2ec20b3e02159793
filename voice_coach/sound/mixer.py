"""What is heard in each block: the sentence being said and the cues that are due, mixed. No device, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OFF_SECONDS = 0.05
"""A stream whose blocks are heard so much earlier or later than counted has lost some."""
_DRIFT_SHARE = 0.1
"""Of the difference between counted and measured time that is taken over, while nothing is heard."""
_FADE_SECONDS = 0.003
"""After a gap: a cue that goes on must not click."""


class Timeline:
    """Numbers the frames of a stream by when they are heard: frame n at `n / rate` monotonic seconds.

    Each block's moment, as a device reports it, is a few milliseconds wrong, so frames are counted; the reports correct
    the count slowly and only in silence, or at once after `jump` and when they contradict it.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._next: int | None = None

    def jump(self) -> None:
        """The stream has been restarted: believe its next block."""
        self._next = None

    def first_frame(self, frames: int, heard_at: float, *, is_silent: bool) -> tuple[int, bool]:
        """The number of a block's first frame, and whether the count was set anew.

        Args:
            frames: the block's length.
            heard_at: when its first frame is heard, monotonic seconds, as the device reports it.
            is_silent: nothing is heard that a correction could disturb.
        """
        measured = self.frame_at(heard_at)
        if self._next is None or abs(measured - self._next) > _OFF_SECONDS * self._rate:
            first, is_new = measured, True
        else:
            first, is_new = self._next, False
            if is_silent:
                first += round(_DRIFT_SHARE * (measured - self._next))
        self._next = first + frames
        return first, is_new

    def frame_at(self, at: float) -> int:
        """The frame that is heard at a monotonic time."""
        return round(at * self._rate)

    def heard_at(self, frame: int) -> float:
        """When a frame is heard, monotonic seconds."""
        return frame / self._rate


@dataclass(slots=True, eq=False)
class _Sentence:
    samples: NDArray[np.float32]
    position: int = 0


@dataclass(slots=True, eq=False)
class _ScheduledCue:
    samples: NDArray[np.float32]
    first: int
    has_begun: bool = False

    @property
    def end(self) -> int:
        return self.first + len(self.samples)


class Mixer:
    """Fills blocks with one sentence, frame after frame, and with cues, each at its frame of the timeline.

    After a jump of the timeline, a cue goes on where it should be by then; a sentence loses nothing.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._sentence: _Sentence | None = None
        self._cues: list[_ScheduledCue] = []
        self.end_of_sentence: int | None = None
        """The frame after the sentence's last one, once that is in a block; cleared by whoever has taken note."""

    def say(self, samples: NDArray[np.float32]) -> None:
        """Begin a sentence in the next block, instead of any other; samples as they shall sound."""
        self._sentence = _Sentence(samples)
        self.end_of_sentence = None

    def cue(self, samples: NDArray[np.float32], first: int) -> None:
        """Let a sound begin with a frame of the timeline, or with the next block if that is gone by."""
        self._cues.append(_ScheduledCue(samples, first))

    def forget(self) -> None:
        """Forget everything."""
        self._sentence = self.end_of_sentence = None
        self._cues.clear()

    def is_silent_from(self, frame: int) -> bool:
        """Whether nothing sounds at this frame or later, but cues that are yet to begin."""
        is_saying = self._sentence is not None or (self.end_of_sentence or frame) > frame
        return not is_saying and not any(cue.has_begun and cue.end > frame for cue in self._cues)

    def fill(self, block: NDArray[np.float32], first: int, *, is_after_gap: bool = False) -> None:
        """Write what is heard from frame `first` on into a block, shape (frames,), within -1 to 1."""
        block[:] = 0.0
        self._mix_sentence(block, first)
        for cue in self._cues:
            self._mix_cue(cue, block, first)
        self._cues = [cue for cue in self._cues if cue.end > first]
        if is_after_gap:
            fade = np.minimum(1.0, np.arange(len(block)) / (_FADE_SECONDS * self._rate))
            block *= fade.astype(np.float32)
        np.clip(block, -1.0, 1.0, out=block)

    def _mix_sentence(self, block: NDArray[np.float32], first: int) -> None:
        sentence = self._sentence
        if sentence is None:
            return
        part = sentence.samples[sentence.position : sentence.position + len(block)]
        block[: len(part)] += part
        sentence.position += len(part)
        if sentence.position == len(sentence.samples):
            self._sentence = None
            self.end_of_sentence = first + len(part)

    @staticmethod
    def _mix_cue(cue: _ScheduledCue, block: NDArray[np.float32], first: int) -> None:
        end = first + len(block)
        if cue.first >= end:
            return
        if not cue.has_begun:
            cue.first = max(cue.first, first)  # late is better than cut
            cue.has_begun = True
        start = max(cue.first, first)
        part = cue.samples[start - cue.first : end - cue.first]
        block[start - first : start - first + len(part)] += part
