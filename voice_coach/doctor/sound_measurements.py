"""Checks that record and play: the level of the microphone, and the loop from speaker to microphone."""

from __future__ import annotations

import queue
import shutil
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from voice_coach.audio.recordings import are_in_antiphase
from voice_coach.doctor.finding import CheckState, failure, ok, warning
from voice_coach.doctor.sound_checks import LIST_DEVICES, rates_of, server_address, unusable
from voice_coach.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from voice_coach.audio.devices import SoundDevice
    from voice_coach.doctor.finding import CheckContext, Finding
    from voice_coach.language.wording import Sentences


_BLOCK_SECONDS = 0.02
_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class TimedBlock:
    """A piece of what a microphone heard."""

    sound: NDArray[np.float32]
    """Shape (samples, channels)."""
    arrived_at: float
    """Monotonic seconds at which PortAudio delivered it."""


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What a microphone heard."""

    sound: NDArray[np.float32]
    """Shape (samples, channels)."""
    rate: int
    began_at: float
    """Monotonic seconds: a sample at t seconds was delivered, at the earliest, at began_at + t."""


class ProbeMicrophone:
    """An open input stream."""

    def __init__(self, sounddevice: Any, device: SoundDevice, rate: int, channels: int = 1) -> None:  # noqa: ANN401 - a module without types
        self._sounddevice = sounddevice
        self._device = device
        self._channels = channels
        self.rate = rate
        self._blocks: queue.SimpleQueue[TimedBlock] = queue.SimpleQueue()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record inside of the block. Raises PortAudioError."""
        options = {
            "device": self._device.index, "samplerate": self.rate, "channels": self._channels, "dtype": "float32",
            "blocksize": round(self.rate * _BLOCK_SECONDS),
        }  # fmt: skip
        with self._sounddevice.InputStream(callback=self._take, **options):
            yield

    def read(self, seconds: float) -> Recorded:
        """What was heard since the last read, and goes on to be, for so long; less when nothing comes any more."""
        blocks: list[TimedBlock] = []
        while sum(len(block.sound) for block in blocks) < seconds * self.rate:
            try:
                blocks.append(self._blocks.get(timeout=_PATIENCE_SECONDS))
            except queue.Empty:
                break
        return joined(blocks, self.rate, self._channels)

    def _take(self, block: NDArray[np.float32], _frames: int, _timing: object, _status: object) -> None:
        self._blocks.put(TimedBlock(block.copy(), time.monotonic()))


def joined(blocks: list[TimedBlock], rate: int, channels: int = 1) -> Recorded:
    """Blocks in a row as one recording.

    Args:
        blocks: without gaps.
        rate: of all, Hz.
        channels: of all.
    """
    if not blocks:
        return Recorded(np.zeros((0, channels), np.float32), rate, 0.0)
    ends = np.cumsum([len(block.sound) for block in blocks]) / rate
    began_at = min(block.arrived_at - end for block, end in zip(blocks, ends, strict=True))
    return Recorded(np.concatenate([block.sound for block in blocks]), rate, float(began_at))


class ProbePlayer:
    """An output stream that plays one sound and then silence."""

    def __init__(self, sounddevice: Any, device: SoundDevice, sound: NDArray[np.float32], rate: int) -> None:  # noqa: ANN401 - a module without types
        self._sounddevice = sounddevice
        self._device = device
        self._sound = sound
        self._rate = rate
        self._next: int | None = None
        self.asked_at = 0.0
        """Monotonic seconds at which PortAudio took the first sample."""

    @contextmanager
    def open(self) -> Iterator[None]:
        """Play silence inside of the block, and the sound after `play`. Raises PortAudioError."""
        options = {
            "device": self._device.index, "samplerate": self._rate, "dtype": "float32",
            "channels": min(2, self._device.output_channels), "blocksize": round(self._rate * _BLOCK_SECONDS),
        }  # fmt: skip
        with self._sounddevice.OutputStream(callback=self._give, **options):
            yield

    def play(self) -> None:
        """Begin with the next block."""
        self._next = 0

    def _give(self, block: NDArray[np.float32], frames: int, _timing: object, _status: object) -> None:
        block.fill(0.0)
        if self._next is None:
            return
        if self._next == 0:
            self.asked_at = time.monotonic()
        piece = self._sound[self._next : self._next + frames]
        block[: len(piece)] = piece[:, np.newaxis]
        self._next += frames


_LEVEL_CHECK = "microphone_level"
_WAKING_SECONDS = 2.0
"""Some microphones, and sleeping sound servers, begin with zeros for so long."""
_SECONDS = 1.0
_QUIET_DBFS = -80.0
_LOUD_DBFS = -30.0
"""A voice at arm's length is at -35 to -15 dBFS: a room that loud drowns it."""
_CLIPPED = 0.99
_CLIPPED_SHARE = 0.001
_FLOOR = 1e-10
_BY_STATE = {CheckState.OK: 0, CheckState.WARNING: 1, CheckState.FAILURE: 2}


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


