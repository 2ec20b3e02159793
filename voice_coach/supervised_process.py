"""Child processes that may hang: each is watched, and replaced when it is silent for too long.

A library can hang for ever or take its whole process down, so it runs in a child of its own, `python -m MODULE`. There
are three ways to use one:

- `SupervisedProcess` keeps a child going that says something several times a second, and replaces one that ends or
  falls silent: the microphone, the speaker. (PortAudio sees a new card only after all of a process's streams are
  closed.)
- `ChildProcess` is one life of a child that answers requests, each within a time limit: the voice.
- `run_once` runs a child that does one thing and ends, within a time limit: a check of the doctor, a trial of a model.

All have this in common: Ctrl-C in the terminal is not for the child, a child's end of the pipe closes when its parent
dies, a child that is ended takes along all that it has started, and no zombie and no descriptor is left behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3)."""
_BYTES = 262_144
"""Sentences and recordings are larger, what a decoder needs again and again is mostly smaller."""


def give_back_large_blocks() -> None:
    """Let the C library map each large block by itself, and keep little free memory.

    By itself glibc raises these limits with each large block that is freed, up to 32 MB, and then keeps such blocks in
    its heap, where they fall to pieces (mallopt(3), M_MMAP_THRESHOLD). Another C library does as it likes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_MMAP_THRESHOLD, _BYTES)
    mallopt(_TRIM_THRESHOLD, _BYTES)


START_SECONDS = 15.0
"""How long a new process may take for its first message: 0.3 s usually, much more on a small machine that is busy."""
PATIENCE_SECONDS = 1.5
"""How long a process may be silent after that; a healthy one sends a heartbeat every quarter of a second."""
_SHORTEST_PAUSE_SECONDS = 0.1
"""The pause before a process is replaced. It doubles each time that one ended without a message."""
_LONGEST_PAUSE_SECONDS = 2.0
"""The pause does not grow beyond this."""
_SHORT_SECONDS = 60.0
"""After a shorter run, the next one's complaints are dropped: they would fill the log with the same again."""
_ENDING_SECONDS = 2.0
"""How long to wait for a killed process; it may be stuck in the kernel, and is then left behind."""

_ENDED = "the process ended"

_log = logging.getLogger(__name__)


def python_command(program: str | Path, arguments: Sequence[str] = ()) -> list[str]:
    """The command that runs one of our own programs in a child.

    Args:
        program: a module's name; or the path of a file that imports nothing of the coach, and so starts sooner.
        arguments: for the program.
    """
    how = ["-P", str(program)] if isinstance(program, Path) else ["-m", program]
    return [sys.executable, *how, *arguments]


class ChildProcess:
    """One child from its start to its end, and the pipe to it: `COMMAND... DESCRIPTOR`.

    DESCRIPTOR is the child's end of the pipe; the child must end when the pipe does. For one thread, but for `send`.

    Args:
        command: see `python_command`.
        descriptors: open files that the child gets as well, under the same numbers.
        stderr: where its complaints go, as for subprocess.Popen; to our own stderr if None.

    Raises:
        OSError: it cannot be started: no memory, no descriptor, or a disk that cannot be read now.
    """

    def __init__(self, command: list[str], *, descriptors: Sequence[int] = (), stderr: int | None = None) -> None:
        self._sending = threading.Lock()
        """Guards the pipe against being closed while something is sent."""
        self._has_ended = False
        with contextlib.ExitStack() as undo:
            self._socket, theirs = map(undo.enter_context, socket.socketpair())
            self._pipe = undo.enter_context(Connection(os.dup(self._socket.fileno())))
            descriptor = theirs.fileno()
            self._process = _start(
                [*command, str(descriptor)],
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                pass_fds=(descriptor, *descriptors),
            )
            theirs.close()
            undo.pop_all()

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def send(self, message: object) -> None:
        """Send it something picklable; blocks while it takes nothing, until it is ended.

        Raises:
            OSError: it has ended.
        """
        with self._sending:
            self._pipe.send(message)

    def receive(self, seconds: float) -> Any:  # noqa: ANN401 - whatever the child sends
        """Wait for its next message.

        Raises:
            TimeoutError: no whole message came within that time.
            EOFError: it has ended.
        """
        try:
            if self._pipe.poll(seconds):
                self._limit(socket.SO_RCVTIMEO, seconds)
                return self._pipe.recv()
        except BlockingIOError:
            pass  # it hangs in the middle of a message
        except (EOFError, OSError):
            raise EOFError(_ENDED) from None
        raise TimeoutError(seconds)

    def ask(self, request: object, seconds: float) -> Any:  # noqa: ANN401 - whatever the child sends
        """Send a request and wait for its answer.

        A child that does not answer in time is ended, and so is one that speaks unasked: otherwise the answer to an old
        request would be taken for that to the next one.

        Raises:
            TimeoutError: it did not take the request, or did not answer it, within that time.
            EOFError: it has ended, or speaks unasked.
        """
        if self._has_ended:
            raise EOFError(_ENDED)
        try:
            return self._answer(request, seconds)
        except BaseException:
            self.end()
            raise

    def kill(self) -> None:
        """Kill it, from any thread; `end` is still needed."""
        self._process.kill()

    def end(self) -> None:
        """Kill it and all that it has started, wait for that, and close the pipe. It may have ended already."""
        if self._has_ended:
            return
        self._has_ended = True
        _end(self._process)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # whoever still sends to one that is stuck in the kernel goes on
        with self._sending:
            self._pipe.close()
        self._socket.close()

    def _answer(self, request: object, seconds: float) -> Any:  # noqa: ANN401 - as above
        deadline = time.monotonic() + seconds
        if self._pipe.poll(0):
            self.receive(seconds)  # fails if it is the end of the pipe, and no message
            message = "the process speaks unasked"
            raise EOFError(message)
        self._limit(socket.SO_SNDTIMEO, seconds)
        try:
            self.send(request)
        except BlockingIOError:
            raise TimeoutError(seconds) from None
        except OSError:
            raise EOFError(_ENDED) from None
        return self.receive(max(0.0, deadline - time.monotonic()))

    def _limit(self, option: int, seconds: float) -> None:
        """Let a half message block us no longer than that: its sender may have hung in the middle of it."""
        microseconds = max(1, round(seconds * 1_000_000))
        with contextlib.suppress(OSError):  # a system whose time has another size does without
            self._socket.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", *divmod(microseconds, 1_000_000)))


