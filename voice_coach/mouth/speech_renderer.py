"""Turns a text into samples that are ready to be played: from memory, from the disk, or rendered now."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import soxr

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from voice_coach.mouth.synthesizer_client import Speech, SpeechVoice

_MEMORY_SECONDS = 90.0
"""Seconds of sound that are kept in memory, ready to be played; 17 MB at 48 kHz."""
_AUDIBLE_SHARE = 0.01
"""Share of the loudest sample below which a beginning or an end counts as silence."""
_LEAD_SECONDS = 0.01
"""Seconds of silence that are left before the sound."""
_TAIL_SECONDS = 0.03
"""Seconds of silence that are left after the sound."""
_TRIM_VERSION = 1
"""A part of the cache's key; raise it when `trimmed` changes."""
NOTHING: NDArray[np.float32] = np.zeros(0, np.float32)
"""The samples of a text without sound: none."""


class Cache(Protocol):
    """A store of speech by everything that its sound depends on. It never raises: if it fails, it is empty."""

    def get(self, *key: Hashable) -> Speech | None:
        """Return the speech kept under a key; None if there is none."""

    def put(self, speech: Speech, *key: Hashable) -> None:
        """Keep speech under a key."""


class SpeechRenderer:
    """Renders texts with a voice and remembers them. For one thread.

    Args:
        voice: renders the texts that are not remembered.
        cache: remembers over restarts.
        rate: of the player, frames a second.
    """

    def __init__(self, voice: SpeechVoice, cache: Cache, rate: int) -> None:
        self._voice = voice
        self._cache = cache
        self._rate = rate
        self._ready: OrderedDict[tuple[str, int], NDArray[np.float32]] = OrderedDict()
        self._ready_frames = 0

    @property
    def rate(self) -> int:
        """Frames a second of the player; setting another rate forgets all samples that were made for the old one."""
        return self._rate

    @rate.setter
    def rate(self, rate: int) -> None:
        if rate != self._rate:
            self._rate = rate
            self._ready.clear()
            self._ready_frames = 0

    def get(self, text: str, words_per_minute: int) -> NDArray[np.float32]:
        """Return the samples of a text, shape (frames,), one channel at the player's rate; none if it has no letters.

        Raises:
            MouthError: the voice cannot render it.
        """
        key = (text, words_per_minute)
        if key in self._ready:
            self._ready.move_to_end(key)
            return self._ready[key]
        if not any(map(str.isalnum, text)):
            return NOTHING
        is_loaded = self._voice.is_ready()
        speech = self._speech(text, words_per_minute)
        samples = self._resampled(speech)
        if speech.is_fallback and not is_loaded:
            return samples  # the chosen voice was only not loaded yet
        self._ready[key] = samples
        self._ready_frames += len(samples)
        while self._ready_frames > _MEMORY_SECONDS * self._rate and len(self._ready) > 1:
            self._ready_frames -= len(self._ready.popitem(last=False)[1])
        return samples

    def _speech(self, text: str, words_per_minute: int) -> Speech:
        # The version is asked for anew each time: a voice that had to be restarted may have been updated.
        key = (self._voice.version, self._voice.name, _TRIM_VERSION, words_per_minute, text)
        speech = self._cache.get(*key)
        if speech is None:
            speech = trimmed(self._voice.render(text, words_per_minute))
            if not speech.is_fallback:
                self._cache.put(speech, *key)
        return speech

    def _resampled(self, speech: Speech) -> NDArray[np.float32]:
        samples = speech.samples.astype(np.float32) / np.float32(32768.0)
        resampled: NDArray[np.float32] = soxr.resample(samples, speech.rate, self._rate)
        return resampled


def trimmed(speech: Speech) -> Speech:
    """Return speech with its silent beginning and end cut short, so that an answer is heard without delay."""
    loudness = np.abs(speech.samples.astype(np.int32))
    audible = np.flatnonzero(loudness > _AUDIBLE_SHARE * loudness.max())
    if not len(audible):
        return speech
    start = max(0, audible[0] - round(_LEAD_SECONDS * speech.rate))
    end = audible[-1] + 1 + round(_TAIL_SECONDS * speech.rate)
    return replace(speech, samples=speech.samples[start:end])
