from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mirror.clocks import NOON
from tests.patience import patient
from voice_coach.errors import FaceError
from voice_coach.mirror.paired_devices import DevicesContents, DevicesFile, PairedDevice, make_code

TABLET = PairedDevice("iPad, Safari", "ab" * 32, "2027-01-15", "2027-02-01")
FULL = DevicesContents((TABLET, replace(TABLET, name="Android, Chrome")), make_code(NOON)[1])

ADD_TEN = """
import sys
from dataclasses import replace
from pathlib import Path
from voice_coach.mirror.paired_devices import DevicesFile, PairedDevice
for number in range(10):
    device = PairedDevice(f"{sys.argv[2]} {number}", "cd" * 32, "", "")
    DevicesFile(Path(sys.argv[1])).change(lambda old: replace(old, devices=(*old.devices, device)))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mirror.json"


def keep(path: Path, contents: DevicesContents) -> None:
    DevicesFile(path).change(lambda _: contents)


def test_what_was_kept_is_read_again(path: Path) -> None:
    keep(path, FULL)
    assert DevicesFile(path).read() == FULL


def test_without_a_file_nobody_is_paired_and_none_is_made(path: Path) -> None:
    assert DevicesFile(path).read() == DevicesContents()
    assert not path.parent.exists()


def test_nobody_else_can_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        keep(path, FULL)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()] == [0o600, 0o600]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    keep(path, DevicesContents())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_change_by_somebody_else_is_seen_at_once(path: Path) -> None:
    file = DevicesFile(path)
    for contents in (FULL, DevicesContents(), FULL):
        keep(path, contents)
        assert file.read() == contents
    path.unlink()
    assert file.read() == DevicesContents()


def test_a_change_that_fails_leaves_all_as_it_was(path: Path) -> None:
    keep(path, FULL)

    def fail(_contents: DevicesContents) -> DevicesContents:
        raise FaceError("no")

    with pytest.raises(FaceError, match="no"):
        DevicesFile(path).change(fail)
    assert DevicesFile(path).read() == FULL
    assert sorted(each.name for each in path.parent.iterdir()) == ["mirror.json", "mirror.lock"]


DAMAGED = {
    "empty": b"",
    "torn": b'{"version": 1, "devices": [',
    "no text": b"\xff\x00\x1b",
    "a list": b"[]",
    "a number": b"7",
    "deep": b"[" * 50_000,
    "large": b" " * 100_000,
    "another version": b'{"version": 2, "devices": [], "code": null}',
    "no devices": b'{"version": 1, "code": null}',
    "something more": b'{"version": 1, "devices": [], "code": null, "more": 1}',
    "a device without a token": b'{"version": 1, "devices": [{"name": "x"}], "code": null}',
    "an endless number": b'{"version": 1, "devices": [], "code": {"salt": "", "code_hash": "", "boot": "", '
    b'"made_at": 1' + b"0" * 400 + b', "wrong": 0}}',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_one_is_put_aside_and_nobody_is_paired(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert DevicesFile(path).read() == DevicesContents()
    (aside,) = path.parent.glob("mirror.json.damaged-20*")
    assert aside.read_bytes() == content
    assert aside.name in caplog.text
    assert not path.exists()
    keep(path, FULL)
    assert DevicesFile(path).read() == FULL


def test_a_damaged_one_is_put_aside_by_who_writes_first(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"shopping list")
    keep(path, FULL)
    assert DevicesFile(path).read() == FULL
    assert len(list(path.parent.glob("mirror.json.damaged-*"))) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = st.sampled_from(
    [
        ("version",), ("devices",), ("code",), ("devices", 0), ("devices", 0, "name"), ("devices", 0, "token_hash"),
        ("devices", 0, "seen_on"), ("devices", 1, "name"), ("code", "salt"), ("code", "code_hash"), ("code", "boot"),
        ("code", "made_at"), ("code", "wrong"),
    ]
)  # fmt: skip


@given(PLACES, JSON)
@settings(max_examples=60)
def test_whatever_stands_in_it_is_either_right_or_put_aside(place: tuple[Any, ...], value: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mirror.json"
        keep(path, FULL)
        found = json.loads(path.read_text())
        inner = found
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
        path.write_text(json.dumps(found))
        read = DevicesFile(path).read()
        if path.exists():
            assert DevicesFile(path).read() == read
            assert read.code is None or isinstance(read.code.is_valid(NOON), bool)
            assert read.code is None or not read.code.fits("AAAAAAAA")
            keep(path, replace(read, devices=()))
        else:
            assert read == DevicesContents()


@pytest.mark.usefixtures("processes")
def test_two_processes_lose_nothing(path: Path) -> None:
    children = [subprocess.Popen([sys.executable, "-c", ADD_TEN, path, name]) for name in ("one", "another")]
    assert [child.wait(timeout=patient(60)) for child in children] == [0, 0]
    assert len(DevicesFile(path).read().devices) == 20


def test_what_cannot_be_read_or_written_is_a_sentence(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(FaceError, match=r"cannot be read \(Is a directory\): look at .*mirror.json"):
        DevicesFile(path).read()
    with pytest.raises(FaceError, match="cannot be changed"):
        keep(path, FULL)
    with pytest.raises(FaceError, match="cannot be changed"):
        keep(path.parent / "mirror.lock" / "mirror.json", FULL)
