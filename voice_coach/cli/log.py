"""Where details go that no person should have to see: a log file, for us and for the libraries that print."""

from __future__ import annotations

import io
import logging
import os
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from voice_coach.cli.streams import error_stream

if TYPE_CHECKING:
    from threading import ExceptHookArgs

_log = logging.getLogger("voice_coach")
_LARGEST_BYTES = 1_000_000


@cache
def log_path() -> Path:
    """The log file; its folder exists."""
    from platformdirs import user_log_path

    for folder in (user_log_path("voice-coach"), Path(tempfile.gettempdir()) / f"voice-coach-{os.getuid()}"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "voice-coach.log").touch()
        except OSError:
            continue
        return folder / "voice-coach.log"
    return Path(os.devnull)


class _LateFile(logging.Handler):
    """Opens the log file only when there is something to write."""

    def emit(self, record: logging.LogRecord) -> None:
        with log_path().open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(self.format(record) + "\n")


def keep_log() -> None:
    """Write warnings, and what ends a thread, into the log file instead of on the screen."""
    handler = _LateFile(logging.INFO)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_thread


def take_any_text() -> None:
    """Read and write what is no text in the terminal's encoding: file names and lines may hold any bytes.

    In what is written, a byte that is no text stands as an escape such as `\\udcff`, which JSON knows too.
    """
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def keep_libraries_quiet() -> TextIO:
    """Lead into the log whatever libraries print: ALSA to the error descriptor, pyttsx3 to `sys.stdout`.

    `sys.stderr` goes on to reach the person.

    Returns:
        The real standard output, for the one part of the program that it belongs to.
    """
    path = log_path()
    if path.is_file() and path.stat().st_size > _LARGEST_BYTES:
        os.truncate(path, 0)
    log = path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
    sys.stderr = error_stream(os.dup(2), sys.stderr)
    os.dup2(log.fileno(), 2)
    stdout, sys.stdout = sys.stdout, log
    return stdout


def _log_thread(trouble: ExceptHookArgs) -> None:
    details = (trouble.exc_type, trouble.exc_value or trouble.exc_type(), trouble.exc_traceback)
    _log.error("a thread ended: %s", trouble.thread and trouble.thread.name, exc_info=details)
