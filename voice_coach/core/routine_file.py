"""The file format of routines: `routine_format` has its limits, `routine_rules` what must fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from voice_coach.core.moments import USUAL_MILESTONES
from voice_coach.core.person import Daypart, Skin
from voice_coach.core.routine import Claim, Hold, Routine, SkinNeeds, Source, Step
from voice_coach.core.routine_format import MILESTONES, OVERNIGHT
from voice_coach.core.routine_rules import id_from, longest_minutes, problems_of
from voice_coach.core.view import Phase
from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.problems import Problem

    Values = Mapping[str, str]
    Content = Mapping[str, object]

_MINUTE = 60.0


def parse_routine(document: Content, name: str, *, own_source: str = "") -> Routine:
    """Make a routine from its parsed TOML document.

    Args:
        document: as docs/routines.md tells.
        name: of the file, which becomes the routine's id.
        own_source: who is named for what names no source; every claim must name one when this is empty.

    Raises:
        ContentError: something is missing, unknown or makes no routine; one line for each problem.
    """
    problems = problems_of(document, needs_sources=not own_source)
    if problems:
        raise ContentError("\n".join(f"In the routine{_place(one)}: {one.sentence}" for one in problems))
    return _Reader(own_source).routine(document, name)


def _place(problem: Problem) -> str:
    return f", {problem.table}" if problem.table else ""


def _tables(value: object) -> list[Content]:
    return cast("list[Content]", value)


class _Reader:
    """Reads a document without problems: every value has its type."""

    def __init__(self, own_source: str) -> None:
        self._own_source = own_source

    def routine(self, file: Content, name: str) -> Routine:
        tables = _tables(file["steps"])
        hold_at = next((at for at, table in enumerate(tables) if "hold" in table), None)
        return Routine(
            id=name,
            title=str(file["name"]),
            steps=tuple(self._step(table, _phase(at, hold_at)) for at, table in enumerate(tables)),
            hold=None if hold_at is None else _hold(tables[hold_at]),
            mask=_text(file, "mask"),
            times_a_week=_whole(file, "times_a_week"),
            often=self._claim_under(file, "often"),
            warning=self._claim_under(file, "warning"),
            skin={Skin(key): self._needs(table) for key, table in _by_name(file, "skin").items()},
        )

    def _step(self, table: Content, phase: Phase) -> Step:
        title = str(table["title"])
        return Step(
            id=_text(table, "id") or id_from(title),
            title=title,
            phase=phase,
            say=str(table["say"]),
            how=_text(table, "how"),
            why=self._claim(table, "why"),
            more=tuple(Claim(str(one["say"]), self._source(one)) for one in _tables(table.get("more", []))),
            how_by_skin={
                Skin(key): Claim(str(one["how"]), self._source(one)) for key, one in _by_name(table, "skin").items()
            },
            words=_texts(table, "words"),
            is_optional=table.get("optional") is True,
            only=Daypart(table["only"]) if "only" in table else None,
            instead=_text(table, "instead"),
        )

    def _needs(self, table: Content) -> SkinNeeds:
        minutes = cast("float | None", table.get("minutes"))
        seconds = None if minutes is None else minutes * _MINUTE
        return SkinNeeds(seconds, _whole(table, "times_a_week"), self._claim(table, "say"))

    def _claim_under(self, table: Content, key: str) -> Claim | None:
        return self._claim(cast("Content", table[key]), "say") if key in table else None

    def _claim(self, table: Content, key: str) -> Claim | None:
        return Claim(str(table[key]), self._source(table)) if key in table else None

    def _source(self, table: Content) -> Source:
        given = table.get("source", self._own_source)
        if isinstance(given, str):
            return Source(given)
        source = cast("Values", given)
        return Source(source["name"], source.get("link", ""))


def _phase(at: int, hold_at: int | None) -> Phase:
    """Where a step belongs follows from where the hold is."""
    if hold_at is None or at > hold_at + 1:
        return Phase.AFTERCARE
    near = {hold_at - 1: Phase.APPLYING, hold_at: Phase.HOLDING, hold_at + 1: Phase.REMOVING}
    return near.get(at, Phase.BRIEFING)


def _hold(table: Content) -> Hold:
    seconds = None if table["hold"] == OVERNIGHT else _MINUTE * cast("float", table["hold"])
    told = cast("list[str | int]", table.get("milestones", []))
    milestones = frozenset(MILESTONES[one] for one in told) or USUAL_MILESTONES
    return Hold(seconds, _texts(table, "reminders"), _MINUTE * longest_minutes(table), milestones)


def _text(table: Content, key: str) -> str:
    return str(table.get(key, ""))


def _texts(table: Content, key: str) -> tuple[str, ...]:
    return tuple(cast("list[str]", table.get(key, [])))


def _whole(table: Content, key: str) -> int | None:
    return cast("int | None", table.get(key))


def _by_name(table: Content, key: str) -> Mapping[str, Content]:
    return cast("Mapping[str, Content]", table.get(key, {}))
