"""The file format of routines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.document import Document
from voice_coach.core.routine import STEP_PHASES, Hold, Routine, Source, Step
from voice_coach.core.view import Phase
from voice_coach.errors import ContentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse_routine(document: Mapping[str, object]) -> Routine:
    """Make a routine from its parsed TOML document.

    Args:
        document: `title`, the table `hold` (`minutes`, `reminders`) and the list `steps` of tables with `id`, `phase`,
            `title`, `what`, `how`, `why`, `source` (`name`, `link`) and, for a step by day only, `evening`.

    Raises:
        ContentError: something is missing, unknown or makes no routine.
    """
    file = Document(document, "the routine")
    file.demand_known(("title", "hold", "steps"))
    return Routine(
        title=file.text("title"),
        hold=_hold(file.table("hold")),
        steps=tuple(_step(table) for table in file.tables("steps")),
    )


def _hold(table: Document) -> Hold:
    table.demand_known(("minutes", "reminders"))
    reminders = table.texts("reminders") if "reminders" in table.content else ()
    return Hold(seconds=60 * table.number("minutes"), reminders=reminders)


def _step(table: Document) -> Step:
    table.demand_known(("id", "phase", "title", "what", "how", "why", "source", "evening"))
    return Step(
        id=table.text("id"),
        title=table.text("title"),
        phase=_phase(table),
        what=table.text("what"),
        how=table.text("how"),
        why=table.text("why"),
        source=_source(table.table("source")),
        evening=_optional(table, "evening"),
    )


def _source(table: Document) -> Source:
    table.demand_known(("name", "link"))
    return Source(table.text("name"), _optional(table, "link"))


def _optional(table: Document, key: str) -> str:
    return table.text(key) if key in table.content else ""


def _phase(table: Document) -> Phase:
    names = [phase.value for phase in STEP_PHASES]
    name = table.text("phase")
    if name not in names:
        remedy = did_you_mean(name, names).rstrip("?") or f"choose one of {', '.join(names)}"
        raise ContentError(table.says(f'phase "{name}" is unknown; {remedy}'))
    return Phase(name)
