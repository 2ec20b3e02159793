"""Child processes that may hang: each is supervised, and replaced or ended when it does not answer in time.

A library can hang for ever or crash its whole process, so it runs in a child process, `python -m MODULE`. There are
three ways to use one:

- `SupervisedProcess` keeps a child running that sends messages several times a second, and replaces it when it ends or
  falls silent: the microphone, the speaker. (PortAudio sees a new card only after all of a process's streams are
  closed.)
- `ChildProcess` is a child that answers requests, each within a time limit, until it ends: the voice.
- `run_once` runs a child that does one thing and ends, within a time limit: a check of the doctor, the smoke test of a
  model.

In all three, Ctrl-C in the terminal does not reach the child, the pipe to the child closes when the parent dies, a
child that is ended is killed with all processes that it started, and no zombie or file descriptor is left over.
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
"""Bytes from which a block counts as large: sentences and recordings do, most of a decoder's blocks do not."""


def give_back_large_blocks() -> None:
    """Make the C library return large blocks of memory to the system as soon as they are freed.

    By default glibc raises its threshold with each large block that is freed, up to 32 MB, and then keeps such blocks
    in its heap, which fragments it (mallopt(3), M_MMAP_THRESHOLD). Other C libraries may ignore this.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _BYTES)
        mallopt(_TRIM_THRESHOLD, _BYTES)


def give_back_freed_memory() -> None:
    """Make the C library return what has been freed to the system, after something large was loaded.

    ONNX Runtime frees a third of what it needs to load a model, in blocks between others that stay (malloc_trim(3)).
    Other C libraries may ignore this.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


START_SECONDS = 15.0
"""Seconds that a new process may take until its first message; usually 0.3, much more on a small, busy machine."""
PATIENCE_SECONDS = 1.5
"""Seconds that a process may be silent after its first message; a healthy one sends a heartbeat every 0.25 s."""
_SHORTEST_PAUSE_SECONDS = 0.1
"""Seconds before a process is replaced; the pause doubles after each process that ended without a message."""
_LONGEST_PAUSE_SECONDS = 2.0
"""Seconds that the pause before a replacement may grow to."""
_SHORT_SECONDS = 60.0
"""Seconds below which a run is short: the stderr of the next run is dropped, so that the log does not fill up."""
_ENDING_SECONDS = 2.0
"""Seconds to wait for the end of a killed process; one that is stuck in the kernel is left running."""

_ENDED = "the process ended"

_log = logging.getLogger(__name__)


