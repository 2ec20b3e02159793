"""Memory, processor time and open files of a process and all its descendants, from proc(5)."""

from __future__ import annotations

import os
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_GONE = (FileNotFoundError, ProcessLookupError, PermissionError)
"""Errors that reading about a process raises when it has just ended."""
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory and processor time of a process tree at one moment."""

    pss_bytes: int
    """Resident memory; a page that n processes share counts a n-th in each (field Pss of smaps_rollup)."""
    anonymous_bytes: int
    """The part of `pss_bytes` that no file backs (Pss_Anon, Pss_Shmem and SwapPss)."""
    rss_bytes: int
    """Resident memory, shared pages counted in each process."""
    processes: int
    threads: int
    descriptors: int
    processor_seconds: float
    """User and system time of the processes that are alive, since they began."""


def family(pid: int) -> list[int]:
    """A process and its descendants; those that end meanwhile are left out."""
    children: list[int] = []
    with suppress(*_GONE):
        children = [int(child) for task in _entries(f"/proc/{pid}/task") for child in _words(task / "children")]
    return [pid, *(member for child in children for member in family(child))]


def usage(pid: int) -> Usage:
    """Memory and processor time of a process and its descendants now."""
    members = family(pid)
    memory: Counter[str] = Counter()
    threads = descriptors = 0
    for member in members:
        with suppress(*_GONE):
            memory.update(_memory(member))
            threads += len(_entries(f"/proc/{member}/task"))
            descriptors += len(_entries(f"/proc/{member}/fd"))
    return Usage(
        pss_bytes=memory["Pss"] * _KIB,
        anonymous_bytes=(memory["Pss_Anon"] + memory["Pss_Shmem"] + memory["SwapPss"]) * _KIB,
        rss_bytes=memory["Rss"] * _KIB,
        processes=len(members),
        threads=threads,
        descriptors=descriptors,
        processor_seconds=processor_seconds(members),
    )


def processor_seconds(members: Sequence[int]) -> float:
    """User and system time so far; fields 14 and 15 of stat."""
    ticks = 0
    for member in members:
        with suppress(*_GONE):
            after_name = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += int(after_name[11]) + int(after_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(members: Sequence[int]) -> int:
    """Field 2 of statm; pages that processes share count in each."""
    pages = 0
    for member in members:
        with suppress(*_GONE):
            pages += int(_words(Path(f"/proc/{member}/statm"))[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def inventory(pid: int) -> Counter[str]:
    """Processes, threads and open files by kind, without their numbers: equal when nothing has been added or lost."""
    kinds: Counter[str] = Counter()
    for place, member in enumerate(family(pid)):
        with suppress(*_GONE):
            kinds["process"] += 1
            for task in _entries(f"/proc/{member}/task"):
                kinds[f"thread of process {place}: {(task / 'comm').read_text().strip()}"] += 1
        kinds.update(f"file of process {place}: {target}" for target in _targets(member))
    return kinds


def folder_bytes(folder: Path) -> int:
    """Size of all files in a folder and below it."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(root) / name).stat().st_size
    return total


def _memory(pid: int) -> dict[str, int]:
    """The fields of smaps_rollup, in KiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}


def _targets(pid: int) -> Iterator[str]:
    with suppress(*_GONE):
        for file in _entries(f"/proc/{pid}/fd"):
            with suppress(*_GONE):
                yield re.sub(r"\d+", "N", str(file.readlink()))


def _entries(folder: str) -> list[Path]:
    return list(Path(folder).iterdir())


def _words(path: Path) -> list[str]:
    return path.read_text().split()
