"""How loud a second of the microphone is."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.doctor.finding import failure, ok, warning
from voice_coach.doctor.sound_devices import LIST_DEVICES, rates_of, unusable
from voice_coach.doctor.sound_server import server_address
from voice_coach.errors import CoachError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.doctor.finding import Circumstances, Finding
    from voice_coach.doctor.streams import Microphone

_NAME = "microphone_level"
_WAKING_SECONDS = 2.0
"""Some microphones, and sleeping sound servers, begin with zeros for so long."""
_SECONDS = 1.0
_QUIET_DBFS = -80.0
_LOUD_DBFS = -30.0
"""A voice at arm's length is at -35 to -15 dBFS: a room that loud drowns it."""
_CLIPPED = 0.99
_CLIPPED_SHARE = 0.001
_FLOOR = 1e-10


@dataclass(frozen=True, slots=True)
class Levels:
    """Of a piece of sound."""

    level_dbfs: float
    """Root mean square; a full sine has -3."""
    peak_dbfs: float
    clipped_percent: float
    """Of the samples, those at the limit."""
    seconds: float


def levels_of(sound: NDArray[np.float32], rate: int) -> Levels | None:
    """The levels of a sound, shape (samples,); None when it has only zeros, or nothing at all."""
    if not sound.any():
        return None
    power = max(float(np.mean(np.square(sound, dtype=np.float64))), _FLOOR)
    peak = max(float(np.abs(sound).max()), _FLOOR**0.5)
    clipped = float(np.mean(np.abs(sound) >= _CLIPPED))
    return Levels(
        round(10 * float(np.log10(power)), 1),
        round(20 * float(np.log10(peak)), 1),
        round(100 * clipped, 2),
        round(len(sound) / rate, 2),
    )


def judge(levels: Levels | None, circumstances: Circumstances) -> Finding:
    """Whether a voice can be heard in it.

    Args:
        levels: of a second in which nobody need speak; None for zeros only.
        circumstances: a running coach may have the microphone.
    """
    texts = circumstances.texts
    if levels is None:
        return unusable(_NAME, texts.say("microphone_level.zeros"), _unmute(), circumstances, level_dbfs=None)
    figures = asdict(levels)
    said = texts.say("microphone_level.levels", level=f"{levels.level_dbfs:.0f}", peak=f"{levels.peak_dbfs:.0f}")
    if levels.clipped_percent > 100 * _CLIPPED_SHARE:
        meaning = texts.say("microphone_level.clips", levels=said, percent=f"{levels.clipped_percent:g}")
        return warning(_NAME, meaning, _turn("down"), **figures)
    if levels.level_dbfs > _LOUD_DBFS:
        return warning(_NAME, texts.say("microphone_level.loud", levels=said), _turn("down"), **figures)
    if levels.level_dbfs < _QUIET_DBFS:
        return warning(_NAME, texts.say("microphone_level.quiet", levels=said), _turn("up"), **figures)
    return ok(_NAME, texts.say("microphone_level.fine", levels=said), **figures)


def look_at_level(circumstances: Circumstances) -> Finding:
    """Record a second and judge it."""
    from voice_coach.doctor.streams import Microphone
    from voice_coach.sound.devices import find_input, portaudio

    texts = circumstances.texts
    try:
        device = find_input(circumstances.settings.input)
        sounddevice = portaudio()
    except CoachError:
        return warning(_NAME, texts.say("microphone_level.not_measured"), LIST_DEVICES)
    rates = rates_of(sounddevice, device, "input")
    microphone = Microphone(sounddevice, device, 16_000 if 16_000 in rates else device.rate)  # noqa: PLR2004 - the ears' rate
    try:
        with microphone.recording():
            heard = _woken(microphone)
    except sounddevice.PortAudioError as error:
        meaning = texts.say("microphone_level.closed", device=device.name, reason=error.args[0])
        return unusable(_NAME, meaning, "fuser -v /dev/snd/*", circumstances)
    if not len(heard):
        meaning = texts.say("microphone_level.empty", device=device.name)
        return failure(_NAME, meaning, texts.say("microphone_level.replug"))
    return judge(levels_of(heard, microphone.rate), circumstances)


def _woken(microphone: Microphone) -> NDArray[np.float32]:
    """A second of sound, from the first that is no zero on."""
    waited = 0.0
    while True:
        heard = microphone.read(0.1).sound
        waited += 0.1
        if heard.any() or waited >= _WAKING_SECONDS or not len(heard):
            break
    return np.concatenate([heard, microphone.read(_SECONDS).sound])


def _unmute() -> str:
    return "pactl set-source-mute @DEFAULT_SOURCE@ 0" if _has_pactl() else "alsamixer --view=capture"


def _turn(direction: str) -> str:
    step = {"up": "+10%", "down": "-10%"}[direction]
    return f"pactl set-source-volume @DEFAULT_SOURCE@ {step}" if _has_pactl() else "alsamixer --view=capture"


def _has_pactl() -> bool:
    return server_address() is not None and shutil.which("pactl") is not None
