"""Checks that record and play sound: the microphone's level, and the path from speaker to microphone."""

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
from voice_coach.doctor.sound_checks import rates_of, server_address, unusable
from voice_coach.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from voice_coach.audio.devices import SoundDevice
    from voice_coach.doctor.finding import CheckContext, Finding
    from voice_coach.language.wording import Sentences


_BLOCK_SECONDS = 0.02
_TIMEOUT_SECONDS = 2.0
"""Seconds without a block after which a read ends early."""


@dataclass(frozen=True, slots=True, eq=False)
class TimedBlock:
    """A block of sound from a microphone, with its time of arrival."""

    sound: NDArray[np.float32]
    """Samples of shape (samples, channels)."""
    arrived_at: float
    """Monotonic seconds at which PortAudio delivered it."""


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A recording from a microphone, with the time at which it began."""

    sound: NDArray[np.float32]
    """Samples of shape (samples, channels)."""
    rate: int
    began_at: float
    """Monotonic seconds; a sample at t seconds of the recording was delivered at began_at + t or later."""


class ProbeMicrophone:
    """An input stream that records blocks of sound while it is open."""

    def __init__(self, sounddevice: Any, device: SoundDevice, rate: int, channels: int = 1) -> None:  # noqa: ANN401 - a module without types
        self._sounddevice = sounddevice
        self._device = device
        self._channels = channels
        self.rate = rate
        self._blocks: queue.SimpleQueue[TimedBlock] = queue.SimpleQueue()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record for as long as the `with` block lasts. Raises PortAudioError."""
        options = {
            "device": self._device.index, "samplerate": self.rate, "channels": self._channels, "dtype": "float32",
            "blocksize": round(self.rate * _BLOCK_SECONDS),
        }  # fmt: skip
        with self._sounddevice.InputStream(callback=self._take, **options):
            yield

    def read(self, seconds: float) -> Recorded:
        """Return at least `seconds` of sound since the last read, waiting for it; less when no more sound arrives."""
        blocks: list[TimedBlock] = []
        while sum(len(block.sound) for block in blocks) < seconds * self.rate:
            try:
                blocks.append(self._blocks.get(timeout=_TIMEOUT_SECONDS))
            except queue.Empty:
                break
        return joined(blocks, self.rate, self._channels)

    def _take(self, block: NDArray[np.float32], _frames: int, _timing: object, _status: object) -> None:
        self._blocks.put(TimedBlock(block.copy(), time.monotonic()))


def joined(blocks: list[TimedBlock], rate: int, channels: int = 1) -> Recorded:
    """Join consecutive blocks into one recording.

    Args:
        blocks: The blocks in order, without gaps.
        rate: Their sample rate in Hz.
        channels: Their number of channels.
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
        """Play silence inside the `with` block, and the sound once `play` is called. Raises PortAudioError."""
        options = {
            "device": self._device.index, "samplerate": self._rate, "dtype": "float32",
            "channels": min(2, self._device.output_channels), "blocksize": round(self._rate * _BLOCK_SECONDS),
        }  # fmt: skip
        with self._sounddevice.OutputStream(callback=self._give, **options):
            yield

    def play(self) -> None:
        """Start the sound with the next block that PortAudio asks for."""
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
"""Seconds to wait for sound, since some microphones and suspended sound servers first deliver zeros."""
_SECONDS = 1.0
_QUIET_DBFS = -80.0
"""Decibels of full scale below which a microphone is reported as too quiet."""
_LOUD_DBFS = -30.0
"""Decibels of full scale above which the room is too loud: a voice at arm's length is at -35 to -15."""
_CLIPPED = 0.99
"""Absolute sample value from which a sample counts as clipped."""
_CLIPPED_SHARE = 0.001
"""Share of clipped samples above which the microphone is reported as clipping."""
_FLOOR = 1e-10
_BY_STATE = {CheckState.OK: 0, CheckState.WARNING: 1, CheckState.FAILURE: 2}


@dataclass(frozen=True, slots=True)
class Levels:
    """The loudness of a piece of sound."""

    level_dbfs: float
    """Root mean square in decibels of full scale; a full-scale sine has -3."""
    peak_dbfs: float
    clipped_percent: float
    """Percentage of samples at the limit of the range."""
    seconds: float


