"""Whether a microphone delivers what a working one does: not only zeros, and no cut peaks. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.core.events import Trouble, TroubleBegan, TroubleOver

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.core.events import Event

NEVER_HEARD_SECONDS = 30.0
"""Of exact zeros from the start: then it is dead. No analogue microphone is ever so silent for a second."""
MUTED_SECONDS = 10.0
"""Of exact zeros, where there were never any while nobody spoke: somebody has muted it."""
GATED_SECONDS = 1200.0
"""Of exact zeros, where there often are: virtual cards and noise gates deliver them while nobody speaks."""
_GATED_AFTER_SECONDS = 3.0
"""Of exact zeros that end by themselves; the first second of some USB microphones is only zeros."""

CLIPPED = 0.99
"""Of full scale: samples from there on may be cut peaks ..."""
CLIPPED_SAMPLES = 3
"""... when so many of them follow each other."""
CLIPPED_SOUNDS = 3
"""So many loud sounds with cut peaks ..."""
CLIPPED_WITHIN_SECONDS = 60.0
"""... in this time are too many; so many clean ones, and as long without a cut peak, are enough."""
_LOUD = 0.03
"""Of full scale: a sound with such a peak may be a voice nearby."""
_GAP_SECONDS = 1.0
"""Between two sounds."""
_LONGEST_SOUND_SECONDS = 5.0
"""What goes on for longer counts as another sound."""


class InputHealth:
    """Follows one microphone through all its losses. Times are in seconds of one clock and never go back."""

    def __init__(self) -> None:
        self._silence = _Silence()
        self._clipping = _Clipping()

    def take(self, block: NDArray[np.float32], at: float, *, is_silent: bool) -> list[Event]:
        """The troubles that begin or end with the next block.

        Args:
            block: of the channel that is listened to, shape (samples,).
            at: when it was heard.
            is_silent: whether it has only zeros, and so has each other channel that might be listened to.
        """
        peak = float(np.abs(block).max(initial=0.0))
        return [*self._silence.take(at, is_zero=is_silent), *self._clipping.take(block, peak, at)]

    def reopened(self) -> None:
        """The stream is a new one: its silence begins now."""
        self._silence.reopened()


class _Silence:
    def __init__(self) -> None:
        self._zeros_since: float | None = None
        self._was_heard = self._is_gated = self._is_told = False

    def reopened(self) -> None:
        self._zeros_since = None

    def take(self, at: float, *, is_zero: bool) -> list[Event]:
        if not is_zero:
            return self._hear(at)
        if self._zeros_since is None:
            self._zeros_since = at
        if self._is_told or at - self._zeros_since < self._patience:
            return []
        self._is_told = True
        return [TroubleBegan(trouble=Trouble.SILENT_MICROPHONE)]

    def _hear(self, at: float) -> list[Event]:
        since, self._zeros_since = self._zeros_since, None
        self._is_gated |= since is not None and at - since >= _GATED_AFTER_SECONDS
        self._was_heard = True
        if not self._is_told:
            return []
        self._is_told = False
        return [TroubleOver(trouble=Trouble.SILENT_MICROPHONE)]

    @property
    def _patience(self) -> float:
        if self._is_gated:
            return GATED_SECONDS
        return MUTED_SECONDS if self._was_heard else NEVER_HEARD_SECONDS


class _Clipping:
    def __init__(self) -> None:
        self._clipped: deque[float] = deque(maxlen=CLIPPED_SOUNDS)
        """When the last sounds with cut peaks began."""
        self._clipped_at = 0.0
        """When the last peak was cut."""
        self._clean = 0
        """Sounds that ended without a cut peak since then."""
        self._began: float | None = None
        """When the sound began that goes on; None between two."""
        self._loud_at = 0.0
        self._is_cut = self._is_told = False

    def take(self, block: NDArray[np.float32], peak: float, at: float) -> list[Event]:
        if self._began is not None and (at - self._loud_at > _GAP_SECONDS or at - self._began > _LONGEST_SOUND_SECONDS):
            self._clean += not self._is_cut
            self._began = None
        if peak >= _LOUD:
            if self._began is None:
                self._began, self._is_cut = at, False
            self._loud_at = at
        if peak >= CLIPPED and _is_cut(block):
            return self._cut(at)
        return self._mend(at)

    def _cut(self, at: float) -> list[Event]:
        self._clipped_at, self._clean = at, 0
        if not self._is_cut:
            self._is_cut = True
            self._clipped.append(at)
        if self._is_told or len(self._clipped) < CLIPPED_SOUNDS or at - self._clipped[0] > CLIPPED_WITHIN_SECONDS:
            return []
        self._is_told = True
        return [TroubleBegan(trouble=Trouble.CLIPPING_MICROPHONE)]

    def _mend(self, at: float) -> list[Event]:
        is_mended = self._clean >= CLIPPED_SOUNDS and at - self._clipped_at >= CLIPPED_WITHIN_SECONDS
        if not (self._is_told and is_mended):
            return []
        self._is_told = False
        self._clipped.clear()
        return [TroubleOver(trouble=Trouble.CLIPPING_MICROPHONE)]


def _is_cut(block: NDArray[np.float32]) -> bool:
    """Whether several samples in a row are at the same end of the scale."""
    for side in (block, -block):
        run = np.convolve(side >= CLIPPED, np.ones(CLIPPED_SAMPLES), mode="valid")
        if run.max(initial=0.0) >= CLIPPED_SAMPLES:
            return True
    return False
