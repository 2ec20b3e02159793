"""What scripts/check-image hears: where sound begins and ends in a recording, and which words are in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

RATE = 44_100
"""Hz of the recording."""
FRAME_BYTES = 4
_FULL_SCALE = 32_768.0
_FRAME = RATE // 100
AUDIBLE = 0.004
"""Root mean square from which ten milliseconds count as sound: -48 dB of full scale."""
SILENCE_SECONDS = 1.5
"""Silence after which a sentence counts as ended; an emulator may leave shorter holes in the middle of one."""
_LEAST_SECONDS = 0.3
_SHORTEST_HOLE = 5
"""Hundredths of a second: shorter silence is between the waves of a voice."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of sound in a recording, in seconds since its beginning."""

    begin: float
    end: float
    hole_seconds: float
    """Seconds of exact silence inside, each longer than 50 ms."""


def samples_of(raw: bytes) -> Sound:
    """Return the first channel of a recording, from -1 to 1."""
    whole = raw[: len(raw) // FRAME_BYTES * FRAME_BYTES]
    return (np.frombuffer(whole, "<i2").reshape(-1, 2)[:, 0] / _FULL_SCALE).astype(np.float32)


def stretches(sound: Sound) -> list[Spoken]:
    """Return all stretches of sound in a recording that last longer than a click."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME)
    audible = np.flatnonzero(np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1)) >= AUDIBLE)
    if not len(audible):
        return []
    breaks = np.flatnonzero(np.diff(audible) > SILENCE_SECONDS * 100)
    begins, ends = audible[np.r_[0, breaks + 1]], audible[np.r_[breaks, len(audible) - 1]] + 1
    silent = ~np.any(frames, axis=1)
    return [
        Spoken(begin / 100, end / 100, _holes(silent[begin:end]))
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
        if end - begin >= _LEAST_SECONDS * 100
    ]


def _holes(silent: NDArray[np.bool_]) -> float:
    edges = np.flatnonzero(np.diff(np.r_[0, silent.astype(np.int8), 0]))
    lengths = edges[1::2] - edges[::2]
    return float(lengths[lengths > _SHORTEST_HOLE].sum()) / 100


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: small, without marks."""
    return re.findall(r"[a-z0-9']+", text.lower())


_SURELY_AGAIN = 3
"""Words of the beginning that must come again."""


def share_heard(transcript: str, expected: str) -> float:
    """Return the share of a transcript's words that stand in the expected text, in the same order; 0 without words."""
    got, wanted = words(transcript), words(expected)
    if not got or not wanted:
        return 0.0
    longest = [0] * (len(wanted) + 1)
    for word in got:
        for place, other in reversed(list(enumerate(wanted, 1))):
            if word == other:
                longest[place] = max(longest[place], max(longest[:place]) + 1)
    return max(longest) / len(got)


def without_repetition(transcript: str) -> str:
    """Return a transcript up to where it begins anew: Whisper may write a short sound over and over again."""
    written = transcript.split()
    plain = [" ".join(words(word)) for word in written]
    again = (
        place for place in range(_SURELY_AGAIN, len(plain)) if plain[place:][:_SURELY_AGAIN] == plain[:_SURELY_AGAIN]
    )
    return " ".join(written[: next(again, len(written))])


def transcript(sound: Sound) -> str:
    """Return what the project's second ear writes of the first seconds of a sound; empty where the model is missing."""
    import soxr  # noqa: PLC0415 - tests of the rest need no engine

    from voice_coach.ears.recognizers.open_path import transcribe  # noqa: PLC0415
    from voice_coach.ears.recognizers.registry import find_second_ear  # noqa: PLC0415
    from voice_coach.ears.recognizers.second_ear import Whisper  # noqa: PLC0415

    folder = find_second_ear()
    if folder is None:
        return ""
    model = Whisper(folder)
    heard = transcribe(model, soxr.resample(sound[: 8 * RATE], RATE, 16_000).astype(np.float32))
    if not heard:
        return ""
    # By the probability of a token: by that of the whole, "Hi." beats what begins with it.
    best, _ = max(heard, key=lambda one: one[1] / (len(one[0]) + 1))
    return without_repetition(model.tokenizer.decode(best))
