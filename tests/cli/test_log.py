"""The log of a real process: of limited size, in nobody else's file, and no reason for anything to fail."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import voice_coach
from tests.disks import Failure, ext4_disk
from tests.patience import patient
from voice_coach.cli.log import LARGEST_BYTES, NAME

BOTH_FILES_BYTES = 2 * LARGEST_BYTES
SHARED = f"voice-coach-{os.getuid()}"
SOMEBODY = 1234
"""Another user."""
PRELUDE = """\
import fcntl, logging, os, subprocess, sys, termios, time
from voice_coach.cli import log
log.keep_log()
real = log.keep_libraries_quiet()
"""
PAUSED = """\
    while n % 200 == 0 and any(fcntl.ioctl(2, termios.FIONREAD, bytes(4))):  # bytes that nobody has read
        time.sleep(0.0005)
"""
"""The last lines of a loop over n: what comes faster than the disk takes it would be lost instead."""
LEAVE = """
log.finish_log()
real.write(str(log.log_path()))
real.flush()
"""


class House:
    """Where a process is at home, and its log."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.shared = folder / "shared"
        for made in (self.home, self.shared):
            made.mkdir(exist_ok=True)
        self.log = self.home / ".local" / "state" / "voice-coach" / "log" / NAME
        self.fallback = self.shared / SHARED / NAME

    def run(self, script: str) -> str:
        """Run a script in a process of its own that keeps a log; returns where it says that the log is."""
        done = subprocess.run(
            [sys.executable, "-c", PRELUDE + script + LEAVE],
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.shared)},
            capture_output=True, text=True, timeout=patient(60), check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout


@pytest.fixture
def house(tmp_path: Path, processes: None) -> House:
    return House(tmp_path)


@pytest.fixture
def homeless(tmp_path: Path, processes: None) -> House:
    """A house in whose home nothing can be made: a file stands where the log's folder would be."""
    house = House(tmp_path)
    (house.home / ".local").write_text("no folder")
    return house


SAY = "logging.getLogger('a library').warning('something is odd')\n"


def test_what_is_logged_printed_and_written_by_libraries_and_children_stands_in_one_file(house: House) -> None:
    script = """
print("printed")
os.write(2, b"by a C library\\n")
subprocess.run(["sh", "-c", "echo by a child >&2"], check=True)
"""
    assert house.run(SAY + script) == str(house.log)
    text = house.log.read_text()
    assert "WARNING a library: something is odd\n" in text
    assert "\nprinted\nby a C library\nby a child\n" in text
    assert house.log.stat().st_mode & 0o077 == 0


def test_what_cannot_be_written_at_home_stands_in_the_folder_for_temporary_files(homeless: House) -> None:
    assert homeless.run(SAY) == str(homeless.fallback)
    assert "something is odd" in homeless.fallback.read_text()
    assert homeless.fallback.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "flood", ["print('x' * 99)", "os.write(2, b'x' * 99 + b'\\n')", "tell.warning('x' * 99 + str(n))"]
)
def test_the_log_of_a_running_process_never_takes_more_than_a_megabyte(house: House, flood: str) -> None:
    house.run(f"tell = logging.getLogger('x')\nfor n in range(40_000):\n    {flood}\n{PAUSED}")
    sizes = [path.stat().st_size for path in house.log.parent.iterdir()]
    assert LARGEST_BYTES < sum(sizes) <= BOTH_FILES_BYTES
    assert max(sizes) <= LARGEST_BYTES
    assert sorted(path.name for path in house.log.parent.iterdir()) == [NAME, f"{NAME}.1"]


def test_several_processes_share_a_log_of_a_megabyte(house: House) -> None:
    script = f"{PRELUDE}for n in range(8_000):\n    print(n, 'x' * 99)\n{PAUSED}{LEAVE}"
    environment = {"PATH": os.environ["PATH"], "HOME": str(house.home)}
    several = [subprocess.Popen([sys.executable, "-c", script], env=environment) for _ in range(4)]
    assert [one.wait(60) for one in several] == [0] * 4
    assert sum(path.stat().st_size for path in house.log.parent.iterdir()) <= BOTH_FILES_BYTES


