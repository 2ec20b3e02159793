"""Endpointing: finds where an utterance begins, pauses and ends. Time is counted in frames of sound, not by a clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voice_coach.ears.vad import FRAME_SECONDS


class EndpointEvent(Enum):
    """The meaning of the newest frame for the utterance."""

    NOTHING = "nothing"
    """There is no utterance."""
    BEGAN = "began"
    """An utterance has begun."""
    GOES_ON = "goes on"
    """The utterance goes on."""
    PAUSED = "paused"
    """The utterance has paused: it is decoded a first time, and may go on."""
    ENDING = "ending"
    """The utterance is probably over: it is decoded as a whole in advance, and may still go on."""
    ENDED = "ended"
    """The utterance is over, and is decoded a last time, unless that was done in advance."""
    WINDOW = "window"
    """The sound goes on without a pause: its last seconds are decoded."""
    TOO_LONG = "too long"
    """The utterance is over, and was longer than any command."""


@dataclass(frozen=True, slots=True)
class EndpointingParams:
    """The times by which an utterance begins and ends, in seconds; each is rounded to whole frames."""

    onset: float = 0.04
    """Seconds of speech within the last three frames that begin an utterance."""
    pause: float = 0.12
    """Seconds of silence after which an utterance is decoded a first time; the closure of a p, t or k is shorter."""
    ending: float = 0.2
    """Seconds of silence after which it is decoded as a whole, so that the answer is ready when it is over."""
    end: float = 0.3
    """Seconds of silence after which an utterance is over."""
    longest: float = 5.0
    """Seconds of speech that no command exceeds; a longer utterance is TOO_LONG."""
    window: float = 2.6
    """Seconds of sound without a pause after which its newest part is decoded, though the utterance goes on."""
    window_step: float = 0.8
    """Seconds between two such decodings; short enough that any command lies whole in the part of one of them."""


DEFAULT_ENDPOINTING = EndpointingParams()


class Endpointer:
    """Turns frames, each speech or silence, into the events of utterances.

    Args:
        params: the times by which utterances begin and end.
    """

    def __init__(self, params: EndpointingParams = DEFAULT_ENDPOINTING) -> None:
        self._onset = frames_of(params.onset)
        self._pause = frames_of(params.pause)
        self._ending = frames_of(params.ending)
        self._end = frames_of(params.end)
        self._longest = frames_of(params.longest)
        self._window = frames_of(params.window)
        self._window_step = frames_of(params.window_step)
        self.reset()

    def reset(self) -> None:
        """Forget the utterance, because it has been understood or a part of its sound is missing."""
        self._last_three = [False] * 3
        self._length = 0
        self._silent = 0

    @property
    def is_in_utterance(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self._length > 0

    def take(self, *, is_speech: bool) -> EndpointEvent:
        """Take the next frame, and return what it means."""
        self._last_three = [*self._last_three[1:], is_speech]
        if not self.is_in_utterance:
            return self._begin()
        self._length += 1
        self._silent = 0 if is_speech else self._silent + 1
        return self._goes_on()

    def _begin(self) -> EndpointEvent:
        if sum(self._last_three) < self._onset:
            return EndpointEvent.NOTHING
        self._length, self._silent = 1, 0
        return EndpointEvent.BEGAN

    def _goes_on(self) -> EndpointEvent:
        sounding = self._length - self._silent
        if self._silent >= self._end:
            self.reset()
            return EndpointEvent.TOO_LONG if sounding > self._longest else EndpointEvent.ENDED
        if self._silent == self._pause:
            return EndpointEvent.PAUSED
        if self._silent == self._ending and sounding <= self._longest:
            return EndpointEvent.ENDING
        is_window = sounding > self._window and sounding % self._window_step == 0 and not self._silent
        return EndpointEvent.WINDOW if is_window else EndpointEvent.GOES_ON


def frames_of(seconds: float) -> int:
    """Return the number of frames of FRAME_SECONDS that is nearest to a time, and at least one."""
    return max(1, round(seconds / FRAME_SECONDS))
