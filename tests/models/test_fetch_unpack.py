"""An archive is unpacked whole, inside its folder, or not at all."""

from __future__ import annotations

import contextlib
import stat
import tempfile
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_coach.models.fetching import ArchiveError, unpack


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


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".", "without a name"),
        ("./.", "without a name"),
        ("..", "leads out"),
        ("top", "exactly one folder"),
        ("top/.", "exactly one folder"),
        ("top/" + "x" * 252, "no model has"),
        ("top/" + "\uac00" * 100, "no model has"),
        ("/".join(["top"] * 2000), "no model has"),
        ("top/\x1b[2J", "no model has"),
        ("top/a\nb", "no model has"),
        ("top/one", "damaged"),
        ("top//one", "damaged"),
        ("top/./one", "damaged"),
        ("top/one/below", "damaged"),
    ],
)
def test_an_odd_name_is_refused_in_a_line(tmp_path: Path, name: str, reason: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there already
        archive.writestr("top/one", b"1")
        member = zipfile.ZipInfo("top/x")
        member.filename = name
        archive.writestr(member, b"2")
    with pytest.raises(ArchiveError, match=reason) as refused:
        unpack(path, tmp_path / "inside/model", limit=100)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 300
    assert {path.name for path in tmp_path.rglob("*")} <= {"a.zip", "inside", "model", "one"}


def test_an_empty_name_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"top/one": b"1", "NAMELESS": b"2"})
    path.write_bytes(path.read_bytes().replace(b"NAMELESS", b"\0AMELESS"))  # a NUL ends a name
    with pytest.raises(ArchiveError, match="without a name"):
        unpack(path, tmp_path / "model", limit=100)


def test_thousands_of_files_are_refused(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", {f"top/{number}": b"" for number in range(1001)})
    with pytest.raises(ArchiveError, match="more than 1,000 files"):
        unpack(archive, tmp_path / "model", limit=100)


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_may_ask_for_any_memory_is_refused(tmp_path: Path, compression: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", compression) as archive:
        archive.writestr("top/one", bytes(100))
    with pytest.raises(ArchiveError, match="compression"):
        unpack(tmp_path / "a.zip", tmp_path / "model", limit=100)


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"top/\u00e9": b"1"})
    path.write_bytes(path.read_bytes().replace("\u00e9".encode(), b"\xff\xff"))
    with pytest.raises(ArchiveError, match="damaged"):
        unpack(path, tmp_path / "model", limit=100)


@settings(max_examples=200)
@given(flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8))
def test_whatever_is_damaged_in_an_archive_is_told(flips: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = zip_of(Path(folder) / "a.zip", {"top/one": b"1" * 50, "top/deep/two": b"2"})
        content = bytearray(path.read_bytes())
        for place, value in flips:
            content[place % len(content)] = value
        path.write_bytes(content)
        with contextlib.suppress(ArchiveError):
            unpack(path, Path(folder) / "model", limit=1000)
        assert {one.name for one in Path(folder).iterdir()} <= {"a.zip", "model"}


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