def judge_level(levels: Levels | None, circumstances: CheckContext) -> Finding:
    """Whether a voice can be heard in it.

    Args:
        levels: of a second in which nobody need speak; None for zeros only.
        circumstances: a running coach may have the microphone.
    """
    texts = circumstances.texts
    if levels is None:
        return unusable(_LEVEL_CHECK, texts.say("microphone_level.zeros"), _unmute(), circumstances, level_dbfs=None)
    figures = asdict(levels)
    said = texts.say("microphone_level.levels", level=f"{levels.level_dbfs:.0f}", peak=f"{levels.peak_dbfs:.0f}")
    if levels.clipped_percent > 100 * _CLIPPED_SHARE:
        meaning = texts.say("microphone_level.clips", levels=said, percent=f"{levels.clipped_percent:g}")
        return warning(_LEVEL_CHECK, meaning, _turn("down"), **figures)
    if levels.level_dbfs > _LOUD_DBFS:
        return warning(_LEVEL_CHECK, texts.say("microphone_level.loud", levels=said), _turn("down"), **figures)
    if levels.level_dbfs < _QUIET_DBFS:
        return warning(_LEVEL_CHECK, texts.say("microphone_level.quiet", levels=said), _turn("up"), **figures)
    return ok(_LEVEL_CHECK, texts.say("microphone_level.fine", levels=said), **figures)


def judge_channels(sound: NDArray[np.float32], rate: int, circumstances: CheckContext, mixed: int = 1) -> Finding:
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
        return failure(_LEVEL_CHECK, meaning, texts.say("microphone_level.leave_channel_out"))
    each = [judge_level(one, circumstances) for one in levels]
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


def check_level(circumstances: CheckContext) -> Finding:
    """Record a second of all channels and judge it."""
    from voice_coach.audio.channel_layout import opening_for
    from voice_coach.audio.devices import find_input, list_devices, portaudio

    texts = circumstances.texts
    try:
        device = find_input(circumstances.settings.input)
        sounddevice = portaudio()
    except CoachError:
        return warning(_LEVEL_CHECK, texts.say("microphone_level.not_measured"), LIST_DEVICES)
    rates = rates_of(sounddevice, device, "input")
    rate = 16_000 if 16_000 in rates else device.rate  # noqa: PLR2004 - the ears' rate
    channels, mixed = opening_for(sounddevice, device, rate, list_devices())
    microphone = ProbeMicrophone(sounddevice, device, rate, channels)
    try:
        with microphone.recording():
            heard = _woken(microphone)
    except sounddevice.PortAudioError as error:
        meaning = texts.say("microphone_level.closed", device=device.name, reason=error.args[0])
        return unusable(_LEVEL_CHECK, meaning, "fuser -v /dev/snd/*", circumstances)
    if not len(heard):
        meaning = texts.say("microphone_level.empty", device=device.name)
        return failure(_LEVEL_CHECK, meaning, texts.say("microphone_level.replug"))
    return judge_channels(heard, rate, circumstances, mixed)


def _woken(microphone: ProbeMicrophone) -> NDArray[np.float32]:
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


_LOOP_CHECK = "loop"
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


def check_loop(circumstances: CheckContext) -> Finding:
    """Play the chirp, listen for it, and tell how long it took and how loud it came."""
    from voice_coach.audio.channel_layout import opening_for
    from voice_coach.audio.devices import find_input, find_output, list_devices, portaudio

    settings, texts = circumstances.settings, circumstances.texts
    try:
        source, sink, sounddevice = find_input(settings.input), find_output(settings.output), portaudio()
    except CoachError:
        return warning(_LOOP_CHECK, texts.say("loop.not_tried"), LIST_DEVICES)
    rates = rates_of(sounddevice, source, "input")
    rate = 48_000 if 48_000 in rates else source.rate  # noqa: PLR2004 - the usual one
    channels = opening_for(sounddevice, source, rate, list_devices()).channels
    microphone = ProbeMicrophone(sounddevice, source, rate, channels)
    player = ProbePlayer(sounddevice, sink, chirp(sink.rate), sink.rate)
    try:
        with microphone.recording(), player.open():
            microphone.read(_SETTLE_SECONDS)
            player.play()
            heard = microphone.read(_CHIRP_SECONDS + _LISTEN_SECONDS)
    except sounddevice.PortAudioError as error:
        meaning = texts.say("loop.closed", reason=error.args[0])
        return unusable(_LOOP_CHECK, meaning, "fuser -v /dev/snd/*", circumstances)
    if not heard.sound.any():
        return judge_echo(None, 0.0, texts)
    echo = max((find_chirp(channel, heard.rate) for channel in heard.sound.T), key=lambda found: found.clearness)
    return judge_echo(echo, heard.began_at + echo.seconds - player.asked_at, texts)


def judge_echo(echo: Echo | None, delay_seconds: float, texts: Sentences) -> Finding:
    """Whether the microphone hears the speaker.

    Args:
        echo: what was found; None when the microphone delivered only zeros.
        delay_seconds: from the moment at which PortAudio took the chirp to that at which it delivered it.
        texts: what the doctor says.
    """
    clearness = round(echo.clearness, 1) if echo else 0.0
    if echo is None or echo.clearness < _CLEAR:
        meaning = texts.say("loop.unheard")
        return warning(_LOOP_CHECK, meaning, "speaker-test -c 2 -t wav -l 1", is_heard=False, clearness=clearness)
    delay_ms, gain = round(delay_seconds * 1000), round(echo.gain_db, 1)
    decibels = f"{abs(gain):.0f}"
    meaning = texts.say("loop.softer", milliseconds=delay_ms, decibels=decibels)
    if gain > 0:
        meaning = texts.say("loop.louder", milliseconds=delay_ms, decibels=decibels)
    return ok(_LOOP_CHECK, meaning, is_heard=True, delay_ms=delay_ms, level_db=gain, clearness=clearness)
