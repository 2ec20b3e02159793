"""The real model, loaded once, and a voice to speak to it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from voice_coach.audio.recordings import read_recording
from voice_coach.ears.recognizers.registry import load_speech_model

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import SpeechModel

    Speak = Callable[[str], NDArray[np.float32]]


@pytest.fixture(scope="session")
def model(models: None) -> SpeechModel:
    """Moonshine's tiny English model with the adapted encoder, as the coach uses it."""
    return load_speech_model()


@pytest.fixture(scope="session")
def speak(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Speak:
    """What a synthetic person says, at 16 kHz."""
    folder = tmp_path_factory.mktemp("spoken")

    @cache
    def say(text: str) -> NDArray[np.float32]:
        path = Path(folder) / f"{text.replace(' ', '_')}.wav"
        subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
        return read_recording(path)

    return say
