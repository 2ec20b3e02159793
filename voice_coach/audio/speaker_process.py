"""The speaker's own process: it plays what its parent sends, and looks for its device while that is gone.

Run as `python -m voice_coach.audio.speaker_process [OUTPUT] DESCRIPTOR`: OUTPUT is a number or a part of a name, the
default speaker if left out; DESCRIPTOR is the end of a pipe on which tuples go both ways, the first item naming them:

- from the parent: ("say", utterance id, samples, rate, gain), ("cue", samples, rate, due, gain), ("hush",),
  ("background", samples, rate) for a sound that is heard again and again, and ("turn background", gain);
- to the parent: ("alive",) a few times a second, ("open", rate), ("lost", why, a sentence for the person), where
  why is the value of a DeviceProblem, ("ended", utterance id), ("played", samples, heard at) for blocks that are not
  silent.

Samples are the bytes of 16-bit integers, times are seconds of the monotonic clock, which all processes share. A
sentence or cue that comes while there is no speaker, or at another rate than its own, is dropped.

All calls of PortAudio that can hang are made by the main thread, which also says that we are alive: if it hangs, the
parent replaces us. Where a hang is known (PortAudio 19.6 hangs when it starts a stream anew just after the server has
lost the sink that the ALSA device names), we end ourselves sooner. Three things tell that the speaker is gone: its
stream has stopped (a card pulled from under ALSA), no block was wanted for a second, or the sound server has moved the
stream to another device, of which PortAudio is told nothing (measured: PulseAudio 16 never moves such a stream back by
itself when its ALSA device names the sink).
"""

from __future__ import annotations

import faulthandler
import os
import queue
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from voice_coach.audio.channel_layout import Direction, Placement
from voice_coach.audio.devices import find_output, portaudio
from voice_coach.audio.playback import Playback
from voice_coach.errors import DeviceProblem, SpeakerError
from voice_coach.supervised_process import pipe_to_parent

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from numpy.typing import NDArray

HEARTBEAT_SECONDS = 0.2
_LOOK_SECONDS = 0.5
"""Seconds between two searches for a device that is gone; each takes 12 ms of processor time."""
_HUNG_SECONDS = 0.7
"""Seconds after which a call of PortAudio counts as hung; it usually takes 3 ms."""
_NOWHERE = frozenset({"auto_null"})
"""Name of the sink that PulseAudio and PipeWire offer where there is no real one."""
_FULL_SCALE = np.float32(32767.0)


class Reports:
    """A PlaybackListener that sends messages to the parent in their order, from a thread of its own."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._outbox: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        threading.Thread(target=self._send_all, daemon=True).start()

    def tell(self, *message: object) -> None:
        """Queue a message for the parent."""
        self._outbox.put(message)

    def ended(self, utterance_id: int) -> None:
        """See PlaybackListener."""
        self.tell("ended", utterance_id)

    def played(self, block: NDArray[np.float32], heard_at: float) -> None:
        """See PlaybackListener."""
        self.tell("played", (block * _FULL_SCALE).astype(np.int16).tobytes(), heard_at)

    def _send_all(self) -> None:
        with suppress(OSError):
            while True:
                self._pipe.send(self._outbox.get())
        os._exit(0)  # the parent has ended


class SpeakerFinder:
    """Finds and opens the speaker, as often as it is lost.

    Args:
        wanted: the number of the speaker or a part of its name; None for the default one.
    """

    def __init__(self, wanted: str | None) -> None:
        self._wanted = wanted
        self._is_first = True

    def open(self, reports: Reports) -> tuple[Playback, Placement]:
        """Open the speaker, and return the playback and the place where the sound server put its stream.

        Raises:
            SpeakerError: no speaker was found, or it cannot be opened.
        """
        sounddevice = portaudio(SpeakerError)
        try:
            if not self._is_first:  # only then does PortAudio see new devices
                sounddevice._terminate()  # noqa: SLF001 - the only way, sounddevice's author recommends it
                sounddevice._initialize()  # noqa: SLF001
            self._is_first = False
            device = find_output(self._wanted)
            playback = Playback(device, reports)
        except sounddevice.PortAudioError as error:
            message = f"The speaker can't be opened ({error}): plug it in again."
            raise SpeakerError(message) from error
        if self._wanted and self._wanted.isdecimal():
            self._wanted = device.name  # the next time it may have another number
        placement = Placement(Direction.OUTPUT)
        if placement.devices == _NOWHERE:
            placement.close()
            playback.close()
            message = "The sound server has no speaker: plug one in."
            raise SpeakerError(message, DeviceProblem.ABSENT)
        return playback, placement


class Whereabouts:
    """Notices, in a thread of its own, that the sound server has moved a stream away."""

    def __init__(self, placement: Placement) -> None:
        self.is_lost = False
        self._is_closed = False
        self._placement = placement
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; the thread ends soon."""
        self._is_closed = True

    def _watch(self) -> None:
        while not self._is_closed and not self.is_lost:
            self.is_lost = self._placement.wait(1.0)
        self._placement.close()


