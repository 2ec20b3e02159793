"""Checks that the files of a model are complete and unchanged before Vosk loads it: some damages crash the process.

A downloaded model has a seal: a file with the size and SHA-256 of each of its files. A model in an installed Python
package has the package's RECORD, which has the same. Any other model is tried in a child process: this module, run as
a program, loads it and uses it once.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.errors import ModelError
from voice_coach.models.catalogue import missing_files
from voice_coach.personal_file import open_regular, read_bytes
from voice_coach.supervised_process import run_once

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SEAL_NAME = "voice-coach-seal.json"
TRIAL_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The expected size and checksum of a file."""

    size: int
    """Bytes of the file."""
    sha256: str
    """The SHA-256 checksum of the file, in hexadecimal."""


def write_seal(model_path: Path) -> None:
    """Write the seal of a freshly unpacked model: a file with the size and SHA-256 of each of its files."""
    files = sorted(path for path in model_path.rglob("*") if path.is_file())
    seal = {str(path.relative_to(model_path)): [path.stat().st_size, _sha256(path)] for path in files}
    (model_path / SEAL_NAME).write_text(json.dumps(seal, indent=1), "utf-8")


def verify(model_path: Path) -> None:
    """Check that Vosk can load a model.

    Args:
        model_path: the model's folder, in which am/, conf/ and graph/ are.

    Raises:
        ModelError: it is missing, incomplete or damaged.
    """
    if not model_path.is_dir():
        message = f"There is no speech model at {model_path}: {_remedy(model_path)}"
        raise ModelError(message)
    if missing := missing_files(model_path):
        message = f"The speech model at {model_path} lacks {', '.join(missing)}: {_remedy(model_path)}"
        raise ModelError(message)
    known = _read_seal(model_path) or _read_package_record(model_path)
    if not known:
        _try_in_child(model_path)
    elif damaged := _differing(model_path, known):
        message = f"The speech model at {model_path} is damaged ({', '.join(damaged)}): {_remedy(model_path)}"
        raise ModelError(message)


def unlike_seal(folder: Path) -> tuple[str, ...]:
    """Return the files in a folder that differ from its seal; the seal itself if it is missing or damaged."""
    try:
        known = _read_seal(folder)
    except ModelError:
        known = {}
    return _differing(folder, known) if known else (SEAL_NAME,)


def damaged_files(folder: Path) -> tuple[str, ...]:
    """Return the files in a folder of an installed Python package that differ from the package's RECORD.

    The result is empty if the RECORD does not list the folder.
    """
    return _differing(folder, _read_package_record(folder))


def _remedy(model_path: Path) -> str:
    if (package := model_path.parent.name).startswith("vosk_model_"):
        return f"install the Python package {package.replace('_', '-')} again."
    return "remove that folder and run 'voice-coach fetch-model'."


def _read_seal(model_path: Path) -> Mapping[str, Fingerprint]:
    path = model_path / SEAL_NAME
    if not path.exists():
        return {}
    try:
        seal = json.loads(read_bytes(path))
        return {name: Fingerprint(int(size), str(digest)) for name, (size, digest) in seal.items()}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        message = f"The speech model at {model_path} is damaged ({SEAL_NAME}): {_remedy(model_path)}"
        raise ModelError(message) from error


def _read_package_record(folder: Path) -> Mapping[str, Fingerprint]:
    """Return the fingerprints of a folder's files from the RECORD of its Python package.

    The format: https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    known = {}
    for package in folder.parents:
        prefix = f"{folder.relative_to(package.parent).as_posix()}/"
        for record in package.parent.glob(f"{package.name}-*.dist-info/RECORD"):
            for name, digest, size in csv.reader(record.read_text("utf-8").splitlines()):
                if name.startswith(prefix) and digest.startswith("sha256="):
                    raw = base64.urlsafe_b64decode(digest.removeprefix("sha256=") + "=")
                    known[name.removeprefix(prefix)] = Fingerprint(int(size), raw.hex())
    return known


def _differing(folder: Path, known: Mapping[str, Fingerprint]) -> tuple[str, ...]:
    return tuple(name for name, expected in known.items() if not _matches(folder / name, expected))


def _matches(path: Path, expected: Fingerprint) -> bool:
    return path.is_file() and path.stat().st_size == expected.size and _sha256(path) == expected.sha256


def _sha256(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _try_in_child(model_path: Path) -> None:
    try:
        is_loaded = run_once("voice_coach.models.integrity", [str(model_path)], TRIAL_SECONDS).returncode == 0
    except TimeoutError:
        is_loaded = False
    if not is_loaded:
        message = f"Vosk cannot load the speech model at {model_path}: {_remedy(model_path)}"
        raise ModelError(message)


def smoke_test() -> None:
    """Load the model at the path that the command line names, and recognize half a second of silence with it."""
    import vosk  # noqa: PLC0415 - only the child that tries a model needs it

    vosk.SetLogLevel(-1)
    recognizer = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 16_000)
    recognizer.AcceptWaveform(bytes(16_000))
    recognizer.FinalResult()


if __name__ == "__main__":
    smoke_test()
