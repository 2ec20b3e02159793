"""How loud a second of the microphone is."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.doctor.finding import State, failure, ok, warning
from voice_coach.doctor.sound_devices import LIST_DEVICES, rates_of, unusable
from voice_coach.doctor.sound_server import server_address
from voice_coach.errors import CoachError
from voice_coach.sound.recorded_channels import are_in_antiphase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.core.sentences import Sentences
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
_BY_STATE = {State.OK: 0, State.WARNING: 1, State.FAILURE: 2}


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


def judge_channels(sound: NDArray[np.float32], rate: int, circumstances: Circumstances, mixed: int = 1) -> Finding:
    """Whether a voice can be heard on any channel, or on that of the settings.

    Args:
        sound: a second in which nobody need speak, shape (samples, channels).
        rate: Hz.
        circumstances: the settings may name a channel.
        mixed: channels that the sound server mixes into each one.
    """
    texts, wanted = circumstances.texts, circumstances.settings.channel
    count = sound.shape[1]
    levels = [levels_of(channel, rate) for channel in sound.T]
    if wanted is not None and wanted > count:
        meaning = texts.say("microphone_level.no_channel", channel=wanted, count=count)
        return failure(_NAME, meaning, texts.say("microphone_level.leave_channel_out"))
    each = [judge(one, circumstances) for one in levels]
    place = wanted - 1 if wanted is not None else min(range(count), key=lambda index: _BY_STATE[each[index].state])
    found = _beside_the_others(each[place], place, levels, texts) if count > 1 else each[place]
    if wanted is not None and levels[place] is None and any(levels):
        found = replace(found, remedy=texts.say("microphone_level.leave_channel_out"))
    meaning = found.meaning
    if count > 1 and are_in_antiphase(sound):
        meaning = texts.say("microphone_level.antiphase", meaning=meaning)
    if mixed > 1:
        meaning = texts.say("microphone_level.mixed", meaning=meaning, count=mixed)
    return replace(found, meaning=meaning)


def _beside_the_others(found: Finding, place: int, levels: list[Levels | None], texts: Sentences) -> Finding:
    """The finding about one channel of several, with what the others hold."""
    others = ", ".join(_told(index, one, texts) for index, one in enumerate(levels) if index != place)
    meaning = texts.say(
        "microphone_level.one_of_several", channel=place + 1, count=len(levels), meaning=found.meaning, others=others
    )
    figures = {"channel": place + 1, "channels_dbfs": [one and one.level_dbfs for one in levels]}
    return replace(found, meaning=meaning, figures={**found.figures, **figures})


def _told(index: int, levels: Levels | None, texts: Sentences) -> str:
    if levels is None:
        return texts.say("microphone_level.channel_zeros", channel=index + 1)
    return texts.say("microphone_level.channel", channel=index + 1, level=f"{levels.level_dbfs:.0f}")


def look_at_level(circumstances: Circumstances) -> Finding:
    """Record a second of all channels and judge it."""
    from voice_coach.doctor.streams import Microphone
    from voice_coach.sound.channels import opening_for
    from voice_coach.sound.devices import find_input, list_devices, portaudio

    texts = circumstances.texts
    try:
        device = find_input(circumstances.settings.input)
        sounddevice = portaudio()
    except CoachError:
        return warning(_NAME, texts.say("microphone_level.not_measured"), LIST_DEVICES)
    rates = rates_of(sounddevice, device, "input")
    rate = 16_000 if 16_000 in rates else device.rate  # noqa: PLR2004 - the ears' rate
    channels, mixed = opening_for(sounddevice, device, rate, list_devices())
    microphone = Microphone(sounddevice, device, rate, channels)
    try:
        with microphone.recording():
            heard = _woken(microphone)
    except sounddevice.PortAudioError as error:
        meaning = texts.say("microphone_level.closed", device=device.name, reason=error.args[0])
        return unusable(_NAME, meaning, "fuser -v /dev/snd/*", circumstances)
    if not len(heard):
        meaning = texts.say("microphone_level.empty", device=device.name)
        return failure(_NAME, meaning, texts.say("microphone_level.replug"))
    return judge_channels(heard, rate, circumstances, mixed)


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
