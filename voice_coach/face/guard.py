"""Restores a terminal even when this process cannot: killed outright, or crashed inside a library of the sound card."""

from __future__ import annotations

import subprocess
from contextlib import suppress

LEAVE_PAGE = "\x1b[?1049l\x1b[?25h\x1b[0m"
"""Back to the normal screen, with a cursor, without colours."""

_SCRIPT = r"""
exec 3<&1
saved=$(stty -g <&3) || exit
echo ready >&2
read -r _ && exit
stty "$saved" <&3
printf '\033[?1049l\033[?25h\033[0m' >&3
"""
_PATIENCE_SECONDS = 2.0


class Guard:
    """A tiny shell that waits at a pipe. The pipe closes without a word only if we are gone: then it restores."""

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
        """The terminal has been restored: nothing is left to do."""
        if self._shell:
            with suppress(OSError, subprocess.TimeoutExpired):
                self._shell.communicate(b"restored\n", timeout=_PATIENCE_SECONDS)
            self._shell = None
