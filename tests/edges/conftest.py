"""The program with a home of its own: in this process, or as a child."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.command_line import Done, run_here
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Coach = Callable[..., Done]

_ALSA = {
    "speaker": "pcm.!default { type asym playback.pcm { type null } }\n",
    "both": "pcm.!default { type null }\n",
    "none": "pcm.unusable { type file }\n",
}
"""Sound cards for a child that must not find one, or only half of one."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder that the program sees."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def coach(home: Path) -> Coach:
    """Runs `voice-coach ARGUMENTS` in this process; what needs more than click takes `program`."""

    def run(*arguments: object, stdin: str = "", **environment: str) -> Done:
        alone = {"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": os.devnull}
        return run_here([str(argument) for argument in arguments], {**alone, **environment}, stdin)

    return run


@pytest.fixture
def program(home: Path, tmp_path: Path, processes: None) -> Coach:
    """Runs `python -m voice_coach ARGUMENTS` as a child and waits; `card` says which sound card it finds."""

    def run(*arguments: object, card: str = "none", stdin: str = "", **environment: str) -> Done:
        alsa = tmp_path / "asound.conf"
        alsa.write_text(_ALSA[card])
        return subprocess.run(
            [sys.executable, "-m", "voice_coach", *map(str, arguments)],
            env={"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": str(alsa), **environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=patient(60),
        )

    return run


@pytest.fixture
def broken_package(tmp_path: Path) -> str:
    """A folder for the Python path in which hibari is broken."""
    package = tmp_path / "broken" / "hibari"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('broken')\n")
    return str(package.parent)
