"""Writes the section of docs/appliance.md about power cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.crash.page import section_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    Figures = Mapping[str, Any]

_POWER_CUT = """\
## The power cut off again and again

`scripts/bench power-cut` does the same with everything that the coach keeps on an ext4 of its own. At a random moment
that is shut down without flushing its log (`EXT4_IOC_SHUTDOWN`), and the coach is killed; then the disk is mounted
again and the next coach started. The file system writes nothing by itself meanwhile (`commit=3600,noauto_da_alloc`),
so only what was forced to the disk is still there. Three mutants of the coach fail it, which a test shows: one that
forces nothing to the disk, one that drops every third record of the journal, and one that writes no history. What a
disk itself loses, which says that it has written what it has not, this does not show.

Measured on {machine}; load average at the start {load}.

{table}
"""


def power_cut_section(figures: Figures) -> str:
    """The section of the figures in docs/measured/power-cut.json."""
    return section_of(_POWER_CUT, "power cuts", [], figures)