def test_a_message_that_goes_on_does_not_drive_out_the_others(house: House) -> None:
    house.run("for n in range(1000): logging.warning('no speaker')\nlogging.warning('the last word')")
    lines = house.log.read_text().splitlines()
    assert sum("no speaker" in line for line in lines) == 5
    assert "the last word" in lines[-1]


def test_a_message_that_cannot_be_put_together_is_no_reason_to_fail(house: House) -> None:
    house.run("logging.warning('%d', 'no number')\nlogging.warning('the last word')")
    assert "the last word" in house.log.read_text()


def test_what_nobody_can_catch_is_logged(house: House) -> None:
    house.run("class Odd:\n    def __del__(self): raise ValueError('at its end')\nOdd()\n")
    assert "ValueError: at its end" in house.log.read_text()


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("failure", [Failure.FULL, Failure.READ_ONLY, Failure.SHUT_DOWN])
def test_a_disk_that_fails_costs_the_log_of_the_home_only(tmp_path: Path, failure: Failure) -> None:
    with ext4_disk(tmp_path / "disk") as disk:
        house = House(disk.folder)
        house.shared = tmp_path / "shared"
        house.shared.mkdir()
        house.run(SAY)
        disk.fail(failure)
        if failure is Failure.FULL:
            with house.log.open("ab", buffering=0) as log, suppress(OSError):
                while True:  # its last block has room for a word
                    log.write(b"x")
        house.run(SAY)
        assert "something is odd" in (house.shared / SHARED / NAME).read_text()


def test_where_nothing_takes_it_there_is_no_log_and_no_error(homeless: House) -> None:
    no_folder = "import tempfile\ntempfile._candidate_tempdir_list = list\n"  # as where all of them are full
    assert homeless.run(f"{no_folder}{SAY}print('x' * 9000)\nos.write(2, b'x' * 9000)\n") == os.devnull


def link_the_folder(house: House, target: Path) -> None:
    house.fallback.parent.symlink_to(target)


def link_the_file(house: House, target: Path) -> None:
    house.fallback.parent.mkdir(mode=0o700)
    house.fallback.symlink_to(target / NAME)


def let_others_write(house: House, _target: Path) -> None:
    house.fallback.parent.mkdir()
    house.fallback.parent.chmod(0o777)


def belong_to_somebody_else(house: House, _target: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving a folder to another user takes root")
    house.fallback.parent.mkdir(mode=0o700)
    os.chown(house.fallback.parent, SOMEBODY, SOMEBODY)


def lay_a_pipe(house: House, _target: Path) -> None:
    house.fallback.parent.mkdir(mode=0o700)
    os.mkfifo(house.fallback)


@pytest.mark.parametrize("lay", [link_the_folder, link_the_file, let_others_write, belong_to_somebody_else, lay_a_pipe])
def test_what_somebody_else_may_have_laid_there_is_not_written_to(homeless: House, tmp_path: Path, lay: object) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / NAME).write_text("precious" * 200_000)
    assert callable(lay)
    lay(homeless, target)
    assert homeless.run(SAY) == os.devnull
    assert (target / NAME).read_text() == "precious" * 200_000
    assert [path.name for path in target.iterdir()] == [NAME]


def test_nothing_else_has_a_name_that_can_be_foreseen_in_a_folder_that_all_share() -> None:
    sources = Path(voice_coach.__file__).parent.rglob("*.py")
    naming = {path.name for path in sources if "gettempdir" in path.read_text() or "mktemp(" in path.read_text()}
    assert naming == {"log.py", "virtual_card.py"}, "virtual_card.py asks only how long its name is"
