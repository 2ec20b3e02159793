"""The plugs of the virtual card: its speaker and its microphone are pulled out and put back while programs use them."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Side = Literal["speaker", "microphone"]

_MONO = "channels=1 channel_map=mono remix=no"
PERSON = f"module-remap-sink sink_name=person master=room master_channel_map=front-left {_MONO}"
"""Where the person speaks; no plug of the coach's."""
MODULES: dict[Side, str] = {
    "speaker": "module-remap-sink sink_name=speaker master=room remix=no",
    "microphone": "module-remap-source source_name=microphone master=room.monitor "
    f"master_channel_map=front-left {_MONO}",
}
"""What each plug is to PulseAudio."""
_STREAMS = {"speaker": ("sinks", "sink-inputs", "kill-sink-input"),
            "microphone": ("sources", "source-outputs", "kill-source-output")}  # fmt: skip
_PATIENCE_SECONDS = 5.0
"""For the server to end what it was told to end."""
_POLL_SECONDS = 0.02


class Plugs:
    """Pulls and plugs.

    Args:
        pactl: runs pactl with arguments, and returns what it prints.
        commands: the socket of module-cli-protocol-unix (pactl cannot end a client's stream).
    """

    def __init__(self, pactl: Callable[..., str], commands: Path) -> None:
        self._pactl = pactl
        self._commands = commands

    def module_of(self, side: Side) -> str | None:
        """The number of a side's module; None while it is unplugged."""
        for number, *words in self._rows("modules"):
            if f"{MODULES[side].split()[1]}" in words:
                return number
        return None

    def unplug(self, side: Side, *, softly: bool) -> None:
        """Pull a plug; nothing happens when it is out already.

        Args:
            side: which one.
            softly: the server moves the streams to another device and tells nobody; else they end with an error, as
                those of a card that is pulled from under ALSA.
        """
        module = self.module_of(side)
        if module is None:
            return
        if softly:
            self._pactl("unload-module", module)
        else:
            self._end(side, module)

    def plug(self, side: Side) -> None:
        """Put a plug back; nothing happens when it is in."""
        if self.module_of(side) is None:
            self._pactl("load-module", *MODULES[side].split())

    def _end(self, side: Side, module: str) -> None:
        """End a side and its streams at once: a program that opens a new one in between would be moved softly."""
        devices, streams, kill = _STREAMS[side]
        here = next(number for number, name, *_ in self._rows(devices) if name == side)
        doomed = [number for number, device, client, *_ in self._rows(streams) if device == here and client != "-"]
        lines = [*(f"{kill} {number}\n" for number in doomed), f"unload-module {module}\n"]
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as commands:
            commands.connect(str(self._commands))
            commands.sendall("".join(lines).encode())
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while self.module_of(side) and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)

    def _rows(self, what: str) -> Iterator[list[str]]:
        return (line.split() for line in self._pactl("list", "short", what).splitlines())
