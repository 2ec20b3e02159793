"""Checks of values in a routine file that are allowed by themselves but must fit together."""

from __future__ import annotations

import math
import re
import unicodedata
from itertools import islice
from typing import TYPE_CHECKING

from voice_coach.errors import shown
from voice_coach.routines.routine_model import USUAL_LONGEST_SECONDS
from voice_coach.routines.routine_schema import OVERNIGHT, ROUTINE
from voice_coach.schema import MOST_MISTAKES, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from voice_coach.schema import ValuePath

    Content = Mapping[str, object]

_LONGEST_TITLE = 100
_OF_A_HOLD = ("longest", "milestones", "reminders")
_OF_A_COUNTDOWN = ("longest", "milestones")


def mistakes_of(document: Content, *, needs_sources: bool) -> list[Mistake]:
    """Return the mistakes of a routine file in no particular order, MOST_MISTAKES at most.

    Args:
        document: The content of the file, as a TOML parser gives it.
        needs_sources: Whether every claim must name its source.
    """
    return list(islice(_mistakes(document, needs_sources=needs_sources), MOST_MISTAKES))


def _mistakes(document: Content, *, needs_sources: bool) -> Iterator[Mistake]:
    yield from ROUTINE.mistakes(document, ())
    steps = _steps(document)
    yield from _id_mistakes(steps)
    yield from _hold_mistakes(steps)
    yield from _skin_mistakes(document, steps)
    if steps and all("only" in step for _, step in steps):
        yield Mistake(("steps",), "there is no step for every time of day", "take the only out of one")
    for path, step in steps:
        yield from _step_mistakes(step, path)
        yield from _repetitions(step, path)
    yield from _source_mistakes(document, steps, needs_sources=needs_sources)


def id_from(title: str) -> str:
    """Return the id for a step that gives none, made from the letters and digits of its title."""
    # the title is cut because the time of `normalize` grows with the square of the number of accents
    plain = unicodedata.normalize("NFKC", title[:_LONGEST_TITLE]).casefold()
    return re.sub(r"[\W_]+", "_", plain).strip("_")


