"""Inputs that fuzzing has found: each once ended in a traceback or was taken for right."""

from __future__ import annotations

import sys
import tomllib
import zlib
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from benches.fuzz import command_line as fuzz_command_line
from benches.fuzz import settings as fuzz_settings
from benches.fuzz import sound as fuzz_sound
from voice_coach.audio.recordings import read_recording
from voice_coach.errors import ContentError, RecordingError, SettingsError
from voice_coach.language.wording import parse_wording
from voice_coach.memory.journal_records import from_line
from voice_coach.memory.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

_DIGITS = sys.int_info.default_max_str_digits + 1
"""Python makes no text of a longer number, and no number of a longer text."""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x0b", "not TOML"),  # str.splitlines divided it into two right lines
        (b"volume = 0.5\x0cgain = 1", "not TOML"),
        ("volume = 0.5\u2028gain = 1".encode(), "not TOML"),
        (b"engine = 0x" + b"f" * _DIGITS, "engine must be"),
        (b"minutes = 0x" + b"f" * _DIGITS, "minutes must be"),
        (b"favourites = [0x" + b"f" * _DIGITS + b"]", "favourites must be"),
        (b"minutes = " + b"9" * _DIGITS, "too long"),
        (b"minutes = " + b"[" * 3_000, "too many brackets"),
        (b"minutes = " + b"{a=" * 3_000, "too many brackets"),
        (b"engine = []", "engine must be"),
    ],
)
def test_settings_that_once_failed_are_told(tmp_path: Path, content: bytes, words: str) -> None:
    fuzz_settings.check(content, tmp_path)
    (tmp_path / "settings.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        load_settings(tmp_path / "settings.toml")


def test_a_name_too_long_for_a_file_is_told() -> None:
    with pytest.raises(RecordingError, match="cannot be read"):
        read_recording("9" * 5_000)


@pytest.mark.filterwarnings("error")
def test_samples_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    sides = np.array([[np.inf, -np.inf], [np.nan, 1.0], [3e38, 3e38]] * 500, np.float32)
    soundfile.write(path, sides, 16_000, subtype="FLOAT")
    fuzz_sound.check(path.read_bytes(), tmp_path)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["rehearse", f"--noise={'9' * 5_000}"], b""),  # longer than a path may be
        (["hear", "x" * 100_000], b""),
        (["hear", "\0"], b""),
        (["understand", "\udcff"], b""),  # an argument that is no UTF-8
        (["hear", "\udcff.wav"], b""),
        (["understand", "-"], b"next step\n\xff\xfe\n\0\n"),
        (["understand", "--", "--lang"], b""),
        ([], b""),
    ],
)
def test_command_lines_that_once_failed_are_answered(tmp_path: Path, arguments: list[str], stdin: bytes) -> None:
    fuzz_command_line.check((arguments, stdin), tmp_path)


@pytest.mark.parametrize(
    ("right", "forged"),
    [
        (b'"wall":1800000000.0', b'"wall":"then"'),  # was subtracted from a number later
        (b'"boot_id":"ffff"', b'"boot_id":5'),
        (b'"is_paused":false', b'"is_paused":"no"'),
        (b'"hold_seconds":600.0', b'"hold_seconds":true'),
        (b'"step":"cleanse"', b'"step":["cleanse"]'),
        (b'"countdown":null', b'"countdown":""'),
    ],
)
def test_a_forged_record_of_the_wrong_kinds_is_none(right: bytes, forged: bytes) -> None:
    text = (
        b'{"version":1,"number":1,"stamp":{"boot_id":"ffff","monotonic":100.0,"wall":1800000000.0,'
        b'"is_wall_trusted":true},"routine":"facial_mask","language":"en","session":{"step":"cleanse",'
        b'"is_daytime":true,"is_paused":false,"hold_seconds":600.0,"countdown":null,"past":[]}}'
    )
    assert right in text
    assert from_line(_with_checksum(text)) is not None
    assert from_line(_with_checksum(text.replace(right, forged))) is None


@pytest.mark.parametrize(
    ("table", "key", "text"),
    [
        ("time", "seconds", "{left} seconds"),  # was missed when a time was said
        ("time", "one_left", "one is left"),
        ("time", "about", "about {"),
        ("sentences", "begin", "Let us begin. {step:d}"),  # no number can be made of a step
        ("sentences", "begin", "Let us begin. {step!x}"),
    ],
)
def test_a_wording_whose_placeholders_cannot_be_filled_is_refused(table: str, key: str, text: str) -> None:
    english = files("voice_coach") / "content" / "en"
    content, phrases = (tomllib.loads((english / f"{name}.toml").read_text("utf-8")) for name in ("wording", "phrases"))
    parse_wording(content, phrases)
    content[table][key] = text
    with pytest.raises(ContentError):
        parse_wording(content, phrases)


def _with_checksum(text: bytes) -> bytes:
    return b"%08x %s" % (zlib.crc32(text), text)
