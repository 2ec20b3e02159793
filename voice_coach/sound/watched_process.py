"""A child process that is replaced as soon as it ends or falls silent, and the pipe to it.

PortAudio lives in such processes: it can hang for ever when a sound server moves a stream, it can take its whole
process down when a card is pulled out, and it sees a new card only after all of a process's streams are closed.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from voice_coach.sound.large_blocks import give_back_large_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

START_SECONDS = 15.0
"""For a new process to say its first word: 0.3 s usually, much more on a small machine that is busy."""
PATIENCE_SECONDS = 1.5
"""So long a process may be silent; a healthy one says something every quarter of a second."""
_PAUSE_SECONDS = 0.1
"""Before a process is replaced ..."""
_LONGEST_PAUSE_SECONDS = 2.0
"""... doubled each time that it ended without a word, up to this."""
_SHORT_SECONDS = 60.0
"""After a run that was shorter, the next one's complaints go nowhere: they would fill the log with the same again."""

_log = logging.getLogger(__name__)


class WatchedProcess:
    """Keeps `python -m MODULE ARGUMENTS... DESCRIPTOR` going; DESCRIPTOR is the child's end of the pipe to us.

    The child must send something at least every PATIENCE_SECONDS, and end when the pipe does.

    Args:
        module: what to run.
        arguments: for it.
        take: called with each of its messages, in our own thread.
        gone: called when it has ended or hung, in the same thread, before it is replaced.
    """

    def __init__(
        self, module: str, arguments: list[str], take: Callable[[Any], None], gone: Callable[[], None]
    ) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._take = take
        self._gone = gone
        self._outbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._is_stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_going, name=f"watch {module}", daemon=True)

    @property
    def pid(self) -> int | None:
        """Of the child that runs now; None between two."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start the child, and watch it from now on."""
        self._thread.start()

    def send(self, message: object) -> None:
        """Send the child something picklable, soon; never blocks. What a child did not take is not for the next one."""
        self._outbox.put(message)

    def stop(self) -> None:
        """End the child and wait for that."""
        self._is_stopping.set()
        if process := self._process:
            process.kill()
        if self._thread.ident is not None:
            self._thread.join()

    def _keep_going(self) -> None:
        pause, is_quiet = _PAUSE_SECONDS, False
        while not self._is_stopping.is_set():
            began = time.monotonic()
            said = self._run_once(is_quiet=is_quiet)
            if self._is_stopping.is_set():
                return
            is_quiet = time.monotonic() - began < _SHORT_SECONDS
            pause = _PAUSE_SECONDS if said else min(2 * pause, _LONGEST_PAUSE_SECONDS)
            self._gone()
            self._is_stopping.wait(pause)

    def _run_once(self, *, is_quiet: bool) -> int:
        """Run one child until it ends or hangs; returns how many messages came."""
        try:
            pipe, process = self._new_child(subprocess.DEVNULL if is_quiet else None)
        except OSError as error:  # no memory, no descriptor, or a disk that can't be read now
            _log.warning("%s can't be started: %s", self._command[2], error)
            return 0
        self._process = process
        outbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._outbox = outbox
        sender = threading.Thread(target=_send_all, args=(outbox, pipe), daemon=True)
        sender.start()
        try:
            return self._follow(pipe)
        finally:
            process.kill()
            process.wait()
            outbox.put(None)
            sender.join()
            pipe.close()

    def _new_child(self, stderr: int | None) -> tuple[Connection, subprocess.Popen[bytes]]:
        """Start a child; our end of its pipe, and the child. Raises OSError."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            process = subprocess.Popen(  # noqa: S603 - our own module, run by our own interpreter
                [*self._command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in the terminal is not for it
            )
            return Connection(ours.detach()), process

    def _follow(self, pipe: Connection) -> int:
        count, patience = 0, START_SECONDS
        with contextlib.suppress(EOFError, OSError):
            while not self._is_stopping.is_set():
                if not pipe.poll(patience):
                    _log.warning("%s hangs and is replaced", self._command[2])
                    break
                message = pipe.recv()
                count, patience = count + 1, PATIENCE_SECONDS
                self._take(message)
        return count


def _send_all(outbox: queue.SimpleQueue[Any], pipe: Connection) -> None:
    """Send until there is a None, or nobody takes it any more."""
    with contextlib.suppress(OSError):
        while (message := outbox.get()) is not None:
            pipe.send(message)


def pipe_to_parent() -> Connection:
    """In the child: the pipe whose descriptor is the last argument of the command line."""
    give_back_large_blocks()
    return Connection(int(sys.argv[-1]))
