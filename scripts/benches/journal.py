"""What keeping a session costs and survives: our journal against SQLite with a write-ahead log or a rollback journal.

Each keeps the same records, each record forced to the disk. Then bits of their files are flipped as they lie there
after a crash, one at a time: does the store notice, or does it hand out another session as the right one?
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from appliance_page import PAGE, page_with
from journal_section import journal_section
from journal_stores import STORES, words_of
from keeping import kept_in
from machine import describe
from publishing import MEASURED, as_json, publish, shortened
from rich.console import Console
from rich.progress import track

from voice_coach.core.absence import Stamp
from voice_coach.core.countdown import Countdown
from voice_coach.core.snapshot import Snapshot
from voice_coach.memory.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from journal_stores import Store

_MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a tmpfs wherever Linux is
_READS = 50
_FLIPPED_RECORDS = 10
_FULL_RECORDS = 10_000
_CONSOLE = Console(stderr=True)


def main() -> int:
    """Measure all stores; the last line is a JSON object."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench journal", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=300, help="how many are timed on the disk [300]")
    parser.add_argument("--flips", type=int, default=20_000, help="of how many bits, spread over the files [20000]")
    parser.add_argument("--folder", type=Path, help="a folder on the disk to be measured [among the caches]")
    options = parser.parse_args()
    load, *_ = os.getloadavg()
    disk = options.folder or kept_in("journal")
    on_disk, in_memory = _keep(disk, options.records), _keep(_MEMORY_DISK, _FULL_RECORDS)
    stores = [
        {
            "store": store.name,
            "disk_ms": on_disk[store.name]["ms"],
            "tmpfs_ms": in_memory[store.name]["ms"],
            "bytes_written_a_record": on_disk[store.name]["bytes_written_a_record"],
            "bytes_after_10000": in_memory[store.name]["bytes"],
            "open_and_read_ms": in_memory[store.name]["open_and_read_ms"],
            "flips": _flip(store, options.flips),
        }
        for store in STORES
    ]
    summary: dict[str, Any] = {
        "kind": "summary",
        "machine": describe(),
        "load": round(load, 1),
        "file_system": _file_system_of(disk),
        "records_on_disk": options.records,
        "stores": stores,
    }
    against = shortened(parser, options, "records", "flips") + _failures(stores)
    publish(
        lambda: {MEASURED / "journal.json": as_json(summary), PAGE: page_with("journal", journal_section(summary))},
        against,
    )
    print(json.dumps(summary))
    return 1 if _failures(stores) else 0


def _failures(stores: Sequence[Mapping[str, Any]]) -> list[str]:
    """What our journal must not do; the others are only what it is compared with."""
    ours = stores[0]["flips"]
    unnoticed = ours["wrong_unnoticed"]
    return [f"our journal handed out {unnoticed} wrong records as right"] if unnoticed else []


def _story(count: int) -> Iterator[Record]:
    """A hold that is paused, changed and gone on with, again and again."""
    for number in range(1, count + 1):
        total = 900.0 + number % 7 * 60
        countdown = Countdown(
            total, total - number % 100 - 0.123456789, None if number % 2 else 5000.987654321 + number
        )
        snapshot = Snapshot(
            "relax",
            is_daytime=True,
            is_paused=bool(number % 2),
            hold_seconds=900.0,
            countdown=countdown,
            past=frozenset({0, 1}),
        )
        stamp = Stamp(
            "6f0d2a58-94a1-4f2c-a6f0-3a1c2f1de0b7", 4000.123456789 + number, 1.8e9 + number, is_wall_trusted=True
        )
        yield Record(number, stamp, "facial_mask", "en", snapshot)


def _keep(where: Path, count: int) -> dict[str, dict[str, Any]]:
    """Let all stores keep the same, in turns, so that other work on the disk meets all of them."""
    with ExitStack() as rooms:
        folders = {store: Path(rooms.enter_context(tempfile.TemporaryDirectory(dir=where))) for store in STORES}
        for store, folder in folders.items():
            store.open(folder)
        milliseconds: dict[Store, list[float]] = {store: [] for store in STORES}
        written = dict.fromkeys(STORES, 0)
        for record in _story(count):
            for store in STORES:
                before, begun = _written_bytes(), time.perf_counter()
                store.keep(record)
                milliseconds[store].append(1e3 * (time.perf_counter() - begun))
                written[store] += _written_bytes() - before
        return {
            store.name: _figures(store, folder, milliseconds[store], written[store])
            for store, folder in folders.items()
        }


def _figures(store: Store, folder: Path, milliseconds: list[float], written: int) -> dict[str, Any]:
    size = sum(path.stat().st_size for path in store.files(folder))
    store.close()
    median, late = np.percentile(milliseconds, [50, 95])
    return {
        "ms": [round(float(value), 3) for value in (median, late, max(milliseconds))],
        "bytes_written_a_record": round(written / len(milliseconds)),
        "bytes": size,
        "open_and_read_ms": round(_seconds_to_read(store, folder) * 1e3, 3),
    }


def _seconds_to_read(store: Store, folder: Path) -> float:
    times = []
    for _ in range(_READS):
        begun = time.perf_counter()
        store.read(folder)
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def _written_bytes() -> int:
    """What this process had the disk write so far (proc(5))."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def _flip(store: Store, most: int) -> dict[str, int]:
    """Flip bits one by one in the files as they are while the store is open: so a crash leaves them."""
    counts = {"bits": 0, "right": 0, "noticed": 0, "wrong_unnoticed": 0}
    with tempfile.TemporaryDirectory(dir=_MEMORY_DISK) as room:
        folder, scratch = Path(room) / "kept", Path(room) / "flipped"
        folder.mkdir()
        store.open(folder)
        records = list(_story(_FLIPPED_RECORDS))
        for record in records:
            store.keep(record)
        files = {path.name: path.read_bytes() for path in store.files(folder)}
        store.close()
        last = words_of(records[-1])
        for name, bit in track(_spread(files, most), store.name, console=_CONSOLE):
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            for other, content in files.items():
                (scratch / other).write_bytes(_flipped(content, bit) if other == name else content)
            found = store.read(scratch)
            what = "noticed" if found.is_noticed else "right" if found.words == last else "wrong_unnoticed"
            counts[what] += 1
            counts["bits"] += 1
    return counts


def _spread(files: dict[str, bytes], most: int) -> list[tuple[str, int]]:
    """Files and bits, so many evenly over all; all if there are no more."""
    bits = [(name, bit) for name, content in files.items() for bit in range(8 * len(content))]
    chosen = np.unique(np.linspace(0, len(bits) - 1, most).astype(int)) if len(bits) > most else range(len(bits))
    return [bits[index] for index in chosen]


def _flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _file_system_of(folder: Path) -> str:
    """Its type, as the kernel names it (proc(5), mounts)."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text("utf-8").splitlines()]
    around = [(len(place), kind) for _, place, kind, *_ in mounts if folder.resolve().is_relative_to(place)]
    return max(around)[1]


if __name__ == "__main__":
    sys.exit(main())
