"""Whether what the coach said in a rehearsal sounded as it ought to."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import soundfile

from voice_coach.library import load_language
from voice_coach.models.voices import STANDARD
from voice_coach.mouth.cache import SpeechCache
from voice_coach.mouth.speech_renderer import SpeechRenderer
from voice_coach.mouth.synthesizers import open_voice
from voice_coach.rehearsal.acoustics import find_onset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_FIRST_SECONDS = 20.0
"""Within these from the beginning of the recording the coach greets."""
_AROUND_SECONDS = 0.3
_CUE_SECONDS = 2.5
"""So long the bell and the chime sound."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One that the coach said."""

    begun_at: float
    ended_at: float
    """Monotonic seconds."""
    likeness: float
    """Of its sound at the speaker to what it ought to be: 1 but for its level, 0 nothing alike."""


def sentences_in(lines: Sequence[dict[str, Any]], recording: Path) -> list[Sentence]:
    """Compare each sentence that was said to its end, and alone, with what the voice renders.

    Args:
        lines: the coach's events and commands.
        recording: both sides of the card, as `rehearse --recording` keeps it.
    """
    sound, rate = soundfile.read(recording, dtype="float32")
    speaker: NDArray[np.float32] = sound[:, 1]
    opened, _ = open_voice(STANDARD, load_language("en"))
    with contextlib.closing(opened):
        sentences = SpeechRenderer(opened, SpeechCache(), rate)
        said = [line for line in lines if line["name"] in ("Speak", "SpeechEnded", "Hush")]
        dues = [line["due"] for line in lines if line["name"] == "Cue"]
        whole = [
            (speak, end)
            for speak, end in pairwise(said)
            if (speak["name"], end["name"]) == ("Speak", "SpeechEnded")
            and not any(speak["at"] - _CUE_SECONDS < due < end["at"] for due in dues)
        ]
        rendered = [sentences.get(speak["text"], speak["voice"]["words_per_minute"]) for speak, _ in whole]
    if not whole:
        return []
    greeting, _ = find_onset(speaker[: int(_FIRST_SECONDS * rate)], rendered[0])
    begun_at = whole[0][0]["at"] - greeting / rate
    found = []
    for (speak, end), pattern in zip(whole, rendered, strict=True):
        first, last = (
            max(0, round((line["at"] - begun_at + around) * rate))
            for line, around in ((speak, -_AROUND_SECONDS), (end, _AROUND_SECONDS))
        )
        _, likeness = find_onset(speaker[first:last], pattern)
        found.append(Sentence(speak["at"], end["at"], round(likeness, 4)))
    return found
