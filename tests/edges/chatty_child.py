"""A child for the tests of SupervisedProcess: says its number a few times a second, and does what it is told."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

from voice_coach.supervised_process import pipe_to_parent


def main() -> None:
    pipe = pipe_to_parent()
    if "dumb" in sys.argv:
        sys.exit(1)
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send(os.getpid())
            if not pipe.poll(0.2):
                continue
            match pipe.recv():
                case "end":
                    return
                case "hang":
                    os.kill(os.getpid(), signal.SIGSTOP)
                case echoed:
                    pipe.send(echoed)


if __name__ == "__main__":
    main()
