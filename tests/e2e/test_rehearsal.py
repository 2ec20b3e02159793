"""Rehearsals that do not come to their end. One that does, whole and watched: test_mirror_rehearsal.py."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import patient


@pytest.mark.usefixtures("processes")
def test_a_hold_too_short_to_speak_in_is_one_sentence_with_the_remedy() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voice_coach", "rehearse", "--hold", "1"],
        capture_output=True, text=True, timeout=patient(60), check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip().count("\n") == 0
    assert "15 to 3600" in done.stderr
    assert not done.stdout


@pytest.mark.usefixtures("real_time")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_rehearsal_broken_off_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    rehearsal = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "rehearse"],
        env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert rehearsal.stdout is not None
    for line in rehearsal.stdout:
        if "listening with" in line:
            break
    folders = [path.name for path in tmp_path.glob("[!.]*")]
    assert folders
    rehearsal.send_signal(number)
    _, complaints = rehearsal.communicate(timeout=patient(30))
    assert rehearsal.returncode == 128 + number
    assert "Traceback" not in complaints
    assert not list(tmp_path.glob("[!.]*"))
    assert not _processes_of(folders)


def _processes_of(folders: list[str]) -> list[str]:
    """Command lines of processes that still know one of the folders, by their arguments or their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # a process may end while we look
            known = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            if any(folder.encode() in known for folder in folders):
                found.append((process / "cmdline").read_text())
    return found
