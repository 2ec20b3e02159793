"""Builds the Debian packages: the coach with all that it needs of Python below /opt, for Debian 12 and its descendants.

The packages of the index are taken as they are, each for the machine that it is built for, so nothing is compiled and
no emulator is needed. What the folder /opt/voice-coach holds is a virtual environment, with Debian's own interpreter.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from importlib.metadata import Distribution
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.testing import CliRunner

from scripts.second_ear import make as make_second_ear
from scripts.second_ear import published_model
from voice_coach.cli.main import command_line
from voice_coach.service.systemd import Place, unit_text

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "voice-coach"
PYTHON = "python3.11"
"""The interpreter of Debian 12, for which the packages are built and compiled."""
PREFIX = Path("opt", NAME)
SHIPPED = Path(__file__).with_name("debian")
"""The scripts and files that go into the package as they are."""
TOOLS = Path(sys.executable).parent
_MAINTAINER = "voice-coach contributors <voice-coach@example.org>"
_HOMES = ("config", "local/state", "local/share", "cache")
_PERSON = "/home/PERSON"
"""Stands for the home of whoever starts the service while the unit is written; systemd calls it %h."""
_XDG = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
_BUILT_HERE = "srt"
"""The one package of the lock that has no wheel; it is pure Python."""
_PLATFORMS = ("manylinux2014", *(f"manylinux_2_{minor}" for minor in range(17, 37)), "linux")
"""The platforms of wheels that run on Debian 12, whose glibc is 2.36 (PEP 600)."""
_LEFT_OUT = (
    "bin",  # programs of other packages, which name the interpreter of this machine
    "moonshine_voice/*.dylib", "moonshine_voice/*.so*", "moonshine_voice.libs", "moonshine_voice/assets/*.wav",
    "numpy/**/tests", "onnxruntime/transformers", "onnxruntime/tools",
)  # fmt: skip
"""What the coach never reads; of moonshine-voice it needs the model alone."""
_PROGRAM = """\
#!/{prefix}/bin/python3
from voice_coach.cli.main import main

main()
"""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A kind of machine, by its names in Debian and in the wheels."""

    debian: str
    wheels: str
    needs: tuple[str, ...] = ()
    """Debian packages that only this one needs."""


@dataclass(frozen=True, slots=True)
class Release:
    """What is packed, for every kind of machine."""

    version: str
    epoch: int
    """The time of everything in it, in seconds since 1970."""
    wheel: Path
    """The coach's own."""
    lock: Path
    """The packages that it needs, each with its hashes."""


ARCHITECTURES = (Architecture("amd64", "x86_64"), Architecture("arm64", "aarch64", needs=("libatomic1",)))
_NEEDS = ("python3 (>= 3.11)", "python3 (<< 3.12)", "libc6 (>= 2.36)", "libportaudio2", "espeak-ng", "libespeak-ng1")


class WrongPythonError(Exception):
    """The packages can only be compiled by the interpreter that they are for."""


def build_package(folder: Path, release: Release, machine: Architecture) -> Path:
    """Build the package for a kind of machine in a folder; return its file.

    Raises:
        WrongPythonError: this interpreter is not the one of the package.
    """
    if f"python{sys.version_info.major}.{sys.version_info.minor}" != PYTHON:
        message = f"The Debian packages are compiled by {PYTHON}, which has to run scripts/release: make .venv with it."
        raise WrongPythonError(message)
    tree = folder / machine.debian
    packages = tree / PREFIX / "lib" / PYTHON / "site-packages"
    _install(packages, release, machine)
    _prune(packages)
    _make_environment(tree / PREFIX)
    _bring_second_ear(tree / PREFIX)
    _integrate(tree, packages, release)
    _compile(packages, tree)
    _level(tree, release.epoch)
    return _pack(folder, tree, release, machine)


