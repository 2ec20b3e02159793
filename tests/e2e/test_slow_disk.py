"""The real program on a disk whose fsync takes three seconds: what it tells to be kept is there after a kill."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.e2e.lives import ENDING_SECONDS, READY_SECONDS, all_of, kill
from tests.patience import patient
from voice_coach.memory.journal import Journal
from voice_coach.memory.session_store import JOURNAL_NAME
from voice_coach.rehearsal.coach_process import CoachProcess

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.rehearsal.coach_process import CoachState

SLOW_FSYNC = """\
import os, time
_fsync = os.fsync
os.fsync = lambda file: (time.sleep(3.0), _fsync(file))[1]
"""
COMMANDS = ("start", "next", "next", "next", "next")
BETWEEN_SECONDS = 0.5
PATIENCE_SECONDS = patient(60.0)

pytestmark = pytest.mark.usefixtures("processes")


class Screen:
    """Another screen on this machine, which can press buttons."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._token = ""

    def press(self, intent: str) -> None:
        """Press a button."""
        self._token = self._token or self._post("/pair", {})["token"]
        self._post("/commands", {"id": uuid.uuid4().hex, "intent": intent})

    def _post(self, path: str, content: object) -> dict[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        connection.request("POST", path, json.dumps(content), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 300, text
        found: dict[str, str] = json.loads(text or b"{}")
        return found


def is_trouble_over(state: CoachState) -> bool:
    began, over = (
        [line for line in all_of(state, name) if line["fault"] == "unkept_notes"]
        for name in ("FaultRaised", "FaultCleared")
    )
    return 0 < len(began) == len(over)


class Life:
    """A coach without a sound card on a slow disk, and what it told."""

    def __init__(self, folder: Path) -> None:
        (folder / "sitecustomize.py").write_text(SLOW_FSYNC)
        self._journal = folder / "state" / "voice-coach" / JOURNAL_NAME
        self.screen = Screen()
        homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
        path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
        self.coach = CoachProcess(
            ["--wait", "--daytime", "--page", str(self.screen.port)],
            {**os.environ, **homes, "PYTHONPATH": path},
            folder / "log",
            lambda _line: None,
        )

    def lead(self) -> None:
        """Press buttons faster than the disk writes, until all were heard."""
        assert self.coach.wait_until(lambda state: bool(all_of(state, "Show")), READY_SECONDS), self.coach.complaint()
        for intent in COMMANDS:
            self.screen.press(intent)
            time.sleep(BETWEEN_SECONDS)
        heard = len(COMMANDS)
        assert self.coach.wait_until(lambda state: len(all_of(state, "CommandHeard")) == heard, PATIENCE_SECONDS)

    def assert_last_step_is_on_the_disk(self) -> None:
        """What it ordered to be kept last is in the journal."""
        read = Journal(self._journal).load()
        assert read is not None
        assert read.last is not None
        assert read.last.snapshot is not None
        assert read.last.snapshot.step == all_of(self.coach.state, "SaveSnapshot")[-1]["snapshot"]["step"]


def test_what_a_slow_disk_is_told_to_have_kept_is_there_after_a_kill(tmp_path: Path) -> None:
    life = Life(tmp_path)
    with life.coach as coach:
        life.lead()
        assert coach.wait_until(is_trouble_over, PATIENCE_SECONDS)
        kill(coach)
    life.assert_last_step_is_on_the_disk()


def test_a_normal_end_on_a_slow_disk_keeps_the_last_command(tmp_path: Path) -> None:
    life = Life(tmp_path)
    with life.coach as coach:
        life.lead()
        os.kill(coach.pid, signal.SIGTERM)
        assert coach.exit_status(PATIENCE_SECONDS) == 128 + signal.SIGTERM
        assert coach.wait_until_read(ENDING_SECONDS)
    life.assert_last_step_is_on_the_disk()
