"""An archive is unpacked whole, inside its folder, or not at all."""

from __future__ import annotations

import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from voice_coach.models.unpack import ArchiveError, unpack

if TYPE_CHECKING:
    from pathlib import Path


def zip_of(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_the_one_folder_of_an_archive_gets_the_name_asked_for(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", {"top/one": b"1", "top/deep/two": b"2"})
    unpack(archive, tmp_path / "model", limit=10)
    assert (tmp_path / "model/one").read_bytes() == b"1"
    assert (tmp_path / "model/deep/two").read_bytes() == b"2"


@pytest.mark.parametrize(
    "name", ["../evil", "top/../../evil", "/evil", "top\\..\\evil", "C:/evil", "top/deep/../../../evil"]
)
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    archive = zip_of(tmp_path / "a.zip", {"top/good": b"1", name: b"evil"})
    with pytest.raises(ArchiveError, match="leads out"):
        unpack(archive, tmp_path / "inside/model", limit=100)
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip"}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("top/link")
        member.external_attr = (kind | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(ArchiveError, match="no file"):
        unpack(path, tmp_path / "model", limit=100)


def test_a_bomb_is_refused_by_its_declared_size(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", {"top/zeros": bytes(10_000_000)})
    with pytest.raises(ArchiveError, match="more than the 1,000,000 agreed"):
        unpack(archive, tmp_path / "model", limit=1_000_000)
    assert not (tmp_path / "model").exists()


def test_a_bomb_that_lies_about_its_size_writes_no_more_than_it_declares(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"top/zeros": bytes(1_000_000)})
    path.write_bytes(path.read_bytes().replace((1_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with pytest.raises(ArchiveError, match="damaged"):
        unpack(path, tmp_path / "model", limit=1000)
    assert (tmp_path / "model/zeros").stat().st_size <= 1000


@pytest.mark.parametrize("members", [{}, {"loose": b""}, {"one/a": b"", "two/b": b""}, {"top/a": b"", "loose": b""}])
def test_an_archive_without_exactly_one_folder_is_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    archive = zip_of(tmp_path / "a.zip", members)
    with pytest.raises(ArchiveError, match="exactly one folder"):
        unpack(archive, tmp_path / "model", limit=100)


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("top/file", b"a" * 100)
    path.write_bytes(path.read_bytes().replace(b"aaaa", b"abaa", 1))
    with pytest.raises(ArchiveError, match="damaged"):
        unpack(path, tmp_path / "model", limit=1000)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"no zip")
    with pytest.raises(ArchiveError, match="damaged"):
        unpack(path, tmp_path / "model", limit=1000)
