"""Finds where an utterance begins, pauses and ends. Time is counted in frames, without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class EndpointEvent(Enum):
    """The change in the state of an utterance that a frame brings."""

    NOTHING = "nothing"
    BEGAN = "began"
    GOES_ON = "goes on"
    PAUSED = "paused"
    """The utterance has paused and may have ended: a first decoding is due."""
    ENDED = "ended"
    """The utterance is over: its last decoding is due."""
    WINDOW = "window"
    """The sound goes on without a pause: a decoding of its last seconds is due."""
    TOO_LONG = "too long"
    """The utterance is over, and was longer than any command."""


@dataclass(frozen=True, slots=True)
class EndpointingParams:
    """In frames."""

    onset: int = 2
    """Speech frames among the last three that begin an utterance."""
    pause: int = 6
    """Longer than the closure of a p, t or k inside a word."""
    end: int = 15
    longest: int = 250
    window: int = 130
    """A sound that goes on for longer is decoded in windows of the last seconds ..."""
    window_step: int = 40
    """... so often: whatever is said lies whole in one of them."""


class Endpointer:
    """A state machine that follows one utterance after another, frame by frame."""

    def __init__(self, times: EndpointingParams = EndpointingParams()) -> None:
        self._times = times
        self.reset()

    def reset(self) -> None:
        """Forget the utterance, because it was understood or part of its sound is missing."""
        self._last_three = [False] * 3
        self._length = 0
        self._silent = 0

    @property
    def is_in_utterance(self) -> bool:
        """Whether an utterance has begun and not yet ended."""
        return self._length > 0

    def take(self, *, is_speech: bool) -> EndpointEvent:
        """Take the next frame, and return the change that it brings."""
        self._last_three = [*self._last_three[1:], is_speech]
        if not self.is_in_utterance:
            return self._begin()
        self._length += 1
        self._silent = 0 if is_speech else self._silent + 1
        return self._goes_on()

    def _begin(self) -> EndpointEvent:
        if sum(self._last_three) < self._times.onset:
            return EndpointEvent.NOTHING
        self._length, self._silent = 1, 0
        return EndpointEvent.BEGAN

    def _goes_on(self) -> EndpointEvent:
        sounding = self._length - self._silent
        if self._silent >= self._times.end:
            self.reset()
            return EndpointEvent.TOO_LONG if sounding > self._times.longest else EndpointEvent.ENDED
        if self._silent == self._times.pause:
            return EndpointEvent.PAUSED
        is_window = sounding > self._times.window and sounding % self._times.window_step == 0 and not self._silent
        return EndpointEvent.WINDOW if is_window else EndpointEvent.GOES_ON
