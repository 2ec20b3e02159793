"""The models, packages and voices that can be fetched, and where models lie on this machine."""

from __future__ import annotations

import importlib.util
import os
import sys
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from voice_coach.errors import ModelError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


AUTO, STANDARD, NATURAL = "auto", "standard", "natural"
NATURAL_PACKAGE = "hibari-tts==0.2.1"
"""The package of the natural voice, as pip is told to install it; its version is fixed, since the package is young."""


@dataclass(frozen=True, slots=True)
class VoiceOffer:
    """A voice that a person can choose."""

    package: str
    """The Python package that synthesizes the voice."""
    engine: str
    """The name of the speech synthesizer, for people to read."""
    languages: tuple[str, ...] = ()
    """The codes of the languages that the voice speaks; empty for all languages."""


VOICES: Mapping[str, VoiceOffer] = {
    STANDARD: VoiceOffer("pyttsx3", "eSpeak NG through pyttsx3"),
    NATURAL: VoiceOffer("hibari-tts", "hibari, a neural voice", ("en",)),
}
"""All voices by their names. A person chooses one of them, or AUTO."""
_LEAST_MEMORY = 900_000_000
"""Bytes of memory from which AUTO takes the natural voice, which needs 165 MB: a machine of 1 GB has a little less."""


def speaks(name: str, language: str) -> bool:
    """Whether a voice speaks a language."""
    languages = VOICES[name].languages
    return not languages or language in languages


def voice_for(choice: str, language: str) -> str:
    """Return the name of the voice that a choice means: AUTO is the natural voice where it can run.

    Args:
        choice: AUTO, or the name of a voice, which is returned as it is.
        language: the code of the language to speak.
    """
    if choice != AUTO:
        return choice
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    can_run = speaks(NATURAL, language) and memory >= _LEAST_MEMORY and importlib.util.find_spec("hibari") is not None
    return NATURAL if can_run else STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One downloadable model: a zip archive that holds one folder."""

    name: str
    """The model's name, which is also the name of its folder, and of its archive without ".zip"."""
    language: str
    engine: str
    urls: tuple[str, ...]
    """The addresses of the archive in the order in which they are tried: the publisher's first, then the mirrors'."""
    size: int
    """Bytes of the archive."""
    sha256: str
    """The SHA-256 checksum of the archive, in hexadecimal."""
    unpacked_limit: int
    """Bytes that the unpacked model may have at most."""
    licence: str

    def __post_init__(self) -> None:
        """Check that the name can be a folder's name and that all addresses are web addresses.

        Raises:
            ModelError: one is not.
        """
        if not self.name or set(self.name) & set("/\\") or self.name.startswith("."):
            message = f"{self.name!r} in models.toml is no name for a folder: use letters, digits, '-' and '.'."
            raise ModelError(message)
        for url in self.urls:
            if not url.startswith(("https://", "http://")):
                message = f"{url!r} in models.toml is no web address: let it begin with https://."
                raise ModelError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A model that is shipped in a Python package."""

    name: str
    """The package's name for pip."""
    version: str
    language: str
    engine: str
    sha256: str
    """The SHA-256 checksum of the wheel, in hexadecimal."""


def load_packages() -> tuple[Package, ...]:
    """Read all packages that models.toml lists.

    Raises:
        ModelError: models.toml is damaged.
    """
    return parse_packages(_text())


def parse_packages(text: str) -> tuple[Package, ...]:
    """Read the packages from the text of a models.toml; none when it lists none.

    Raises:
        ModelError: the text is not valid TOML, or an entry lacks a key or has an unknown one.
    """
    try:
        return tuple(Package(**entry) for entry in tomllib.loads(text).get("package", []))
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise _damaged(error) from error


def find_package(wanted: str, packages: tuple[Package, ...]) -> Package | None:
    """Return the package with this name or for this language; None when there is none."""
    return next((package for package in packages if wanted in {package.name, package.language}), None)


