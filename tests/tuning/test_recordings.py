from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from voice_coach.errors import RecordingError
from voice_coach.library import load_language
from voice_coach.tuning.clip_recordings import phrase_named, read_folder, spelled_phrases
from voice_coach.tuning.proposal import Manner

if TYPE_CHECKING:
    from pathlib import Path

BOOK = load_language("en").phrase_book
SPELLED = spelled_phrases(BOOK)


def sound(path: Path, rate: int = 16_000, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, (rate // 2, channels)), rate)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("next_step", "next step"),
        ("awb-next_step", "next step"),
        ("03 Next Step (2)", "next step"),
        ("07-whats-next", "what's next"),
        ("what_s_next", "what's next"),
        ("What's next", "what's next"),
        ("anna-2026-11-23-say.that.again", "say that again"),
        ("go-to-the-next-step", "go to the next step"),
        ("two_more_minutes", "two more minutes"),
        ("take-3", None),
        ("", None),
    ],
)
def test_a_file_is_known_by_the_phrase_in_its_name(name: str, text: str | None) -> None:
    phrase = phrase_named(name, SPELLED)
    assert (phrase and phrase.text) == text


def test_a_folder_of_any_kind_of_files_is_read(tmp_path: Path) -> None:
    sound(tmp_path / "awb-next_step.wav", 8_000)
    sound(tmp_path / "Stiff Lips" / "01-hold-on.flac", 44_100, channels=2)
    sound(tmp_path / "noise.wav")
    sound(tmp_path / "echo.wav", 48_000, channels=2)
    sound(tmp_path / "song.flac")
    (tmp_path / "time-left.wav").write_bytes(b"no sound")
    (tmp_path / "notes.txt").write_text("mine")
    recordings = read_folder(tmp_path, BOOK)
    clips = {clip.phrase.text: clip.manner for clip, _ in recordings.clips}
    assert clips == {"next step": Manner.NORMAL, "hold on": Manner.STIFF}
    assert all(len(heard) == 8_000 for _, heard in recordings.clips)
    assert recordings.noise is not None
    assert recordings.echo is not None
    assert recordings.echo.shape == (8_000, 2)
    assert len(recordings.unused) == 2


def test_a_table_goes_before_names(tmp_path: Path) -> None:
    sound(tmp_path / "a" / "1.wav")
    sound(tmp_path / "a" / "next-step.wav")
    (tmp_path / "tune.tsv").write_text(
        "path\tphrase\tmanner\na/1.wav\tWhat's next?\tstiff\na/next-step.wav\thold on\t\ngone.wav\thold on\t\n"
    )
    recordings = read_folder(tmp_path, BOOK)
    assert [(clip.phrase.text, clip.manner) for clip, _ in recordings.clips] == [
        ("what's next", Manner.STIFF),
        ("hold on", Manner.NORMAL),
    ]
    assert "gone.wav does not exist" in recordings.unused[0]


@pytest.mark.parametrize("odd", ["time-left.wav", "noise.wav", "echo.wav"])
def test_one_odd_file_is_named_and_the_others_are_used(tmp_path: Path, odd: str) -> None:
    sound(tmp_path / "next_step.wav")
    (tmp_path / odd).write_bytes(b"no sound")
    recordings = read_folder(tmp_path, BOOK)
    assert [clip.phrase.text for clip, _ in recordings.clips] == ["next step"]
    assert len(recordings.unused) == 1
    assert odd in recordings.unused[0]


def test_sounds_that_cannot_be_sought_in_and_channels_in_antiphase_are_used(tmp_path: Path) -> None:
    tone = 0.3 * np.sin(np.arange(8_000) * 0.3)
    soundfile.write(tmp_path / "next_step.wav", tone, 8_000, subtype="GSM610")
    soundfile.write(tmp_path / "echo.wav", np.stack([tone, tone], axis=1), 8_000, subtype="IMA_ADPCM")
    soundfile.write(tmp_path / "hold_on.wav", np.stack([tone, -tone], axis=1), 8_000)
    recordings = read_folder(tmp_path, BOOK)
    assert all(np.abs(heard).max() > 0.2 for _, heard in recordings.clips)
    assert recordings.echo is not None
    assert recordings.echo.shape[1] == 2
    assert not recordings.unused
    assert [("antiphase" in remark) for remark in recordings.remarks] == [True]


@pytest.mark.parametrize("content", ["", "file\ttext\n1.wav\tnext step\n"])
def test_a_table_without_its_columns_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "tune.tsv").write_text(content)
    with pytest.raises(RecordingError, match=r"columns path and phrase|holds no recording"):
        read_folder(tmp_path, BOOK)


def test_a_folder_without_commands_is_a_sentence_that_says_how_to_name_them(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is no folder"):
        read_folder(tmp_path / "nowhere", BOOK)
    with pytest.raises(RecordingError, match=r"holds no recording.*next-step\.wav"):
        read_folder(tmp_path, BOOK)
    sound(tmp_path / "song.wav")
    with pytest.raises(RecordingError, match=r"song\.wav is named after no phrase"):
        read_folder(tmp_path, BOOK)
