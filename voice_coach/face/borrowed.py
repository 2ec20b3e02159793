"""A terminal that is borrowed: keys arrive at once and unechoed, the page has its own screen, all is given back."""

from __future__ import annotations

import atexit
import os
import termios
from contextlib import suppress

from voice_coach.face.guard import LEAVE_PAGE, Guard

_ENTER_PAGE = "\x1b[?1049h\x1b[?25l"
_LOCAL_MODES = 3
_CONTROL_CHARACTERS = 6


class BorrowedTerminal:
    """Returns the terminal at `give_back`, at the interpreter's end, and through its guard if there is no such end."""

    def __init__(self, output: int, keyboard: int | None) -> None:
        """Borrow the terminal.

        Args:
            output: File descriptor to draw on.
            keyboard: File descriptor to read keys from; None when standard input is something else.
        """
        self._output = output
        self._keyboard = keyboard
        self._is_borrowed = True
        self._before = termios.tcgetattr(output)
        self._guard = Guard(output)
        atexit.register(self.give_back)
        if keyboard is not None:
            self._read_keys_at_once()
        self.write(_ENTER_PAGE)

    def write(self, text: str) -> None:
        """Write all of a text.

        Raises:
            OSError: the terminal has gone.
        """
        rest = text.encode(errors="replace")
        while rest:
            rest = rest[os.write(self._output, rest) :]

    def give_back(self) -> None:
        """Restore everything; may be called again."""
        if not self._is_borrowed:
            return
        self._is_borrowed = False
        with suppress(OSError):
            self.write(LEAVE_PAGE)
        with suppress(termios.error):
            termios.tcsetattr(self._output, termios.TCSADRAIN, self._before)
        self._guard.dismiss()
        atexit.unregister(self.give_back)

    def _read_keys_at_once(self) -> None:
        """No echo, no line editing; Ctrl-C still interrupts, but Ctrl-Z may not leave a stopped page behind."""
        modes = termios.tcgetattr(self._output)
        modes[_LOCAL_MODES] &= ~(termios.ECHO | termios.ICANON)
        modes[_CONTROL_CHARACTERS][termios.VSUSP] = b"\0"
        modes[_CONTROL_CHARACTERS][termios.VMIN] = 1
        modes[_CONTROL_CHARACTERS][termios.VTIME] = 0
        termios.tcsetattr(self._output, termios.TCSADRAIN, modes)