class SpeakerDevice:
    """The speaker of this process, which is open or being looked for."""

    def __init__(self, finder: SpeakerFinder, reports: Reports) -> None:
        self._finder = finder
        self._reports = reports
        self._playback: Playback | None = None
        self._look_at = 0.0
        self._was_told = ""

    def look_after(self) -> None:
        """Check whether the speaker is lost, or look for a lost one if it is time to; then send a heartbeat."""
        if self._playback and (self._playback.is_lost or self._whereabouts.is_lost):
            self._lose(SpeakerError("The speaker is gone: plug it in again.", DeviceProblem.ABSENT))
        if not self._playback and time.monotonic() >= self._look_at:
            self._look()
        self._reports.tell("alive")

    def obey(self, message: tuple[Any, ...]) -> None:
        """Carry out a message of the parent."""
        playback = self._playback
        if not playback:
            return
        faulthandler.dump_traceback_later(_HUNG_SECONDS, exit=True)
        try:
            match message:
                case ("say", utterance_id, samples, rate, gain) if rate == playback.rate:
                    playback.say(utterance_id, _floats(samples, gain))
                case ("cue", samples, rate, due, gain) if rate == playback.rate:
                    playback.cue(_floats(samples, gain), due)
                case ("hush",):
                    playback.hush()
                case ("background", samples, rate) if rate == playback.rate:
                    playback.background(_floats(samples, 1.0))
                case ("turn background", gain):
                    playback.turn_background(gain)
        except SpeakerError as error:
            self._lose(error)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _look(self) -> None:
        try:
            playback, placement = self._finder.open(self._reports)
        except SpeakerError as error:
            self._look_at = time.monotonic() + _LOOK_SECONDS
            self._tell_lost(error)
            return
        self._playback = playback
        self._whereabouts = Whereabouts(placement)
        self._was_told = ""
        self._reports.tell("open", playback.rate)

    def _lose(self, error: SpeakerError) -> None:
        if self._playback:
            self._tell_lost(error)
            self._whereabouts.close()
            self._playback.close()
            self._playback = None
            # Not at once: a device that is being pulled out can still be opened for some milliseconds, and the server
            # then moves that stream before we know where it was.
            self._look_at = time.monotonic() + _LOOK_SECONDS

    def _tell_lost(self, error: SpeakerError) -> None:
        if str(error) != self._was_told:
            self._was_told = str(error)
            self._reports.tell("lost", error.problem.value, str(error))


def _floats(samples: bytes, gain: float) -> NDArray[np.float32]:
    return np.frombuffer(samples, np.int16) * np.float32(gain / _FULL_SCALE)


def main() -> None:
    """Play until the parent ends."""
    pipe = pipe_to_parent()
    _keep_alsa_quiet()
    reports = Reports(pipe)
    wanted = sys.argv[1] if len(sys.argv) > 2 else None  # noqa: PLR2004 - our name, the device, the descriptor
    speaker = SpeakerDevice(SpeakerFinder(wanted), reports)
    with suppress(EOFError, OSError):
        while True:
            speaker.look_after()
            if pipe.poll(HEARTBEAT_SECONDS):
                speaker.obey(pipe.recv())
    os._exit(0)  # PortAudio may hang when it is closed


def _keep_alsa_quiet() -> None:
    """Keep ALSA's complaints off stderr: it writes several lines each time it finds no device, and hides our own."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - the one file; pathlib is not needed for it
        os.dup2(nowhere.fileno(), 2)


if __name__ == "__main__":
    main()
