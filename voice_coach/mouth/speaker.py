"""The speaker as the mouth sees it, and the sounds besides speech that it plays: bell, tick, chime, rain and waves.

Sound goes to a process of its own, which is replaced when it ends or hangs. The sounds are made here: cues from
decaying tones, rain and waves from noise.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol, assert_never

import numpy as np

from voice_coach.errors import DeviceProblem, SpeakerError
from voice_coach.session.commands import Sound
from voice_coach.supervised_process import START_SECONDS, SupervisedProcess

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MODULE = "voice_coach.audio.speaker_process"
_LIKELY_RATE = 48_000
"""Frames a second that are assumed until the first speaker is there."""
_FULL_SCALE = np.float32(32767.0)

_GONE = SpeakerError("The program that plays the sound has ended or does not answer; it is started again.")
_NO_ANSWER = SpeakerError("The speaker does not answer: start again.")

_log = logging.getLogger(__name__)


class EchoTap(Protocol):
    """A receiver of all sound that is played, as a reference for echo cancellation; it must return at once."""

    def played(self, block: NDArray[np.float32], rate: int, heard_at: float) -> None:
        """Take a block, shape (frames,), whose first frame is heard at `heard_at` monotonic seconds.

        A block that overlaps earlier ones replaces their overlapping part: it was thrown away unheard. Between blocks
        there is silence.
        """


class SpeakerListener(Protocol):
    """An object whose methods the Speaker calls to report events, in a thread of its own; they must not block."""

    def ended(self, utterance_id: int) -> None:
        """Learn that the last sample of an utterance has been heard."""

    def lost(self) -> None:
        """Learn, once, that the speaker is lost, and with it the sentence being played and all cues."""

    def found(self) -> None:
        """Learn that the speaker is back, perhaps with another sample rate."""


class Speaker:
    """Plays one sentence at a time, and cues beside it. While there is no speaker, it drops both.

    No method blocks but `wait_until_open` and `close`.

    Args:
        wanted: number or part of the name of the device; None for the default one.
        tap: receives all sound that is played.
    """

    def __init__(self, wanted: str | None, tap: EchoTap | None = None) -> None:
        self._tap = tap
        self._process = SupervisedProcess(
            _MODULE, [wanted] if wanted else [], take=self._take, gone=lambda: self._lose(_GONE)
        )
        self._changed = threading.Condition()
        """Guards the attributes below."""
        self._listener: SpeakerListener | None = None
        self._is_open = False
        self._trouble: SpeakerError | None = None
        """The reason why there is no speaker; None while there is one, or nothing is known yet."""
        self._utterance_id: int | None = None
        self._background: tuple[bytes, int] | None = None
        """The samples of the background's sound, and their rate."""
        self._background_gain = 0.0
        self.rate = _LIKELY_RATE
        """Frames a second of all samples that are given to `say` and `cue`."""

    @property
    def pid(self) -> int | None:
        """The number of the process that plays now; None while one is replaced by the next."""
        return self._process.pid

    def start(self) -> None:
        """Start the process; it looks for the device from now on."""
        self._process.start()

    def wait_until_open(self) -> None:
        """Wait for the process to find its device.

        Raises:
            SpeakerError: it did not find or could not open it.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_open or self._trouble, START_SECONDS)
            if not self._is_open:
                raise self._trouble or _NO_ANSWER

    def follow(self, listener: SpeakerListener) -> None:
        """Report to a listener from now on; if the speaker is lost already, report that at once."""
        with self._changed:
            self._listener = listener
            if self._trouble:
                listener.lost()

    def close(self) -> None:
        """Stop all sound and end the process."""
        with self._changed:
            self._listener = None
        self._process.stop()

    def say(self, utterance_id: int, samples: NDArray[np.float32], rate: int, gain: float) -> None:
        """Play a sentence now. It replaces the sentence being played, whose end is not reported.

        Args:
            utterance_id: the id that the listener is told at the end.
            samples: the samples, shape (frames,).
            rate: frames a second of the samples; they are dropped if the speaker has another rate by now.
            gain: linear gain, 0 to 1.
        """
        with self._changed:
            if self._is_open:
                self._utterance_id = utterance_id
                self._process.send(("say", utterance_id, _packed(samples), rate, gain))

    def cue(self, samples: NDArray[np.float32], rate: int, due: float, gain: float) -> None:
        """Let a sound begin at `due` (monotonic seconds), or as soon as possible if that is buffered already."""
        with self._changed:
            if self._is_open:
                self._process.send(("cue", _packed(samples), rate, due, gain))

    def hush(self) -> None:
        """Stop the sentence and all cues now; the end of the sentence is not reported."""
        with self._changed:
            self._utterance_id = None
            self._process.send(("hush",))

    def background(self, samples: NDArray[np.float32], rate: int) -> None:
        """Take a sound for the background, shape (frames,), whose end goes over into its beginning."""
        with self._changed:
            self._background = (_packed(samples), rate)
            self._tell_background()

    def turn_background(self, gain: float) -> None:
        """Let the background be heard at a linear gain, 0 to 1, from now on, also by the next speaker."""
        with self._changed:
            self._background_gain = gain
            if self._is_open:
                self._process.send(("turn background", gain))

    def _tell_background(self) -> None:
        if self._is_open and self._background is not None:
            self._process.send(("background", *self._background))
            self._process.send(("turn background", self._background_gain))

    def _take(self, message: tuple[Any, ...]) -> None:
        match message:
            case ("played", samples, heard_at) if self._tap:
                block = np.frombuffer(samples, np.int16).astype(np.float32) / _FULL_SCALE
                self._tap.played(block, self.rate, heard_at)
            case ("ended", utterance_id):
                self._tell_ended(utterance_id)
            case ("open", rate):
                self._find(rate)
            case ("lost", why, sentence):
                self._lose(SpeakerError(sentence, DeviceProblem(why)))

    def _tell_ended(self, utterance_id: int) -> None:
        with self._changed:
            if self._utterance_id == utterance_id:  # else it was hushed or replaced meanwhile
                self._utterance_id = None
                if self._listener:
                    self._listener.ended(utterance_id)

    def _find(self, rate: int) -> None:
        with self._changed:
            was_lost, self._trouble, self._is_open, self.rate = self._trouble, None, True, rate
            self._changed.notify_all()
            self._tell_background()
            if was_lost and self._listener:
                self._listener.found()

    def _lose(self, trouble: SpeakerError) -> None:
        _log.warning("no speaker: %s", trouble)
        with self._changed:
            was_lost, self._trouble = self._trouble, trouble
            self._is_open, self._utterance_id = False, None
            self._changed.notify_all()
            if not was_lost and self._listener:
                self._listener.lost()


def _packed(samples: NDArray[np.float32]) -> bytes:
    return (samples * _FULL_SCALE).astype(np.int16).tobytes()


PEAK = 0.6
"""Highest sample of every cue, where full scale is 1: this leaves room for speech beside it."""
_ATTACK_SECONDS = 0.003
"""Seconds in which a cue fades in: short enough to be on time, long enough not to click."""
_RELEASE_SECONDS = 0.02
"""Seconds in which a cue fades out."""
_BELL = ((0.5, 0.35, 1.4), (1.0, 1.0, 0.9), (1.2, 0.5, 0.7), (1.5, 0.35, 0.5), (2.0, 0.45, 0.45), (2.66, 0.2, 0.25))
"""Partials of a small bell: ratio to the strike note, amplitude, seconds to decay to 1/e (hum, prime, tierce, quint,
nominal, superquint: https://en.wikipedia.org/wiki/Strike_tone)."""
_BAR = ((1.0, 1.0, 1.0), (2.76, 0.25, 0.3), (5.4, 0.08, 0.12))
"""Partials of a free metal bar, as in a glockenspiel (https://en.wikipedia.org/wiki/Euler-Bernoulli_beam_theory)."""


def synthesise(sound: Sound, rate: int) -> NDArray[np.float32]:
    """Make a cue's samples, shape (frames,), one channel, `rate` frames a second."""
    match sound:
        case Sound.BELL:
            samples = _struck(660.0, _BELL, 1.6, rate)
        case Sound.TICK:
            samples = 0.5 * _struck(1050.0, ((1.0, 1.0, 0.018), (2.4, 0.3, 0.008)), 0.09, rate)
        case Sound.CHIME:
            samples = _chime((523.25, 659.26, 783.99, 1046.5), 0.16, rate)  # C5 E5 G5 C6
        case _:
            assert_never(sound)
    return samples.astype(np.float32)


def _chime(notes: tuple[float, ...], seconds_between: float, rate: int) -> NDArray[np.float64]:
    """Make rising notes of a struck bar, each of which rings on under the next."""
    one = round(1.8 * rate)
    step = round(seconds_between * rate)
    samples = np.zeros(one + step * (len(notes) - 1))
    for number, note in enumerate(notes):
        bar = tuple((ratio, amplitude, 0.45 * seconds) for ratio, amplitude, seconds in _BAR)
        samples[number * step : number * step + one] += _struck(note, bar, 1.8, rate)
    return _at_peak(samples)


def _struck(
    note: float, partials: tuple[tuple[float, float, float], ...], seconds: float, rate: int
) -> NDArray[np.float64]:
    """Sum partials (ratio to the note, amplitude, decay in seconds) of a note in Hz; faded in and out, at PEAK."""
    time = np.arange(round(seconds * rate)) / rate
    samples = np.zeros_like(time)
    for ratio, amplitude, decay_seconds in partials:
        samples += amplitude * np.exp(-time / decay_seconds) * np.sin(2 * np.pi * note * ratio * time)
    samples *= np.minimum(1.0, time / _ATTACK_SECONDS)
    samples *= np.clip((seconds - time) / _RELEASE_SECONDS, 0.0, 1.0)
    return _at_peak(samples)


_BACKGROUND_SECONDS = 20.0
"""Seconds after which the background begins anew: long enough that nobody hears a pattern."""
_BACKGROUND_LEVEL = 0.025
"""Root mean square of the background: -32 dB of full scale, about 12 dB below speech."""


def background(kind: str, rate: int) -> NDArray[np.float32]:
    """Make the samples of a background, shape (frames,), one channel, whose end goes over into its beginning.

    Rain is noise that falls by 3 dB an octave (https://en.wikipedia.org/wiki/Pink_noise), with drops; waves are noise
    that falls by 6 dB and swells every seven seconds or so. All of it is made in the spectrum of the whole, so it is
    periodic by itself.

    Args:
        kind: one of BACKGROUNDS.
        rate: frames a second.
    """
    rng = np.random.default_rng(1)
    count = round(_BACKGROUND_SECONDS * rate)
    hertz = np.fft.rfftfreq(count, 1 / rate)
    slope, lowest, highest = (0.5, 400.0, 9_000.0) if kind == "rain" else (1.0, 120.0, 3_000.0)
    band = 1 / (1 + (lowest / np.maximum(hertz, 1.0)) ** 4) / (1 + (hertz / highest) ** 4)
    phases = np.exp(2j * np.pi * rng.random(len(hertz)))
    noise = np.fft.irfft(phases * band * np.maximum(hertz, lowest) ** -slope, count)
    swell = _drops(count, rate, rng) if kind == "rain" else _swell(count)
    sound = noise * swell
    scaled: NDArray[np.float32] = (sound * (_BACKGROUND_LEVEL / np.sqrt(np.mean(sound**2)))).astype(np.float32)
    return scaled


def _swell(count: int) -> NDArray[np.float64]:
    """Three waves of different height in the whole, which break faster than they draw back."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    swell: NDArray[np.float64] = 0.35 + 0.4 * np.exp(1.6 * np.sin(3 * turn + 0.6 * np.sin(3 * turn))) / 5
    return swell * (1 + 0.25 * np.sin(turn))


def _drops(count: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rain is not even: some thousand drops are louder than the rest, for a hundredth of a second each."""
    swell = np.ones(count)
    decay = 2.5 * np.exp(-np.arange(round(0.012 * rate)) / (0.003 * rate))
    for start in rng.integers(0, count, round(60 * _BACKGROUND_SECONDS)):
        swell[(start + np.arange(len(decay))) % count] += decay * rng.random()
    return swell


def _at_peak(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    loudest: float = np.abs(samples).max()
    return samples * (PEAK / loudest)
