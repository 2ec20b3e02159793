"""Writes the section of docs/hearing.md about commands to a smart home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.outcomes import wilson_interval
from benches.common.publishing import table

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATE = """\
## The nearest relative's recordings: a person speaks to a home

`scripts/bench smart-home` lets the coach's ears hear the public test recordings of speech-to-phrase, another listener
for a list of sentences. The {sentences} sentences that are said in them are the list. Nothing is tuned for them but the
share of the trained weights in the encoder (0.7), which was chosen with them, too. "Another" is any sentence but the
one that was said; of the foreign ones, nothing is to be taken.

{rows}

Measured on {machine}.
"""
_SAID = {"real": "a real person", "made": "synthetic voices", "foreign": "foreign sentences"}


def smart_home_section(figures: Mapping[str, Any]) -> str:
    """The section of the figures in docs/measured/smart_home.json."""
    kinds = figures["kinds"]
    totals = {kind: sum(counts.values()) for kind, counts in kinds.items()}
    rows = [
        (
            _SAID[kind],
            str(totals[kind]),
            _share(counts["right"], totals[kind]),
            str(counts["another"]),
            str(counts["none"]),
        )
        for kind, counts in kinds.items()
    ]
    return _TEMPLATE.format(
        sentences=figures["sentences"],
        rows=table(("said by", "recordings", "right", "another", "none taken"), rows),
        machine=figures["machine"],
    )


def _share(count: int, total: int) -> str:
    low, high = wilson_interval(count, total)
    return f"{count} ({100 * low:.0f}-{100 * high:.0f} %)"
