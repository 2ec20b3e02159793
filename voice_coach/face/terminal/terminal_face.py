"""The face on a terminal. One thread owns screen and keys; it sleeps until a key, a view or the next second comes."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from voice_coach import clock
from voice_coach.errors import FaceError
from voice_coach.face.base import NO_KEYS, NO_NOTICE, Face, next_change
from voice_coach.face.console import SafeConsole
from voice_coach.face.terminal.keyboard import Keyboard, key_names
from voice_coach.face.terminal.screen import DiffRenderer, Page, bar_cells
from voice_coach.face.terminal.terminal_session import TerminalSession, keyboard_of
from voice_coach.routines import Phase
from voice_coach.session.view import View

if TYPE_CHECKING:
    from types import FrameType

    from voice_coach.face.base import KeyNames, Notice, PostHeard
    from voice_coach.language.wording import Sentences

_log = logging.getLogger(__name__)


class TerminalFace(Face):
    """The face that draws a page on a terminal and reads keys from standard input."""

    def __init__(self, stream: TextIO, texts: Sentences, notice: Notice = NO_NOTICE) -> None:
        """Prepare to draw; `start` takes over the terminal.

        Args:
            stream: Standard output, a terminal.
            texts: The texts of the terminal.
            notice: The notice to show until the routine begins.
        """
        self._texts = texts
        self._notice = notice
        self._stream = stream
        self._view = View(phase=Phase.IDLE)
        self._loading = ""
        self._keys = Keyboard()
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    @property
    def keys(self) -> KeyNames:
        """The names of the keys by intent; none when standard input is not a terminal."""
        return NO_KEYS if keyboard_of(sys.stdin) is None else key_names(self._texts)

    def start(self, post: PostHeard) -> None:
        """Take over the terminal and begin to draw.

        Args:
            post: Takes a CommandHeard for each key that has a command.

        Raises:
            FaceError: standard output is not a terminal.
        """
        self._output = self._stream.fileno()
        if not os.isatty(self._output):
            message = "Standard output is no terminal: start with --plain."
            raise FaceError(message)
        self._post = post
        self._keyboard = keyboard_of(sys.stdin)
        self._waker, self._wake_pipe = os.pipe()
        os.set_blocking(self._wake_pipe, False)
        self._session = TerminalSession(self._output, self._keyboard)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGWINCH, self._on_resize)
        self._thread = threading.Thread(target=self._run, name="face", daemon=True)
        self._thread.start()

    def show(self, view: View) -> None:
        """Show a view from now on."""
        self._view = view
        self._wake()

    def tell_loading(self, done: int, total: int) -> None:
        """Show how many sounds of a calibration are done, of how many; from any thread, after start."""
        self._loading = f"{done}/{total}"
        self._wake()

    def stop(self) -> None:
        """Restore the terminal; may be called again."""
        if self._thread is None:
            return
        self._is_stopping = True
        self._wake()
        self._thread.join()
        self._thread = None
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self._session.close()
        os.close(self._waker)
        os.close(self._wake_pipe)

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # a full pipe wakes as well
            os.write(self._wake_pipe, b"!")

    def _on_resize(self, _number: int, _frame: FrameType | None) -> None:
        self._wake()

    def _run(self) -> None:
        try:
            self._draw_and_read()
        except OSError:
            _log.info("the terminal has gone")
        except Exception:  # noqa: BLE001 - whatever it is, the terminal is given back and the coach goes on
            _log.exception("the page cannot be drawn; the coach goes on by voice")
            self._session.close()

    def _draw_and_read(self) -> None:
        console = SafeConsole(file=self._stream, force_terminal=True)
        page, renderer = Page(console, self._texts, self._notice), DiffRenderer(console)
        while not self._is_stopping:
            console.size = _size(self._output)
            view, now = self._view, clock.now()
            self._session.write(renderer.render(page.lines(view, now, self._loading)))
            self._wait(next_change(view, now, bar_cells(console.width)))

    def _wait(self, seconds: float | None) -> None:
        sources = [self._waker] if self._keyboard is None else [self._waker, self._keyboard]
        ready, _, _ = select.select(sources, [], [], seconds)
        if self._waker in ready:
            os.read(self._waker, 4096)
        if self._keyboard is not None and self._keyboard in ready:
            self._read_keyboard(self._keyboard)

    def _read_keyboard(self, keyboard: int) -> None:
        typed = os.read(keyboard, 1024)
        if not typed:
            self._keyboard = None
        for heard in self._keys.read(typed, self._view, time.monotonic()):
            self._post(heard)


def _size(output: int) -> tuple[int, int]:
    """Return columns and lines of the terminal; 80 and 24 where it does not know them, as in a fresh container."""
    size = os.get_terminal_size(output)
    return (size.columns, size.lines) if size.columns and size.lines else (80, 24)
