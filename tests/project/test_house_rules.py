"""What every file of the project keeps to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("build", "run", "quick", "dev", "bench", "adapt")
LONGEST = 500
NO_PROSE = {".json", ".lock", ".svg", ".tsv"}
BINARY = {".npz", ".ogg", ".onnx", ".png", ".woff2"}
PLAIN_NAME = re.compile(r"[A-Za-z0-9._/-]+")
REGISTRY_HOSTS = re.compile(r"python[h]osted|py[p]i\.org|deb\.[d]ebian\.org")
"""In a spelling that does not find itself."""


def project_names() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return listed.split("\0")[:-1]


def project_files() -> list[Path]:
    return [ROOT / name for name in project_names() if (ROOT / name).is_file()]


def text_files() -> list[Path]:
    return [path for path in project_files() if path.suffix not in BINARY]


def _is_list_of_words(path: Path) -> bool:
    """What people say, line after line: such a file is looked up, not read."""
    return path.match("content/*/phrases.toml") or path.match("content/*/understanding.toml")


@pytest.mark.usefixtures("processes")
def test_no_file_is_longer_than_500_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in text_files()
        if path.suffix not in NO_PROSE and not _is_list_of_words(path)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.usefixtures("processes")
def test_no_file_names_a_package_registry() -> None:
    naming = [
        str(path.relative_to(ROOT)) for path in text_files() if REGISTRY_HOSTS.search(path.read_text(encoding="utf-8"))
    ]
    assert naming == []


@pytest.mark.usefixtures("processes")
def test_no_file_is_large() -> None:
    large = [path.relative_to(ROOT) for path in project_files() if path.stat().st_size > 2_000_000]
    assert {path for path in large if not path.match("encoder*/*.onnx")} == set(), "a model may have 10 MB"


@pytest.mark.usefixtures("processes")
def test_every_name_of_a_file_can_be_typed() -> None:
    """Tests work with the oddest names; one that forgets its folder would leave them here."""
    assert [name for name in project_names() if not PLAIN_NAME.fullmatch(name)] == []


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_by_version_and_hash(name: str) -> None:
    lines = lock(name).replace("\\\n", " ").splitlines()
    pinned = re.compile(r"[a-z0-9-]+==[^ ]+( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [line for line in lines if line and not line.startswith("#") and not pinned.fullmatch(line)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(name: str) -> None:
    assert re.search(r"://|--index|--extra-index|--find-links|--trusted-host", lock(name)) is None


def test_the_locks_agree_on_versions() -> None:
    versions: dict[str, set[str]] = {}
    for name in LOCKS:
        for package, version in re.findall(r"^([a-z0-9-]+)==([^ ]+)", lock(name), re.MULTILINE):
            versions.setdefault(package, set()).add(version)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}
