"""The speaker: one output stream, open while the coach runs, in which sentences start and fall silent at once."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from voice_coach.errors import MouthError
from voice_coach.mouth.mixer import Mixer, Timeline
from voice_coach.sound.devices import portaudio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from voice_coach.sound.devices import Device

BLOCK_SECONDS = 0.04
BUFFER_SECONDS = 0.16
"""Much buffer costs little of the processor, and no time either: a sentence throws away what is buffered."""
_COMMON_RATES = (48_000, 44_100)
"""What to try when a device refuses its own rate."""

_log = logging.getLogger(__name__)


class EchoTap(Protocol):
    """Gets what is played, as a reference for echo cancellation. Called in the audio thread: must return at once."""

    def played(self, block: NDArray[np.float32], rate: int, heard_at: float) -> None:
        """Take a block, shape (frames,), whose first frame is heard at `heard_at` monotonic seconds.

        A block that overlaps earlier ones replaces their overlapping part: it was thrown away unheard.
        """


class Speaker:
    """Plays one sentence at a time, and cues beside it.

    A stream's buffer would delay a sentence by its length. So a sentence, and `hush`, drop the buffer: the stream is
    aborted (silent in 2 ms) and started again with the new sound first.

    Args:
        device: where to play.
        ended: called in the audio thread with an utterance's id when its last sample has been heard; must not block.
        tap: gets every block.
    """

    def __init__(self, device: Device, ended: Callable[[int], None], tap: EchoTap | None = None) -> None:
        self._device = device
        self._ended = ended
        self._tap = tap
        self._stream: Any = None  # of sounddevice, which has no types
        self._restarting = threading.Lock()
        """One restart at a time; held while the callback ends, so the callback must never want it."""
        self._state = threading.Lock()
        """Guards what follows, between the callback and us."""
        self._utterance_id: int | None = None
        self._is_stopping_itself = False
        self._is_lost = False
        self.rate = device.rate
        """Frames a second, of all samples given; settled by `open`."""

    def open(self) -> None:
        """Open the stream.

        Raises:
            MouthError: the device cannot be used.
        """
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

    def close(self) -> None:
        """Fall silent and close the stream."""
        with self._restarting:
            self._is_stopping_itself = True
            self._stream.abort()
            self._stream.close()

    def say(self, utterance_id: int, samples: NDArray[np.float32], gain: float) -> None:
        """Play a sentence now, instead of the one being played, which does not end.

        Args:
            utterance_id: for `ended`.
            samples: shape (frames,), at our rate.
            gain: linear, 0 to 1.

        Raises:
            MouthError: the device is gone.
        """
        with self._restarting:
            self._stop()
            with self._state:
                self._utterance_id = utterance_id
                self._mixer.say(samples * np.float32(gain))
            self._start()

    def cue(self, samples: NDArray[np.float32], due: float, gain: float) -> None:
        """Let a sound begin at `due` (monotonic seconds), or as soon as possible if that is buffered already."""
        with self._state:
            self._mixer.cue(samples * np.float32(gain), self._timeline.frame_at(due))

    def hush(self) -> None:
        """Fall silent now; neither the sentence nor any cue goes on, and `ended` is not called for them any more."""
        with self._restarting:
            with self._state:
                self._utterance_id = None
                is_silent = self._mixer.is_silent_from(self._timeline.frame_at(time.monotonic()))
                self._mixer.forget()
            if not is_silent:
                self._stop()
                self._start()

    def _open_stream(self) -> None:
        self._stream = portaudio(MouthError).OutputStream(
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
        self._stream.start()

    def _stop(self) -> None:
        self._is_stopping_itself = True
        self._stream.abort()
        self._is_stopping_itself = False

    def _start(self) -> None:
        """Start the stopped stream, or another one if its device went away: it may be back."""
        sounddevice = portaudio(MouthError)
        self._timeline.jump()
        was_lost, self._is_lost = self._is_lost, False
        try:
            if was_lost:  # PortAudio would wait for ever for such a stream to start
                self._stream.close()
                self._open_stream()
            else:
                self._stream.start()
        except sounddevice.PortAudioError as error:
            self._is_lost = True
            message = f"The speaker “{self._device.name}” is gone ({error.args[0]}): plug it in again."
            raise MouthError(message) from error

    def _fill(self, block: NDArray[np.float32], frames: int, timing: Any, _status: object) -> None:  # noqa: ANN401
        now = time.monotonic()
        mono = np.empty(frames, np.float32)
        with self._state:
            first, is_new = self._timeline.first_frame(
                frames,
                timing.outputBufferDacTime + now - self._stream.time,  # PortAudio has a clock of its own
                is_silent=self._mixer.is_silent_from(self._timeline.frame_at(now)),
            )
            self._mixer.fill(mono, first, is_after_gap=is_new)
            self._tell_ended(now)
        block[:] = mono[:, np.newaxis]
        if self._tap:
            self._tap.played(mono, self.rate, self._timeline.heard_at(first))

    def _tell_ended(self, now: float) -> None:
        """Tell of the sentence's end, once; with the state locked, so that nothing is told after `hush`."""
        end = self._mixer.end_of_sentence
        if end is not None and self._timeline.heard_at(end) <= now:
            self._mixer.end_of_sentence = None
            utterance_id, self._utterance_id = self._utterance_id, None
            if utterance_id is not None:
                self._ended(utterance_id)

    def _finished(self) -> None:
        """The stream has stopped. If that was not our doing, the device is gone, and the sentence with it."""
        if self._is_stopping_itself:
            return
        _log.warning("the speaker %s has stopped", self._device.name)
        self._is_lost = True
        with self._state:
            self._mixer.forget()
            utterance_id, self._utterance_id = self._utterance_id, None
            if utterance_id is not None:
                self._ended(utterance_id)
