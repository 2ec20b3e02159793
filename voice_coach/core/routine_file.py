"""The file format of routines."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from voice_coach.core.document import Document
from voice_coach.core.moments import USUAL_MILESTONES, Milestone
from voice_coach.core.person import Daypart, Skin
from voice_coach.core.routine import USUAL_LONGEST_SECONDS, Claim, Hold, Routine, SkinNeeds, Source, Step
from voice_coach.core.view import Phase
from voice_coach.errors import ContentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

OVERNIGHT = "overnight"
_MINUTE = 60.0
_MILESTONES = {"half": Milestone.HALF, **{one.value / _MINUTE: one for one in Milestone if one is not Milestone.HALF}}


def parse_routine(document: Mapping[str, object], name: str) -> Routine:
    """Make a routine from its parsed TOML document.

    Args:
        document: as docs/routines.md tells.
        name: of the file, which becomes the routine's id.

    Raises:
        ContentError: something is missing, unknown or makes no routine.
    """
    file = Document(document, "the routine")
    file.demand_known(("name", "language", "mask", "times_a_week", "often", "warning", "skin", "steps"))
    tables = file.tables("steps")
    hold_at = next((index for index, table in enumerate(tables) if "hold" in table.content), None)
    return Routine(
        id=name,
        title=file.text("name"),
        steps=tuple(_step(table, _phase(index, hold_at)) for index, table in enumerate(tables)),
        hold=None if hold_at is None else _hold(tables[hold_at]),
        mask=_optional(file, "mask"),
        times_a_week=_whole(file, "times_a_week"),
        often=_claim(file, "often"),
        warning=_claim(file, "warning"),
        skin=_skin(file.table("skin")) if "skin" in file.content else {},
    )


def _phase(index: int, hold_at: int | None) -> Phase:
    """Where a step belongs follows from where the hold is."""
    if hold_at is None or index > hold_at + 1:
        return Phase.AFTERCARE
    near = {hold_at - 1: Phase.APPLYING, hold_at: Phase.HOLDING, hold_at + 1: Phase.REMOVING}
    return near.get(index, Phase.BRIEFING)


def _hold(table: Document) -> Hold:
    reminders = table.texts("reminders") if "reminders" in table.content else ()
    longest = table.number("longest") * _MINUTE if "longest" in table.content else USUAL_LONGEST_SECONDS
    seconds = None if table.content["hold"] == OVERNIGHT else _MINUTE * table.number("hold")
    return Hold(seconds, reminders, longest, _milestones(table))


def _milestones(table: Document) -> frozenset[Milestone]:
    if "milestones" not in table.content:
        return USUAL_MILESTONES
    given = table.content["milestones"]
    if not isinstance(given, list) or any(one not in _MILESTONES for one in given):
        raise ContentError(table.says('milestones must be a list of "half", 10, 5, 3, 2 and 1; leave out the others'))
    return frozenset(_MILESTONES[one] for one in given)


def _step(table: Document, phase: Phase) -> Step:
    table.demand_known(
        [
            "id",
            "title",
            "say",
            "how",
            "why",
            "source",
            "more",
            "words",
            "optional",
            "only",
            "instead",
            "skin",
            "hold",
            "longest",
            "milestones",
            "reminders",
        ]
    )
    title = table.text("title")
    return Step(
        id=_optional(table, "id") or id_from(title),
        title=title,
        phase=phase,
        say=table.text("say"),
        how=_optional(table, "how"),
        why=Claim(table.text("why"), _source(table)) if "why" in table.content else None,
        more=tuple(_claim_of(one) for one in table.tables("more")) if "more" in table.content else (),
        how_by_skin={
            _skin_named(key, table): Claim(
                table.table("skin").table(key).text("how"), _source(table.table("skin").table(key))
            )
            for key in (table.table("skin").content if "skin" in table.content else ())
        },
        words=table.texts("words") if "words" in table.content else (),
        is_optional=table.content.get("optional") is True,
        only=_daypart(table),
        instead=_optional(table, "instead"),
    )


def id_from(title: str) -> str:
    """The id of a step that gives none: the letters and digits of its title."""
    plain = unicodedata.normalize("NFKC", title).casefold()
    return re.sub(r"[\W_]+", "_", plain).strip("_")


def _skin(table: Document) -> dict[Skin, SkinNeeds]:
    needs = {}
    for key in table.content:
        own = table.table(key)
        own.demand_known(("minutes", "times_a_week", "say", "source"))
        needs[_skin_named(key, table)] = SkinNeeds(
            seconds=_MINUTE * own.number("minutes") if "minutes" in own.content else None,
            times_a_week=_whole(own, "times_a_week"),
            advice=_claim_of(own) if "say" in own.content else None,
        )
    return needs


def _skin_named(name: str, table: Document) -> Skin:
    names = [skin.value for skin in Skin]
    if name not in names:
        raise ContentError(table.says(f'skin "{name}" is unknown; choose one of {", ".join(names)}'))
    return Skin(name)


def _daypart(table: Document) -> Daypart | None:
    name, names = _optional(table, "only"), [part.value for part in Daypart]
    if name and name not in names:
        remedy = did_you_mean(name, names).rstrip("?") or f"choose one of {', '.join(names)}"
        raise ContentError(table.says(f'only = "{name}" is unknown; {remedy}'))
    return Daypart(name) if name else None


def _claim(table: Document, key: str) -> Claim | None:
    return _claim_of(table.table(key)) if key in table.content else None


def _claim_of(table: Document) -> Claim:
    return Claim(table.text("say"), _source(table))


def _source(table: Document) -> Source:
    given = table.content.get("source")
    if isinstance(given, str):
        return Source(table.text("source"))
    source = table.table("source")
    source.demand_known(("name", "link"))
    return Source(source.text("name"), _optional(source, "link"))


def _optional(table: Document, key: str) -> str:
    return table.text(key) if key in table.content else ""


def _whole(table: Document, key: str) -> int | None:
    return int(table.number(key)) if key in table.content else None
