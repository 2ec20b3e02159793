"""Packs the system's folder into a card image: a partition to start from, one that is only read, one that is kept.

Called by scripts/image as root: `python -m scripts.packaging.image.layout SYSTEM IMAGE`. No loop device and no mount of
the image is needed: the file systems are made as files, filled by their own tools, and put one behind the other.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
SECTOR = 512
BOOT_MIB, DATA_MIB = 256, 128
"""Megabytes for two kernels with their initrd and the firmware, and for settings, sessions and history."""
FIRST_MIB = 4
"""Megabytes before the first partition: whole erase blocks of usual cards."""
FULLEST = 0.88
"""The most of the root that files may take: ext4 needs the rest for itself."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of the card."""

    label: str
    kind: str
    """The kind in the partition table: c is FAT32 by sectors, 83 is Linux."""
    start_mib: int
    size_mib: int


def partitions(used_mib: int) -> tuple[Partition, Partition, Partition]:
    """Return the partitions for a root whose files take `used_mib` megabytes."""
    root_mib = -(-round(used_mib / FULLEST + 32) // 4) * 4
    boot = Partition("COACHBOOT", "c", FIRST_MIB, BOOT_MIB)
    root = Partition("coach-root", "83", boot.start_mib + boot.size_mib, root_mib)
    return boot, root, Partition("coach-data", "83", root.start_mib + root.size_mib, DATA_MIB)


def table_of(parts: tuple[Partition, ...]) -> str:
    """Return the partition table as sfdisk reads it. It is an MBR: the Raspberry Pi 3 starts from no other."""
    lines = [
        f"start={part.start_mib * MIB // SECTOR}, size={part.size_mib * MIB // SECTOR}, type={part.kind}"
        + (", bootable" if part.kind == "c" else "")
        for part in parts
    ]
    return "\n".join(["label: dos", "unit: sectors", *lines, ""])


def size_mib(parts: tuple[Partition, ...]) -> int:
    """Return the megabytes of the whole image."""
    return parts[-1].start_mib + parts[-1].size_mib


def pack(system: Path, image: Path) -> tuple[Partition, ...]:
    """Make the image of a system; what lies in its /boot goes to the first partition only."""
    used = _run("du", "--summarize", "--block-size=1M", "--one-file-system", "--exclude=./boot", ".", cwd=system)
    boot, root, data = parts = partitions(int(used.split()[0]))
    image.parent.mkdir(parents=True, exist_ok=True)
    part_file = image.with_suffix(".part")
    part_file.unlink(missing_ok=True)
    with part_file.open("wb") as file:
        file.truncate(size_mib(parts) * MIB)
    _run("sfdisk", "--quiet", part_file, given=table_of(parts))
    with tempfile.TemporaryDirectory(dir=image.parent) as folder:
        for part, made in (
            (boot, _fat(Path(folder), boot, system / "boot" / "firmware")),
            (root, _root(Path(folder), root, system)),
            (data, _data(Path(folder), data)),
        ):
            _run("dd", f"if={made}", f"of={part_file}", "bs=1M", f"seek={part.start_mib}", "conv=notrunc,sparse")
            made.unlink()
    part_file.replace(image)
    return parts


def _fat(folder: Path, part: Partition, content: Path) -> Path:
    file = _empty(folder, part)
    _run("mkfs.vfat", "-F", "32", "-n", part.label, file)
    _run("mcopy", "-s", "-Q", "-m", "-i", file, *sorted(content.iterdir()), "::")
    return file


def _root(folder: Path, part: Partition, system: Path) -> Path:
    """Fill the root, in a name space in which its /boot is empty."""
    file = _empty(folder, part)
    steps = 'mount -t tmpfs tmpfs "$1/boot"; mkdir "$1/boot/firmware"; shift; exec "$@"'
    make = ("mke2fs", "-q", "-t", "ext4", "-m", "0", "-J", "size=16", "-L", part.label, "-d", system, file)
    _run("unshare", "--mount", "sh", "-ec", steps, "sh", system, *make)
    return file


def _data(folder: Path, part: Partition) -> Path:
    file, content = _empty(folder, part), folder / "data"
    for name in ("config", "share", "state", "timesync"):
        (content / name).mkdir(parents=True)
    _run("mke2fs", "-q", "-t", "ext4", "-m", "0", "-L", part.label, "-d", content, file)
    shutil.rmtree(content)
    return file


def _empty(folder: Path, part: Partition) -> Path:
    file = folder / part.label
    with file.open("wb") as made:
        made.truncate(part.size_mib * MIB)
    return file


def _run(*command: str | Path, given: str = "", cwd: Path | None = None) -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, cwd=cwd)
    if done.returncode:
        message = f"scripts/image: {command[0]} failed: {done.stderr.strip()[-500:]}"
        raise SystemExit(message)
    return done.stdout


def main() -> int:
    """Pack what the arguments name, and tell the partitions."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("system", type=Path)
    parser.add_argument("image", type=Path)
    options = parser.parse_args()
    for part in pack(options.system, options.image):
        print(f"{part.label:12} {part.size_mib:6} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
