"""Ctrl-C, SIGTERM and SIGHUP: they end the main thread, but only where that leaves nothing locked or half done.

Python calls a signal's handler between any two steps of the main thread. An exception that is raised inside
`Condition.__enter__` comes after the lock was taken and before the `with` that would release it has begun; whoever
needs the lock then waits for ever (https://bugs.python.org/issue29988). So nothing is raised there, but a moment later.
A running coach goes further: its loop takes note of the signal and ends between two events.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_ALL = (signal.SIGINT, *_ENDING)
_AGAIN_SECONDS = 0.0005
"""Seconds after which a signal that came at a bad moment is looked at again."""


class _Interruptions:
    """The state that the signal handlers of the process share. For the main thread only, where handlers run."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] | None = None
        """Wakes who will call `raise_pending`; None when signals raise by themselves."""
        self.pending: int | None = None
        """The number of a signal that has not raised yet."""

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Raise, or take note of the signal. A second Ctrl-C is one of a person who does not want to wait."""
        is_insisting = number == self.pending == signal.SIGINT
        interrupted, handlers = _below_handlers(frame)
        if self.wake is not None and not is_insisting:
            self.pending = self.pending or number
            self.wake()
        elif _is_at_a_with(interrupted):
            self.pending = number
            # On a slow machine the timer may come before this handler has returned, and ever again inside the next.
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS * 2**handlers)
        else:
            _interrupt(number)

    def on_timer(self, _number: int, frame: FrameType | None) -> None:
        """Handle a signal again that came at a bad moment."""
        number, self.pending = self.pending, None
        if number is not None:
            self.on_signal(number, frame)

    def raise_pending(self) -> None:
        """Raise for a signal that came since the last call."""
        number, self.pending = self.pending, None
        if number is not None:
            _interrupt(number)


_interruptions = _Interruptions()


def interrupt_on_signals() -> None:
    """Let SIGINT raise KeyboardInterrupt, SIGTERM and SIGHUP SystemExit(128 + number), all in the main thread.

    After SIGTERM or SIGHUP a further one of them does not disturb the end. An ignored signal stays ignored (nohup).
    """
    signal.signal(signal.SIGALRM, _interruptions.on_timer)
    for number in _ALL:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interruptions.on_signal)


@contextmanager
def interrupted_by_request(wake: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Let no signal raise inside the block, but where the block asks for it; one that is left over raises at its end.

    It changes nothing in a thread that is not the main one, and in a process without `interrupt_on_signals`. When a
    person presses Ctrl-C twice before the block has asked, the second one raises at once.

    Args:
        wake: called when a signal has come; it runs in a handler, so it may take no lock (`queue.SimpleQueue.put` may
            be used).

    Yields:
        A function that raises KeyboardInterrupt or SystemExit if a signal has come.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    _interruptions.wake = wake
    try:
        yield _interruptions.raise_pending
    finally:
        left_over, _interruptions.pending, _interruptions.wake = _interruptions.pending, None, None
    if left_over is not None:
        _interrupt(left_over)


def _interrupt(number: int) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    for other in _ENDING:
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _below_handlers(frame: FrameType | None) -> tuple[FrameType | None, int]:
    """Return the frame in which the program was, and how many calls of handlers have not returned to it yet."""
    count = 0
    while frame is not None and frame.f_code.co_filename == __file__:
        frame, count = frame.f_back, count + 1
    return frame, count


def _is_at_a_with(frame: FrameType | None) -> bool:
    """Return whether a `with` that is written in Python is being entered or left."""
    return frame is not None and frame.f_code.co_name in {"__enter__", "__exit__"}
