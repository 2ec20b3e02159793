"""Runs command lines, each in a fork of a process that has loaded the program already: fast, and none harms another.

`main` reads one JSON line `{"arguments": [...], "stdin": "...", "seconds": 60}` at a time, and answers with one:
`status` (null when the program did not end in time), `stdout` and `stderr`. The environment is that of this process.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from typing import Any

from voice_coach.cli import main as run_program

_CRASHED = 70
_LARGEST_FILE = 64_000_000
_POLL_SECONDS = 0.002


def main() -> None:
    """Answer line after line."""
    # What commands import when they run; loaded once, it is there in every fork.
    import numpy  # noqa: F401, ICN001, PLC0415
    import platformdirs  # noqa: F401, PLC0415

    from voice_coach.library import load_language  # noqa: PLC0415

    _ = load_language("en").understander  # loaded before the first sentence is timed
    for line in sys.stdin.buffer:  # the program shall find its text layer untouched
        print(json.dumps(_run(json.loads(line))), flush=True)


def _run(wish: dict[str, Any]) -> dict[str, object]:
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        stdin.write(base64.b64decode(wish["stdin"]))
        stdin.seek(0)
        child = os.fork()
        if child == 0:
            _become_program(wish["arguments"], stdin.fileno(), out.fileno(), err.fileno())
        status = _wait(child, wish["seconds"])
        texts = {}
        for name, file in (("stdout", out), ("stderr", err)):
            file.seek(0)
            texts[name] = file.read().decode("utf-8", errors="backslashreplace")
    return {"status": status, **texts}


def _become_program(arguments: list[str], *streams: int) -> None:
    """Run the program to its end, in the fork; never returns."""
    status = _CRASHED
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        run_program(arguments)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else _CRASHED
    except BaseException:  # noqa: BLE001 - whatever comes out is what we look for
        traceback.print_exc(file=sys.__stderr__)
    finally:
        for text in (sys.__stdout__, sys.stdout, sys.__stderr__, sys.stderr):
            with suppress(OSError, ValueError):
                if text is not None:
                    text.flush()
        os._exit(status)


def _wait(child: int, seconds: float) -> int | None:
    """The exit status, or what a shell would call it after a signal; None when time is up. Nothing is left behind."""
    deadline = time.monotonic() + seconds
    ended, state = 0, 0
    while not ended and time.monotonic() < deadline:
        ended, state = os.waitpid(child, os.WNOHANG)
        if not ended:
            time.sleep(_POLL_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not ended:
        os.waitpid(child, 0)
        return None
    code = os.waitstatus_to_exitcode(state)
    return 128 - code if code < 0 else code
