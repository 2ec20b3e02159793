"""One output stream of PortAudio, in which sentences start and fall silent at once, and cues are on time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from voice_coach.errors import MouthError
from voice_coach.sound.devices import portaudio
from voice_coach.sound.mixer import Mixer, Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.sound.devices import Device

BLOCK_SECONDS = 0.04
BUFFER_SECONDS = 0.16
"""Much buffer costs little of the processor, and no time either: a sentence throws away what is buffered."""
_COMMON_RATES = (48_000, 44_100)
"""What to try when a device refuses its own rate."""
_STALLED_SECONDS = 1.0
"""A stream that has wanted no block for so long is lost."""


class PlaybackListener(Protocol):
    """Is told what is played, in the audio thread, with the playback's state locked: must not block."""

    def ended(self, utterance_id: int) -> None:
        """The last sample of an utterance has been heard."""

    def played(self, block: NDArray[np.float32], heard_at: float) -> None:
        """A block, shape (frames,), is heard from `heard_at` on; it replaces what was told and then thrown away.

        Silent blocks that replace none are not told.
        """


class Playback:
    """Plays one sentence at a time, and cues beside it, until its device is gone.

    A stream's buffer would delay a sentence by its length. So a sentence, and `hush`, drop the buffer: the stream is
    aborted (silent in 2 ms) and started again with the new sound first.

    For one thread. Each of its methods may hang for ever, because PortAudio can.

    Args:
        device: where to play.
        listener: told what is played.

    Raises:
        MouthError: the device cannot be used.
    """

    def __init__(self, device: Device, listener: PlaybackListener) -> None:
        self._device = device
        self._listener = listener
        self._state = threading.Lock()
        """Guards mixer, timeline and utterance, between the callback and us."""
        self._utterance_id: int | None = None
        self._is_stopping_itself = False
        self._has_stopped = False
        self._called_at = 0.0
        self._told_until = 0
        """Frame after the last one that the listener was told of."""
        self._open()

    @property
    def is_lost(self) -> bool:
        """Whether the device has stopped the stream, or wants no more blocks."""
        return self._has_stopped or time.monotonic() - self._called_at > _STALLED_SECONDS

    def close(self) -> None:
        """Fall silent and close the stream."""
        self._is_stopping_itself = True
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def say(self, utterance_id: int, samples: NDArray[np.float32]) -> None:
        """Play a sentence now, instead of the one being played, which does not end.

        Args:
            utterance_id: for the listener.
            samples: shape (frames,), at our rate, as loud as they shall be.

        Raises:
            MouthError: the device is gone.
        """
        self._stop()
        with self._state:
            self._utterance_id = utterance_id
            self._mixer.say(samples)
        self._start()

    def cue(self, samples: NDArray[np.float32], due: float) -> None:
        """Let a sound begin at `due` (monotonic seconds), or as soon as possible if that is buffered already."""
        with self._state:
            self._mixer.cue(samples, self._timeline.frame_at(due))

    def hush(self) -> None:
        """Fall silent now; neither the sentence nor any cue goes on, and their end is not told any more.

        Raises:
            MouthError: the device is gone.
        """
        with self._state:
            self._utterance_id = None
            is_silent = self._mixer.is_silent_from(self._timeline.frame_at(time.monotonic()))
            self._mixer.forget()
        if not is_silent:
            self._stop()
            self._start()

    def _open(self) -> None:
        sounddevice = portaudio(MouthError)
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
        raise MouthError(message)

    def _open_stream(self) -> None:
        self._stream: Any = portaudio(MouthError).OutputStream(
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
            raise MouthError(self._goodbye("it stopped"))
        self._called_at = time.monotonic()
        try:
            self._stream.start()
        except portaudio(MouthError).PortAudioError as error:
            raise MouthError(self._goodbye(error.args[0])) from error

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
        block[:] = mono[:, np.newaxis]

    def _tell(self, block: NDArray[np.float32], first: int, now: float) -> None:
        """Tell what is heard. With the state locked, so that nothing is told after `hush`.

        Silence costs nobody anything: a block without sound is told of only when it replaces another one.
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
        """The stream has stopped. If that was not our doing, the device is gone, and the sentence with it."""
        if not self._is_stopping_itself:
            self._has_stopped = True
