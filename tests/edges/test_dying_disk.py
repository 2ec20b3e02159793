"""The real program, whose disk fails: the mask comes off when it is due, whatever can't be written any more."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.disks import Disk, Failure, ext4_disk
from voice_coach.core.commands import Sound
from voice_coach.rehearsal.coach_process import CoachProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_coach.rehearsal.coach_process import Line

HOLD_SECONDS = 5.0
PATIENCE_SECONDS = 30.0
TO_THE_HOLD = ("start", "next", "next", "next")
DELAY_SECONDS = 1.0
"""By which the loop may come too late on a machine that is busy; sounds are ordered ahead and are not late."""
NULL_CARD = "pcm.!default { type null }\n"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with ext4_disk(tmp_path / "disk") as made:
        yield made


class Led:
    """A coach without a sound card, led by the buttons of its mirror."""

    def __init__(self, process: CoachProcess, port: int) -> None:
        self.process = process
        self._port = port
        self._token = ""

    def press(self, intent: str) -> None:
        """Press a button, and wait until the session has heard of it."""
        before = len(self.all_of("Heard"))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._posts(intent):
            assert time.monotonic() < deadline, self.process.complaint()
            time.sleep(0.05)
        self.wait_for(lambda _state: len(self.all_of("Heard")) > before)

    def all_of(self, name: str) -> list[Line]:
        """All events or commands of a name so far."""
        return [line for line in list(self.process.state.lines) if line["name"] == name]

    def spoken(self) -> list[str]:
        """All sentences so far."""
        return [line["text"] for line in self.all_of("Speak")]

    def wait_for(self, condition: object) -> None:
        """Wait until a condition on the state holds."""
        assert callable(condition)
        assert self.process.wait_until(condition, PATIENCE_SECONDS), (
            self.process.complaint(),
            self.process.state.lines[-3:],
        )

    def _posts(self, intent: str) -> bool:
        with suppress(OSError, http.client.HTTPException):
            if not self._token:
                self._token = json.loads(self._ask("/pair", {})[1])["token"]
            status, _ = self._ask("/commands", {"id": uuid.uuid4().hex, "intent": intent})
            return status == 202
        return False

    def _ask(self, path: str, content: object) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        try:
            connection.request("POST", path, json.dumps(content), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@contextmanager
def led_coach(tmp_path: Path, home: Path, *arguments: str, **environment: str) -> Iterator[Led]:
    """A coach at home on a disk."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    card = tmp_path / "asound.conf"
    card.write_text(NULL_CARD)
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": str(card), **environment}
    options = ["--page", str(port), "--hold-seconds", f"{HOLD_SECONDS:g}", "--daytime", *arguments]
    with CoachProcess(options, variables, tmp_path / "stderr", lambda _line: None) as process:
        yield Led(process, port)


def chimes(led: Led) -> list[Line]:
    return [cue for cue in led.all_of("Cue") if cue["sound"] == Sound.CHIME.value]


def assert_the_mask_comes_off_in_time(led: Led) -> None:
    ends_at = led.all_of("Show")[-1]["view"]["countdown"]["ends_at"]
    led.wait_for(lambda _state: any("take the mask off" in text for text in led.spoken()))
    told_at = next(line["at"] for line in led.all_of("Speak") if "take the mask off" in line["text"])
    assert ends_at - 0.1 <= told_at <= ends_at + DELAY_SECONDS
    assert chimes(led)[-1]["due"] == pytest.approx(ends_at, abs=0.1)
    led.press("which_step")  # and it goes on after it
    led.wait_for(lambda state: state.is_silent)


def assert_it_ends_well(led: Led) -> None:
    assert led.process.exit_status(0.0) is None
    assert "Traceback" not in led.process.complaint()


@pytest.mark.parametrize("failure", list(Failure))
def test_a_disk_that_fails_while_the_mask_is_on_changes_nothing_of_its_end(
    disk: Disk, tmp_path: Path, failure: Failure
) -> None:
    with led_coach(tmp_path, disk.folder) as led:
        for intent in TO_THE_HOLD:
            led.press(intent)
        disk.fail(failure)
        assert_the_mask_comes_off_in_time(led)
        assert_it_ends_well(led)
        if failure is Failure.FROZEN:
            disk.thaw()
