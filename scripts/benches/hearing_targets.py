"""What the coach's own engine must reach, and whether it does: the project's targets, and the small run's floors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engines_heard import OURS
from hearing_plan import NOISE, OWN_WORDS, TALK, WORDS
from outcomes import Outcomes, poisson_interval, wilson_interval
from places import QUIET, ROOM, ROOM_AND_TAP, STATED, TAP_10, TAP_20

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Figures = Mapping[str, Any]

LEAST_RIGHT = {QUIET: 97.0, ROOM: 86.0, TAP_20: 95.0, TAP_10: 88.0, ROOM_AND_TAP: 50.0}
"""Percent of commands, by intent."""
AIMS = {QUIET: 99.0, ROOM: 97.0, TAP_20: 98.0, TAP_10: 95.0, ROOM_AND_TAP: 90.0}
MOST_WRONG, MOST_NEAR_WORDS = 1.0, 1.0
"""Percent."""
MOST_FALSE_AN_HOUR, AIM_FALSE_AN_HOUR = 2.0, 0.1

FLOORS = {QUIET: 94.0, ROOM: 87.0, TAP_20: 87.0}
"""Percent right in the small run: two or three commands below what was measured, as processors differ a little."""
SMALL_MOST_WRONG = 3.0
SMALL_MOST_TAKEN = {TALK: 1, WORDS: 6}
"""Commands taken from three minutes of made talk and from 45 near words."""


@dataclass(frozen=True, slots=True)
class Target:
    """One figure beside its target."""

    what: str
    limit: str
    aim: str
    measured: str
    interval: str
    is_met: bool


def targets_of(figures: Figures) -> list[Target]:
    """The targets that these figures say something about."""
    engine = figures["engines"].get(OURS, {"places": {}, "sounds": {}})
    places, sounds = engine["places"], engine["sounds"]
    checks = [_right(name, Outcomes(**places[name])) for name in STATED if name in places]
    if checks:
        checks.append(_wrong(sum((Outcomes(**one) for one in places.values()), Outcomes())))
    if TALK in sounds:
        checks.append(_talk(sounds[TALK].values()))
    checks += [_none(what, sounds[what].values()) for what in (NOISE, OWN_WORDS) if what in sounds]
    if WORDS in sounds:
        checks.append(_near_words(sounds[WORDS].values()))
    return checks


def complaints_about_small(figures: Figures) -> list[str]:
    """How the small run's figures are worse than the floors; empty when they are not."""
    engine = figures["engines"][OURS]
    places = {name: Outcomes(**counts) for name, counts in engine["places"].items()}
    complaints = [
        f"{name}: {share:.1f} % right, at least {FLOORS[name]:g} % are expected"
        for name, one in places.items()
        if (share := 100 * one.right / one.total) < FLOORS[name]
    ]
    heard = sum(places.values(), Outcomes())
    if (share := 100 * heard.wrong / heard.total) > SMALL_MOST_WRONG:
        complaints.append(f"{share:.1f} % were taken as another command, at most {SMALL_MOST_WRONG:g} % are expected")
    for kind, heard_at in engine["sounds"].items():
        commands = [text for one in heard_at.values() for text in one["commands"]]
        if len(commands) > SMALL_MOST_TAKEN[kind]:
            complaints.append(f"{kind} was taken for commands: {', '.join(commands)}")
    return complaints


def percent(count: int, total: int) -> str:
    """A share, to a tenth of a percent."""
    return f"{100 * count / total:.1f} %" if total else "-"


def interval(count: int, total: int) -> str:
    """Its 95 % interval."""
    low, high = wilson_interval(count, total)
    return f"{100 * low:.1f}-{100 * high:.1f} %"


def an_hour(count: int, seconds: float) -> str:
    """So many in so much time, as a rate."""
    return f"{count * 3600 / seconds:.1f}" if seconds else "-"


def an_hour_interval(count: int, seconds: float) -> str:
    """Its 95 % interval."""
    low, high = poisson_interval(count)
    return f"{low * 3600 / seconds:.1f}-{high * 3600 / seconds:.1f}" if seconds else "-"


def _right(place: str, one: Outcomes) -> Target:
    share = 100 * one.right / one.total
    limit, aim = f">= {LEAST_RIGHT[place]:g} %", f"{AIMS[place]:g} %"
    spread = interval(one.right, one.total)
    return Target(f"right, {place}", limit, aim, percent(one.right, one.total), spread, share >= LEAST_RIGHT[place])


def _wrong(one: Outcomes) -> Target:
    is_met = 100 * one.wrong <= MOST_WRONG * one.total
    spread = interval(one.wrong, one.total)
    return Target("wrong, all five places", f"<= {MOST_WRONG:g} %", "", percent(one.wrong, one.total), spread, is_met)


def _talk(places: Iterable[Figures]) -> Target:
    commands, seconds = _sum(places)
    limit, aim = f"<= {MOST_FALSE_AN_HOUR:g} an hour", f"{AIM_FALSE_AN_HOUR:g}"
    what = f"false commands, {seconds / 60:.0f} minutes of other people's talk"
    spread = an_hour_interval(commands, seconds)
    is_met = commands * 3600 <= MOST_FALSE_AN_HOUR * seconds
    return Target(what, limit, aim, f"{an_hour(commands, seconds)} an hour ({commands})", spread, is_met)


def _none(what: str, places: Iterable[Figures]) -> Target:
    commands, seconds = _sum(places)
    named = {NOISE: "of noise", OWN_WORDS: "of its own sentences, as loud as a person"}[what]
    spread = f"{an_hour_interval(commands, seconds)} an hour"
    return Target(
        f"false commands, {seconds / 60:.0f} minutes {named}", "none", "", str(commands), spread, not commands
    )


def _near_words(places: Iterable[Figures]) -> Target:
    heard = list(places)
    taken, total = sum(one["sounds_taken"] for one in heard), sum(one["sounds"] for one in heard)
    is_met = 100 * taken <= MOST_NEAR_WORDS * total
    limit, measured = f"<= {MOST_NEAR_WORDS:g} %", f"{percent(taken, total)} ({taken} of {total})"
    return Target("near words taken", limit, "", measured, interval(taken, total), is_met)


def _sum(places: Iterable[Figures]) -> tuple[int, float]:
    heard = list(places)
    return sum(len(one["commands"]) for one in heard), sum(one["seconds"] for one in heard)
