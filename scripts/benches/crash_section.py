"""The bench of crashes as a section of docs/appliance.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markdown_tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = """\
## Killed again and again

`scripts/bench crash` leads the real program on the virtual sound card by voice through steps and holds, and ends it
with `kill -9` at random moments: while it starts, while a command is being understood, written down, rendered and
spoken. Right is what the killed coach had told last. "Under way" are those whose last command had been obeyed and
kept, but not yet told. Each kill is judged by the next coach that comes as far as its first page.

Measured on {machine}; load average at the start {load}.

{table}
"""


def crash_section(figures: Mapping[str, Any]) -> str:
    """What docs/measured/crash.json has to say."""
    phases = ", ".join(f"{count} {phase}" for phase, count in sorted(figures["kills_by_phase"].items()))
    moments = ", ".join(f"{count} {moment}" for moment, count in figures["kills_by_moment"].items())
    rows = [
        ("kills", f"{figures['kills']}"),
        ("restored as told", f"{figures['right']}"),
        ("restored with the command under way", f"{figures['in_flight']}"),
        ("wrong", f"{figures['wrong']}"),
        ("time left, worst error", f"{figures['worst_time_error_s']:.3f} s in {figures['times_compared']} holds"),
        ("journals put aside as damaged", f"{figures['set_aside']}"),
        (
            "child processes left after 3 s",
            f"{figures['processes_left']} of {figures['processes_killed_with']}",
        ),
        ("start to first page, median", f"{figures['first_page_ms_median']} ms"),
        ("start to first page, 95th percentile", f"{figures['first_page_ms_p95']} ms"),
        ("start to listening, median", f"{figures['listening_ms_median']} ms"),
        ("killed in phase", phases),
        ("killed", moments),
    ]
    return _TEXT.format(machine=figures["machine"], load=figures["load"], table=table(("", ""), rows))
