"""Writes the section of docs/hearing.md about people's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.outcomes import Outcomes, wilson_interval
from benches.common.publishing import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    Figures = Mapping[str, Any]

_TEMPLATE = """\
## People's own words

`scripts/bench phrasings` takes {count} phrasings that nobody has listed and {others} sentences that are no commands.
They were drawn before anything was built to understand them, and looked at only in these figures; another list is for
building. They are typed, and said in quiet by three voices made of recorded speech (flite) and a neural one (hibari).
Right means the same command with the same number and the same thing named.

{ways}

Measured on {machine}.
"""


def phrasings_section(figures: Figures) -> str:
    """The section of the figures in docs/measured/phrasings.json."""
    typed = _outcomes(figures["typed"])
    return _TEMPLATE.format(
        count=typed.total, others=figures["others"], ways=_ways(figures), machine=figures["machine"]
    )


def _ways(figures: Figures) -> str:
    rows = [
        _row("typed", figures["typed"]),
        *(_row(f"{name} ({one['engine']})", one) for name, one in figures["spoken"].items()),
    ]
    return table(("", "right", "95 %", "another command", "missed", "taken of the other sentences"), rows)


def _row(way: str, figures: Figures) -> tuple[str, ...]:
    counts = _outcomes(figures)
    low, high = wilson_interval(counts.right, counts.total)
    shares = [f"{100 * part / counts.total:.1f} %" for part in (counts.right, counts.wrong, counts.missed)]
    taken = str(len(figures["others_taken"]))
    return way, shares[0], f"{100 * low:.0f}-{100 * high:.0f} %", shares[1], shares[2], taken


def _outcomes(figures: Figures) -> Outcomes:
    return Outcomes(**{name: figures[name] for name in Outcomes().counts})
