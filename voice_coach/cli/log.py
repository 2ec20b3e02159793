"""Where details go that no person should have to see: a log file, for us and for the libraries that print."""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

import click

from voice_coach.cli.log_file import LogFile
from voice_coach.cli.log_pipe import LogPipe
from voice_coach.cli.streams import error_stream
from voice_coach.printable import printable_stream

if TYPE_CHECKING:
    from pathlib import Path
    from sys import UnraisableHookArgs
    from threading import ExceptHookArgs

_log = logging.getLogger("voice_coach")
_FINISHING_SECONDS = 1.0
"""A disk that takes longer keeps nobody from leaving."""
_MOST_TIMES = 5
"""How often the same message is written within _WITHIN_SECONDS."""
_WITHIN_SECONDS = 3600.0
_MOST_MESSAGES = 1000
"""How many different messages are counted at a time."""

_file = LogFile()
_pipe = LogPipe(_file.write)


def log_path() -> Path:
    """The log file."""
    return _file.path


class Seldom(logging.Filter):
    """Lets a message through five times an hour: one that goes on must not drive out all others."""

    def __init__(self) -> None:
        super().__init__()
        self._times: dict[tuple[object, ...], int] = {}
        self._began_at = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a message is written."""
        now = time.monotonic()
        if now - self._began_at > _WITHIN_SECONDS or len(self._times) > _MOST_MESSAGES:
            self._times, self._began_at = {}, now
        with suppress(Exception):  # whatever its arguments are: then it is written
            key = (record.name, record.levelno, record.getMessage())
            self._times[key] = times = self._times.get(key, 0) + 1
            return times <= _MOST_TIMES
        return True


def keep_log() -> None:
    """Write warnings, and what ends a thread, into the log file instead of on the screen."""
    handler = logging.StreamHandler(_text_to_log())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(Seldom())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.raiseExceptions = False  # a message that can't be written is no reason to write on the screen
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_thread
    sys.unraisablehook = _log_unraisable


def finish_log() -> None:
    """Let what was logged reach the disk, if that does not take long."""
    _pipe.finish(_FINISHING_SECONDS)


def tell(sentence: str) -> None:
    """Tell the person something on standard error; that nobody can read it there is no reason to end."""
    with suppress(OSError, ValueError):
        click.echo(f"voice-coach: {sentence}", err=True)


def take_any_text() -> None:
    """Read and write what is no text in the terminal's encoding: file names and lines may hold any bytes.

    In what is written, a byte that is no text stands as an escape such as `\\udcff`, which JSON knows too.
    """
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def keep_terminal_safe() -> None:
    """From now on no text orders the terminal about: what would is written as an escape such as `\\u001b`."""
    sys.stdout, sys.stderr = printable_stream(sys.stdout), printable_stream(sys.stderr)


def keep_libraries_quiet() -> TextIO:
    """Lead into the log whatever libraries print: ALSA to the error descriptor, pyttsx3 to `sys.stdout`.

    `sys.stderr` goes on to reach the person.

    Returns:
        The real standard output, for the one part of the program that it belongs to.
    """
    sys.stderr = printable_stream(error_stream(os.dup(2), sys.stderr))
    os.dup2(_pipe.fileno(), 2)
    stdout, sys.stdout = sys.stdout, _text_to_log()
    return stdout


def _text_to_log() -> io.TextIOWrapper:
    return io.TextIOWrapper(_pipe, encoding="utf-8", errors="backslashreplace", write_through=True)


def _log_thread(trouble: ExceptHookArgs) -> None:
    details = (trouble.exc_type, trouble.exc_value or trouble.exc_type(), trouble.exc_traceback)
    _log.error("a thread ended: %s", trouble.thread and trouble.thread.name, exc_info=details)


def _log_unraisable(trouble: UnraisableHookArgs) -> None:
    details = (trouble.exc_type, trouble.exc_value or trouble.exc_type(), trouble.exc_traceback)
    _log.error("%s: %r", trouble.err_msg or "ignored", trouble.object, exc_info=details)
