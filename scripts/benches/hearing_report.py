"""The hearing bench's figures as text and as a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from outcomes import FalseCommands, Outcomes, wilson_interval
from speakers import NATURAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Heard = Mapping[tuple[str, str, str], Outcomes]
    """By engine, place and voice."""
    Taken = Mapping[tuple[str, str], FalseCommands]
    """By engine and kind of sound."""

COLOURS = {"right": "#3a7d44", "missed": "#d9d2c3", "wrong": "#b3261e"}


PAGE = """\
# How the coach hears

Made by `scripts/bench hearing`; measured on {machine}.

{phrases} phrases of the English phrase book, each said by {voice_count} natural voices of flite ({voices}),
go through the ears that `voice-coach hear` uses. Yes and no are said while a question is open, all others in a
running routine without one. Right: the command meant, with its minutes. Wrong: another one. Missed: none. In
brackets the counts and the 95 % interval (Wilson).

{commands}

![Right, missed and wrong by place and engine](hearing.svg)

*Quiet* has only a microphone's hiss; *room* is a small tiled bathroom by image sources; *tap 20 dB* is synthetic
running water 20 dB below the speech; *given room* and *recorded tap* are the impulse responses and the water in the
folder that `--data` named. `pocketsphinx` is a baseline: its plain grammar of the same phrases takes whatever it finds.

## Voice by voice

Percent right by the engine `moonshine`. kal16 and espeak-ng sound less like a person than any person does.

{by_voice}

## Commands taken where none was said

{false_commands}

## Doubts

Synthetic voices are clearer than people and say a phrase always alike, so the intervals hold for these voices only.
Room and water are simulated unless the table says recorded or given.
"""


def hearing_page(heard: Heard, taken: Taken, missing: Mapping[str, str], phrase_count: int, machine: str) -> str:
    """docs/hearing.md.

    Args:
        heard: what became of the commands.
        taken: what was taken where no command was said.
        missing: engines that could not be measured, and why.
        phrase_count: phrases said by each voice.
        machine: what it was measured on.
    """
    natural = _natural_voices(heard)
    return PAGE.format(
        machine=machine,
        phrases=phrase_count,
        voice_count=len(natural),
        voices=", ".join(natural),
        commands="\n".join(_commands_table(heard, missing, natural)),
        by_voice="\n".join(_voices_table(heard, "moonshine")),
        false_commands="\n".join(_false_commands_table(taken)),
    )


def _natural_voices(heard: Heard) -> tuple[str, ...]:
    return tuple(dict.fromkeys(voice for _engine, _place, voice in heard if voice in NATURAL))


def _summed(heard: Heard, engine: str, place: str, voices: Sequence[str]) -> Outcomes:
    """Over some voices."""
    return sum((heard.get((engine, place, voice), Outcomes()) for voice in voices), Outcomes())


def _commands_table(heard: Heard, missing: Mapping[str, str], voices: Sequence[str]) -> list[str]:
    """A row an engine and place: right, missed and wrong, with counts and intervals."""
    rows = ["| engine | place | right | missed | wrong |", "|---|---|---:|---:|---:|"]
    for engine, place in dict.fromkeys((engine, place) for engine, place, _voice in heard):
        sum_of = _summed(heard, engine, place, voices)
        cells = (_share(count, sum_of.total) for count in (sum_of.right, sum_of.missed, sum_of.wrong))
        rows.append(f"| {engine} | {place} | {' | '.join(cells)} |")
    return rows + [f"| {engine} | {why} | | | |" for engine, why in missing.items()]


def _voices_table(heard: Heard, engine: str) -> list[str]:
    """A row a voice, a column a place: percent right of one engine."""
    places = list(dict.fromkeys(place for one, place, _voice in heard if one == engine))
    rows = [f"| voice | {' | '.join(places)} |", f"|---|{'---:|' * len(places)}"]
    for voice in dict.fromkeys(voice for _engine, _place, voice in heard):
        sums = [_summed(heard, engine, place, (voice,)) for place in places]
        cells = (f"{100 * one.right / one.total:.1f} %" if one.total else "" for one in sums)
        rows.append(f"| {voice} | {' | '.join(cells)} |")
    return rows


def _false_commands_table(taken: Taken) -> list[str]:
    """A row an engine and kind of sound: how many commands were taken where none was said, and an hour."""
    rows = ["| engine | sound | minutes | commands taken | an hour | which |", "|---|---|---:|---:|---:|---|"]
    for (engine, kind), false in taken.items():
        which = ", ".join(sorted(set(false.texts))[:5]) + (" ..." if len(set(false.texts)) > 5 else "")  # noqa: PLR2004  enough to read
        minutes = f"{false.seconds / 60:.1f}"
        rows.append(f"| {engine} | {kind} | {minutes} | {len(false.texts)} | {false.per_hour:.1f} | {which} |")
    return rows


def draw(heard: Heard, path: Path) -> None:
    """Stacked bars of right, missed and wrong for each place and engine; whiskers are 95 % intervals of right."""
    engines, places = (list(dict.fromkeys(key[part] for key in heard)) for part in (0, 1))
    bars = [(place, engine) for place in places for engine in engines]
    sums = [_summed(heard, engine, place, _natural_voices(heard)) for place, engine in bars]
    labels = [f"{place}: {engine}" for place, engine in bars]
    with plt.rc_context({"svg.hashsalt": "hearing", "font.family": "sans-serif"}):
        figure, axes = plt.subplots(figsize=(8, 0.4 * len(bars) + 1.4), layout="constrained")
        left = [0.0] * len(bars)
        for name, colour in COLOURS.items():
            widths = [100 * getattr(one, name) / one.total for one in sums]
            axes.barh(labels, widths, left=left, color=colour, label=name)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        axes.errorbar(
            [100 * one.right / one.total for one in sums], labels, xerr=_whiskers(sums), fmt="none", ecolor="black"
        )
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel("% of commands")
        axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _whiskers(sums: Sequence[Outcomes]) -> list[list[float]]:
    below, above = [], []
    for one in sums:
        low, high = wilson_interval(one.right, one.total)
        share = one.right / one.total
        below.append(100 * (share - low))
        above.append(100 * (high - share))
    return [below, above]


def _share(count: int, total: int) -> str:
    low, high = wilson_interval(count, total)
    share = count / total if total else math.nan
    return f"{100 * share:.1f} % ({count} of {total}; {100 * low:.1f}-{100 * high:.1f})"
