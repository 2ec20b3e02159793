"""Conversion of a parsed TOML document to a routine."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from voice_coach.routines.routine_model import (
    USUAL_MILESTONES,
    Claim,
    Daypart,
    Hold,
    Phase,
    Routine,
    Skin,
    SkinNeeds,
    Source,
    Step,
)
from voice_coach.routines.routine_schema import MILESTONES, OVERNIGHT
from voice_coach.routines.validation import id_from, longest_minutes, mistakes_of
from voice_coach.schema import Document, demand_none

if TYPE_CHECKING:
    from collections.abc import Mapping

_MINUTE = 60.0


def parse_routine(document: Mapping[str, object], name: str, *, own_source: str = "") -> Routine:
    """Make a routine from its parsed TOML document.

    Args:
        document: The content of the file, in the format of docs/routines.md.
        name: The name of the file, which becomes the routine's id.
        own_source: The source of every claim that names none; when this is empty, each claim must name one.

    Raises:
        ContentError: The document has mistakes; its text has a line for each.
    """
    demand_none(mistakes_of(document, needs_sources=not own_source), "the routine")
    return _Reader(own_source).routine(Document(document, "the routine"), name)


class _Reader:
    """A reader that makes a routine from a document in which no mistakes were found."""

    def __init__(self, own_source: str) -> None:
        self._own_source = own_source

    def routine(self, file: Document, name: str) -> Routine:
        tables = file.tables("steps")
        hold_at = next((at for at, table in enumerate(tables) if "hold" in table), None)
        return Routine(
            id=name,
            title=file.text("name"),
            steps=tuple(self._step(table, _phase(at, hold_at)) for at, table in enumerate(tables)),
            hold=None if hold_at is None else _hold(tables[hold_at]),
            mask=file.text("mask"),
            times_a_week=file.integer("times_a_week"),
            often=self._claim(file.table("often"), "say"),
            warning=self._claim(file.table("warning"), "say"),
            skin={Skin(key): self._needs(table) for key, table in file.named_tables("skin").items()},
        )

    def _step(self, table: Document, phase: Phase) -> Step:
        title = table.text("title")
        return Step(
            id=table.text("id") or id_from(title),
            title=title,
            phase=phase,
            say=table.text("say"),
            how=table.text("how"),
            why=self._claim(table, "why"),
            more=tuple(Claim(one.text("say"), self._source(one)) for one in table.tables("more")),
            how_by_skin={
                Skin(key): Claim(one.text("how"), self._source(one)) for key, one in table.named_tables("skin").items()
            },
            words=table.texts("words"),
            picture=table.text("picture"),
            is_optional=table.boolean("optional"),
            irritates=table.boolean("irritates"),
            only=Daypart(table.text("only")) if "only" in table else None,
            instead=table.text("instead"),
        )

    def _needs(self, table: Document) -> SkinNeeds:
        minutes = table.number("minutes")
        seconds = None if minutes is None else minutes * _MINUTE
        return SkinNeeds(seconds, table.integer("times_a_week"), self._claim(table, "say"))

    def _claim(self, table: Document, key: str) -> Claim | None:
        return Claim(table.text(key), self._source(table)) if key in table else None

    def _source(self, table: Document) -> Source:
        if isinstance(table.content.get("source"), dict):
            source = table.table("source")
            return Source(source.text("name"), source.text("link"))
        return Source(table.text("source") or self._own_source)


def _phase(at: int, hold_at: int | None) -> Phase:
    """Return the phase of the step at a position, which follows from the position of the hold."""
    if hold_at is None or at > hold_at + 1:
        return Phase.AFTERCARE
    near = {hold_at - 1: Phase.APPLYING, hold_at: Phase.HOLDING, hold_at + 1: Phase.REMOVING}
    return near.get(at, Phase.BRIEFING)


def _hold(table: Document) -> Hold:
    given = table.content["hold"]
    seconds = None if given == OVERNIGHT else _MINUTE * cast("float", given)
    told = cast("list[str | int]", table.content.get("milestones", []))
    milestones = frozenset(MILESTONES[one] for one in told) or USUAL_MILESTONES
    return Hold(seconds, table.texts("reminders"), _MINUTE * longest_minutes(table.content), milestones)
