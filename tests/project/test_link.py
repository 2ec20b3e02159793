"""The link by which scripts/setup makes `voice-coach` a command: made, said, taken back, never in another's place."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable

    Bash = Callable[..., str]

ROOT = Path(__file__).parents[2]
_CALL = 'set -euo pipefail; say() { echo "==> $*" >&2; }; source "$1"; shift; "$@"'


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that a link may lead to."""
    path = tmp_path / "project" / ".venv" / "bin" / "voice-coach"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\necho here\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def link(tmp_path: Path) -> Path:
    """Where the link is, in an empty home."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home" / ".local" / "bin" / "voice-coach"


@pytest.fixture
def bash(tmp_path: Path, program: Path, processes: None) -> Bash:
    """Calls a function of scripts/link.sh for the program, and returns what it says."""

    def call(function: str, path: str = "/usr/bin:/bin", home: str | None = None) -> str:
        done = subprocess.run(
            ["/bin/bash", "-c", _CALL, "bash", ROOT / "scripts" / "link.sh", function, program],
            env={"PATH": path, "HOME": str(tmp_path / "home") if home is None else home},
            capture_output=True, text=True, check=True, timeout=patient(20),
        )  # fmt: skip
        assert done.stdout == ""
        return done.stderr

    return call


def test_in_an_empty_home_it_is_made_said_and_found(bash: Bash, link: Path, program: Path) -> None:
    told = bash("link_command")
    assert link.readlink() == program
    assert str(link) in told
    assert "scripts/setup --unlink removes it" in told
    assert "not in your PATH yet" in told
    found = subprocess.run(
        ["voice-coach"], env={"PATH": f"{link.parent}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    assert found.stdout == "here\n"


def test_where_the_folder_is_in_the_path_nothing_is_said_about_that(bash: Bash, link: Path) -> None:
    assert "PATH" not in bash("link_command", path=f"/usr/bin:/bin:{link.parent}")


def test_a_second_setup_says_nothing_of_it(bash: Bash, link: Path, program: Path) -> None:
    bash("link_command")
    assert bash("link_command") == ""
    assert link.readlink() == program


@pytest.mark.parametrize("kind", ["a file", "a folder", "another program", "another copy", "a dead link"])
def test_what_is_not_ours_stays_as_it_is(bash: Bash, link: Path, tmp_path: Path, kind: str) -> None:
    link.parent.mkdir(parents=True)
    other = tmp_path / "other" / ".venv" / "bin" / "voice-coach"
    other.parent.mkdir(parents=True)
    other.touch()
    targets = {"another program": Path("/bin/true"), "another copy": other, "a dead link": Path("/nowhere/voice-coach")}
    if kind in targets:
        link.symlink_to(targets[kind])
    elif kind == "a file":
        link.write_text("mine")
    else:
        link.mkdir()
    for function in ("link_command", "unlink_command"):
        assert f"{link} is not of this project and stays as it is" in bash(function)
    if kind in targets:
        assert link.readlink() == targets[kind]
    else:
        assert link.is_dir() if kind == "a folder" else link.read_text() == "mine"


def test_the_link_of_a_folder_that_was_moved_away_is_replaced(bash: Bash, link: Path, program: Path) -> None:
    link.parent.mkdir(parents=True)
    link.symlink_to("/nowhere/voice-coach/.venv/bin/voice-coach")
    bash("link_command")
    assert link.readlink() == program


def test_it_can_be_taken_back(bash: Bash, link: Path) -> None:
    bash("link_command")
    assert "is removed" in bash("unlink_command")
    assert not link.is_symlink()
    assert "There is no link" in bash("unlink_command")


@pytest.mark.parametrize("home", ["", "/proc/nowhere"])
def test_a_home_without_room_for_it_does_not_end_the_setup(bash: Bash, home: str) -> None:
    assert ("No link could be made" in bash("link_command", home=home)) == bool(home)


def test_the_three_lines_to_try_name_what_the_shell_finds(bash: Bash, link: Path) -> None:
    bash("link_command")
    for path, name in (
        (f"{link.parent}:/usr/bin:/bin", "  voice-coach "),
        ("/usr/bin:/bin", "  .venv/bin/voice-coach "),
    ):
        first, *lines = bash("what_to_try", path=path).splitlines()
        assert first == "==> Try:"
        assert [line.startswith(name) for line in lines] == [True] * 3
        assert [line.removeprefix(name).split()[0] for line in lines] == ["demo", "start", "doctor"]


@pytest.mark.usefixtures("processes")
def test_setup_takes_the_link_back_and_does_nothing_else(link: Path, tmp_path: Path) -> None:
    link.parent.mkdir(parents=True)
    link.symlink_to(ROOT / ".venv" / "bin" / "voice-coach")
    done = subprocess.run(
        [ROOT / "scripts" / "setup", "--unlink"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home")},
        capture_output=True, text=True, check=True, timeout=patient(20),
    )  # fmt: skip
    assert done.stderr == f"==> The link {link} is removed.\n"
    assert not link.is_symlink()
