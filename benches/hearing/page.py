"""Writes docs/hearing.md from the figures in docs/measured: a section for each file that is there.

The figures of phrasings, orders, smart_home, duplex and korean have their sections in this page too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benches.common.outcomes import Outcomes
from benches.common.publishing import table
from benches.common.speakers import TEST, TUNE
from benches.duplex.page import duplex_section
from benches.hearing.judge import WORKING_POINT, an_hour, an_hour_interval, interval, percent, targets_of
from benches.hearing.listening import OURS, POCKETSPHINX, TRANSCRIPTION
from benches.hearing.places import QUIET, STATED, TAP_10
from benches.hearing.plan import TALK
from benches.korean.page import korean_section
from benches.orders.page import orders_section
from benches.phrasings.page import phrasings_section
from benches.smart_home.page import smart_home_section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    Figures = Mapping[str, Any]
    Section = tuple[str, Callable[[Figures], str]]

_TEMPLATE = """\
## What it means for a person

{plain}

## What must be reached

{targets}

Measured on {machine}.

Percentages have their 95 % interval (Wilson), rates an hour theirs (exact Poisson). Right is counted by intent
{misnumbered}; wrong is any other command. {count} voices
({speakers})
say phrases of the English phrase book, drawn at random, each voice other ones, and go through the ears that
`voice-coach hear` uses, in one stream a voice and place. Yes and no are said while a question is open, all others in a
running routine without one.

- *quiet*: a microphone's hiss, 46 dB below the speech.
- *bathroom response*: {rooms}.
- *tap*: {water}; the ratio is that of the speech's level over its active frames to the
  noise's at the same time.
- *talk, near words, noise*: {negatives}
- *talk, a person known*: the talk from next door again, after five commands near the microphone, from which the ears
  know how loud their person is (the setting `nearness`).
- *its own sentences*: all that the coach says, as loud at the microphone as a person and echoing in the room, with no
  echo cancelling; the ears know what it says.

![Right, missed and wrong by place and engine](hearing.svg)

## The curve

![Misses against false commands an hour](hearing-curve.svg)

The setting `sensitivity` moves along this curve; the working point ({working:g}) is marked. Each point is decided anew
from the same scores; a point below the working point has no second look at what was taken at a pause, so it misses
a little more here than in life.

{curve}

## Engine by engine

{engines}

{missing}- `{pocketsphinx}`: PocketSphinx's plain grammar of the same phrases; it takes whatever it finds.
- `{transcription}`: the same Moonshine model, transcribing freely (greedy decoding), its text understood as
  `voice-coach understand` does: every word must have a meaning.
- Vosk's small English model can't be had from a package registry.

What they took where no command was said:

{sounds}

{unlisted}## How soon

