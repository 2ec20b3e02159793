"""Mixes sentences and cues into one output stream, and knows when each of its frames is heard."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from voice_coach.audio.devices import portaudio
from voice_coach.errors import SpeakerError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.audio.devices import SoundDevice


_OFF_SECONDS = 0.05
"""Seconds between the counted and the reported time of a block beyond which the stream must have lost blocks."""
_DRIFT_SHARE = 0.1
"""Share of the difference between counted and measured time by which each silent block corrects the count."""
_FADE_SECONDS = 0.003
"""Seconds of the fade-in after a gap: a cue that goes on must not click."""
_RAMP_SECONDS = 0.4
"""Seconds in which the sound in the background goes from silence to its full level: nobody notices when it began."""


class Timeline:
    """Numbers the frames of a stream by the time at which they are heard: frame n at `n / rate` monotonic seconds.

    The time of a block, as a device reports it, is wrong by a few milliseconds, so frames are counted. The reports
    correct the count slowly and only in silence, or at once after `jump` and when they contradict it.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._next: int | None = None

    def jump(self) -> None:
        """Take the next block's reported time as true, because the stream has been restarted."""
        self._next = None

    def first_frame(self, frames: int, heard_at: float, *, is_silent: bool) -> tuple[int, bool]:
        """Return the number of a block's first frame, and whether the count was set anew.

        Args:
            frames: the number of frames in the block.
            heard_at: the time at which its first frame is heard, in monotonic seconds, as the device reports it.
            is_silent: whether the block is silent, so that a correction cannot be heard.
        """
        measured = self.frame_at(heard_at)
        if self._next is None or abs(measured - self._next) > _OFF_SECONDS * self._rate:
            first, is_new = measured, True
        else:
            first, is_new = self._next, False
            if is_silent:
                first += round(_DRIFT_SHARE * (measured - self._next))
        self._next = first + frames
        return first, is_new

    def frame_at(self, at: float) -> int:
        """Return the frame that is heard at a time in monotonic seconds."""
        return round(at * self._rate)

    def heard_at(self, frame: int) -> float:
        """Return the time at which a frame is heard, in monotonic seconds."""
        return frame / self._rate


@dataclass(slots=True, eq=False)
class _Sentence:
    samples: NDArray[np.float32]
    position: int = 0


class BackgroundSound:
    """A sound that is heard again and again below everything else, at a gain that changes slowly."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._samples = np.zeros(0, np.float32)
        self._position = 0
        self._gain = self._wanted = 0.0

    @property
    def is_audible(self) -> bool:
        """Whether it sounds now, or is about to."""
        return len(self._samples) > 0 and (self._gain > 0 or self._wanted > 0)

    def play(self, samples: NDArray[np.float32]) -> None:
        """Take another sound, shape (frames,), whose end goes over into its beginning."""
        self._samples, self._position = samples, 0

    def turn(self, gain: float) -> None:
        """Go to a linear gain, 0 to 1."""
        self._wanted = gain

    def mix(self, block: NDArray[np.float32]) -> None:
        """Add the next frames to a block."""
        if not self.is_audible:
            return
        most = len(block) / (_RAMP_SECONDS * self._rate)
        before, self._gain = self._gain, self._gain + min(most, max(-most, self._wanted - self._gain))
        frames = np.arange(self._position, self._position + len(block)) % len(self._samples)
        self._position = (self._position + len(block)) % len(self._samples)
        block += self._samples[frames] * np.linspace(before, self._gain, len(block), dtype=np.float32)


@dataclass(slots=True, eq=False)
class _ScheduledCue:
    samples: NDArray[np.float32]
    first: int
    has_begun: bool = False

    @property
    def end(self) -> int:
        return self.first + len(self.samples)


class Mixer:
    """Fills blocks with one sentence, frame after frame, and with cues, each at its frame of the timeline.

    After a jump of the timeline, a cue goes on where it should be by then; a sentence loses nothing. What is in the
    background does not count as sound: it may be shifted or cut at any time.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._sentence: _Sentence | None = None
        self._cues: list[_ScheduledCue] = []
        self.background = BackgroundSound(rate)
        self.end_of_sentence: int | None = None
        """The frame after the sentence's last one, once that is in a block; None before, and after it has been read."""

    def say(self, samples: NDArray[np.float32]) -> None:
        """Begin a sentence in the next block, instead of any other; its samples are played as they are."""
        self._sentence = _Sentence(samples)
        self.end_of_sentence = None

    def cue(self, samples: NDArray[np.float32], first: int) -> None:
        """Let a sound begin at a frame of the timeline, or in the next block if that frame has passed."""
        self._cues.append(_ScheduledCue(samples, first))

    def forget(self) -> None:
        """Drop the sentence and all cues."""
        self._sentence = self.end_of_sentence = None
        self._cues.clear()

    def is_silent_from(self, frame: int) -> bool:
        """Whether nothing sounds from this frame on, except cues that have not begun."""
        is_saying = self._sentence is not None or (self.end_of_sentence or frame) > frame
        return not is_saying and not any(cue.has_begun and cue.end > frame for cue in self._cues)

    def fill(self, block: NDArray[np.float32], first: int, *, is_after_gap: bool = False) -> None:
        """Write what is heard from frame `first` on, but for the background: shape (frames,), within -1 to 1."""
        block[:] = 0.0
        self._mix_sentence(block, first)
        for cue in self._cues:
            self._mix_cue(cue, block, first)
        self._cues = [cue for cue in self._cues if cue.end > first]
        if is_after_gap:
            block *= self._fade(len(block))
        np.clip(block, -1.0, 1.0, out=block)

    def add_background(self, block: NDArray[np.float32], *, is_after_gap: bool = False) -> None:
        """Add what is heard in the background to a block that is filled."""
        if not self.background.is_audible:
            return
        behind = np.zeros_like(block)
        self.background.mix(behind)
        block += behind * self._fade(len(block)) if is_after_gap else behind
        np.clip(block, -1.0, 1.0, out=block)

    def _fade(self, frames: int) -> NDArray[np.float32]:
        """Return the gains of a block that begins after a gap, shape (frames,)."""
        fade: NDArray[np.float32] = np.minimum(1.0, np.arange(frames) / (_FADE_SECONDS * self._rate)).astype(np.float32)
        return fade

    def _mix_sentence(self, block: NDArray[np.float32], first: int) -> None:
        sentence = self._sentence
        if sentence is None:
            return
        part = sentence.samples[sentence.position : sentence.position + len(block)]
        block[: len(part)] += part
        sentence.position += len(part)
        if sentence.position == len(sentence.samples):
            self._sentence = None
            self.end_of_sentence = first + len(part)

    @staticmethod
    def _mix_cue(cue: _ScheduledCue, block: NDArray[np.float32], first: int) -> None:
        end = first + len(block)
        if cue.first >= end:
            return
        if not cue.has_begun:
            cue.first = max(cue.first, first)  # late is better than cut
            cue.has_begun = True
        start = max(cue.first, first)
        part = cue.samples[start - cue.first : end - cue.first]
        block[start - first : start - first + len(part)] += part


