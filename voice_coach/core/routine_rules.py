"""What must fit together in a file of a routine, where each value by itself is allowed."""

from __future__ import annotations

import math
import re
import unicodedata
from itertools import islice
from typing import TYPE_CHECKING

from voice_coach.core.problems import Problem
from voice_coach.core.routine import USUAL_LONGEST_SECONDS
from voice_coach.core.routine_format import OVERNIGHT, ROUTINE
from voice_coach.errors import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from voice_coach.core.problems import Place

    Content = Mapping[str, object]

MOST_PROBLEMS = 100
"""A file with more is not looked at to its end."""
_LONGEST_TITLE = 100
_OF_A_HOLD = ("longest", "milestones", "reminders")
_OF_A_COUNTDOWN = ("longest", "milestones")


def problems_of(document: Content, *, needs_sources: bool) -> list[Problem]:
    """All that is wrong in a routine's document, in no order; the first MOST_PROBLEMS of more.

    Args:
        document: as a TOML parser gives it.
        needs_sources: whether every claim must name who says so.
    """
    return list(islice(_problems(document, needs_sources=needs_sources), MOST_PROBLEMS))


def _problems(document: Content, *, needs_sources: bool) -> Iterator[Problem]:
    yield from ROUTINE.problems(document, ())
    steps = _steps(document)
    yield from _of_ids(steps)
    yield from _of_holds(steps)
    yield from _of_skins(document, steps)
    if steps and all("only" in step for _, step in steps):
        yield Problem(("steps",), "there is no step for every time of day", "take the only out of one")
    for place, step in steps:
        yield from _of_step(step, place)
        yield from _of_words(step, place)
    yield from _of_sources(document, steps, needs_sources=needs_sources)


def id_from(title: str) -> str:
    """The id of a step that gives none: the letters and digits of its title."""
    plain = unicodedata.normalize("NFKC", title[:_LONGEST_TITLE]).casefold()  # of many accents it takes the square
    return re.sub(r"[\W_]+", "_", plain).strip("_")


def _steps(document: Content) -> list[tuple[Place, Content]]:
    steps = document.get("steps")
    return [(("steps", at), one) for at, one in enumerate(steps) if _is_table(one)] if isinstance(steps, list) else []


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _of_ids(steps: list[tuple[Place, Content]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, step in steps:
        title, given = step.get("title"), step.get("id")
        key = "id" if isinstance(given, str) else "title"
        name = given if isinstance(given, str) else id_from(title) if isinstance(title, str) else None
        if name in seen:
            yield Problem(
                (*place, key), f"another step has the id {shown(name)}, too", f'add a line such as id = "{name[:30]}_2"'
            )
        elif name == "" and isinstance(title, str) and title.strip():
            yield Problem((*place, key), f"the title {title[:40]!r} makes no id", 'add a line such as id = "toner"')
        if name:
            seen.add(name)


def _of_holds(steps: list[tuple[Place, Content]]) -> Iterator[Problem]:
    at = [number for number, (_, step) in enumerate(steps) if "hold" in step]
    for number in at[1:]:
        yield Problem((*steps[number][0], "hold"), "there is a hold already, and a mask is on once", "keep one hold")
    if not at:
        return
    place = (*steps[at[0]][0], "hold")
    if at[0] == 0:
        yield Problem(place, "nothing is put on before the hold", "put a step before it in which the mask is put on")
    if at[0] == len(steps) - 1:
        yield Problem(place, "nothing follows the hold", "put a step after it in which the mask is taken off")
    for near, step in steps[max(0, at[0] - 1) : at[0] + 2]:
        if "only" in step:
            what = "putting on, hold and taking off belong together at any time of day"
            yield Problem((*near, "only"), what, "remove the only")


def _of_step(step: Content, place: Place) -> Iterator[Problem]:
    if "instead" in step and "only" not in step:
        yield Problem((*place, "instead"), "instead is never said without only", 'add only = "day" or "evening"')
    hold, longest = step.get("hold"), step.get("longest")
    for key in _OF_A_HOLD:
        if key in step and hold is None:
            yield Problem((*place, key), f"{key} belongs to a step with a hold", "add a line such as hold = 15")
        elif key in step and hold == OVERNIGHT and key in _OF_A_COUNTDOWN:
            yield Problem((*place, key), f"{key} has no meaning overnight, without a countdown", "remove it")
    if _is_number(hold) and _is_number(longest) and longest < hold:  # type: ignore[operator]  # both are numbers
        yield Problem((*place, "longest"), "longest is less than hold", "make it as many minutes or more")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_words(step: Content, place: Place) -> Iterator[Problem]:
    for key in ("words", "reminders", "milestones"):
        values = step.get(key)
        looked_at = values[:MOST_PROBLEMS] if isinstance(values, list) else []  # so many are a mistake anyway
        for at, value in enumerate(looked_at):
            if value in looked_at[:at]:
                yield Problem((*place, key, at), f"{key} has {shown(value)} twice", "keep one")


def _of_skins(document: Content, steps: list[tuple[Place, Content]]) -> Iterator[Problem]:
    skins = document.get("skin")
    hold = next((step for _, step in steps if "hold" in step), None)
    for name, needs in skins.items() if isinstance(skins, dict) else ():
        minutes = needs.get("minutes") if isinstance(needs, dict) else None
        if minutes is None or not _is_number(minutes):
            continue
        place = ("skin", name, "minutes")
        if hold is None or hold["hold"] == OVERNIGHT:
            yield Problem(place, "minutes has no meaning without a countdown", "remove it, or give a step a hold")
        elif minutes > longest_minutes(hold):
            yield Problem(place, f"minutes is more than the longest of {longest_minutes(hold):g}", "choose fewer")


def longest_minutes(step: Content) -> float:
    """To how many minutes the hold of a step may be lengthened: what it says, else the usual, but its own at least."""
    given = [step[key] for key in ("longest", "hold") if _is_number(step.get(key))]
    if "longest" in step and given:
        return _as_float(given[0])
    return max(USUAL_LONGEST_SECONDS / 60, *map(_as_float, given), 0.0)


def _as_float(number: object) -> float:
    """As many as the file says, which may be more than a float holds."""
    try:
        return float(number)  # type: ignore[arg-type]  # a number
    except OverflowError:
        return math.inf if number > 0 else -math.inf  # type: ignore[operator]


def _of_sources(document: Content, steps: list[tuple[Place, Content]], *, needs_sources: bool) -> Iterator[Problem]:
    """A source stands beside what it says, and what needs one has one."""
    tables: list[tuple[Place, object, str]] = [((key,), document.get(key), "say") for key in ("often", "warning")]
    tables += [(("skin", name), one, "say") for name, one in _items(document.get("skin"))]
    for place, step in steps:
        tables.append((place, step, "why"))
        tables += [((*place, "skin", name), one, "how") for name, one in _items(step.get("skin"))]
        more = step.get("more")
        tables += [((*place, "more", at), one, "say") for at, one in enumerate(more if isinstance(more, list) else ())]
    for place, table, key in tables:
        if not isinstance(table, dict):
            continue
        if "source" in table and key not in table:
            yield Problem((*place, "source"), f"a source is nothing without a {key}", f"write the {key}, or remove it")
        elif needs_sources and key in table and "source" not in table:
            yield Problem((*place, "source"), f"nobody is named who says the {key}", 'add source = { name = "..." }')


def _items(table: object) -> list[tuple[str, object]]:
    return list(table.items()) if isinstance(table, dict) else []