def _install(packages: Path, release: Release, machine: Architecture) -> None:
    """Put the locked packages and the coach into a folder, as they are for another kind of machine."""
    blocks, wheels = blocks_of(release.lock.read_text(encoding="utf-8")), packages.parents[3] / "wheels"
    to_build, to_fetch = wheels / "build.lock", wheels / "fetch.lock"
    wheels.mkdir(parents=True)
    to_build.write_text(blocks.pop(_BUILT_HERE), encoding="utf-8")
    to_fetch.write_text("\n".join(blocks.values()), encoding="utf-8")
    platforms = [f"--platform={name}_{machine.wheels}" for name in _PLATFORMS]
    target: list[str | Path] = ["-qq", "--no-deps", "--no-compile", "--target", packages]
    _pip("wheel", "-q", "--no-deps", "--no-build-isolation", "--require-hashes", "--wheel-dir", wheels, "-r", to_build)
    _pip(
        "install", *target, "--only-binary=:all:", "--python-version=3.11", "--implementation=cp",
        "--abi=cp311", "--abi=abi3", "--abi=none", *platforms, "--require-hashes", "-r", to_fetch,
    )  # fmt: skip
    _pip("install", *target, *wheels.glob("*.whl"), release.wheel)
    shutil.rmtree(wheels)


def blocks_of(lock: str) -> dict[str, str]:
    """Return the lines of each package in a lock by its name."""
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^#.*\n", "", lock))
    return {block.partition("==")[0]: block for block in blocks if "==" in block}


def _pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", *arguments], check=True)


def _prune(packages: Path) -> None:
    """Leave out what the coach never reads and what tells of the machine that built it; the records say so too."""
    for pattern in (*_LEFT_OUT, "*.dist-info/direct_url.json", "*.dist-info/REQUESTED"):
        for path in packages.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for record in packages.glob("*.dist-info/RECORD"):
        told = csv.reader(io.StringIO(record.read_text(encoding="utf-8")))
        rows = [row for row in told if (packages / row[0]).is_file()]
        with record.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(sorted(rows))


def _make_environment(prefix: Path) -> None:
    """Make the folder a virtual environment (PEP 405) with the system's interpreter, and give it its program."""
    programs = prefix / "bin"
    programs.mkdir(parents=True)
    (programs / "python3").symlink_to(f"/usr/bin/{PYTHON}")
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n", encoding="utf-8")
    program = programs / NAME
    program.write_text(_PROGRAM.format(prefix=PREFIX), encoding="utf-8")
    program.chmod(0o755)


def _bring_second_ear(prefix: Path) -> None:
    """Make the second ear's model; the package that carries it at first is four times as large."""
    source = published_model()
    assert source is not None, "scripts/setup --release installs it"  # noqa: S101 - for the type checker
    models = prefix / "share" / NAME / "models"
    models.mkdir(parents=True)
    make_second_ear(source, models / "second-ear-en")


def _integrate(tree: Path, packages: Path, release: Release) -> None:
    """Write what makes it a part of the system: command, service, rules, manual, completion, licences."""
    share, lib = tree / "usr" / "share", tree / "usr" / "lib"
    day = datetime.fromtimestamp(release.epoch, UTC)
    _write(lib / "systemd" / "user" / f"{NAME}.service", unit())
    _write(lib / "udev" / "rules.d" / "60-voice-coach.rules", (SHIPPED / "60-voice-coach.rules").read_text("utf-8"))
    _write(share / "lintian" / "overrides" / NAME, (SHIPPED / "lintian-overrides").read_text("utf-8"))
    _squeeze(share / "man" / "man1" / f"{NAME}.1.gz", manual(release.version, day))
    completions = {
        "bash": Path("bash-completion", "completions", NAME),
        "zsh": Path("zsh", "vendor-completions", f"_{NAME}"),
        "fish": Path("fish", "vendor_completions.d", f"{NAME}.fish"),
    }
    for shell, path in completions.items():
        _write(share / path, _said("completion", shell))
    told = f"{NAME} ({release.version}) bookworm; urgency=medium\n\n  * CHANGELOG.md of the source tells what is new.\n"
    _squeeze(share / "doc" / NAME / "changelog.gz", f"{told}\n -- {_MAINTAINER}  {format_datetime(day)}\n")
    _write(share / "doc" / NAME / "copyright", _licences(packages))
    command = tree / "usr" / "bin" / NAME
    command.parent.mkdir(parents=True)
    command.symlink_to(f"/{PREFIX}/bin/{NAME}")


def unit() -> str:
    """Return the unit that `voice-coach service install` writes, for whoever enables it."""
    folders = tuple(f"{_PERSON}/.{home}/{NAME}" for home in _HOMES)
    return unit_text(Place(python=f"/{PREFIX}/bin/python3", folders=folders)).replace(_PERSON, "%h")


