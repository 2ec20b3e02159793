"""scripts/setup waits for another program that has apt's locks, and says so."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRIPTS = Path(__file__).parents[2] / "scripts"
_CALL = (
    'set -euo pipefail; say() { echo "==> $*" >&2; }; fail() { echo "$*" >&2; exit 1; }; '
    f"source {_SCRIPTS}/system-packages.sh"
)
pytestmark = [
    pytest.mark.skipif(shutil.which("apt-get") is None, reason="this system has no apt-get"),
    pytest.mark.usefixtures("processes"),
]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock as dpkg does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.fcntl(file, fcntl.F_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        yield


@pytest.fixture
def apt(tmp_path: Path) -> list[str]:
    """The real apt-get on a root of its own, without any source of packages."""
    for folder in ("lists/partial", "archives/partial", "dpkg", "etc/sources.list.d", "etc/apt.conf.d"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dpkg/status").touch()
    (tmp_path / "etc/sources.list").touch()
    places = {
        "Dir::State::lists": "lists", "Dir::State::status": "dpkg/status", "Dir::Cache": "", "Dir::Etc": "etc",
        "Dir::Cache::archives": "archives", "Dir::State": "",
    }  # fmt: skip
    return ["apt-get", "-q", *(f"-o={name}={tmp_path}/{place}" for name, place in places.items())]


def _run(command: list[str], **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["bash", "-c", f'{_CALL}; when_unlocked "$@"', "bash", *command],
        env={**os.environ, "APT_RETRY_SECONDS": "0.2", "LC_ALL": "C.UTF-8", **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_lists_that_another_program_has_locked_are_waited_for(apt: list[str], tmp_path: Path) -> None:
    with locked(tmp_path / "lists/lock"):
        child = _run([*apt, "update"])
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith("==> Another program is installing packages: waiting"):
                break
        assert child.poll() is None
    rest = child.communicate(timeout=patient(60))[1]
    assert child.returncode == 0, rest
    assert "==> " not in rest


def test_it_does_not_wait_for_ever(apt: list[str], tmp_path: Path) -> None:
    with locked(tmp_path / "lists/lock"):
        child = _run([*apt, "update"], APT_PATIENCE_SECONDS="1")
        told = child.communicate(timeout=patient(60))[1]
    assert child.returncode != 0
    assert "Another program has kept apt-get locked for 1 seconds" in told


@pytest.mark.parametrize("lock", ["/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/cache/apt/archives/lock"])
def test_every_lock_of_apt_is_known_by_its_message(tmp_path: Path, lock: str) -> None:
    program = tmp_path / "apt-get"
    program.write_text(
        f"#!/bin/sh\nif [ -e {tmp_path}/tried ]; then echo done; exit 0; fi\ntouch {tmp_path}/tried\n"
        f"echo 'E: Could not get lock {lock}. It is held by process 17 (unattended-upgr)' >&2\n"
        f"echo 'E: Unable to acquire the dpkg frontend lock ({lock}), is another process using it?' >&2\nexit 100\n"
    )
    program.chmod(0o755)
    child = _run([str(program), "install"])
    told = child.communicate(timeout=patient(60))[1]
    assert child.returncode == 0, told
    assert told.count("waiting until it has ended") == 1


def test_another_trouble_is_not_waited_for(tmp_path: Path) -> None:
    program = tmp_path / "apt-get"
    program.write_text("#!/bin/sh\necho 'E: Unable to locate package nonsense' >&2\nexit 100\n")
    program.chmod(0o755)
    child = _run([str(program), "install"])
    assert child.communicate(timeout=patient(60))[1] == "E: Unable to locate package nonsense\n"
    assert child.returncode == 100
