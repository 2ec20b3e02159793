"""What the coach tells systemd, over real sockets."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient
from voice_coach.routines import Phase
from voice_coach.service.watchdog import SystemdPulse, in_words, watchdog_seconds
from voice_coach.session.commands import Show
from voice_coach.session.events import Ticked
from voice_coach.session.view import Attention, View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

PID = 4711
PATIENT_SECONDS = patient(60.0)
SILENCE_SECONDS = 2.0


class Systemd:
    """The other end of the socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0"))
        self._unread: list[str] = []

    def told(self, seconds: float = 0.0) -> list[str]:
        """What is there, after waiting for something for so long."""
        messages = []
        self._socket.settimeout(seconds or 0.001)
        try:
            while True:
                messages.append(self._socket.recv(4096).decode())
                self._socket.settimeout(0.001)
        except TimeoutError:
            return messages

    def wait_for(self, message: str) -> None:
        """Read until a message has come; what came after it is kept."""
        deadline = time.monotonic() + PATIENT_SECONDS
        while message not in self._unread:
            assert time.monotonic() < deadline, f"no {message}"
            self._unread += self.told(0.2)
        del self._unread[: self._unread.index(message) + 1]

    def forget(self) -> None:
        """Wait for news only."""
        self._unread.clear()

    def close(self) -> None:
        """Go away."""
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    path = str(tmp_path / "notify")
    one = Systemd(path if request.param == "path" else f"@{path}")
    yield one
    one.close()


def pulse_for(systemd: Systemd, **environment: str) -> SystemdPulse:
    return SystemdPulse({"NOTIFY_SOCKET": systemd.address, **environment}, PID)


def test_the_first_beat_says_ready_and_every_beat_feeds_the_watchdog(systemd: Systemd) -> None:
    pulse = pulse_for(systemd, WATCHDOG_USEC="10000000", WATCHDOG_PID=str(PID))
    assert systemd.told() == []
    pulse.beat()
    pulse.beat()
    pulse.stop()
    assert systemd.told() == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"]
    assert pulse.seconds == 5.0


def test_without_a_watchdog_the_loop_may_wait_for_ever(systemd: Systemd) -> None:
    pulse = pulse_for(systemd)
    pulse.beat()
    assert systemd.told() == ["READY=1"]
    assert pulse.seconds is None


def test_the_status_is_told_when_it_changes(systemd: Systemd) -> None:
    pulse = pulse_for(systemd)
    idle, holding = View(Phase.IDLE), View(Phase.HOLDING, 5, 10, attention=Attention.LISTENING)
    for view in (idle, idle, holding):
        pulse.observe(Ticked(), (Show(view),))
    assert systemd.told() == [
        "STATUS=no routine is running; the ears are loading",
        "STATUS=step 5 of 10, the mask is on; listening",
    ]


def test_a_trouble_of_two_lines_is_told_in_one() -> None:
    assert in_words(View(Phase.IDLE, faults=("no microphone:\nplug one in",))).endswith("no microphone: plug one in")


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_systemd_nothing_happens(environment: dict[str, str]) -> None:
    pulse = SystemdPulse({**environment, "WATCHDOG_USEC": "10000000"}, PID)
    pulse.beat()
    pulse.observe(Ticked(), (Show(View(Phase.IDLE)),))
    pulse.stop()
    assert pulse.seconds is None


def test_a_systemd_that_went_away_or_does_not_read_stops_nobody(systemd: Systemd) -> None:
    pulse = pulse_for(systemd, WATCHDOG_USEC="10000000")
    for _ in range(2000):  # more than fit into the socket
        pulse.beat()
    systemd.close()
    pulse.beat()
    pulse.stop()


def test_ready_is_said_again_until_it_was_taken(systemd: Systemd) -> None:
    full = pulse_for(systemd, WATCHDOG_USEC="10000000")
    for _ in range(2000):
        full.beat()
    late = pulse_for(systemd)
    late.beat()
    systemd.told()
    late.beat()
    assert systemd.told() == ["READY=1"]


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "2000000"}, 2.0),
        ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": str(PID)}, 2.0),
        ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": str(PID + 1)}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_this_process_s_own(environment: dict[str, str], seconds: float | None) -> None:
    assert watchdog_seconds(environment, PID) == seconds


@contextmanager
def coach_under(systemd: Systemd, card: VirtualCard, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**card.environment, "NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "1000000", "HOME": str(home)}
    child = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "start", "--plain"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield child
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("systemd", ["path"], indirect=True)
def test_the_real_coach_beats_while_its_loop_turns_and_not_when_it_stands_still(
    systemd: Systemd, card: VirtualCard, tmp_path: Path
) -> None:
    with coach_under(systemd, card, tmp_path) as coach:
        systemd.wait_for("READY=1")
        systemd.wait_for("STATUS=no routine is running; listening")
        for _ in range(3):  # it is idle now, and beats all the same
            systemd.wait_for("WATCHDOG=1")
        coach.send_signal(signal.SIGSTOP)
        systemd.told(0.5)
        assert systemd.told(SILENCE_SECONDS) == []
        systemd.forget()
        coach.send_signal(signal.SIGCONT)
        systemd.wait_for("WATCHDOG=1")
        coach.send_signal(signal.SIGTERM)
        systemd.wait_for("STOPPING=1")