def _steps(document: Content) -> list[tuple[ValuePath, Content]]:
    steps = document.get("steps")
    return [(("steps", at), one) for at, one in enumerate(steps) if _is_table(one)] if isinstance(steps, list) else []


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _id_mistakes(steps: list[tuple[ValuePath, Content]]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for path, step in steps:
        title, given = step.get("title"), step.get("id")
        key = "id" if isinstance(given, str) else "title"
        name = given if isinstance(given, str) else id_from(title) if isinstance(title, str) else None
        if name in seen:
            yield Mistake(
                (*path, key), f"another step has the id {shown(name)}, too", f'add a line such as id = "{name[:30]}_2"'
            )
        elif name == "" and isinstance(title, str) and title.strip():
            yield Mistake((*path, key), f"the title {title[:40]!r} makes no id", 'add a line such as id = "toner"')
        if name:
            seen.add(name)


def _hold_mistakes(steps: list[tuple[ValuePath, Content]]) -> Iterator[Mistake]:
    at = [number for number, (_, step) in enumerate(steps) if "hold" in step]
    for number in at[1:]:
        yield Mistake((*steps[number][0], "hold"), "there is a hold already, and a mask is on once", "keep one hold")
    if not at:
        return
    path = (*steps[at[0]][0], "hold")
    if at[0] == 0:
        yield Mistake(path, "nothing is put on before the hold", "put a step before it in which the mask is put on")
    if at[0] == len(steps) - 1:
        yield Mistake(path, "nothing follows the hold", "put a step after it in which the mask is taken off")
    for near, step in steps[max(0, at[0] - 1) : at[0] + 2]:
        if "only" in step:
            what = "putting on, hold and taking off belong together at any time of day"
            yield Mistake((*near, "only"), what, "remove the only")


def _step_mistakes(step: Content, path: ValuePath) -> Iterator[Mistake]:
    if "instead" in step and "only" not in step:
        yield Mistake((*path, "instead"), "instead is never said without only", 'add only = "day" or "evening"')
    hold, longest = step.get("hold"), step.get("longest")
    for key in _OF_A_HOLD:
        if key in step and hold is None:
            yield Mistake((*path, key), f"{key} belongs to a step with a hold", "add a line such as hold = 15")
        elif key in step and hold == OVERNIGHT and key in _OF_A_COUNTDOWN:
            yield Mistake((*path, key), f"{key} has no meaning overnight, without a countdown", "remove it")
    if _is_number(hold) and _is_number(longest) and longest < hold:  # type: ignore[operator]  # both are numbers
        yield Mistake((*path, "longest"), "longest is less than hold", "make it as many minutes or more")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _repetitions(step: Content, path: ValuePath) -> Iterator[Mistake]:
    for key in ("words", "reminders", "milestones"):
        values = step.get(key)
        looked_at = values[:MOST_MISTAKES] if isinstance(values, list) else []  # longer lists are a mistake anyway
        for at, value in enumerate(looked_at):
            if value in looked_at[:at]:
                yield Mistake((*path, key, at), f"{key} has {shown(value)} twice", "keep one")


def _skin_mistakes(document: Content, steps: list[tuple[ValuePath, Content]]) -> Iterator[Mistake]:
    skins = document.get("skin")
    hold = next((step for _, step in steps if "hold" in step), None)
    for name, needs in skins.items() if isinstance(skins, dict) else ():
        minutes = needs.get("minutes") if isinstance(needs, dict) else None
        if minutes is None or not _is_number(minutes):
            continue
        path = ("skin", name, "minutes")
        if hold is None or hold["hold"] == OVERNIGHT:
            yield Mistake(path, "minutes has no meaning without a countdown", "remove it, or give a step a hold")
        elif minutes > longest_minutes(hold):
            yield Mistake(path, f"minutes is more than the longest of {longest_minutes(hold):g}", "choose fewer")


def longest_minutes(step: Content) -> float:
    """Return the minutes to which a hold may be lengthened: its own limit, else the usual one or the hold itself."""
    given = [step[key] for key in ("longest", "hold") if _is_number(step.get(key))]
    if "longest" in step and given:
        return _as_float(given[0])
    return max(USUAL_LONGEST_SECONDS / 60, *map(_as_float, given), 0.0)


def _as_float(number: object) -> float:
    """Return a number as a float, infinite when it is too large for one."""
    try:
        return float(number)  # type: ignore[arg-type]  # a number
    except OverflowError:
        return math.inf if number > 0 else -math.inf  # type: ignore[operator]


def _source_mistakes(
    document: Content, steps: list[tuple[ValuePath, Content]], *, needs_sources: bool
) -> Iterator[Mistake]:
    """Find sources without a claim, and claims without the source that they need."""
    tables: list[tuple[ValuePath, object, str]] = [((key,), document.get(key), "say") for key in ("often", "warning")]
    tables += [(("skin", name), one, "say") for name, one in _items(document.get("skin"))]
    for path, step in steps:
        tables.append((path, step, "why"))
        tables += [((*path, "skin", name), one, "how") for name, one in _items(step.get("skin"))]
        more = step.get("more")
        tables += [((*path, "more", at), one, "say") for at, one in enumerate(more if isinstance(more, list) else ())]
    for path, table, key in tables:
        if not isinstance(table, dict):
            continue
        if "source" in table and key not in table:
            yield Mistake((*path, "source"), f"a source is nothing without a {key}", f"write the {key}, or remove it")
        elif needs_sources and key in table and "source" not in table:
            yield Mistake((*path, "source"), f"nobody is named who says the {key}", 'add source = { name = "..." }')


def _items(table: object) -> list[tuple[str, object]]:
    return list(table.items()) if isinstance(table, dict) else []
