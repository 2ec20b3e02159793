"""Writes the section of docs/hearing.md about coffee orders, beside what others have published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.outcomes import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Mapping


PUBLISHED = {
    "Picovoice Rhino": (96, 97, 98, 99, 99, 99, 99),
    "Amazon Lex": (80, 84, 85, 87, 87),
    "Microsoft LUIS": (86, 89, 90, 91, 92),
    "IBM Watson": (72, 84, 89, 93, 95),
    "Google Dialogflow": (70, 78, 78, 80, 81),
}
"""Percent of orders right at 6, 9, 12 ... dB, as Rhino's maker publishes them; as far as they are known here."""
_TEMPLATE = """\
## Against published engines: real people's orders

`scripts/bench orders` lets the same decoder hear {orders} coffee orders of real people (Picovoice's public
speech-to-intent benchmark) in kitchen noise, mixed by the benchmark's own rule. An order is right when every slot is.
The published figures are those of Rhino's own maker, who chose the benchmark.
Our grammar's spellings ("iced mocha" or "ice mocha") were chosen on these same orders, so on other people's expect a
little less; the others' figures are for 619 orders.

| right % at | {ratios} |
|---|{columns}
| **this decoder** | {ours} |
| 95 % interval | {intervals} |
{published}
It takes {seconds:.2f} s an order (median, one thread). Measured on {machine}.
"""


def orders_section(figures: Mapping[str, Any]) -> str:
    """The section of the figures in docs/measured/orders.json."""
    total, right = figures["orders"], figures["right"]
    spans = (wilson_interval(count, total) for count in right.values())
    return _TEMPLATE.format(
        orders=total,
        ratios=" | ".join(f"{ratio} dB" for ratio in right),
        columns="---:|" * len(right),
        ours=" | ".join(f"**{100 * count / total:.1f}**" for count in right.values()),
        intervals=" | ".join(f"{100 * low:.1f}-{100 * high:.1f}" for low, high in spans),
        published="".join(
            f"| {name} | {' | '.join(str(share) for share in (*shares, *[''] * (len(right) - len(shares))))} |\n"
            for name, shares in PUBLISHED.items()
        ),
        seconds=figures["seconds_an_order"],
        machine=figures["machine"],
    )
