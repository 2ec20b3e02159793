"""Puts a terminal into the state that the page needs, and restores it in every case, even after a crash."""

from __future__ import annotations

import atexit
import os
import subprocess
import termios
from contextlib import suppress

_ENTER_PAGE = "\x1b[?1049h\x1b[?25l"
_LEAVE_PAGE = "\x1b[?1049l\x1b[?25h\x1b[0m"
"""Control sequences that restore the normal screen and the cursor, and reset colours."""
_LOCAL_MODES = 3
"""Index of the local modes in the list of termios.tcgetattr."""
_CONTROL_CHARACTERS = 6
"""Index of the control characters in the same list."""
_SCRIPT = r"""
exec 3<&1
saved=$(stty -g <&3) || exit
echo ready >&2
read -r _ && exit
stty "$saved" <&3
printf '\033[?1049l\033[?25h\033[0m' >&3
"""
_PATIENCE_SECONDS = 2.0
"""Seconds to wait for the shell of a TerminalRestorer to end."""


class TerminalSession:
    """A terminal in the state that the page needs: keys arrive at once and without echo, on a separate screen.

    The terminal is restored at `close`, at the latest at the interpreter's end, and by a TerminalRestorer after a
    crash.
    """

    def __init__(self, output: int, keyboard: int | None) -> None:
        """Take over the terminal.

        Args:
            output: File descriptor to draw on.
            keyboard: File descriptor to read keys from; None when standard input is not a terminal.
        """
        self._output = output
        self._keyboard = keyboard
        self._is_open = True
        self._before = termios.tcgetattr(output)
        self._restorer = TerminalRestorer(output)
        atexit.register(self.close)
        if keyboard is not None:
            self._read_keys_at_once()
        self.write(_ENTER_PAGE)

    def write(self, text: str) -> None:
        """Write the whole text.

        Raises:
            OSError: the terminal has gone.
        """
        rest = text.encode(errors="replace")
        while rest:
            rest = rest[os.write(self._output, rest) :]

    def close(self) -> None:
        """Restore everything; may be called again."""
        if not self._is_open:
            return
        self._is_open = False
        with suppress(OSError):
            self.write(_LEAVE_PAGE)
        with suppress(termios.error):
            termios.tcsetattr(self._output, termios.TCSADRAIN, self._before)
        self._restorer.dismiss()
        atexit.unregister(self.close)

    def _read_keys_at_once(self) -> None:
        """Turn off echo, line editing and Ctrl-Z, which would leave a stopped page behind; Ctrl-C still interrupts."""
        modes = termios.tcgetattr(self._output)
        modes[_LOCAL_MODES] &= ~(termios.ECHO | termios.ICANON)
        modes[_CONTROL_CHARACTERS][termios.VSUSP] = b"\0"
        modes[_CONTROL_CHARACTERS][termios.VMIN] = 1
        modes[_CONTROL_CHARACTERS][termios.VTIME] = 0
        termios.tcsetattr(self._output, termios.TCSADRAIN, modes)


class TerminalRestorer:
    """Restores a terminal even if this process cannot, because it was killed or crashed inside a sound library.

    It runs a small shell that waits at a pipe. The pipe closes without a message only if this process has gone.
    """

    def __init__(self, terminal: int) -> None:
        """Remember the settings that the terminal has now.

        Args:
            terminal: File descriptor of the terminal.
        """
        self._shell: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self._shell = subprocess.Popen(  # noqa: S603 - a fixed script
                ["/bin/sh", "-c", _SCRIPT],
                stdin=subprocess.PIPE,
                stdout=terminal,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C and the end of the terminal's session are not for it
            )
            if self._shell.stderr:
                self._shell.stderr.readline()

    def dismiss(self) -> None:
        """End the shell: the terminal has been restored."""
        if self._shell:
            with suppress(OSError, subprocess.TimeoutExpired):
                self._shell.communicate(b"restored\n", timeout=_PATIENCE_SECONDS)
            self._shell = None
