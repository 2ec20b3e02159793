"""Makes a release: builds all of it twice, compares, tries it out, and tells in a table what is there."""

from __future__ import annotations

import argparse
import datetime as dt
import re
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.packaging.artefacts import ROOT, build, lacking, sha256, uncommitted, version
from scripts.packaging.debian import ARCHITECTURES
from scripts.packaging.trials import PIP, WAYS, TrialError, try_in_debian, try_out

if TYPE_CHECKING:
    from collections.abc import Callable

DIST = ROOT / "dist"
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_UNRELEASED = "## [Unreleased]\n"


def main() -> int:
    """Do what the arguments say; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    parser.add_argument("--check", action="store_true", help="install and try what was built")
    parser.add_argument("--version", help="give the project this version, and build nothing")
    options = parser.parse_args()
    if options.version:
        return _rename(options.version)
    if changes := uncommitted():
        return _fail(f"commit first, for the last commit is built; these are in none:\n{changes}")
    with tempfile.TemporaryDirectory() as folder:
        builds = []
        for name in ("first", "second"):
            _tell(f"Building all of it, the {name} time (two to four minutes)")
            builds.append(build(Path(folder, name)))
        files, again = builds
        other = [one.name for one, two in zip(files, again, strict=True) if one.read_bytes() != two.read_bytes()]
        if other:
            return _fail(f"two builds of the same commit differ in {', '.join(other)}")
        if lost := lacking(files[0]):
            return _fail(f"the wheel lacks {', '.join(lost)}: see package-data in pyproject.toml.")
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        files = [Path(shutil.copy(file, DIST)) for file in files]
    tried: dict[str, list[str]] = {file.name: ["two builds are byte-equal"] for file in files}
    status = _try_all(files, tried) if options.check else 0
    print(table(files, tried))
    return status


def _try_all(files: list[Path], tried: dict[str, list[str]]) -> int:
    """Try what can be installed in each way that is meant for it; note what came of it; return the exit status."""
    wheel, sdist = files[:2]
    trials: list[tuple[Path, str, Callable[[], str]]] = [
        (file, way.name, partial(try_out, file, way, version()))
        for file, way in [*((wheel, way) for way in WAYS), (sdist, PIP)]
    ]
    for machine in (machine.debian for machine in ARCHITECTURES):
        package = next(file for file in files if file.name.endswith(f"_{machine}.deb"))
        trials += [(file, f"Debian 12 {machine}", partial(try_in_debian, file, machine)) for file in (package, wheel)]
    status = 0
    for file, where, trial in trials:
        _tell(f"Trying {file.name}: {where}")
        try:
            tried[file.name].append(trial())
        except TrialError as error:
            tried[file.name].append(f"{where}: FAILED, {error}")
            status = 1
    return status


def table(files: list[Path], tried: dict[str, list[str]]) -> str:
    """Return the table of what was made: a row for each file, with what was done with it."""
    rows = [
        f"| {file.name} | {file.stat().st_size:,} | {sha256(file)} | {'; '.join(tried[file.name])} |" for file in files
    ]
    return "\n".join(["| artefact | bytes | sha256 | what was run on it |", "|---|---:|---|---|", *rows])


def _rename(wanted: str) -> int:
    """Write a version into the package, and begin its section of the changelog."""
    if not _VERSION.fullmatch(wanted):
        return _fail(f"{wanted!r} is no version; one looks like 1.0.0.")
    package, changelog = ROOT / "voice_coach" / "__init__.py", ROOT / "CHANGELOG.md"
    told = changelog.read_text(encoding="utf-8")
    try:
        told = released(told, wanted, dt.datetime.now(dt.UTC).date())
    except ValueError as error:
        return _fail(str(error))
    changelog.write_text(told, encoding="utf-8")
    code = package.read_text(encoding="utf-8")
    package.write_text(re.sub(r'__version__ = ".*"', f'__version__ = "{wanted}"', code), encoding="utf-8")
    _tell(f"The version is {wanted}; read the changelog's section, and commit both.")
    return 0


def released(changelog: str, wanted: str, day: dt.date) -> str:
    """Return a changelog whose unreleased changes are those of a version.

    Raises:
        ValueError: it has that version already, or nothing that is unreleased.
    """
    if f"## [{wanted}]" in changelog:
        message = f"the changelog has a section for {wanted} already."
        raise ValueError(message)
    before, found, rest = changelog.partition(_UNRELEASED)
    if not found or not rest.partition("\n## ")[0].strip():
        message = "the changelog has nothing that is unreleased."
        raise ValueError(message)
    return f"{before}{_UNRELEASED}\n## [{wanted}] - {day}\n{rest}"


def _fail(sentence: str) -> int:
    print(f"scripts/release: {sentence}", file=sys.stderr)
    return 1


def _tell(text: str) -> None:
    print(f"==> {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
