"""The models that may be fetched, as `models/models.toml` lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

from voice_coach.errors import ModelError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One downloadable model: a zip archive that holds one folder."""

    name: str
    """Also the name of its folder, and of its archive without ".zip"."""
    language: str
    engine: str
    urls: tuple[str, ...]
    """Where the archive lies: the publisher first, then mirrors in the order of trial."""
    size: int
    """Bytes of the archive."""
    sha256: str
    """Of the archive, in hexadecimal."""
    unpacked_limit: int
    """Bytes that the unpacked model may have at most."""
    licence: str

    def __post_init__(self) -> None:
        """Check what the rest relies on: a plain folder name and web addresses."""
        if not self.name or set(self.name) & set("/\\") or self.name.startswith("."):
            message = f"{self.name!r} in models.toml is no name for a folder: use letters, digits, '-' and '.'."
            raise ModelError(message)
        for url in self.urls:
            if not url.startswith(("https://", "http://")):
                message = f"{url!r} in models.toml is no web address: let it begin with https://."
                raise ModelError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One model that lies inside a Python package."""

    name: str
    """As pip knows it."""
    version: str
    language: str
    engine: str
    sha256: str
    """Of the wheel, in hexadecimal."""


def load_packages() -> tuple[Package, ...]:
    """All packages listed in models.toml.

    Raises:
        ModelError: the list is wrong.
    """
    return parse_packages(_text())


def parse_packages(text: str) -> tuple[Package, ...]:
    """Read the packages in the text of a models.toml; none when it lists none.

    Raises:
        ModelError: it is no TOML, or an entry lacks something or has too much.
    """
    try:
        return tuple(Package(**entry) for entry in tomllib.loads(text).get("package", []))
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise _damaged(error) from error


def find_package(wanted: str, packages: tuple[Package, ...]) -> Package | None:
    """The package of a name or of a language."""
    return next((package for package in packages if wanted in {package.name, package.language}), None)


def load_catalogue() -> tuple[Model, ...]:
    """All models listed in models.toml.

    Raises:
        ModelError: the list is wrong.
    """
    return parse_catalogue(_text())


def parse_catalogue(text: str) -> tuple[Model, ...]:
    """Read the text of a models.toml.

    Raises:
        ModelError: it is no TOML, or an entry lacks something or has too much.
    """
    try:
        entries = tomllib.loads(text)["model"]
        return tuple(Model(**{**entry, "urls": tuple(entry["urls"])}) for entry in entries)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise _damaged(error) from error


def find_model(wanted: str, catalogue: tuple[Model, ...]) -> Model:
    """The model of a name or of a language.

    Raises:
        ModelError: none fits; names the nearest, or all.
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
