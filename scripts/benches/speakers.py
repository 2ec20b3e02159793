"""Persons who speak for the benches: synthetic voices that are not the coach's own."""

from __future__ import annotations

import functools
import hashlib
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
import soxr
from halves import TEST, TUNE
from keeping import kept_in
from korean_sounds import told_in_sounds
from levels import trimmed, with_active_level

from voice_coach.ears.evidence import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPEECH_LEVEL = -26.0
"""dBFS, over its active frames, of everything that is said, unless a place says otherwise."""
_ESPEAK_WORDS_PER_MINUTE = 165


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who speaks."""

    name: str
    engine: str
    """flite, hibari, hibari-ko (in Korean) or espeak-ng."""
    speaker: str
    """The engine's name for whose speech the voice was made of; all voices of one speaker are in one half."""
    half: str = TEST
    pitch: float = 1.0
    """Pitch and formants against the speaker's own, the tempo being kept: above 1 a smaller person."""
    speed: float = 1.0
    """Tempo against the speaker's own."""


def _family(engine: str, speaker: str, half: str) -> tuple[Voice, ...]:
    """A speaker, and the larger and the smaller person that can be made of the same recordings."""
    called = speaker or engine
    return (
        Voice(called, engine, speaker, half),
        Voice(f"{called} low", engine, speaker, half, pitch=0.87),
        Voice(f"{called} high", engine, speaker, half, pitch=1.13),
    )


_AWB, _SLT, _RMS, _HIBARI = (
    _family("flite", "awb", TUNE),
    _family("flite", "slt", TUNE),
    _family("flite", "rms", TEST),
    _family("hibari", "", TEST),
)
NATURAL = (_AWB[0], _RMS[0], _SLT[0])
"""Voices of flite made of recorded speech: a Scottish man, an American man, an American woman."""
VOICES = (*_AWB[::2], *_SLT, *_RMS[::2], *_HIBARI)
"""The persons of the hearing bench, five in each half; a bass made of a man would be none of this world."""
COACH = Voice("the coach", "espeak-ng", "en-us")
KOREANS = (
    *(Voice(f"ko+{name}", "espeak-ng", f"ko+{name}", TUNE) for name in ("f3", "edward2", "klatt6", "f2")),
    *(Voice(f"ko+{name}", "espeak-ng", f"ko+{name}") for name in ("f4", "benjamin", "belinda", "caleb")),
    Voice("hibari", "hibari-ko", ""),
)
"""Who speaks Korean: variants of eSpeak NG's voice, and hibari's American, to whom it is told sound by sound."""


@functools.cache
def say(text: str, voice: Voice) -> NDArray[np.float32]:
    """A text spoken by a voice: mono at SAMPLE_RATE and SPEECH_LEVEL, no silence around it. Shared: change a copy.

    Remembered on the disk: it is the same again for the same text and voice.
    """
    path = kept_in("speech") / f"{hashlib.sha256(f'{voice} {text}'.encode()).hexdigest()[:32]}.flac"
    if not path.is_file():
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            draft = Path(folder) / path.name
            soundfile.write(draft, _spoken(text, voice), SAMPLE_RATE, "PCM_16")
            draft.replace(path)
    sound, _rate = soundfile.read(path, dtype="float32")
    return np.asarray(sound)


def _spoken(text: str, voice: Voice) -> NDArray[np.float32]:
    tempo = voice.speed / voice.pitch  # played faster by the pitch, it comes out at the wanted speed
    if voice.engine == "hibari-ko":
        text = told_in_sounds(text)
    sound, rate = _hibari(text, tempo) if voice.engine.startswith("hibari") else _program(text, voice, tempo)
    return with_active_level(trimmed(soxr.resample(sound, rate * voice.pitch, SAMPLE_RATE)), SPEECH_LEVEL)


def _program(text: str, voice: Voice, tempo: float) -> tuple[NDArray[np.float32], int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        if voice.engine == "espeak-ng":
            words_per_minute = str(round(tempo * _ESPEAK_WORDS_PER_MINUTE))
            command = ["espeak-ng", "-v", voice.speaker, "-s", words_per_minute, "-w", str(path), text]
        else:
            stretch = f"duration_stretch={1 / tempo:.4f}"
            command = ["flite", "-voice", voice.speaker, "--setf", stretch, "-t", text, "-o", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        sound, rate = soundfile.read(path, dtype="float32")
    return sound, rate


def _hibari(text: str, tempo: float) -> tuple[NDArray[np.float32], int]:
    synthesiser = _hibari_synthesiser()
    return synthesiser(text, speed=tempo, seed=0), synthesiser.sample_rate


@functools.cache
def _hibari_synthesiser() -> Any:  # noqa: ANN401  hibari has no types
    from hibari import Hibari  # noqa: PLC0415  of the bench's requirements; the small run in the tests does without

    return Hibari()
