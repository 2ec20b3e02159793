"""The installed service under a real systemd: a user's, in a house that nothing can leave (house.sh).

It needs root and a kernel that allows it; where it does not, the tests say so and are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.patience import patient
from voice_coach.service.systemd import RESTART_SECONDS, WATCHDOG_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OWN_NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "--ipc", "--uts", "--cgroup"]
CGROUPS = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
LEAVING_SECONDS = 10
SLACK_SECONDS = 10


@contextmanager
def cgroup() -> Iterator[Path]:
    """A control group for the house, empty of others."""
    root = next((path for path in CGROUPS if (path / "cgroup.procs").exists()), None)
    if root is None:
        pytest.skip("there is no version 2 of control groups")
    group = root / f"voice-coach-test-{os.getpid()}"
    group.mkdir()
    try:
        yield group
    finally:
        for folder, _, _ in os.walk(group, topdown=False):
            Path(folder).rmdir()


def in_house(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the house."""
    outer = str(Path("/proc/self/ns/mnt").readlink())
    house = [*OWN_NAMESPACES, str(HERE / "house.sh"), outer, str(folder), sys.executable, *command]
    with cgroup() as group:
        enter = ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "enter"]
        return subprocess.run(
            [*enter, *house],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False, timeout=patient(280),
        )  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, processes: None) -> dict[str, Any]:
    """What guest.py tells of its visit."""
    if os.geteuid():
        pytest.skip("a house of its own needs root")
    if not Path("/lib/systemd/systemd").exists():
        pytest.skip("systemd is missing: apt install systemd")
    trial = in_house(tmp_path_factory.mktemp("trial"), "-c", "import sys; sys.exit(0)")
    if trial.returncode:
        pytest.skip(f"this machine allows no house: {trial.stderr.strip()}")
    visit = in_house(tmp_path_factory.mktemp("house"), "-m", "tests.service.guest")
    assert visit.returncode == 0, visit.stderr
    answers: dict[str, Any] = json.loads(visit.stdout.splitlines()[-1])
    return answers


def test_it_is_up_when_install_returns(told: dict[str, Any]) -> None:
    assert told["install"]["status"] == 0, told["install"]
    assert "It was started." in told["install"]["said"]
    assert told["install_again"]["said"].startswith("Nothing had to be changed")


def test_status_tells_in_the_coach_s_own_words(told: dict[str, Any]) -> None:
    assert told["status"]["status"] == 0
    assert "Running since " in told["status"]["said"]
    assert "It says: no routine is running; listening" in told["status"]["said"]


def test_the_sandbox_is_on_and_the_coach_works_in_it(told: dict[str, Any]) -> None:
    lines = dict(line.split(":\t", 1) for line in told["process"].splitlines() if ":\t" in line)
    assert lines["NoNewPrivs"].strip() == "1"
    assert lines["Seccomp"].strip() == "2"
    assert int(lines["CapBnd"], 16) == 0


def test_a_main_loop_that_stands_still_is_replaced(told: dict[str, Any]) -> None:
    assert told["restarts"] == 1
    assert told["watchdog_seconds"] < WATCHDOG_SECONDS + RESTART_SECONDS + LEAVING_SECONDS + patient(SLACK_SECONDS)


def test_after_its_end_it_comes_back(told: dict[str, Any]) -> None:
    assert told["ended_seconds"] < RESTART_SECONDS + LEAVING_SECONDS + patient(SLACK_SECONDS)
    assert told["json"]["is_running"]
    assert told["json"]["restarts"] == 2


def test_uninstall_stops_it(told: dict[str, Any]) -> None:
    assert told["uninstall"]["status"] == 0, told["uninstall"]
    assert told["active_at_last"] == "inactive"
    assert told["uninstall_again"]["said"].startswith("There was nothing to remove")
