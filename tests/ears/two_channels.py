"""A microphone of two channels: one more device of the virtual card, whose sides are played to one by one."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest
    from numpy.typing import NDArray

    from voice_coach.rehearsal.virtual_card import VirtualCard

RATE = 48_000
_SECONDS = 120


class TwoChannels:
    """The default microphone of programs with `environment`, and what is played to it."""

    def __init__(self, card: VirtualCard, folder: Path, places: str) -> None:
        self._card, self._folder, self._places = card, folder, places
        self.environment: dict[str, str] = {}
        self._exits = ExitStack()

    def open(self) -> None:
        """Make the device; PortAudio sees it as the only microphone."""
        sink = ["module-null-sink", "sink_name=pair", "format=float32le", "channels=2", f"rate={RATE}"]
        module = self._run("pactl", "load-module", *sink, f"channel_map={self._places}").strip()
        self._exits.callback(self._run, "pactl", "unload-module", module)
        # Not the sink's monitor itself: the ears refuse that of a sink which a program of theirs plays to.
        source = ["module-remap-source", "source_name=sides", "master=pair.monitor", "channels=2", "remix=no"]
        places = [f"channel_map={self._places}", f"master_channel_map={self._places}"]
        module = self._run("pactl", "load-module", *source, *places).strip()
        self._exits.callback(self._run, "pactl", "unload-module", module)
        server = self._card.environment["PULSE_SERVER"]
        config = self._folder / "two-channels.conf"
        pulse = f'type pulse server "{server}" device'
        config.write_text(
            f'pcm.!default {{ type asym playback.pcm {{ {pulse} "speaker" }} capture.pcm {{ {pulse} "sides" }} }}'
        )
        self.environment = {**self._card.environment, "ALSA_CONFIG_PATH": str(config)}

    def close(self) -> None:
        """Unload it again."""
        self._exits.close()

    def play(self, sides: NDArray[np.float32]) -> None:
        """Play a sound, shape (samples, 2) at RATE; returns when it has been heard to its end."""
        path = self._write(sides)
        self._run("paplay", "--device=pair", f"--channel-map={self._places}", "--latency-msec=100", str(path))

    def play_on(self, sides: NDArray[np.float32]) -> None:
        """Begin to play a sound of the room, until `close`."""
        path = self._write(np.resize(sides, (RATE * _SECONDS, 2)))
        command = ["paplay", "--device=pair", f"--channel-map={self._places}", "--latency-msec=100", str(path)]
        player = subprocess.Popen(command, env=dict(self._card.environment))
        self._exits.callback(player.wait)
        self._exits.callback(player.kill)

    def _write(self, sides: NDArray[np.float32]) -> Path:
        path = self._folder / f"sides-{len(sides)}.wav"
        soundfile.write(path, sides, RATE, subtype="FLOAT")
        return path

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=dict(self._card.environment), capture_output=True, text=True, check=True, timeout=patient(60)
        )
        return done.stdout


@contextmanager
def two_channels(
    card: VirtualCard, folder: Path, patch: pytest.MonkeyPatch, places: str = "front-left,front-right"
) -> Iterator[TwoChannels]:
    """The microphone, for this process and its children too."""
    microphone = TwoChannels(card, folder, places)
    microphone.open()
    try:
        patch.setenv("ALSA_CONFIG_PATH", microphone.environment["ALSA_CONFIG_PATH"])
        yield microphone
    finally:
        microphone.close()