def levels_of(sound: NDArray[np.float32], rate: int) -> Levels | None:
    """Return the levels of a sound of shape (samples,); None when it is empty or has only zeros."""
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
    """Decide from the levels of a recording whether the microphone is set up well enough to hear a voice.

    Args:
        levels: Levels of one second, in which nobody needs to speak; None when it has only zeros.
        circumstances: The input of the check; a running coach makes a failure only a warning.
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
    """Decide whether a voice can be heard on the channel of the settings, or on any when they name none.

    Args:
        sound: One second, in which nobody needs to speak, of shape (samples, channels).
        rate: Sample rate in Hz.
        circumstances: The input of the check; its settings may name a channel.
        mixed: How many channels the sound server mixes into each channel.
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
    """Return the finding about one of several channels, extended by the levels of the others."""
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
    """Check the microphone's level in a recording of one second."""
    from voice_coach.audio.channel_layout import opening_for
    from voice_coach.audio.devices import find_input, list_devices, portaudio

    texts = circumstances.texts
    try:
        device = find_input(circumstances.settings.input)
        sounddevice = portaudio()
    except CoachError:
        return warning(_LEVEL_CHECK, texts.say("microphone_level.not_measured"), texts.say("loop.repair_devices"))
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
    """Wait at most two seconds for a block that is not all zeros; return it with the second of sound after it."""
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
"""Lowest and highest frequency of the chirp in Hz, which a small speaker can play and no bathroom hums."""
_CHIRP_SECONDS = 0.4
_LEVEL = 0.1
"""Peak amplitude of the chirp, -20 decibels of full scale: as loud as a quiet voice."""
_SETTLE_SECONDS = 1.0
"""Seconds between opening the streams and the chirp: a suspended sound server loses the first sound."""
_LISTEN_SECONDS = 1.0
"""Seconds to go on recording after the length of the chirp, for its delay."""
_CHIRPS = 3
"""Chirps to play. A busy machine loses blocks of sound, which makes a chirp less clear and softer, never louder."""
_CLEAR = 12.0
"""Lowest `Echo.clearness` at which the chirp counts as heard; that of noise alone stays below 6."""


class Echo(NamedTuple):
    """Where a known sound was found in a recording."""

    seconds: float
    """Seconds from the start of the recording to the start of the sound."""
    gain_db: float
    """Decibels by which the recorded sound is louder than the played one."""
    clearness: float
    """The peak of the correlation, divided by its root mean square."""


def chirp(rate: int) -> NDArray[np.float32]:
    """Return a quiet tone of evenly rising pitch that fades in and out, of shape (samples,).

    Args:
        rate: Sample rate in Hz.
    """
    times = np.arange(round(_CHIRP_SECONDS * rate)) / rate
    rise = (_HIGHEST - _LOWEST) / _CHIRP_SECONDS
    phase = 2 * np.pi * (_LOWEST + rise * times / 2) * times
    return np.asarray(_LEVEL * np.hanning(len(times)) * np.sin(phase), np.float32)


def find_chirp(heard: NDArray[np.float32], rate: int) -> Echo:
    """Find the chirp in a recording by a matched filter.

    Args:
        heard: The recording, of shape (samples,), longer than the chirp.
        rate: Its sample rate in Hz.
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
    """Check that the microphone hears the speaker: play the chirp, and measure its delay and loudness."""
    from voice_coach.audio.channel_layout import opening_for
    from voice_coach.audio.devices import find_input, find_output, list_devices, portaudio

    settings, texts = circumstances.settings, circumstances.texts
    try:
        source, sink, sounddevice = find_input(settings.input), find_output(settings.output), portaudio()
    except CoachError:
        return warning(_LOOP_CHECK, texts.say("loop.not_tried"), texts.say("loop.repair_devices"))
    rates = rates_of(sounddevice, source, "input")
    rate = 48_000 if 48_000 in rates else source.rate  # noqa: PLR2004 - the usual rate of sound cards
    channels = opening_for(sounddevice, source, rate, list_devices()).channels
    microphone = ProbeMicrophone(sounddevice, source, rate, channels)
    player = ProbePlayer(sounddevice, sink, chirp(sink.rate), sink.rate)
    try:
        with microphone.recording(), player.open():
            microphone.read(_SETTLE_SECONDS)
            chirps = [_play_chirp(player, microphone) for _ in range(_CHIRPS)]
    except sounddevice.PortAudioError as error:
        meaning = texts.say("loop.closed", reason=error.args[0])
        return unusable(_LOOP_CHECK, meaning, "fuser -v /dev/snd/*", circumstances)
    return judge_echo(*clearest(chirps), texts)


class RecordedChirp(NamedTuple):
    """A recording that was made while the chirp was played."""

    heard: Recorded
    asked_at: float
    """Monotonic seconds at which PortAudio took the chirp's first sample."""


def _play_chirp(player: ProbePlayer, microphone: ProbeMicrophone) -> RecordedChirp:
    player.play()
    heard = microphone.read(_CHIRP_SECONDS + _LISTEN_SECONDS)
    return RecordedChirp(heard, player.asked_at)


def clearest(chirps: list[RecordedChirp]) -> tuple[Echo | None, float]:
    """Return the clearest chirp of all recordings and channels, and its delay in seconds; None and 0 in mere zeros."""
    found = [
        (echo, heard.began_at + echo.seconds - asked_at)
        for heard, asked_at in chirps
        if heard.sound.any()
        for echo in (find_chirp(channel, heard.rate) for channel in heard.sound.T)
    ]
    return max(found, key=lambda one: one[0].clearness, default=(None, 0.0))


def judge_echo(echo: Echo | None, delay_seconds: float, texts: Sentences) -> Finding:
    """Decide whether the microphone hears the speaker.

    Args:
        echo: The place of the chirp in the recording; None when the microphone delivered only zeros.
        delay_seconds: Seconds from the chirp's start at the speaker to its arrival from the microphone, in PortAudio.
        texts: The doctor's sentences.
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
