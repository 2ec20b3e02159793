"""Builds wheel, sdist, SBOM and checksums from a commit: the same bytes from the same commit."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.packaging.debian import ARCHITECTURES, TOOLS, Release, build_package

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CHECKSUMS = "SHA256SUMS"
_SOURCE = "source"
_FILE, _PROGRAM = 0o644, 0o755


def commit_time() -> int:
    """Return the time of the last commit, in seconds since 1970: the time of everything that is built."""
    return int(_git("log", "-1", "--format=%ct"))


def uncommitted() -> str:
    """Return the changes that are in no commit, as git lists them."""
    return _git("status", "--porcelain")


def build(folder: Path) -> list[Path]:
    """Build everything from the last commit into an empty folder; return the files, the checksums last."""
    wheel, sdist = build_distributions(folder)
    source = folder / _SOURCE
    made = [wheel, sdist, _bill_of_materials(folder, source), *_debian_packages(folder, source, wheel)]
    sums = folder / CHECKSUMS
    sums.write_text("".join(f"{sha256(file)}  {file.name}\n" for file in made), encoding="utf-8")
    return [*made, sums]


def build_debian_package(folder: Path, machine: str) -> Path:
    """Build the Debian package of the last commit for one kind of machine ("arm64") into an empty folder; return it."""
    wheel, _ = build_distributions(folder)
    return next(_debian_packages(folder, folder / _SOURCE, wheel, machine))


def build_distributions(folder: Path) -> tuple[Path, Path]:
    """Build the wheel and the sdist of the last commit into an empty folder, which keeps their source; return both."""
    source, epoch = folder / _SOURCE, commit_time()
    source.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(source, filter="tar")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}, umask=0o022, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    wheel, sdist = next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))
    level(sdist, epoch)
    return wheel, sdist


def _debian_packages(folder: Path, source: Path, wheel: Path, only: str = "") -> Iterator[Path]:
    release = Release(version(), commit_time(), wheel, source / "requirements" / "debian.lock")
    for machine in ARCHITECTURES:
        if only in {"", machine.debian}:
            yield build_package(folder, release, machine)


def lacking(wheel: Path) -> list[str]:
    """Return the files of the package that git knows and a wheel lacks."""
    with zipfile.ZipFile(wheel) as packed:
        return sorted(set(_git("ls-files", "voice_coach").splitlines()) - set(packed.namelist()))


def level(sdist: Path, epoch: int) -> None:
    """Pack an sdist again without what two builds differ in: times, owners, the order of files."""
    packed = io.BytesIO()
    with (
        tarfile.open(sdist) as old,
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=epoch) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            plain = tarfile.TarInfo(member.name)
            plain.type, plain.size, plain.mtime, plain.linkname = member.type, member.size, epoch, member.linkname
            plain.mode = _PROGRAM if member.isdir() or member.mode & 0o100 else _FILE
            new.addfile(plain, old.extractfile(member) if member.isreg() else None)
    sdist.write_bytes(packed.getvalue())


def sha256(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def version() -> str:
    """Return the version of the last commit's package."""
    namespace: dict[str, str] = {}
    line = next(line for line in _git("show", "HEAD:voice_coach/__init__.py").splitlines() if "__version__" in line)
    exec(line, namespace)  # noqa: S102 - one line of our own
    return namespace["__version__"]


def _bill_of_materials(folder: Path, source: Path) -> Path:
    """Write the SBOM (CycloneDX 1.6) of what the lock has an installed coach consist of; return it."""
    file = folder / f"voice_coach-{version()}.cdx.json"
    subprocess.run(
        [
            TOOLS / "cyclonedx-py", "requirements", source / "requirements" / "run.lock",
            "--pyproject", source / "pyproject.toml", "--mc-type", "application",
            "--output-reproducible", "--spec-version", "1.6", "--output-format", "JSON", "--output-file", file,
        ],
        env={**os.environ, "PYTHONWARNINGS": "ignore"}, check=True,
    )  # fmt: skip
    told = json.loads(file.read_text(encoding="utf-8"))
    told["metadata"]["component"]["version"] = version()  # which pyproject.toml leaves to the package
    file.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return file


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
