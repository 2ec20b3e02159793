"""Writes the section of docs/appliance.md about the session journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.publishing import table

if TYPE_CHECKING:
    from collections.abc import Mapping


_TEXT = """\
## Why a journal of its own

`scripts/bench journal` keeps the same records in our journal and in SQLite (one row, replaced; `synchronous = FULL`),
each record forced to the disk ({records} on {file_system}; 10,000 on a tmpfs), and then flips single bits in the files
as a crash leaves them. Worst is another record handed out as the right one without a word: SQLite has no checksums in
its pages, and takes a damaged write-ahead log for one that ends earlier. A checksum of our own in the row would find
most of what goes unnoticed with the rollback journal, but not an older row that is whole. The disk was busy with other
work (load average at the start {load}), and the stores took turns.

Measured on {machine}.

{table}

A record's times are median / 95th percentile / worst.
"""
_HEAD = (
    "kept in",
    "a record, disk",
    "a record, tmpfs",
    "written a record",
    "size after 10,000",
    "open and read",
    "bits flipped",
    "right",
    "noticed",
    "wrong, unnoticed",
)


def journal_section(figures: Mapping[str, Any]) -> str:
    """The section of the figures in docs/measured/journal.json."""
    rows = [
        (
            store["store"],
            _times(store["disk_ms"]),
            _times(store["tmpfs_ms"]),
            f"{store['bytes_written_a_record']:,} bytes",
            f"{store['bytes_after_10000']:,} bytes",
            f"{store['open_and_read_ms']:.2f} ms",
            *(f"{store['flips'][name]:,}" for name in ("bits", "right", "noticed", "wrong_unnoticed")),
        )
        for store in figures["stores"]
    ]
    return _TEXT.format(
        records=figures["records_on_disk"],
        file_system=figures["file_system"],
        load=figures["load"],
        machine=figures["machine"],
        table=table(_HEAD, rows),
    )


def _times(milliseconds: list[float]) -> str:
    median, late, worst = milliseconds
    return f"{median:.2f} / {late:.2f} / {worst:.1f} ms"
