"""A person's own routine, from its first line to the last step, spoken to on the virtual sound card."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.usefixtures("real_time")
@pytest.mark.timeout(600)
def test_what_new_writes_is_checked_and_rehearsed(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "voice_coach", *arguments],
            capture_output=True, text=True, timeout=500, check=False, env=environment,
        )  # fmt: skip

    for arguments in (("routine", "new", "mine"), ("routine", "check", "mine")):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
    rehearsed = run("rehearse", "--routine", "mine", "--json")
    summary = json.loads(rehearsed.stdout.splitlines()[-1])
    assert rehearsed.returncode == 0, (summary, rehearsed.stderr)
    assert summary["steps_spoken"] == 6
    assert summary["commands_wrong"] == 0
    assert summary["countdown_error_ms"] < 250
