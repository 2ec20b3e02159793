"""Writes the section of docs/wyoming.md with the figures of the bench."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.outcomes import wilson_interval
from benches.common.publishing import table

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATE = """\
## How well it hears

`scripts/bench wyoming` drives the real server with the real client library: the public test recordings of
speech-to-phrase, and a file of the sentences that are said in them. A transcript is right when it is that sentence
letter by letter; of the foreign sentences nothing is to be taken.

{rows}

The threshold (`OWN_SENTENCE` in `ears/rejection.py`) was chosen by the synthetic voices and by other people's talk, not
by the person's recordings. One thing was learned from these: a sound is also heard without its first 0.1 and 0.2 s,
because one recording begins with the loud end of another word.

Median and 95th percentile are from the end of the sound to the transcript, in milliseconds, with all sound sent at
once. Measured on {machine}.
"""
_SAID = {"real": "a real person", "made": "synthetic voices", "foreign": "foreign sentences"}


def wyoming_section(figures: Mapping[str, Any]) -> str:
    """The section of the figures in docs/measured/wyoming.json."""
    rows = [
        (
            str(grammar["sentences"]),
            _SAID[kind],
            str(sum(counts.values())),
            _share(counts["right"], sum(counts.values())),
            str(counts["another"]),
            str(counts["none"]),
            f"{grammar['median_ms']} / {grammar['95th_percentile_ms']}",
        )
        for grammar in figures["grammars"]
        for kind, counts in grammar["kinds"].items()
    ]
    head = ("sentences in the file", "said by", "recordings", "right", "another", "none taken", "median / 95 %")
    return _TEMPLATE.format(rows=table(head, rows), machine=figures["machine"])


def _share(count: int, total: int) -> str:
    low, high = wilson_interval(count, total)
    return f"{count} ({100 * low:.0f}-{100 * high:.0f} %)"
