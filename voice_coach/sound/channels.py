"""How many channels a microphone is to be opened with, so that nobody mixes them for us.

Whoever opens one channel of a microphone that has two gets, from ALSA, the first one alone, and from a sound server
the mean of both: deaf when the voice is on the second, silent when the two are in antiphase. A card says how many
channels it has; a plug-in of ALSA ("default", "pulse") takes any number, so its sound server is asked.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from voice_coach.sound.sound_server import Direction, Placement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from voice_coach.sound.devices import Device

MOST_CHANNELS = 8
"""That are listened to. What claims to have more is mostly a plug-in."""
_GUESSED = 2
"""Of a plug-in, where neither a server nor a card tells: the second one is a copy, or silent, if there is none."""
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
"""The places that ALSA's plug-in asks a server for, by the number of channels."""


class Opening(NamedTuple):
    """How a microphone is to be opened."""

    channels: int
    mixed: int = 1
    """Channels of the source that the sound server mixes into each one that it hands out; 1 when it mixes nothing."""


def opening_for(sounddevice: Any, device: Device, rate: int, others: Iterable[Device]) -> Opening:  # noqa: ANN401 - a module without types
    """How to open a microphone with all its channels, but at most MOST_CHANNELS.

    Args:
        sounddevice: the module.
        device: the microphone.
        rate: Hz, that it takes for one channel.
        others: all devices.
    """
    if device.input_channels <= MOST_CHANNELS:
        return Opening(device.input_channels)
    places = _places(sounddevice, device, rate)
    return layout_for(places) if places else Opening(guess(others))


def layout_for(places: Sequence[str]) -> Opening:
    """How to get each channel of a server's source by itself.

    Args:
        places: where its channels are, by the server's names: "front-left", "mono", "aux0" ...
    """
    for channels, layout in _LAYOUTS:
        if layout.issuperset(places) and channels >= len(places):
            return Opening(channels)
    return Opening(1, len(places))  # asked for other places than it has, PulseAudio hands out silence


def guess(others: Iterable[Device]) -> int:
    """As many channels as any card has."""
    cards = (device.input_channels for device in others if device.input_channels <= MOST_CHANNELS)
    return max(_GUESSED, *cards, 0)


def _places(sounddevice: Any, device: Device, rate: int) -> tuple[str, ...]:  # noqa: ANN401 - a module without types
    """Where the channels are of the source that a stream of this device is put on; empty when nobody knows."""
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
