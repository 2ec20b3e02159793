"""The file format of routines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.fields import Fields
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
    fields = Fields(document, "the routine", ("title", "hold", "steps"))
    return Routine(
        title=fields.text("title"),
        hold=_hold(fields.table("hold")),
        steps=tuple(_step(table, number) for number, table in enumerate(fields.tables("steps"), start=1)),
    )


def _hold(table: object) -> Hold:
    fields = Fields(table, "the table [hold] of the routine", ("minutes", "reminders"))
    return Hold(seconds=60 * fields.number("minutes"), reminders=fields.texts("reminders"))


def _step(table: object, number: int) -> Step:
    where = f"step {number} of the routine"
    fields = Fields(table, where, ("id", "phase", "title", "what", "how", "why", "source", "evening"))
    source = Fields(fields.table("source"), f"the source of {where}", ("name", "link"))
    return Step(
        id=fields.text("id"),
        title=fields.text("title"),
        phase=_phase(fields.text("phase"), where),
        what=fields.text("what"),
        how=fields.text("how"),
        why=fields.text("why"),
        source=Source(source.text("name"), source.text("link", "")),
        evening=fields.text("evening", ""),
    )


def _phase(name: str, where: str) -> Phase:
    names = [phase.value for phase in STEP_PHASES]
    if name not in names:
        remedy = did_you_mean(name, names) or f"choose one of {', '.join(names)}."
        message = f'The phase "{name}" of {where} is unknown; {remedy}'
        raise ContentError(message)
    return Phase(name)
