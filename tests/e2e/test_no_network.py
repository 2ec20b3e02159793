"""After set-up the coach asks for no network: a trace of its sockets. It needs none: test_mirror_rehearsal.py."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient
from tests.socket_trace import SERVERS_OF_THIS_MACHINE, offences, uses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from voice_coach.rehearsal.virtual_card import VirtualCard

READY_SECONDS = patient(120.0)
LISTENING_SECONDS = 15.0
"""A report to a library's maker, should there be one again, was tried within 10 s of the recogniser's start."""
_NAMESPACE = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net"]
LOOPBACK_ONLY = [*_NAMESPACE, "sh", "-c", 'ip link set lo up && exec "$@"', "loopback-only"]
"""Begins the command line of a program that shall have no network but loopback."""


def without_silencers(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what would keep libraries from reporting home, as it is set on test machines and not on a person's."""
    return {name: value for name, value in environment.items() if name != "CI" and not name.startswith("ORT_")}


@pytest.mark.usefixtures("processes")
def test_the_namespace_has_loopback_and_nothing_else() -> None:
    seen = subprocess.run([*LOOPBACK_ONLY, "cat", "/proc/net/dev"], capture_output=True, text=True, check=True)
    assert re.findall(r"^ *(\w+):", seen.stdout, re.MULTILINE) == ["lo"]
    script = "import socket; socket.create_connection(('192.0.2.1', 80), 5)"
    refused = subprocess.run(
        [*LOOPBACK_ONLY, sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "Network is unreachable" in refused.stderr


def test_the_coach_makes_no_socket_but_to_sound_server_and_systemd(card: VirtualCard, tmp_path: Path) -> None:
    log, home = tmp_path / "trace", tmp_path / "home"
    with told_to_systemd(tmp_path / "notify") as notify:
        environment = {**without_silencers(card.environment), "HOME": str(home), "NOTIFY_SOCKET": str(notify)}
        with traced_coach(log, environment) as coach:
            say(card, tmp_path, "start the mask")
            time.sleep(LISTENING_SECONDS)
            assert coach.poll() is None
    trace = log.read_text(errors="replace").splitlines()
    server = environment["PULSE_SERVER"].removeprefix("unix:")
    assert offences(trace, [re.escape(server), re.escape(str(notify)), *SERVERS_OF_THIS_MACHINE]) == []
    assert {server, str(notify)} <= {use.path for use in uses(trace)}
    assert [
        path for path in home.rglob("*") if "voice-coach" not in str(path.relative_to(home)) and path.is_file()
    ] == []


@contextmanager
def told_to_systemd(path: Path) -> Iterator[Path]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        yield path


@contextmanager
def traced_coach(log: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The coach and all its children under strace, listening; told to end at the end."""
    strace = ["strace", "-f", "-qq", "-s", "200", "-e", "trace=%network", "-o", str(log)]
    command = [sys.executable, "-m", "voice_coach", "start", "--json", "--hold-seconds", "60"]
    with subprocess.Popen(
        [*LOOPBACK_ONLY, *strace, *command],
        env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as coach:  # fmt: skip
        assert coach.stdout is not None
        try:
            deadline = time.monotonic() + READY_SECONDS
            while '"EarsReady"' not in (line := coach.stdout.readline()):
                assert line, "it ended"
                assert time.monotonic() < deadline, "it does not listen"
            yield coach
        finally:
            for child in children_of(coach.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGTERM)
            coach.communicate(timeout=patient(30))


def children_of(pid: int) -> list[int]:
    """Process numbers; strace is `pid` itself, its child the coach."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def say(card: VirtualCard, folder: Path, words: str) -> None:
    wav = folder / "said.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", words, "-o", str(wav)], check=True, timeout=patient(30))
    card.say(wav)
