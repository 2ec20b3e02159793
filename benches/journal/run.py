"""Runs the bench of the session journal: times each store, and flips bits in its files."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benches.common.cache import cache_folder
from benches.common.publishing import (
    APPLIANCE_PAGE,
    MEASURED,
    as_json,
    describe,
    page_with,
    parser_of,
    publish,
    shortened,
)
from benches.journal.judge import MEMORY_DISK, failures, flip_bits
from benches.journal.page import journal_section
from benches.journal.stores import STORES, story

if TYPE_CHECKING:
    from benches.journal.stores import ComparedStore


_READS = 50
_FULL_RECORDS = 10_000


def main() -> int:
    """Measure all stores; the last line is a JSON object."""
    parser = parser_of("journal")
    parser.add_argument("--records", type=int, default=300, help="how many are timed on the disk [300]")
    parser.add_argument("--flips", type=int, default=20_000, help="of how many bits, spread over the files [20000]")
    parser.add_argument("--folder", type=Path, help="a folder on the disk to be measured [among the caches]")
    options = parser.parse_args()
    load, *_ = os.getloadavg()
    disk = options.folder or cache_folder("journal")
    on_disk, in_memory = _keep(disk, options.records), _keep(MEMORY_DISK, _FULL_RECORDS)
    stores = [
        {
            "store": store.name,
            "disk_ms": on_disk[store.name]["ms"],
            "tmpfs_ms": in_memory[store.name]["ms"],
            "bytes_written_a_record": on_disk[store.name]["bytes_written_a_record"],
            "bytes_after_10000": in_memory[store.name]["bytes"],
            "open_and_read_ms": in_memory[store.name]["open_and_read_ms"],
            "flips": flip_bits(store, options.flips),
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
    against = shortened(parser, options, "records", "flips") + failures(stores)
    publish(
        lambda: {
            MEASURED / "journal.json": as_json(summary),
            APPLIANCE_PAGE: page_with("journal", journal_section(summary)),
        },
        against,
    )
    print(json.dumps(summary))
    return 1 if failures(stores) else 0


def _keep(where: Path, count: int) -> dict[str, dict[str, Any]]:
    """Let all stores keep the same, in turns, so that other work on the disk meets all of them."""
    with ExitStack() as rooms:
        folders = {store: Path(rooms.enter_context(tempfile.TemporaryDirectory(dir=where))) for store in STORES}
        for store, folder in folders.items():
            store.open(folder)
        milliseconds: dict[ComparedStore, list[float]] = {store: [] for store in STORES}
        written = dict.fromkeys(STORES, 0)
        for record in story(count):
            for store in STORES:
                before, begun = _written_bytes(), time.perf_counter()
                store.keep(record)
                milliseconds[store].append(1e3 * (time.perf_counter() - begun))
                written[store] += _written_bytes() - before
        return {
            store.name: _figures(store, folder, milliseconds[store], written[store])
            for store, folder in folders.items()
        }


def _figures(store: ComparedStore, folder: Path, milliseconds: list[float], written: int) -> dict[str, Any]:
    size = sum(path.stat().st_size for path in store.files(folder))
    store.close()
    median, late = np.percentile(milliseconds, [50, 95])
    return {
        "ms": [round(float(value), 3) for value in (median, late, max(milliseconds))],
        "bytes_written_a_record": round(written / len(milliseconds)),
        "bytes": size,
        "open_and_read_ms": round(_seconds_to_read(store, folder) * 1e3, 3),
    }


def _seconds_to_read(store: ComparedStore, folder: Path) -> float:
    times = []
    for _ in range(_READS):
        begun = time.perf_counter()
        store.read(folder)
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def _written_bytes() -> int:
    """Bytes that this process had the disk write so far (proc(5))."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def _file_system_of(folder: Path) -> str:
    """The type of a folder's file system, as the kernel names it (proc(5), mounts)."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text("utf-8").splitlines()]
    around = [(len(place), kind) for _, place, kind, *_ in mounts if folder.resolve().is_relative_to(place)]
    return max(around)[1]


if __name__ == "__main__":
    sys.exit(main())
