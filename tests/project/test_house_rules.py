"""What every file of the project keeps to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 300
MADE_BY_PROGRAMS = {".lock", ".svg"}
BINARY = {".npz"}
REGISTRY_HOSTS = re.compile(r"pythonhosted|pypi\.org|deb\.debian\.org")


def project_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def text_files() -> list[Path]:
    return [path for path in project_files() if path.suffix not in BINARY]


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in text_files()
        if path.suffix not in MADE_BY_PROGRAMS
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_file_names_a_package_registry() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in text_files()
        if path != Path(__file__) and REGISTRY_HOSTS.search(path.read_text(encoding="utf-8"))
    ]
    assert naming == []


def test_no_file_is_large() -> None:
    assert [str(path) for path in project_files() if path.stat().st_size > 2_000_000] == []


@pytest.mark.parametrize("name", ["build", "run", "dev", "bench"])
class TestLock:
    def requirements(self, name: str) -> list[str]:
        text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
        lines = re.sub(r"\\\n", " ", text).splitlines()
        return [line for line in lines if line.strip() and not line.startswith("#")]

    def test_pins_every_package_by_version_and_hash(self, name: str) -> None:
        pinned = re.compile(r"[a-z0-9-]+==[^ ]+( +--hash=sha256:[0-9a-f]{64})+ *")
        assert [line for line in self.requirements(name) if not pinned.fullmatch(line)] == []

    def test_names_no_place_to_fetch_from(self, name: str) -> None:
        text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
        assert re.search(r"://|--index|--extra-index|--find-links|--trusted-host", text) is None


def test_the_locks_agree_on_versions() -> None:
    versions: dict[str, set[str]] = {}
    for path in (ROOT / "requirements").glob("*.lock"):
        for package, version in re.findall(r"^([a-z0-9-]+)==([^ ]+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            versions.setdefault(package, set()).add(version)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}