def python_command(program: str | Path, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command that runs a program of the coach in a child process.

    Args:
        program: the name of a module; or the path of a file that imports nothing of the coach, and so starts faster.
        arguments: the arguments of the program.
    """
    how = ["-P", str(program)] if isinstance(program, Path) else ["-m", program]
    return [sys.executable, *how, *arguments]


class ChildProcess:
    """A child process and the pipe to it; it is started as `COMMAND... DESCRIPTOR`.

    DESCRIPTOR is the child's end of the pipe; the child must end when the pipe is closed. Only `send` and `kill` may be
    called from several threads.

    Args:
        command: see `python_command`.
        descriptors: numbers of open files that the child inherits.
        stderr: the child's stderr, as for subprocess.Popen; None for that of the parent.

    Raises:
        OSError: it cannot be started: no memory, no descriptor, or a disk that cannot be read now.
    """

    def __init__(self, command: list[str], *, descriptors: Sequence[int] = (), stderr: int | None = None) -> None:
        self._sending = threading.Lock()
        """A lock that is held while something is sent, so that the pipe is not closed meanwhile."""
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
        """The child's process number."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the child has not ended yet."""
        return self._process.poll() is None

    def send(self, message: object) -> None:
        """Send the child something picklable; blocks until the child takes it or is ended.

        Raises:
            OSError: the child has ended.
        """
        with self._sending:
            self._pipe.send(message)

    def receive(self, seconds: float) -> Any:  # noqa: ANN401 - whatever the child sends
        """Wait for the child's next message.

        Raises:
            TimeoutError: no complete message came within that time.
            EOFError: the child has ended.
        """
        try:
            if self._pipe.poll(seconds):
                self._limit(socket.SO_RCVTIMEO, seconds)
                return self._pipe.recv()
        except BlockingIOError:
            pass  # the child hangs in the middle of a message
        except (EOFError, OSError):
            raise EOFError(_ENDED) from None
        raise TimeoutError(seconds)

    def ask(self, request: object, seconds: float) -> Any:  # noqa: ANN401 - whatever the child sends
        """Send a request and wait for its answer.

        A child that does not answer in time is ended, and so is one that sends a message unasked: otherwise the answer
        to an old request would be taken for the answer to the next one.

        Raises:
            TimeoutError: the child did not take or did not answer the request within that time.
            EOFError: the child has ended, or has sent a message unasked.
        """
        if self._has_ended:
            raise EOFError(_ENDED)
        try:
            return self._answer(request, seconds)
        except BaseException:
            self.end()
            raise

    def kill(self) -> None:
        """Kill the child; any thread may do so. `end` must be called all the same."""
        self._process.kill()

    def end(self) -> None:
        """Kill the child with all processes that it started, wait for its end, and close the pipe; safe to repeat."""
        if self._has_ended:
            return
        self._has_ended = True
        _end(self._process)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # unblocks a `send` to a child that is stuck in the kernel
        with self._sending:
            self._pipe.close()
        self._socket.close()

    def _answer(self, request: object, seconds: float) -> Any:  # noqa: ANN401 - as above
        deadline = time.monotonic() + seconds
        if self._pipe.poll(0):
            self.receive(seconds)  # raises EOFError if this is the end of the pipe and no message
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
        """Limit how long sending or receiving may block: the child may hang in the middle of a message."""
        microseconds = max(1, round(seconds * 1_000_000))
        with contextlib.suppress(OSError):  # on systems whose C type for times has another size, there is no limit
            self._socket.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", *divmod(microseconds, 1_000_000)))


class SupervisedProcess:
    """A child process that is kept running: `python -m MODULE ARGUMENTS... DESCRIPTOR`.

    DESCRIPTOR is the child's end of the pipe. The child must send something at least every PATIENCE_SECONDS, and end
    when the pipe is closed. A child that ends or hangs is replaced.

    Args:
        module: the name of the module that the child runs.
        arguments: the arguments of the module.
        take: a function that is called with each message of the child, in the supervising thread.
        gone: a function that is called in the same thread when the child has ended or hung, before it is replaced.
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
        """The process number of the child that runs now; None while there is none."""
        child = self._child
        return child.pid if child and child.is_running else None

    def start(self) -> None:
        """Start the child and the thread that supervises it."""
        self._sender.start()
        self._supervisor.start()

    def send(self, message: object) -> None:
        """Queue something picklable to be sent to the child; never blocks. A replaced child's messages are dropped."""
        if child := self._child:
            self._outbox.put((child, message))

    def stop(self) -> None:
        """End the child, and wait until it has ended."""
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
        """Run one child until it ends or hangs, and return how many messages it sent."""
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
        """Call a callback and log what it raises, so that it does not end the supervision."""
        try:
            callback(*arguments)
        except Exception:  # noqa: BLE001 - whatever it is, it is logged
            _log.exception("what %s said, or its end, could not be handled", self._name)

    def _send_all(self) -> None:
        while item := self._outbox.get():
            child, message = item
            with contextlib.suppress(OSError):  # the child has ended meanwhile
                child.send(message)


def run_once(program: str | Path, arguments: Sequence[str], seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run a child that reads nothing, prints its answer and ends.

    Args:
        program: see `python_command`.
        arguments: the arguments of the program.
        seconds: the time that the child may take; after that it is killed with all processes that it started.

    Returns:
        The child's exit status (negative for the signal that ended it), and its output to stdout and stderr.

    Raises:
        TimeoutError: the child did not end in time.
        OSError: the child cannot be started.
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
    """Return, in a child, the pipe to its parent; its descriptor is the last argument of the command line."""
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
        start_new_session=True,  # Ctrl-C does not reach the child, and all that it starts can be killed with it
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_ENDING_SECONDS)
