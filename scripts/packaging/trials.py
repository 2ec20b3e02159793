"""Installs what was built as people do, each time in an empty home: tries it, removes it, looks for what is left."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts.packaging.artefacts import ROOT
from scripts.packaging.debian import TOOLS

_REACHES_THE_INDEX = re.compile(
    r"(PIP|UV)_[A-Z_]+|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_FILE|REQUESTS_CA_BUNDLE", re.ASCII
)
CHECKS = ("python", "settings", "models", "calibration", "voice", "recogniser")
"""The doctor's checks that need no sound card. The last two say a sentence and hear a command."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to install the coach. {file} is what was built, {home} the empty home, {tools} where pipx and uv are."""

    name: str
    install: str
    remove: str
    coach: str = "{home}/.local/bin/voice-coach"


PIP = Way(
    "pip",
    "{home}/env/bin/python -m pip install --quiet {file}",
    "{home}/env/bin/python -m pip uninstall --quiet --yes voice-coach",
    "{home}/env/bin/voice-coach",
)
WAYS = (
    PIP,
    Way("pipx", "{tools}/pipx install {file}", "{tools}/pipx uninstall voice-coach"),
    Way("uv", "{tools}/uv tool install --quiet {file}", "{tools}/uv tool uninstall --quiet voice-coach"),
)


class TrialError(Exception):
    """What was installed does not work; the text says what."""


def try_out(file: Path, way: Way, version: str) -> str:
    """Install a file, try it, and remove it; return what was done in a few words.

    Raises:
        TrialError: it does not install, work, or go.
    """
    with tempfile.TemporaryDirectory() as home:
        if way is PIP:
            _run(f"{sys.executable} -m venv {home}/env", home)
        names = {"file": str(file), "home": home, "tools": str(TOOLS)}
        coach = way.coach.format(**names)
        _run(way.install.format(**names), home)
        if (told := _run(f"{coach} --version", home)) != f"voice-coach {version}":
            message = f"it says that it is {told!r}"
            raise TrialError(message)
        _run(f"{coach} doctor {' '.join(CHECKS)}", home)
        _run(way.remove.format(**names), home)
        if left := sorted(str(path.relative_to(home)) for path in Path(home).rglob("*") if is_ours(path)):
            message = f"after it was removed by {way.name}, there is still {', '.join(left)}"
            raise TrialError(message)
    return f"{way.name}: installs, speaks, hears, goes"


def try_in_debian(file: Path, machine: str) -> str:
    """Try a file in a fresh Debian 12 for a kind of machine (scripts/check-package); return what was done there.

    Raises:
        TrialError: something was not well; the text has the last words.
    """
    command = [str(ROOT / "scripts" / "check-package"), str(file), *([machine] if file.suffix == ".whl" else [])]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        message = (
            f"scripts/check-package {file.name} {machine} ended with {done.returncode}; its last words stand above"
        )
        raise TrialError(message)
    return done.stdout.strip().splitlines()[-1]


def is_ours(path: Path) -> bool:
    """Return whether a file belongs to the coach, and not to a tool, such as a lock that pipx never removes."""
    is_a_tools = ".cache" in path.parts or path.name == ".voice-coach.lock"
    return re.search("voice[-_]coach", path.name) is not None and not is_a_tools


def _run(command: str, home: str) -> str:
    """Run a command with nothing of this person's environment but the way to the package index; return what it says."""
    environment = {name: value for name, value in os.environ.items() if _REACHES_THE_INDEX.fullmatch(name)}
    if "PIP_CERT" in environment:  # uv asks for it by another name
        environment.setdefault("SSL_CERT_FILE", environment["PIP_CERT"])
    environment |= {"HOME": home, "PATH": f"{TOOLS}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command.split(),
        env=environment,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"{command} ended with {done.returncode}: {done.stdout[-600:]}{done.stderr[-600:]}"
        raise TrialError(message)
    return done.stdout.strip()