From the end of the spoken word (40 dB below its loudest 5 ms, before the room's ringing) to the decision: the time that
passes in the sound, and the processor time of the decoding that the decision waited for. In milliseconds, median and
95th percentile of the commands taken.

{delays}

## One thing at a time

The coach's own engine, with fewer phrases, in what else happens in a bathroom. *Television* is other people's talk,
*far* and *near* are positions in the room; loud and soft are 14 dB more and less than usual, very soft 24 dB less, with
the same hiss; fast and slow 1.3 and 0.75 of the voice's own speed; deep and childlike 0.9 and 1.2 of its pitch and
formants.

{wider}

## Voice by voice

Percent right. *low* and *high* are the same speaker with pitch and formants at 0.87 and 1.13, the tempo kept.

{voices}
"""
_UNLISTED = """\
## The whole grammar

As many sentences that no phrase book lists, drawn at random from the patterns by which typed text is understood: each
intent as often as the others, each way at a fork of a pattern, too, and three in ten with a polite phrase. Nobody would
say many of them ("exit of"): this is no measure of people's own words (see below), but of how far the ears follow the
text.

{table}

"""
_DOUBTS = """\
## Doubts

- Synthetic voices are clearer than people and say a phrase always alike; the intervals hold for these voices only.
- Halves: this page shows the {half} half. Voices are split by the speaker whom they were made of (rms and hibari for
  testing, awb and slt for tuning); given recordings by who speaks, or by recording where that is not known, sorted by a
  hash of that name and dealt out alternately, each kind of noise for itself. Impulse responses are the same in both.
- Disturbed copies of a recording are no new people: the rate of false commands is less certain than its interval says.
- Nobody has measured it in a real bathroom with a real clay mask yet.
"""
_SHOWN = 4
_HEAD = """\
# How the coach hears

Written by `scripts/bench hearing` from the figures in [measured](measured); written anew with `--page`.
"""
_TRIED = "hearing-tried.md"
"""The page of experiments and their results, which is written by hand."""


def hearing_sections(figures: Figures) -> str:
    """The sections of the figures in docs/measured/hearing.json, without the one on doubts."""
    engines = figures["engines"]
    return _TEMPLATE.format(
        plain=_in_plain_words(figures),
        targets=_targets(figures),
        machine=figures["machine"],
        misnumbered=_misnumbered(engines[OURS]["places"].values()),
        speakers=", ".join(figures["speakers"]),
        count=len(figures["speakers"]),
        working=WORKING_POINT,
        curve=_curve(figures["curve"]),
        engines=_engines(engines),
        sounds=_sounds(engines),
        unlisted=_UNLISTED.format(table=_wider(figures["unlisted"])) if "unlisted" in figures else "",
        missing="".join(f"- `{name}`: {why}.\n" for name, why in figures["missing"].items()),
        pocketsphinx=POCKETSPHINX,
        transcription=TRANSCRIPTION,
        delays=_delays(engines),
        wider=_wider(figures["wider"]),
        voices=_voices(figures["voices"]),
        **_sources(is_recorded=figures["is_recorded"]),
    )


def doubts_section(figures: Figures) -> str:
    """The section on how far the figures can be trusted."""
    return _DOUBTS.format(half={TEST: "testing", TUNE: "tuning"}.get(figures["half"], "whole"))


def _sources(*, is_recorded: bool) -> dict[str, str]:
    if not is_recorded:
        return {
            "rooms": "a small tiled room by image sources, from half a metre and from 1.3 m",
            "water": "the project's own running water",
            "negatives": "synthetic voices and noises, for no recordings were given.",
        }
    return {
        "rooms": "the given impulse responses of a small tiled room, in turn",
        "water": "given recordings of running water",
        "negatives": "other people's given recordings as they were recorded, and again in the room, beside a tap at "
        "20 dB and\n  from next door; single words as recorded, in the room and beside the tap; noises as recorded.",
    }


def _in_plain_words(figures: Figures) -> str:
    engine = figures["engines"][OURS]
    quiet, tap = (Outcomes(**engine["places"][place]) for place in (QUIET, TAP_10))
    talk = list(engine["sounds"][TALK].values())
    commands, seconds = sum(len(one["commands"]) for one in talk), sum(one["seconds"] for one in talk)
    delay = engine["delay_ms"][QUIET]["median"]
    return (
        f"Of a hundred commands, about {100 * quiet.right / quiet.total:.0f} are obeyed at once in a quiet room, "
        f"{100 * tap.right / tap.total:.0f} beside a running tap\n(10 dB below the voice); the others have to be said "
        f"again, and {100 * tap.wrong / tap.total:.1f} of those beside the tap are taken for another\ncommand. Its "
        f"person waits {delay / 1000:.1f} s after the last word. In {seconds / 60:.0f} minutes of other people's talk "
        f"it took\n{commands or 'no'} commands that nobody had given."
    )


def _targets(figures: Figures) -> str:
    rows = [
        (one.what, one.limit, one.aim, one.measured, one.interval, "yes" if one.is_met else "**no**")
        for one in targets_of(figures)
    ]
    return table(("", "target", "aim", "measured", "95 %", "reached"), rows)


def _misnumbered(places: Iterable[Mapping[str, int]]) -> str:
    counts = [Outcomes(**one) for one in places]
    number, right = sum(one.misnumbered for one in counts), sum(one.right for one in counts)
    return f"({number} of {right} of them with another number of minutes)"


def _curve(points: Sequence[Figures]) -> str:
    rows = [
        (
            f"{point['sensitivity']:g}",
            *(percent(Outcomes(**one).right, Outcomes(**one).total) for one in point["places"].values()),
            an_hour(point["false_commands"], 3600 * point["hours"]),
        )
        for point in points[::2]
    ]
    places = points[0]["places"] if points else ()
    return table(("sensitivity", *(f"right, {place}" for place in places), "false an hour"), rows)


def _engines(engines: Figures) -> str:
    rows = [
        (f"`{name}`", place, *_shares(Outcomes(**engine["places"][place])))
        for name, engine in engines.items()
        for place in STATED
        if place in engine["places"]
    ]
    return table(("engine", "place", "commands", "right", "missed", "wrong"), rows)


def _shares(one: Outcomes) -> tuple[str, ...]:
    counts = (one.right, one.missed, one.wrong)
    shares = (f"{percent(count, one.total)} ({interval(count, one.total)})" for count in counts)
    return (str(one.total), *shares)


def _sounds(engines: Figures) -> str:
    rows = [
        (f"`{name}`", kind, place, f"{one['seconds'] / 60:.1f}", str(one["sounds"]), *_taken(one))
        for name, engine in engines.items()
        for kind, places in engine["sounds"].items()
        for place, one in places.items()
    ]
    head = ("engine", "sound", "place", "minutes", "sounds", "commands taken", "an hour (95 %)", "which")
    return table(head, rows)


def _taken(one: Figures) -> tuple[str, ...]:
    commands, seconds = one["commands"], one["seconds"]
    which = sorted(set(commands))
    shown = ", ".join(which[:_SHOWN]) + (" ..." if len(which) > _SHOWN else "")
    rate = f"{an_hour(len(commands), seconds)} ({an_hour_interval(len(commands), seconds)})"
    return str(len(commands)), rate, shown


def _delays(engines: Figures) -> str:
    rows = [
        (f"`{name}`", *(_delay(engine["delay_ms"].get(place)) for place in STATED)) for name, engine in engines.items()
    ]
    return table(("engine", *STATED), rows)


def _delay(one: Mapping[str, float] | None) -> str:
    return f"{one['median']:.0f}, {one['p95']:.0f}" if one else ""


def _wider(places: Mapping[str, Mapping[str, int]]) -> str:
    rows = [(place, *_shares(Outcomes(**one))) for place, one in places.items()]
    return table(("", "commands", "right", "missed", "wrong"), rows)


def _voices(voices: Mapping[str, Mapping[str, Mapping[str, int]]]) -> str:
    rows = []
    for voice, places in voices.items():
        counts = [Outcomes(**places[place]) if place in places else Outcomes() for place in STATED]
        rows.append((voice, *(percent(one.right, one.total) for one in counts)))
    return table(("voice", *STATED), rows)


def write_page(docs: Path) -> None:
    """Write docs/hearing.md."""
    (docs / "hearing.md").write_text(page(docs), "utf-8")


def page(docs: Path) -> str:
    """The page that belongs to what is in docs/measured."""
    measured = {path.stem: json.loads(path.read_text("utf-8")) for path in (docs / "measured").glob("*.json")}
    sections = (
        ("hearing", hearing_sections),
        ("phrasings", phrasings_section),
        ("orders", orders_section),
        ("smart_home", smart_home_section),
        ("duplex", duplex_section),
        ("korean", korean_section),
    )
    parts = [_HEAD, *_parts(measured, *sections)]
    if (docs / _TRIED).is_file():
        parts.append(f"[What was tried, and how much it brought]({_TRIED})\n")
    return "\n".join([*parts, *_parts(measured, ("hearing", doubts_section))])


def _parts(measured: Mapping[str, Figures], *sections: Section) -> list[str]:
    """The sections whose figures are there."""
    return [write(measured[name]) for name, write in sections if name in measured]
