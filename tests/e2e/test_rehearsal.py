"""The real program, whole: real recognisers, real voice, real PortAudio, on the virtual sound card."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HOLD_SECONDS = 20


@pytest.mark.timeout(600)
def test_a_person_walks_through_the_whole_routine_by_voice() -> None:
    before = _pulseaudio_servers()
    done = subprocess.run(
        [sys.executable, "-m", "voice_coach", "rehearse", "--hold", str(HOLD_SECONDS), "--json"],
        capture_output=True, text=True, timeout=570, check=False,
    )  # fmt: skip
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, (summary, done.stderr)
    assert summary["kind"] == "summary"
    assert summary["steps_spoken"] == 10
    assert summary["commands_given"] >= 20
    assert summary["commands_understood"] >= summary["commands_given"] - 1
    assert summary["commands_wrong"] == 0
    assert summary["reply_ms_median"] > 0
    assert summary["countdown_error_ms"] < 250
    assert _pulseaudio_servers() == before


def test_a_hold_too_short_to_speak_in_is_one_sentence_with_the_remedy() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voice_coach", "rehearse", "--hold", "1"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip().count("\n") == 0
    assert "15 to 3600" in done.stderr
    assert not done.stdout


def _pulseaudio_servers() -> set[str]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # a process may end while we look
            if path.read_bytes().startswith(b"pulseaudio\0"):
                found.add(path.parent.name)
    return found
