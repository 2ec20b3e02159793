"""A person's own routine, from its first line to the last step, spoken to on the virtual sound card.

That the rehearsing person leaves each step of any routine once is tested in tests/rehearsal/test_rehearsal_walk.py. So
three steps are enough here: one before the hold, the hold itself, and the one after it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from pathlib import Path

STEP = "[[steps]]"
LEFT_OUT = ("Put on the mask", "Serum", "Sunscreen")


@pytest.mark.usefixtures("real_time")
@pytest.mark.timeout(600)
def test_what_new_writes_is_checked_and_after_a_change_rehearsed(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "voice_coach", *arguments],
            capture_output=True, text=True, timeout=patient(500), check=False, env=environment,
        )  # fmt: skip

    def succeed(*arguments: str) -> None:
        done = run(*arguments)
        assert done.returncode == 0, done.stderr

    succeed("routine", "new", "mine")
    succeed("routine", "check", "mine")
    shorten(tmp_path / "voice-coach" / "routines" / "mine.toml")
    succeed("routine", "check", "mine")
    rehearsed = run("rehearse", "--routine", "mine", "--hold", "15", "--json")
    summary = json.loads(rehearsed.stdout.splitlines()[-1])
    assert rehearsed.returncode == 0, (summary, rehearsed.stderr)
    assert summary["steps_spoken"] == 3
    assert summary["commands_wrong"] == 0
    assert summary["countdown_error_ms"] < 250


def shorten(routine: Path) -> None:
    """Take steps out, as a person does with an editor."""
    head, *steps = routine.read_text("utf-8").split(STEP)
    kept = [step for step in steps if not any(f'title = "{title}"' in step for title in LEFT_OUT)]
    assert len(kept) == len(steps) - len(LEFT_OUT)
    routine.write_text(STEP.join([head, *kept]), "utf-8")