def load_catalogue() -> tuple[Model, ...]:
    """Read all downloadable models that models.toml lists.

    Raises:
        ModelError: models.toml is damaged.
    """
    return parse_catalogue(_text())


def parse_catalogue(text: str) -> tuple[Model, ...]:
    """Read the downloadable models from the text of a models.toml.

    Raises:
        ModelError: the text is not valid TOML, or an entry lacks a key or has an unknown one.
    """
    try:
        entries = tomllib.loads(text)["model"]
        return tuple(Model(**{**entry, "urls": tuple(entry["urls"])}) for entry in entries)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise _damaged(error) from error


def find_model(wanted: str, catalogue: tuple[Model, ...]) -> Model:
    """Return the model with this name or for this language.

    Raises:
        ModelError: there is none; the text suggests the most similar name, or lists all.
    """
    for model in catalogue:
        if wanted in {model.name, model.language}:
            return model
    listed: tuple[Model | Package, ...] = (*catalogue, *load_packages())
    known = sorted({name for model in listed for name in (model.name, model.language)})
    remedy = did_you_mean(wanted, known) or f"choose one of {', '.join(known)}."
    message = f"There is no model or language {wanted!r} to fetch: {remedy}"
    raise ModelError(message)


def _text() -> str:
    return resources.files("voice_coach.models").joinpath("models.toml").read_text("utf-8")


def _damaged(error: Exception) -> ModelError:
    return ModelError(f"models.toml is damaged ({error}): restore it from the project's repository.")


REQUIRED_FILES = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/Gr.fst",
    "graph/HCLr.fst",
    "graph/disambig_tid.int",
)
"""The files that Vosk needs of a model that takes a grammar (`Model::ConfigureV2` in vosk-api's src/model.cc)."""

IVECTOR_FILES = (
    "ivector/final.dubm",
    "ivector/final.ie",
    "ivector/final.mat",
    "ivector/global_cmvn.stats",
    "ivector/online_cmvn.conf",
    "ivector/splice.conf",
)
"""The further files that Vosk needs of a model with an i-vector extractor."""


def model_folders() -> tuple[Path, ...]:
    """Return the folders that may hold models, in the order in which they are searched; they need not exist.

    They are that of a git clone, that of the environment, in which a Debian package keeps them, and the person's own.
    """
    beside_code = Path(__file__).resolve().parents[2] / "models"
    shared = (beside_code,) if (beside_code / "models.toml").is_file() else ()
    return (
        *shared,
        Path(sys.prefix) / "share/voice-coach/models",
        platformdirs.user_data_path("voice-coach") / "models",
    )


def folder_for_downloads() -> Path:
    """Return the first model folder that can be written to, else the person's own, which is made when needed."""
    *shared, own = model_folders()
    return next((folder for folder in shared if os.access(folder, os.W_OK)), own)


def find_vosk_model(language: str) -> Path | None:
    """Return the folder of the Vosk model of a language; None when there is none.

    It may be a downloaded model that models.toml lists, or the folder `model` in an installed package
    `vosk_model_<language>`. The content of the folder is not checked; `verify` does that.
    """
    for model in load_catalogue():
        if model.engine == "vosk" and model.language == language and (found := find_unpacked(model)):
            return found
    return _find_in_package(language)


def find_unpacked(model: Model) -> Path | None:
    """Return the folder of a downloaded model; None when it is in none of the model folders."""
    paths = (folder / model.name for folder in model_folders())
    return next((path for path in paths if path.is_dir()), None)


def missing_files(model_path: Path) -> tuple[str, ...]:
    """Return the files that a Vosk model must have and that this folder lacks."""
    ivector = IVECTOR_FILES if (model_path / "ivector").is_dir() else ()
    return tuple(name for name in (*REQUIRED_FILES, *ivector) if not (model_path / name).is_file())


def _find_in_package(language: str) -> Path | None:
    if not language.isidentifier():
        return None
    spec = importlib.util.find_spec(f"vosk_model_{language}")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(location) / "model"
        if path.is_dir():
            return path
    return None