class SupervisedProcess:
    """Keeps `python -m MODULE ARGUMENTS... DESCRIPTOR` going; DESCRIPTOR is the child's end of the pipe to us.

    The child must send something at least every PATIENCE_SECONDS, and end when the pipe does. One that ends or hangs is
    replaced.

    Args:
        module: what to run.
        arguments: for it.
        take: called with each of its messages, in our own thread.
        gone: called when it has ended or hung, in the same thread, before it is replaced.
    """

    def __init__(
        self, module: str, arguments: list[str], take: Callable[[Any], None], gone: Callable[[], None]
    ) -> None:
        self._name = module
        self._command = python_command(module, arguments)
        self._take = take
        self._gone = gone
        self._outbox: queue.SimpleQueue[tuple[ChildProcess, Any] | None] = queue.SimpleQueue()
        self._is_stopping = threading.Event()
        self._child: ChildProcess | None = None
        self._supervisor = threading.Thread(target=self._keep_going, name=f"supervise {module}", daemon=True)
        self._sender = threading.Thread(target=self._send_all, name=f"send to {module}", daemon=True)

    @property
    def pid(self) -> int | None:
        """Process number of the child that runs now; None between two."""
        child = self._child
        return child.pid if child and child.is_running else None

    def start(self) -> None:
        """Start the child, and supervise it from now on."""
        self._sender.start()
        self._supervisor.start()

    def send(self, message: object) -> None:
        """Send the child something picklable, soon; never blocks. What a child did not take is not for the next one."""
        if child := self._child:
            self._outbox.put((child, message))

    def stop(self) -> None:
        """End the child and wait for that."""
        self._is_stopping.set()
        if child := self._child:
            child.kill()
        if self._supervisor.ident is not None:
            self._supervisor.join()
            self._outbox.put(None)
            self._sender.join()

    def _keep_going(self) -> None:
        pause, is_quiet = _SHORTEST_PAUSE_SECONDS, False
        while not self._is_stopping.is_set():
            began = time.monotonic()
            message_count = self._run_one_child(is_quiet=is_quiet)
            if self._is_stopping.is_set():
                break
            is_quiet = time.monotonic() - began < _SHORT_SECONDS
            pause = _SHORTEST_PAUSE_SECONDS if message_count else min(2 * pause, _LONGEST_PAUSE_SECONDS)
            self._call(self._gone)
            self._is_stopping.wait(pause)

    def _run_one_child(self, *, is_quiet: bool) -> int:
        """Run one child until it ends or hangs; returns how many messages came."""
        try:
            child = ChildProcess(self._command, stderr=subprocess.DEVNULL if is_quiet else None)
        except OSError as error:
            _log.warning("%s can't be started: %s", self._name, error)
            return 0
        self._child = child
        try:
            return self._follow(child)
        finally:
            child.end()

    def _follow(self, child: ChildProcess) -> int:
        count, patience = 0, START_SECONDS
        while not self._is_stopping.is_set():
            try:
                message = child.receive(patience)
            except TimeoutError:
                _log.warning("%s hangs and is replaced", self._name)
                break
            except EOFError:
                break
            count, patience = count + 1, PATIENCE_SECONDS
            self._call(self._take, message)
        return count

    def _call(self, callback: Callable[..., None], *arguments: object) -> None:
        """A callback that raises must not end the supervision."""
        try:
            callback(*arguments)
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            _log.exception("what %s said, or its end, could not be handled", self._name)

    def _send_all(self) -> None:
        while item := self._outbox.get():
            child, message = item
            with contextlib.suppress(OSError):  # it has ended meanwhile
                child.send(message)


def run_once(program: str | Path, arguments: Sequence[str], seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run a child that reads nothing, prints its answer and ends.

    Args:
        program: see `python_command`.
        arguments: for it.
        seconds: then it is ended, together with all that it has started.

    Returns:
        Its status (the negative number of a signal that ended it), and what it wrote to stdout and stderr.

    Raises:
        TimeoutError: it did not end in time.
        OSError: it cannot be started.
    """
    command = python_command(program, arguments)
    process = _start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        printed, complaints = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise TimeoutError(seconds) from None
    finally:
        _end(process)
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()
    return subprocess.CompletedProcess(command, process.returncode, printed, complaints)


def pipe_to_parent() -> Connection:
    """In the child: the pipe whose descriptor is the last argument of the command line."""
    give_back_large_blocks()
    descriptor = int(sys.argv[-1])
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - programs that the child starts must not keep the pipe open
    return Connection(descriptor)


def _start(
    command: list[str], *, stdout: int, stderr: int | None, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program, run by our own interpreter
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
        start_new_session=True,  # Ctrl-C in the terminal is not for it, and all that it starts can be ended with it
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_ENDING_SECONDS)
