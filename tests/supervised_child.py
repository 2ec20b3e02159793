"""A real child for the tests of the supervisor: its last argument is the pipe, the one before says how it behaves."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from voice_coach.supervised_process import pipe_to_parent

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

HEARTBEAT_SECONDS = 0.2
FOR_EVER_SECONDS = 600.0


def main() -> None:
    behaviour = sys.argv[1]
    if behaviour in ONCE:
        return ONCE[behaviour]()
    pipe = pipe_to_parent()
    with contextlib.suppress(EOFError, OSError):
        BEHAVIOURS[behaviour](pipe)
    return None


def die(_pipe: Connection) -> None:
    sys.exit(1)


def stay_mute(pipe: Connection) -> None:
    pipe.recv()


def flood(pipe: Connection) -> None:
    number = 0
    while True:
        pipe.send(number)
        number += 1


def outlive(pipe: Connection) -> None:
    """Go on after the pipe has ended, and after all signals that can be ignored."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):
        chat(pipe)
    time.sleep(FOR_EVER_SECONDS)


def chat(pipe: Connection) -> None:
    """Say our process number a few times a second, and do what is asked."""
    while True:
        pipe.send(os.getpid())
        if pipe.poll(HEARTBEAT_SECONDS):
            obey(pipe, pipe.recv())


def answer(pipe: Connection) -> None:
    """Say nothing but answers."""
    pipe.send("hello")
    while True:
        obey(pipe, pipe.recv())


def obey(pipe: Connection, request: Any) -> None:  # noqa: ANN401 - whatever a test sends
    match request:
        case "end":
            sys.exit()
        case "hang":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "half":
            os.write(pipe.fileno(), b"\0\0\1\0 and no more of the 256 bytes")
            os.kill(os.getpid(), signal.SIGSTOP)
        case "twice":
            pipe.send("once")
            pipe.send("twice")
        case "start a program":
            pipe.send(start_a_program())
        case ("late", seconds, text):
            time.sleep(seconds)
            pipe.send(text)
        case _:
            pipe.send(request)


def start_a_program() -> int:
    """Start what does not end by itself, as a library may start a server; returns its process number."""
    return subprocess.Popen(["sleep", str(FOR_EVER_SECONDS)], close_fds=False).pid


def print_much() -> None:
    for stream, letter in ((sys.stdout, "o"), (sys.stderr, "e")):
        stream.write(letter * 5_000_000)
    sys.exit(3)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang_with_a_program() -> None:
    with open(sys.argv[2], "w", encoding="utf-8") as file:  # noqa: PTH123 - one line
        file.write(f"{os.getpid()} {start_a_program()}")
    time.sleep(FOR_EVER_SECONDS)


BEHAVIOURS = {"die": die, "mute": stay_mute, "flood": flood, "outlive": outlive, "chat": chat, "answer": answer}
"""Behaviours of a child with a pipe."""
ONCE = {"print much": print_much, "crash": crash, "hang with a program": hang_with_a_program}
"""Behaviours of a child that is run once, without a pipe."""


if __name__ == "__main__":
    main()
