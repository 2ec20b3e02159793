"""The command line in this process: what `python -m voice_coach` says and returns, without starting another Python.

What lies outside click is not here: descriptors, signals, the log and how the process ends. Tests of those take the
fixture `program`, a child. So do tests of commands that open a sound device: what PortAudio and ALSA print is led into
the log by turning descriptor 2 round, which a process cannot take back.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from click.testing import CliRunner

from voice_coach.cli.log import keep_terminal_safe, take_any_text
from voice_coach.cli.main import run
from voice_coach.cli.streams import StandardOutput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Done = subprocess.CompletedProcess[str]
"""The same that a child leaves behind, so that a test need not care where the command has run."""

_NO_TERMINAL = {"COLUMNS": "80", "LINES": "25"}
"""What is taken where nobody knows: without them, the terminal in which the tests run would be asked."""


def run_here(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one command line and tell its exit status, standard output and standard error.

    Args:
        arguments: Those after the program's name.
        environment: All variables that the command sees.
        stdin: What it can read.
    """
    unset = dict.fromkeys(os.environ, None)
    standard_error = os.fstat(2)
    with CliRunner().isolation(stdin, env={**unset, **_NO_TERMINAL, **environment}) as (stdout, stderr, _):
        take_any_text()
        keep_terminal_safe()
        status = run(arguments or ["--help"], StandardOutput())
        sys.stdout.flush()
        sys.stderr.flush()
        written = [stream.getvalue().decode() for stream in (stdout, stderr)]
    assert os.path.samestat(standard_error, os.fstat(2)), "this command turns descriptor 2 round: take `program`"
    return subprocess.CompletedProcess(arguments, status, *written)
