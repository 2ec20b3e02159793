"""From the speaker to the microphone and back: a chirp, looked for in what the microphone hears."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voice_coach.doctor.finding import ok, warning
from voice_coach.doctor.sound_devices import LIST_DEVICES, rates_of, unusable
from voice_coach.errors import CoachError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.core.sentences import Sentences
    from voice_coach.doctor.finding import Circumstances, Finding

_NAME = "loop"
_LOWEST, _HIGHEST = 400.0, 4_000.0
"""Hz: what a small speaker plays and no bathroom hums."""
_CHIRP_SECONDS = 0.4
_LEVEL = 0.1
"""-20 dBFS: as loud as a quiet voice."""
_SETTLE_SECONDS = 1.0
"""A sound server that slept loses what is played first."""
_LISTEN_SECONDS = 1.0
_CLEAR = 12.0
"""So far above the rest stands the peak of a chirp that was heard; that of noise alone stays below 6."""


class Echo(NamedTuple):
    """Where a known sound was found in a recording."""

    seconds: float
    """From the recording's beginning to the sound's."""
    gain_db: float
    """How much louder it is than as it was played."""
    clearness: float
    """The peak of the correlation over its root mean square."""


def chirp(rate: int) -> NDArray[np.float32]:
    """A quiet tone that rises evenly, with soft ends; shape (samples,).

    Args:
        rate: Hz.
    """
    times = np.arange(round(_CHIRP_SECONDS * rate)) / rate
    rise = (_HIGHEST - _LOWEST) / _CHIRP_SECONDS
    phase = 2 * np.pi * (_LOWEST + rise * times / 2) * times
    return np.asarray(_LEVEL * np.hanning(len(times)) * np.sin(phase), np.float32)


def find_chirp(heard: NDArray[np.float32], rate: int) -> Echo:
    """Look for the chirp in what was heard, by a matched filter.

    Args:
        heard: shape (samples,), longer than the chirp.
        rate: Hz.
    """
    wanted = chirp(rate)
    size = 1 << (len(heard) + len(wanted)).bit_length()
    matched = np.fft.irfft(np.fft.rfft(heard, size) * np.fft.rfft(wanted, size).conj())
    matched = np.abs(matched[: max(1, len(heard) - len(wanted) + 1)])
    best = int(np.argmax(matched))
    gain = float(matched[best]) / float(np.vdot(wanted, wanted))
    rest = float(np.sqrt(np.mean(np.square(matched)))) + 1e-12
    return Echo(best / rate, 20 * float(np.log10(max(gain, 1e-6))), float(matched[best]) / rest)


def look_at_loop(circumstances: Circumstances) -> Finding:
    """Play the chirp, listen for it, and tell how long it took and how loud it came."""
    from voice_coach.doctor.streams import Microphone, Player
    from voice_coach.sound.channels import opening_for
    from voice_coach.sound.devices import find_input, find_output, list_devices, portaudio

    settings, texts = circumstances.settings, circumstances.texts
    try:
        source, sink, sounddevice = find_input(settings.input), find_output(settings.output), portaudio()
    except CoachError:
        return warning(_NAME, texts.say("loop.not_tried"), LIST_DEVICES)
    rates = rates_of(sounddevice, source, "input")
    rate = 48_000 if 48_000 in rates else source.rate  # noqa: PLR2004 - the usual one
    channels = opening_for(sounddevice, source, rate, list_devices()).channels
    microphone = Microphone(sounddevice, source, rate, channels)
    player = Player(sounddevice, sink, chirp(sink.rate), sink.rate)
    try:
        with microphone.recording(), player.open():
            microphone.read(_SETTLE_SECONDS)
            player.play()
            heard = microphone.read(_CHIRP_SECONDS + _LISTEN_SECONDS)
    except sounddevice.PortAudioError as error:
        meaning = texts.say("loop.closed", reason=error.args[0])
        return unusable(_NAME, meaning, "fuser -v /dev/snd/*", circumstances)
    if not heard.sound.any():
        return judge(None, 0.0, texts)
    echo = max((find_chirp(channel, heard.rate) for channel in heard.sound.T), key=lambda found: found.clearness)
    return judge(echo, heard.began_at + echo.seconds - player.asked_at, texts)


def judge(echo: Echo | None, delay_seconds: float, texts: Sentences) -> Finding:
    """Whether the microphone hears the speaker.

    Args:
        echo: what was found; None when the microphone delivered only zeros.
        delay_seconds: from the moment at which PortAudio took the chirp to that at which it delivered it.
        texts: what the doctor says.
    """
    clearness = round(echo.clearness, 1) if echo else 0.0
    if echo is None or echo.clearness < _CLEAR:
        meaning = texts.say("loop.unheard")
        return warning(_NAME, meaning, "speaker-test -c 2 -t wav -l 1", is_heard=False, clearness=clearness)
    delay_ms, gain = round(delay_seconds * 1000), round(echo.gain_db, 1)
    decibels = f"{abs(gain):.0f}"
    meaning = texts.say("loop.softer", milliseconds=delay_ms, decibels=decibels)
    if gain > 0:
        meaning = texts.say("loop.louder", milliseconds=delay_ms, decibels=decibels)
    return ok(_NAME, meaning, is_heard=True, delay_ms=delay_ms, level_db=gain, clearness=clearness)
