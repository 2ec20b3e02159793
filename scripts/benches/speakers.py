"""Persons who speak for the benches: synthetic voices that are not the coach's own."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from voice_coach.ears.evidence import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

NATURAL = ("awb", "rms", "slt")
"""Voices of flite made of recorded speech: a Scottish man, an American man, an American woman."""
ROBOTIC = ("kal16", "espeak-ng")
"""An early diphone voice of flite, and eSpeak NG's American English, which has no recorded speech in it at all."""
VOICES = NATURAL + ROBOTIC

SPEECH_LEVEL = -26.0
"""dBFS of everything that is said."""
_ACTIVE_BELOW_PEAK = 30.0
_FRAME = SAMPLE_RATE // 50


@functools.cache
def say(text: str, voice: str) -> NDArray[np.float32]:
    """A text spoken by a voice: mono at SAMPLE_RATE and SPEECH_LEVEL, no silence around it. Shared: change a copy."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        if voice == "espeak-ng":
            command = ["espeak-ng", "-v", "en-us", "-w", str(path), text]
        else:
            command = ["flite", "-voice", voice, "-t", text, "-o", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        sound, rate = soundfile.read(path, dtype="float32")
    speech = _trimmed(soxr.resample(sound, rate, SAMPLE_RATE))
    return at_level(speech, SPEECH_LEVEL)


def at_level(sound: NDArray[np.float32], level: float) -> NDArray[np.float32]:
    """The sound, louder or softer, so that its active parts have this level in dBFS."""
    gain = 10 ** ((level - active_level(sound)) / 20)
    return (sound * gain).astype(np.float32)


def active_level(sound: NDArray[np.float32]) -> float:
    """Level in dBFS over the 20 ms frames that are at most 30 dB softer than the loudest one."""
    power = _frame_power(sound)
    active = power[power > power.max() * 10 ** (-_ACTIVE_BELOW_PEAK / 10)]
    return 10 * float(np.log10(active.mean() + 1e-12))


def _trimmed(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    power = _frame_power(sound)
    loud = np.flatnonzero(power > power.max() * 1e-5)
    return sound[loud[0] * _FRAME : (loud[-1] + 1) * _FRAME]


def _frame_power(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    frames = np.pad(sound, (0, -len(sound) % _FRAME)).reshape(-1, _FRAME).astype(np.float64)
    return np.asarray((frames * frames).mean(axis=1) + 1e-12)
