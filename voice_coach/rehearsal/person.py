"""The person of a rehearsal: a synthetic voice, not the coach's, that speaks into the virtual microphone."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from voice_coach import clock
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
    """Speaks with the voices of `render`, at one level."""

    def __init__(self, card: VirtualCard, folder: Path) -> None:
        """Take a card to speak into and a folder for the rendered utterances."""
        self._card = card
        self._folder = folder

    def learn(self, utterances: Iterable[tuple[str, str]]) -> None:
        """Render utterances, each a voice and a text, so that saying them costs no time."""
        for voice, text in utterances:
            path = self._path(voice, text)
            if not path.exists():
                render(voice, text, path)

    def say(self, voice: str, text: str) -> Said:
        """Say a text; returns when it has been heard to its end."""
        self.learn([(voice, text)])
        started_at = clock.now()
        self._card.say(self._path(voice, text))
        return Said(started_at, clock.now())

    def sound(self, voice: str, text: str) -> NDArray[np.float32]:
        """How a text sounds before the room is heard with it, shape (samples,), at the card's rate."""
        self.learn([(voice, text)])
        sound, rate = soundfile.read(self._path(voice, text), dtype="float32")
        return np.asarray(soxr.resample(sound, rate, CARD_RATE))

    def _path(self, voice: str, text: str) -> Path:
        return self._folder / f"{voice}-{text}.wav".replace(" ", "_")


def render(voice: str, text: str, path: Path) -> None:
    """Write a text spoken by a voice to a WAV file, at SPEAKING_LEVEL.

    Args:
        voice: one of VOICES, or a voice of eSpeak NG with its words a minute and pitch ("ko+f3 160 50").
        text: what is said.
        path: of the file.

    Raises:
        RehearsalError: When the voice is none of them, which flite itself would not mind, or when its program is
            missing or fails.
    """
    program, *arguments = _command(voice, text, path)
    if shutil.which(program) is None:
        msg = f"The rehearsal's person speaks with {program}, which is not installed: apt install {program}"
        raise RehearsalError(msg)
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0 or not path.exists():
        reason = done.stderr.strip() or "no reason given"
        again = f"reinstall it: apt install --reinstall {program}"
        msg = f"{program} cannot speak with the voice {voice!r} ({reason}); {again}"
        raise RehearsalError(msg)
    sound, rate = soundfile.read(path, dtype="float32")
    level = levels(sound, rate)
    voiced = level[level >= max(AUDIBLE_LEVEL, level.max() / 10)]
    gain = SPEAKING_LEVEL / float(np.sqrt(np.mean(np.square(voiced)))) if len(voiced) else 1.0
    soundfile.write(path, np.clip(sound * gain, -1.0, 1.0), rate, subtype="PCM_16")


def _command(voice: str, text: str, path: Path) -> list[str]:
    if voice in VOICES:
        return ["flite", "-voice", voice, "-t", text, "-o", str(path)]
    match voice.split():
        case [name, rate, pitch] if rate.isdecimal() and pitch.isdecimal():
            return ["espeak-ng", "-v", name, "-s", rate, "-p", pitch, "-w", str(path), text]
    known = f"use one of {', '.join(VOICES)}, or one of eSpeak NG with words a minute and pitch, such as 'ko+f3 160 50'"
    msg = f"There is no voice {voice!r} for the rehearsal's person; {known}."
    raise RehearsalError(msg)
