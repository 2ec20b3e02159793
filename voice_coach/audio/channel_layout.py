"""Asks the sound server (pulsectl, over libpulse) where streams are, and with how many channels to open a microphone.

`Placement` watches where the server put our streams. When a device is pulled out, the server moves its streams to
another one, even a microphone's stream to the sound that the speaker plays, and tells neither ALSA nor PortAudio.

`opening_for` says how to get all channels of a microphone. If one channel is opened of a microphone that has two, ALSA
gives the first one alone, and a sound server the mean of both: the coach would be deaf when the voice is on the second,
and hear silence when the two are in antiphase. A card says how many channels it has; a plug-in of ALSA ("default",
"pulse") takes any number, so its sound server is asked.
"""

from __future__ import annotations

import contextlib
import os
import time
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from voice_coach.audio.devices import SoundDevice


try:
    import pulsectl
except OSError:  # libpulse is not installed
    pulsectl = None

_ERRORS: tuple[type[Exception], ...] = (
    (pulsectl.PulseError, pulsectl.PulseDisconnected, pulsectl.pulsectl.c.pa.CallError) if pulsectl else ()
)


class Direction(Enum):
    """Whether a stream records or plays."""

    INPUT = "source"
    OUTPUT = "sink"


class Placement:
    """Watches where the server put this process's streams of one direction; make it just after they were opened.

    Use it in one thread, and close it at the end. Without such a server, or without libpulse, it never reports a stream
    as moved.

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
        """The places of the channels of the source that an input stream is on, by the server's names ("front-left").

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
        """Wait, at most until the streams are moved.

        Returns:
            Whether the streams are no longer where they were first, or their server is gone, or a sibling process
            began to play the sound that they record.
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
        """Whether an input stream records a sink to which another child of the coach plays, so it hears the coach."""
        if self._server is None or self._is_gone or self._direction is Direction.OUTPUT:
            return False
        try:
            played = {one.sink for one in self._server.sink_input_list() if parent_of(one) == os.getppid()}
            sources = {one.name: one.monitor_of_sink for one in self._server.source_list()}
        except _ERRORS:
            return False
        return any(sources.get(device) in played for device in self._first)

    def close(self) -> None:
        """End the connection to the server."""
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
        own = (getattr(one, self._direction.value) for one in streams if pid_of(one) == os.getpid())
        return frozenset(names.get(index, "") for index in own)


def _connect() -> Any:  # noqa: ANN401 - pulsectl has no types
    """Connect to the server; None if there is none."""
    if pulsectl is None:
        return None
    server = pulsectl.Pulse("voice-coach", connect=False)
    try:
        server.connect()
    except _ERRORS:
        server.close()
        return None
    return server


def pid_of(stream: Any) -> int:  # noqa: ANN401 - pulsectl has no types
    """Return the number of the process that a stream of the sound server belongs to; 0 where it tells none."""
    pid = stream.proplist.get("application.process.id", "")
    return int(pid) if pid.isdecimal() else 0


def parent_of(stream: Any) -> int:  # noqa: ANN401 - pulsectl has no types
    """Return the number of the parent of a stream's process; 0 where that is not known."""
    try:
        status = Path(f"/proc/{pid_of(stream)}/stat").read_text()
    except OSError:
        return 0
    return int(status.rpartition(")")[2].split()[1])


MOST_CHANNELS = 8
"""The most channels that are recorded. A device that claims to have more is mostly a plug-in of ALSA."""
_GUESSED = 2
"""Channels assumed for a plug-in where neither a server nor a card tells their number: a second one that does not exist
is a copy of the first, or silent."""
_BLOCK_SECONDS = 0.02

_STEREO = frozenset({"front-left", "front-right"})
_QUADRAPHONIC = _STEREO | {"rear-left", "rear-right"}
_LAYOUTS = (
    (1, frozenset({"mono"})),
    (2, _STEREO),
    (4, _QUADRAPHONIC),
    (5, _QUADRAPHONIC | {"front-center"}),
    (6, _QUADRAPHONIC | {"front-center", "lfe"}),
    (8, _QUADRAPHONIC | {"front-center", "lfe", "side-left", "side-right"}),
)
"""Numbers of channels, each with the places that ALSA's plug-in then asks a server for."""


class StreamOpening(NamedTuple):
    """The way in which a microphone is opened."""

    channels: int
    mixed: int = 1
    """Channels of the source that the sound server mixes into each one that it hands out; 1 when it mixes nothing."""


def opening_for(sounddevice: Any, device: SoundDevice, rate: int, others: Iterable[SoundDevice]) -> StreamOpening:  # noqa: ANN401 - a module without types
    """Return the way to open a microphone with all its channels, at most MOST_CHANNELS.

    Args:
        sounddevice: the module `sounddevice`.
        device: the microphone.
        rate: a rate in Hz at which the device can be opened with one channel.
        others: all devices.
    """
    if device.input_channels <= MOST_CHANNELS:
        return StreamOpening(device.input_channels)
    places = _places(sounddevice, device, rate)
    return layout_for(places) if places else StreamOpening(guess(others))


def layout_for(places: Sequence[str]) -> StreamOpening:
    """Return the way to open a server's source so that each of its channels is delivered by itself.

    Args:
        places: the places of its channels, by the server's names, such as "front-left", "mono" or "aux0".
    """
    for channels, layout in _LAYOUTS:
        if layout.issuperset(places) and channels >= len(places):
            return StreamOpening(channels)
    return StreamOpening(1, len(places))  # asked for other places than it has, PulseAudio hands out silence


def guess(others: Iterable[SoundDevice]) -> int:
    """Return the largest number of channels that a sound card here has, and at least two."""
    cards = (device.input_channels for device in others if device.input_channels <= MOST_CHANNELS)
    return max(_GUESSED, *cards, 0)


def _places(sounddevice: Any, device: SoundDevice, rate: int) -> tuple[str, ...]:  # noqa: ANN401 - a module without types
    """Return the places of the channels of the source on which the server puts a stream of this device, if known."""
    with contextlib.suppress(sounddevice.PortAudioError):
        stream = sounddevice.RawInputStream(
            device=device.index,
            samplerate=rate,
            blocksize=round(rate * _BLOCK_SECONDS),
            channels=1,
            dtype="float32",
            callback=lambda *_: None,
        )
        try:
            stream.start()
            placement = Placement(Direction.INPUT)
            try:
                return placement.channel_places()
            finally:
                placement.close()
        finally:
            with contextlib.suppress(sounddevice.PortAudioError):
                stream.abort()
            stream.close()
    return ()