def manual(version: str, day: datetime) -> str:
    """Return the manual page (troff, man(7)), made from the help of every command."""
    lines = [f'.TH VOICE-COACH 1 "{day:%Y-%m-%d}" "{NAME} {version}" "User Commands"', ".SH NAME"]
    lines += ["voice-coach \\- a voice coach for facial masks, offline and hands-free", ".SH SYNOPSIS"]
    lines += [".B voice-coach", r"\fICOMMAND\fR [\fIOPTIONS\fR]", ".SH DESCRIPTION", *_verbatim(_said("--help"))]
    for name in _commands(command_line):
        lines += [f".SH {name.upper()}", *_verbatim(_said(*name.split(), "--help"))]
    return "\n".join([*lines, ""])


def _commands(group: click.Group, before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        yield f"{before}{name}"
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")


def _verbatim(text: str) -> list[str]:
    """Return troff that shows a text as it is: groff(7) takes backslashes, and dots and quotes at a line's begin."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return [".nf", *(f"\\&{line}" if line[:1] in {".", "'"} else line for line in escaped.splitlines()), ".fi"]


def _said(*arguments: str) -> str:
    """Return what the coach's command prints on a page of 80 columns, in a home of which nothing is known."""
    runner = CliRunner(env={"HOME": "/nonexistent", **dict.fromkeys(_XDG)})
    return runner.invoke(command_line, arguments, prog_name=NAME, terminal_width=80, catch_exceptions=False).output


def _licences(packages: Path) -> str:
    """Return the file of copyrights: ours, and the licence that each package states, with where its text lies."""
    parts = [(SHIPPED / "copyright").read_text(encoding="utf-8")]
    for info in sorted(packages.glob("*.dist-info")):
        told = Distribution.at(info).metadata
        kinds = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier", ()) if line.startswith("License ::")]
        stated = told["License-Expression"] or ", ".join(kinds) or (told["License"] or "see its files").splitlines()[0]
        parts.append(f"{told['Name']} {told['Version']}: {stated} (/{info.relative_to(packages.parents[4])})")
    return "\n".join([*parts, ""])


def _compile(packages: Path, tree: Path) -> None:
    """Compile everything: the folder belongs to root, so that each start would do it again, a minute on a small board.

    The compiled files are trusted without a look at their sources (PEP 552), whose times a package does not keep.
    """
    parts = [path for path in sorted(packages.iterdir()) if path.suffix != ".dist-info"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(partial(_compile_part, tree), parts))


def _compile_part(tree: Path, part: Path) -> None:
    """Compile one package in an interpreter of its own: the bytes depend on all that it has compiled before."""
    subprocess.run(
        [sys.executable, "-sP", "-m", "compileall", "-qq", "-s", tree, "--invalidation-mode", "unchecked-hash", part],
        env={**os.environ, "PYTHONHASHSEED": "0"}, check=False, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _level(tree: Path, epoch: int) -> None:
    """Give every file the same time and the usual rights."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def _pack(folder: Path, tree: Path, release: Release, machine: Architecture) -> Path:
    """Make the package of the tree with nfpm; return its file."""
    file, told = folder / f"{NAME}_{release.version}_{machine.debian}.deb", folder / f"nfpm-{machine.debian}.json"
    moment = datetime.fromtimestamp(release.epoch, UTC).isoformat()
    settings = {
        "name": NAME, "arch": machine.debian, "platform": "linux", "version": release.version, "version_schema": "none",
        "section": "sound", "priority": "optional", "maintainer": _MAINTAINER, "mtime": moment,
        "description": (SHIPPED / "description").read_text(encoding="utf-8"),
        "depends": [*_NEEDS, *machine.needs], "recommends": ["libpulse0"],
        "suggests": ["flite", "libasound2-plugins", "pulseaudio", "pulseaudio-utils"],
        "contents": [{"src": f"{tree}/", "dst": "/", "type": "tree", "file_info": {"mtime": moment}}],
        "scripts": {f"{when}{what}": str(SHIPPED / name) for when, what, name in _SCRIPTS},
        "deb": {"compression": "gzip"},
    }  # fmt: skip
    told.write_text(json.dumps(settings), encoding="utf-8")
    subprocess.run(
        [TOOLS / "nfpm", "package", "--config", told, "--packager", "deb", "--target", file],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(release.epoch)}, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return file


_SCRIPTS = (("post", "install", "postinst"), ("pre", "remove", "prerm"), ("post", "remove", "postrm"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _squeeze(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
