"""The command that mends the coach's packages is the one that this person's coach was installed with."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

import voice_coach
from voice_coach import reinstall, set_up_again

if TYPE_CHECKING:
    from pathlib import Path

HOME = "/home/anna/.local"
WHEEL = "file:///home/anna/voice_coach-1.0.0-py3-none-any.whl"


class Installed:
    """A distribution that pip took from a file."""

    @staticmethod
    def read_text(name: str) -> str:
        """What pip has noted of where it took it from."""
        assert name == "direct_url.json"
        return json.dumps({"url": WHEEL})


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The coach is no git clone, but lies in a folder of packages."""
    monkeypatch.setattr(voice_coach, "__file__", str(tmp_path / "voice_coach" / "__init__.py"))
    return monkeypatch


def test_a_git_clone_is_set_up_by_its_script() -> None:
    assert set_up_again() == set_up_again("paho-mqtt") == "scripts/setup"


@pytest.mark.parametrize(
    ("prefix", "mending", "adding", "renewing"),
    [
        (
            "/opt/voice-coach",
            "sudo apt-get install --reinstall ./voice-coach_*.deb",
            "sudo python3 -m pip --python /env/bin/python install paho-mqtt",
            "sudo apt-get install --reinstall ./voice-coach_*.deb",
        ),
        (
            f"{HOME}/share/pipx/venvs/voice-coach",
            "pipx reinstall voice-coach",
            "pipx inject voice-coach paho-mqtt",
            "pipx runpip voice-coach install --force-reinstall --no-deps vosk==0.3.45",
        ),
        (
            f"{HOME}/share/uv/tools/voice-coach",
            "uv tool upgrade --reinstall voice-coach",
            "uv pip install --python '/env/bin/python' paho-mqtt",
            "uv pip install --python '/env/bin/python' --reinstall --no-deps vosk==0.3.45",
        ),
        (
            "/home/anna/env",
            f"'/env/bin/python' -m pip install --force-reinstall '{WHEEL}'",
            "'/env/bin/python' -m pip install paho-mqtt",
            "'/env/bin/python' -m pip install --force-reinstall --no-deps vosk==0.3.45",
        ),
    ],
)
def test_an_installed_one_is_mended_by_what_installed_it(
    elsewhere: pytest.MonkeyPatch, prefix: str, mending: str, adding: str, renewing: str
) -> None:
    elsewhere.setattr(sys, "prefix", prefix)
    elsewhere.setattr(sys, "executable", "/env/bin/python")
    elsewhere.setattr(metadata, "distribution", lambda _name: Installed)
    assert set_up_again() == mending
    assert set_up_again("paho-mqtt") == adding
    assert reinstall("vosk==0.3.45") == renewing


def test_one_of_which_nothing_is_known_is_asked_for_by_its_name(elsewhere: pytest.MonkeyPatch) -> None:
    def nothing(_name: str) -> None:
        raise metadata.PackageNotFoundError

    elsewhere.setattr(sys, "prefix", "/home/anna/env")
    elsewhere.setattr(metadata, "distribution", nothing)
    assert set_up_again().endswith("-m pip install --force-reinstall voice-coach")
