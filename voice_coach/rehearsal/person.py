"""The person of a rehearsal: a synthetic voice, not the coach's, that speaks into the virtual microphone."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from voice_coach.errors import RehearsalError
from voice_coach.rehearsal.acoustics import AUDIBLE_LEVEL, levels
from voice_coach.rehearsal.recorder import CARD_RATE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.rehearsal.card import VirtualCard

VOICES = ("slt", "awb", "rms")
"""flite's natural voices: an American woman, a Scottish man, an American man."""
SPEAKING_LEVEL = 0.05
"""Root mean square of the voice at the microphone while it sounds, -26 dB of full scale: half a metre away."""


@dataclass(frozen=True, slots=True)
class Said:
    """When an utterance was played to the microphone, monotonic seconds; the sound lies within."""

    started_at: float
    ended_at: float


class Person:
    """Speaks with flite's voices, at one level.

    Raises:
        RehearsalError: When flite or one of its voices is missing.
    """

    def __init__(self, card: VirtualCard, folder: Path) -> None:
        """Take a card to speak into and a folder for the rendered utterances."""
        self._card = card
        self._folder = folder
        if shutil.which("flite") is None:
            msg = "The rehearsal's person speaks with flite, which is not installed: apt install flite"
            raise RehearsalError(msg)

    def learn(self, utterances: Iterable[tuple[str, str]]) -> None:
        """Render utterances, each a voice and a text, so that saying them costs no time."""
        for voice, text in utterances:
            path = self._path(voice, text)
            if not path.exists():
                render(voice, text, path)

    def say(self, voice: str, text: str) -> Said:
        """Say a text; returns when it has been heard to its end."""
        self.learn([(voice, text)])
        started_at = time.monotonic()
        self._card.say(self._path(voice, text))
        return Said(started_at, time.monotonic())

    def sound(self, voice: str, text: str) -> NDArray[np.float32]:
        """How a text sounds before the room is heard with it, shape (samples,), at the card's rate."""
        self.learn([(voice, text)])
        sound, rate = soundfile.read(self._path(voice, text), dtype="float32")
        return np.asarray(soxr.resample(sound, rate, CARD_RATE))

    def _path(self, voice: str, text: str) -> Path:
        return self._folder / f"{voice}-{text.replace(' ', '_')}.wav"


def render(voice: str, text: str, path: Path) -> None:
    """Write a text spoken by one of VOICES to a WAV file, at SPEAKING_LEVEL.

    Raises:
        RehearsalError: When the voice is none of them, which flite itself would not mind, or when flite fails.
    """
    if voice not in VOICES:
        msg = f"There is no voice {voice!r} for the rehearsal's person; use one of {', '.join(VOICES)}."
        raise RehearsalError(msg)
    done = subprocess.run(
        ["flite", "-voice", voice, "-t", text, "-o", str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not path.exists():
        reason = done.stderr.strip() or "no reason given"
        msg = f"flite cannot speak with the voice {voice!r} ({reason}); reinstall it: apt install --reinstall flite"
        raise RehearsalError(msg)
    sound, rate = soundfile.read(path, dtype="float32")
    level = levels(sound, rate)
    voiced = level[level >= max(AUDIBLE_LEVEL, level.max() / 10)]
    gain = SPEAKING_LEVEL / float(np.sqrt(np.mean(np.square(voiced)))) if len(voiced) else 1.0
    soundfile.write(path, np.clip(sound * gain, -1.0, 1.0), rate, subtype="PCM_16")
