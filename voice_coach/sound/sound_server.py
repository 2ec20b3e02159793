"""What a sound server (PulseAudio, or PipeWire in its place) has done with this process's streams.

It moves a stream whose device was pulled out to another one, even a microphone's to what the speaker plays, and tells
neither ALSA nor PortAudio. It tells whoever asks (pulsectl, over libpulse).
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any

try:
    import pulsectl
except OSError:  # libpulse is not installed
    pulsectl = None

_ERRORS: tuple[type[Exception], ...] = (
    (pulsectl.PulseError, pulsectl.PulseDisconnected, pulsectl.pulsectl.c.pa.CallError) if pulsectl else ()
)


class Direction(Enum):
    """Which streams."""

    INPUT = "source"
    OUTPUT = "sink"


class Placement:
    """Where the server put this process's streams of one direction, to be made just after they were opened.

    For one thread, until `close`. Where no such server runs, or libpulse is missing, it knows nothing: then nothing
    has moved, ever.

    Args:
        direction: of the streams that are watched.
    """

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self._server = _connect()
        self._has_news = self._has_new_player = self._is_gone = False
        self._first: frozenset[str] = frozenset()
        if self._server is None:
            return
        with suppress(*_ERRORS):
            self._server.event_callback_set(self._take)
            self._server.event_mask_set("source", "source_output", "sink", "sink_input")
            self._first = self._places()

    @property
    def devices(self) -> frozenset[str]:
        """The server's names of the sources or sinks that the streams were put on; empty when it is not known."""
        return self._first

    def channel_places(self) -> tuple[str, ...]:
        """Where the channels of the source are that an input stream is on, by the server's names ("front-left").

        Empty when it is not known.
        """
        if self._server is None or self._is_gone or self._direction is Direction.OUTPUT:
            return ()
        try:
            sources = self._server.source_list()
        except _ERRORS:
            return ()
        return next((tuple(map(str, one.channel_list)) for one in sources if one.name in self._first), ())

    def wait(self, seconds: float) -> bool:
        """Wait, for less when something moves.

        Returns:
            Whether the streams are no longer where they were first: moved, or their server is gone; or whether a
            sibling began to play what they hear.
        """
        if self._server is None:
            time.sleep(seconds)
            return False
        until = time.monotonic() + seconds
        try:
            while not self._is_gone and (left := until - time.monotonic()) > 0:
                self._server.event_listen(timeout=left)
                if self._has_news and self._is_spoiled():
                    return True
        except _ERRORS:
            self._is_gone = True
        return self._is_gone

    def hears_ourselves(self) -> bool:
        """Whether an input stream is on the monitor of a sink that our parent's other children play to."""
        if self._server is None or self._is_gone or self._direction is Direction.OUTPUT:
            return False
        try:
            played = {one.sink for one in self._server.sink_input_list() if _is_sibling(one)}
            sources = {one.name: one.monitor_of_sink for one in self._server.source_list()}
        except _ERRORS:
            return False
        return any(sources.get(device) in played for device in self._first)

    def close(self) -> None:
        """Leave the server alone."""
        if self._server is not None:
            with suppress(*_ERRORS):
                self._server.close()

    def _take(self, event: Any) -> None:  # noqa: ANN401 - pulsectl has no types
        self._has_news = True
        self._has_new_player |= (event.t, event.facility) == ("new", "sink_input")
        raise pulsectl.PulseLoopStop

    def _is_spoiled(self) -> bool:
        has_new_player, self._has_news, self._has_new_player = self._has_new_player, False, False
        now = self._places()
        self._first = self._first or now
        has_moved = bool(now) and now != self._first  # none: PortAudio has ended them or starts them anew
        return has_moved or (has_new_player and self.hears_ourselves())

    def _places(self) -> frozenset[str]:
        server: Any = self._server
        if self._direction is Direction.INPUT:
            streams, devices = server.source_output_list(), server.source_list()
        else:
            streams, devices = server.sink_input_list(), server.sink_list()
        names = {device.index: device.name for device in devices}
        own = (getattr(one, self._direction.value) for one in streams if _pid_of(one) == os.getpid())
        return frozenset(names.get(index, "") for index in own)


def _connect() -> Any:  # noqa: ANN401 - pulsectl has no types
    """The server; None if there is none."""
    if pulsectl is None:
        return None
    server = pulsectl.Pulse("voice-coach", connect=False)
    try:
        server.connect()
    except _ERRORS:
        server.close()
        return None
    return server


def _pid_of(stream: Any) -> int:  # noqa: ANN401 - pulsectl has no types
    pid = stream.proplist.get("application.process.id", "")
    return int(pid) if pid.isdecimal() else 0


def _is_sibling(stream: Any) -> bool:  # noqa: ANN401 - pulsectl has no types
    try:
        status = Path(f"/proc/{_pid_of(stream)}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[1:2] == [str(os.getppid())]
