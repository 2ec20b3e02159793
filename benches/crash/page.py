"""Writes the section of docs/appliance.md about crashes; its table serves power cuts too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.publishing import table
from benches.crash.memory_judges import LATEST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    Figures = Mapping[str, Any]

_CRASH = """\
## Killed again and again

`scripts/bench crash` leads the real program on the virtual sound card by voice through steps and holds, and ends it
with `kill -9` at random moments: while it starts, while a command is being understood, written down, rendered and
spoken. Right is what the killed coach had told last: the place, the time left, the skipped steps and the announcements
of the hold as the next coach has them, settings and history as they lie on the disk. "Under way" are those whose last
command had been obeyed and kept, but not yet told, and those whose last events, recorded less than {latest:g} s before,
were not yet in the history, for which nobody waits. What a killed program has written stays in the system's memory,
forced to the disk or not: that is what the power cuts are for.

Measured on {machine}; load average at the start {load}.

{table}
"""


def crash_section(figures: Figures) -> str:
    """The section of the figures in docs/measured/crash.json."""
    left = (
        "child processes left after 3 s",
        f"{figures['processes_left']} of {figures['processes_ended_with']}",
    )
    return section_of(_CRASH, "kills", [left], figures)


def section_of(text: str, ends: str, more: list[tuple[str, str]], figures: Figures) -> str:
    """A section with the table of a run.

    Args:
        text: its Markdown, with blanks for machine, load, latest and table.
        ends: what ended the lives.
        more: further rows of the table.
        figures: as in docs/measured.
    """
    compared = figures["compared"]
    phases = ", ".join(f"{count} {phase}" for phase, count in sorted(figures["by_phase"].items()))
    moments = ", ".join(f"{count} {moment}" for moment, count in figures["by_moment"].items())
    facts = f"{figures['facts_found']} of {figures['facts_told']}, {compared['facts of the history']} had to be"
    rows = [
        (ends, f"{figures['ends']}"),
        ("restored as told", f"{figures['right']}"),
        ("restored with what was under way", f"{figures['in_flight']}"),
        ("wrong", f"{figures['wrong']}"),
        ("time left, worst error", f"{figures['worst_time_error_s']:.3f} s in {compared['times left']} holds"),
        ("changed settings judged", f"{compared['settings']}"),
        ("restarts with steps skipped", f"{compared['skipped steps']}"),
        ("restarts in a hold some of whose announcements were made", f"{compared['moments']}"),
        ("facts of the history found after the life that told them", facts),
        ("files put aside as damaged", f"{figures['set_aside']}"),
        *more,
        ("start to first page, median", f"{figures['first_page_ms_median']} ms"),
        ("start to first page, 95th percentile", f"{figures['first_page_ms_p95']} ms"),
        ("start to listening, median", f"{figures['listening_ms_median']} ms"),
        ("ended in phase", phases),
        ("ended", moments),
    ]
    return text.format(
        machine=figures["machine"], load=figures["load"], latest=LATEST_SECONDS, table=table(("", ""), rows)
    )