BLOCK_SECONDS = 0.04
"""Seconds of sound in a block."""
BUFFER_SECONDS = 0.16
"""Seconds of the stream's buffer. A long one saves processor time, and delays nothing: a new sentence throws away the
blocks that are buffered."""
_COMMON_RATES = (48_000, 44_100)
"""Rates in Hz to try when a device refuses its own."""
_STALLED_SECONDS = 1.0
"""Seconds without a request for a block after which the stream counts as lost."""


class PlaybackListener(Protocol):
    """The protocol of an object that learns what is played. It is called in the audio thread and must not block."""

    def ended(self, utterance_id: int) -> None:
        """Take note that the last sample of an utterance has been heard."""

    def played(self, block: NDArray[np.float32], heard_at: float) -> None:
        """Take note of a block, shape (frames,), that is heard from `heard_at` (monotonic seconds) on.

        It replaces earlier blocks for the same time, which were dropped before they were heard. A silent block is
        reported only if it replaces another one, and what is in the background never.
        """


class Playback:
    """Plays one sentence at a time, and cues beside it, until its device is gone.

    A stream's buffer would delay a sentence by its length. So a sentence, and `hush`, drop the buffer: the stream is
    aborted (silent in 2 ms) and started again with the new sound first.

    Use it in one thread. Each of its methods may hang for ever, because PortAudio can.

    Args:
        device: the speaker.
        listener: an object that learns what is played.

    Raises:
        SpeakerError: the device cannot be used.
    """

    def __init__(self, device: SoundDevice, listener: PlaybackListener) -> None:
        self._device = device
        self._listener = listener
        self._state = threading.Lock()
        """Guards mixer, timeline and utterance, which the callback shares with the calling thread."""
        self._utterance_id: int | None = None
        self._is_stopping_itself = False
        self._has_stopped = False
        self._called_at = 0.0
        self._told_until = 0
        """The frame after the last one that was reported to the listener."""
        self._open()

    @property
    def is_lost(self) -> bool:
        """Whether the device has stopped the stream, or asks for no more blocks."""
        return self._has_stopped or time.monotonic() - self._called_at > _STALLED_SECONDS

    def close(self) -> None:
        """Fall silent and close the stream."""
        self._is_stopping_itself = True
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def say(self, utterance_id: int, samples: NDArray[np.float32]) -> None:
        """Play a sentence now, instead of the one being played, which does not end.

        Args:
            utterance_id: the id that the listener is given at the end.
            samples: the samples, shape (frames,), at the stream's rate and already at the wanted volume.

        Raises:
            SpeakerError: the device is gone.
        """
        self._stop()
        with self._state:
            self._utterance_id = utterance_id
            self._mixer.say(samples)
        self._start()

    def cue(self, samples: NDArray[np.float32], due: float) -> None:
        """Let a sound begin at `due` (monotonic seconds), or as soon as possible if that time is already buffered."""
        with self._state:
            self._mixer.cue(samples, self._timeline.frame_at(due))

    def hush(self) -> None:
        """Fall silent now, and drop the sentence and all cues; the listener does not learn of their end.

        Raises:
            SpeakerError: the device is gone.
        """
        with self._state:
            self._utterance_id = None
            is_silent = self._mixer.is_silent_from(self._timeline.frame_at(time.monotonic()))
            self._mixer.forget()
        if not is_silent:
            self._stop()
            self._start()

    def background(self, samples: NDArray[np.float32]) -> None:
        """Take a sound for the background, shape (frames,); `turn_background` lets it be heard."""
        with self._state:
            self._mixer.background.play(samples)

    def turn_background(self, gain: float) -> None:
        """Let the background be heard at a linear gain, 0 to 1."""
        with self._state:
            self._mixer.background.turn(gain)

    def _open(self) -> None:
        sounddevice = portaudio(SpeakerError)
        problem: object = None
        for rate in dict.fromkeys((self._device.rate, *_COMMON_RATES)):
            self.rate = rate
            self._timeline = Timeline(rate)
            self._mixer = Mixer(rate)
            try:
                self._open_stream()
            except sounddevice.PortAudioError as error:
                problem = problem or error.args[0]
            else:
                return
        message = (
            f"The speaker “{self._device.name}” can't be opened ({problem}): close other programs that use it, or name "
            "another one with --output (voice-coach devices lists them)."
        )
        raise SpeakerError(message)

    def _open_stream(self) -> None:
        self._stream: Any = portaudio(SpeakerError).OutputStream(
            device=self._device.index,
            samplerate=self.rate,
            blocksize=round(BLOCK_SECONDS * self.rate),
            latency=BUFFER_SECONDS,
            channels=min(2, self._device.output_channels),
            dtype="float32",
            callback=self._fill,
            finished_callback=self._finished,
            prime_output_buffers_using_stream_callback=True,  # or some drivers begin with a buffer full of silence
        )
        self._called_at = time.monotonic()
        self._stream.start()

    def _stop(self) -> None:
        self._is_stopping_itself = True
        self._stream.abort(ignore_errors=True)
        self._is_stopping_itself = False

    def _start(self) -> None:
        self._timeline.jump()
        if self._has_stopped:  # PortAudio would wait for ever for such a stream to start
            raise SpeakerError(self._goodbye("it stopped"))
        self._called_at = time.monotonic()
        try:
            self._stream.start()
        except portaudio(SpeakerError).PortAudioError as error:
            raise SpeakerError(self._goodbye(error.args[0])) from error

    def _goodbye(self, reason: object) -> str:
        return f"The speaker “{self._device.name}” is gone ({reason}): plug it in again."

    def _fill(self, block: NDArray[np.float32], frames: int, timing: Any, _status: object) -> None:  # noqa: ANN401
        self._called_at = now = time.monotonic()
        mono = np.empty(frames, np.float32)
        with self._state:
            first, is_new = self._timeline.first_frame(
                frames,
                timing.outputBufferDacTime + now - self._stream.time,  # PortAudio has a clock of its own
                is_silent=self._mixer.is_silent_from(self._timeline.frame_at(now)),
            )
            self._mixer.fill(mono, first, is_after_gap=is_new)
            self._tell(mono, first, now)
            self._mixer.add_background(mono, is_after_gap=is_new)
        block[:] = mono[:, np.newaxis]

    def _tell(self, block: NDArray[np.float32], first: int, now: float) -> None:
        """Report a block to the listener. The state is locked, so that nothing is reported after `hush`.

        A block without sound is reported only if it replaces another one, to save time. The background is never
        reported. Its times are corrected at any moment, which the echo canceller would take for a restart of the
        speaker and distrust all that it hears; left in the microphone's sound, it is one noise of the room more.
        """
        if first < self._told_until or not self._mixer.is_silent_from(first):
            self._told_until = max(self._told_until, first + len(block))
            self._listener.played(block, self._timeline.heard_at(first))
        end = self._mixer.end_of_sentence
        if end is not None and self._timeline.heard_at(end) <= now:
            self._mixer.end_of_sentence = None
            utterance_id, self._utterance_id = self._utterance_id, None
            if utterance_id is not None:
                self._listener.ended(utterance_id)

    def _finished(self) -> None:
        """Note that the stream has stopped; unless we stopped it, the device and its sentence are lost."""
        if not self._is_stopping_itself:
            self._has_stopped = True
