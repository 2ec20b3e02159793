"""Folders in which benches keep intermediate results, so that a bench goes on where it was stopped."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from platformdirs import user_cache_path

import voice_coach
from voice_coach.ears.recognizers.registry import find_second_ear

if TYPE_CHECKING:
    from collections.abc import Iterable


DECIDING_SUFFIXES = {".py", ".toml", ".npz", ".json", ".onnx"}
"""The suffixes of all files that can change what is heard: code, content, tables, and what was learned."""
_DECIDING_DISTRIBUTIONS = ("moonshine-voice", "numpy", "onnxruntime", "scipy", "soxr", "vosk")
_DECIDING_BENCHES = ("hearing/listening.py", "common/acoustics.py")
_DECIDING_PARTS = (
    *("audio", "content", "ears", "language", "models", "routines", "schema", "session"),
    *("content_index.py", "library.py"),
)


def cache_folder(name: str) -> Path:
    """Return the folder of this name in the benches' cache, and make it if it isn't there.

    Raises the audit event `benches.cache_folder` with the name: on a machine where the folder is empty, the caller
    would have to start programs or load models to fill it, and tests/uses.py asks tests for the fixtures of these.
    """
    sys.audit("benches.cache_folder", name)
    folder = user_cache_path("voice-coach") / "benches" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def digest_of_ears_code() -> str:
    """A digest of all code and content, and of the libraries' versions, that can change what is heard."""
    package = Path(voice_coach.__file__).parent
    files = (file for name in _DECIDING_PARTS for file in _files(package / name))
    benches = (Path(__file__).parents[1] / name for name in _DECIDING_BENCHES)
    versions = tuple((name, metadata.version(name)) for name in _DECIDING_DISTRIBUTIONS)
    return digest(
        (versions, find_second_ear() is not None, tuple((file.name, file.read_bytes()) for file in (*files, *benches)))
    )


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix in DECIDING_SUFFIXES)
    if not files:
        message = f"{path} has no code; correct the parts in {Path(__file__).name}"
        raise FileNotFoundError(message)
    return files


def digest(value: Any) -> str:  # noqa: ANN401  whatever tasks are made of
    """A digest of dataclasses, tuples, arrays and what has a stable repr; the same in every process."""
    whole = hashlib.sha256()
    for part in _parts(value):
        whole.update(part)
        whole.update(b"\0")
    return whole.hexdigest()[:32]


def _parts(value: Any) -> Iterable[bytes]:  # noqa: ANN401  as above
    if isinstance(value, np.ndarray):
        yield value.tobytes()
    elif isinstance(value, bytes):
        yield value
    elif isinstance(value, tuple):
        yield str(len(value)).encode()
        for one in value:
            yield from _parts(one)
    elif dataclasses.is_dataclass(value):
        yield type(value).__name__.encode()
        for field in dataclasses.fields(value):
            yield from _parts(getattr(value, field.name))
    else:
        yield repr(value).encode()
