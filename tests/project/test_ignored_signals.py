"""A shell lets a job in its background ignore Ctrl-C: the programs that the tests start there take it all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import patient

ROOT = Path(__file__).parents[2]
TEST = """
import os, signal, subprocess, sys
import pytest

@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT])
def test_a_child_can_be_ended(number):
    child = subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    child.stdout.readline()
    child.send_signal(number)
    assert child.wait(30) in (-number, 128 + number)
    os.kill(os.getpid(), number)  # we ourselves go on ignoring it
"""


@pytest.mark.usefixtures("processes")
def test_what_the_caller_ignores_is_not_handed_on_to_the_programs_under_test(tmp_path: Path) -> None:
    (tmp_path / "test_child.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", str(tmp_path)]
    done = subprocess.run(
        ["sh", "-c", 'trap "" INT HUP TERM QUIT; exec "$@"', "sh", *command],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=patient(200),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
