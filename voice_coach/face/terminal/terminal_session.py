"""Puts a terminal into the state that a face needs, and restores it in every case, even after a crash."""

from __future__ import annotations

import atexit
import os
import select
import subprocess
import termios
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from voice_coach.face.terminal.keyboard import Keyboard

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.face.base import PostHeard
    from voice_coach.session.view import View

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
printf %s "$1" >&3
"""
"""Restores the modes of the terminal, and then writes its first argument there."""
_PATIENCE_SECONDS = 2.0
"""Seconds to wait for the shell of a TerminalRestorer to end."""


def keyboard_of(stream: TextIO | None) -> int | None:
    """Return the file descriptor to read keys from; None if a stream is no terminal, or its keys belong to another job.

    A job in the background of a shell would be stopped for reading them.
    """
    if stream is None or not stream.isatty():
        return None
    keyboard = stream.fileno()
    with suppress(OSError):  # a terminal that is not that of a shell has no jobs
        if os.tcgetpgrp(keyboard) != os.getpgrp():
            return None
    return keyboard


class TerminalSession:
    """A terminal in the state that a face needs: keys arrive at once and without echo; a page has a separate screen.

    The terminal is restored at `close`, at the latest at the interpreter's end, and by a TerminalRestorer after a
    crash.
    """

    def __init__(self, output: int, keyboard: int | None, *, has_page: bool = True) -> None:
        """Take over the terminal.

        Args:
            output: File descriptor to draw on.
            keyboard: File descriptor to read keys from; None when standard input is not a terminal.
            has_page: Whether a page is drawn. Without one no control sequence is written.
        """
        enter, self._leave = (_ENTER_PAGE, _LEAVE_PAGE) if has_page else ("", "")
        self._output = output
        self._keyboard = keyboard
        self._is_open = True
        self._before = termios.tcgetattr(output)
        self._restorer = TerminalRestorer(output, self._leave)
        atexit.register(self.close)
        if keyboard is not None:
            self._read_keys_at_once()
        self.write(enter)

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
            self.write(self._leave)
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

    def __init__(self, terminal: int, last_words: str) -> None:
        """Remember the settings that the terminal has now.

        Args:
            terminal: File descriptor of the terminal.
            last_words: The control sequences to write when the settings are restored.
        """
        self._shell: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self._shell = subprocess.Popen(  # noqa: S603 - a fixed script
                ["/bin/sh", "-c", _SCRIPT, "sh", last_words],
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


class KeyReader:
    """Reads keys from a terminal without a page, in a thread of its own, until it is stopped."""

    def __init__(self, keyboard: int, post: PostHeard, view: Callable[[], View]) -> None:
        """Take over the keyboard: keys arrive at once and are not echoed.

        Args:
            keyboard: File descriptor of the terminal.
            post: Takes a CommandHeard for each key that has a command.
            view: Returns the view that the person sees.
        """
        self._keyboard = keyboard
        self._post = post
        self._view = view
        self._keys = Keyboard()
        self._session = TerminalSession(keyboard, keyboard, has_page=False)
        self._waker, self._wake_pipe = os.pipe()
        self._thread: threading.Thread | None = threading.Thread(target=self._run, name="keys", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give the keyboard back; may be called again."""
        if self._thread is None:
            return
        os.write(self._wake_pipe, b"!")
        self._thread.join()
        self._thread = None
        self._session.close()
        os.close(self._waker)
        os.close(self._wake_pipe)

    def _run(self) -> None:
        with suppress(OSError):  # the terminal has gone
            while self._waker not in select.select([self._waker, self._keyboard], [], [])[0]:
                typed = os.read(self._keyboard, 1024)
                if not typed:
                    return
                for heard in self._keys.read(typed, self._view(), time.monotonic()):
                    self._post(heard)
