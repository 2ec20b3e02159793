"""Writes the section of docs/hearing.md about Korean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.outcomes import Outcomes, poisson_interval, wilson_interval
from benches.common.publishing import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    Figures = Mapping[str, Any]

_TEMPLATE = """\
## Korean

`scripts/bench korean` lets Vosk's small Korean model hear the Korean phrases. {voices} say them: variants of eSpeak
NG's voice, and hibari's American voice, to whom Korean is told sound by sound; flite cannot speak it. No natural Korean
voice could be had, so **these are accents that are hard for a model made for people**. Neither these voices nor these
sentences are those that the ears learned from (`--learn`).

{places}

What they took of {minutes:.0f} minutes of other Korean sentences (everyday ones, many with words of commands in them),
by place:

{sounds}

The setting `sensitivity` moves along this curve:

{curve}

From the end of the word to the decision, in milliseconds, median and 95th percentile: {delays}.

How it rejects: the model has no "[unk]", so its grammar takes everything for some phrase. The same sound goes to a
second grammar of single syllables, and both texts are held against all phrases as sounds (Hangul letters, by Unicode's
decomposition) with learned probabilities of what is misheard. The sum of both log-likelihood ratios, for each letter,
is the score; what is unclear at its end is heard again 5 % slower and faster, and 10 % slower. At a pause a text is
worth less, and what may as well be the beginning of another phrase waits for the end. The rehearsal says phrases that
are heard well, in three of these voices; the shortest words (다음, 왜, 네) none of them says so that the model hears
them. Measured on {machine}.
"""


def korean_section(figures: Figures) -> str:
    """The section of the figures in docs/measured/korean.json."""
    sounds = next(iter(figures["sounds"].values()))
    return _TEMPLATE.format(
        voices=", ".join(figures["voices"]),
        places=_places(figures["places"]),
        minutes=sum(one["seconds"] for one in sounds.values()) / 60,
        sounds=_sounds(sounds),
        curve=_curve(figures["curve"]),
        delays="; ".join(f"{place} {one['median']}, {one['p95']}" for place, one in figures["delay_ms"].items() if one),
        machine=figures["machine"],
    )


def _places(places: Figures) -> str:
    rows = []
    for place, counts in places.items():
        one = Outcomes(**counts)
        shares = [_share(count, one.total) for count in (one.right, one.missed, one.wrong)]
        rows.append((place, str(one.total), *shares))
    return table(("place", "commands", "right", "missed", "wrong"), rows)


def _share(count: int, total: int) -> str:
    low, high = wilson_interval(count, total)
    return f"{100 * count / total:.1f} % ({100 * low:.1f}-{100 * high:.1f} %)"


def _sounds(sounds: Figures) -> str:
    rows = []
    for place, one in sounds.items():
        count, hours = len(one["commands"]), one["seconds"] / 3600
        low, high = poisson_interval(count)
        rate = f"{count / hours:.1f} ({low / hours:.1f}-{high / hours:.1f})"
        rows.append((place, f"{one['seconds'] / 60:.1f}", str(count), rate))
    return table(("place", "minutes", "commands taken", "an hour (95 %)"), rows)


def _curve(points: list[Figures]) -> str:
    names = list(points[0]["places"])
    rows = []
    for point in points:
        ones = [Outcomes(**counts) for counts in point["places"].values()]
        shares = [f"{100 * one.right / one.total:.1f} %, {100 * one.wrong / one.total:.1f} %" for one in ones]
        rows.append((f"{point['sensitivity']:g}", *shares, f"{point['false_commands'] / point['hours']:.1f}"))
    return table(("sensitivity", *(f"right, wrong: {name}" for name in names), "false an hour"), rows)
