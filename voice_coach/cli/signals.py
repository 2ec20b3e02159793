"""Signals that end the program unwind it, as Ctrl-C does, so that everything borrowed is given back."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)


def unwind_on_signals() -> None:
    """Let SIGTERM and SIGHUP raise SystemExit(128 + number) in the main thread; a second one does not disturb."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup is obeyed
            signal.signal(number, _unwind)


def _unwind(number: int, _frame: FrameType | None) -> None:
    for other in _ENDING:
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(128 + number)
