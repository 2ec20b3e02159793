"""The schema of a routine file: its values, their types, and their greatest lengths and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.routines.routine_model import (
    LONGEST_HOLD_SECONDS,
    MASKS,
    MOST_REMINDERS,
    PICTURES,
    Daypart,
    Milestone,
    Skin,
)
from voice_coach.schema import (
    Array,
    Boolean,
    Choice,
    Field,
    Integer,
    Number,
    Table,
    Text,
    Union,
    json_schema,
)

if TYPE_CHECKING:
    from voice_coach.schema import JsonSchema

OVERNIGHT = "overnight"
MOST_STEPS = 30
_MINUTE = 60
MILESTONES: dict[str | int, Milestone] = {
    "half": Milestone.HALF,
    **{int(float(one.value) / _MINUTE): one for one in Milestone if one is not Milestone.HALF},
}
"""Milestones by their values in a file: "half", or the minutes before the end of the hold."""

_TITLE = Text(40)
_SENTENCE = Text(160)
_CLAIM = Text(200)
_REMINDER = Text(120)
_WORDS = Array(Text(40), most=8)
_TIMES = Integer(1, 7, "times a week", "2")
_MINUTES = Number(1, int(LONGEST_HOLD_SECONDS) // _MINUTE, "minutes", "15")
_SOURCE_TEXT = Text(80)
_LINK = Text(300, '"https://..."', begins="https?://")
_SOURCE = Union(
    Table(
        {
            "name": Field(_SOURCE_TEXT, "Who says it, as it is spoken.", is_required=True),
            "link": Field(_LINK, "The page on which it is said."),
        }
    ),
    _SOURCE_TEXT,
)
_SOURCE_FIELD = Field(_SOURCE, "Who says so: a name, or a table with name and link.")
_SAID_SO = Table({"say": Field(_CLAIM, "A sentence that tells what is so.", is_required=True), "source": _SOURCE_FIELD})

_SKIN_OF_STEP = Table(
    {"how": Field(_SENTENCE, "Said instead of how to this skin type.", is_required=True), "source": _SOURCE_FIELD}
)
_SKIN_OF_ROUTINE = Table(
    {
        "minutes": Field(_MINUTES, "How long the mask stays on this skin type."),
        "times_a_week": Field(_TIMES, "How often is enough for this skin type."),
        "say": Field(_CLAIM, "Advice for this skin type."),
        "source": _SOURCE_FIELD,
    }
)


def _by_skin(table: Table) -> Table:
    return Table({skin.value: Field(table, f"For {skin.value} skin.") for skin in Skin})


_STEP = Table(
    {
        "id": Field(Text(40, '"toner"', r"\w+$"), "A name without spaces; made from the title when missing."),
        "title": Field(_TITLE, "A few words that name the step.", is_required=True),
        "say": Field(_SENTENCE, "What to do; always said.", is_required=True),
        "how": Field(_SENTENCE, "How to do it well; left out when the coach is to be brief."),
        "why": Field(_CLAIM, "What it is good for."),
        "source": _SOURCE_FIELD,
        "more": Field(Array(_SAID_SO, most=10), 'What "tell me more" goes on with.'),
        "words": Field(_WORDS, "Further names by which the step can be called."),
        "picture": Field(Choice(PICTURES), "The drawing that the page shows."),
        "optional": Field(Boolean(), "Whether the step is said to be optional."),
        "irritates": Field(Boolean(), "Whether the step is left out after a mask that stung."),
        "only": Field(Choice([part.value for part in Daypart]), "The time of day at which the step is done."),
        "instead": Field(_SENTENCE, "What is said when the step is left out at the other time of day."),
        "skin": Field(_by_skin(_SKIN_OF_STEP), "What is said instead of how, by skin type."),
        "hold": Field(
            Union(_MINUTES, Choice((OVERNIGHT,))),
            'How many minutes the mask stays on in this step, or "overnight".',
        ),
        "longest": Field(_MINUTES, "To how many minutes the hold may be lengthened."),
        "milestones": Field(
            Array(Choice(tuple(MILESTONES)), most=len(MILESTONES)), "When the time left is told: minutes, or the half."
        ),
        "reminders": Field(Array(_REMINDER, most=MOST_REMINDERS), "Said now and then during the hold."),
    }
)

ROUTINE = Table(
    {
        "name": Field(_TITLE, "The name of the routine, spoken and shown.", is_required=True),
        "language": Field(Text(2, '"en"', begins="[a-z][a-z]$"), 'Two letters, such as "en".', is_required=True),
        "mask": Field(Choice(MASKS), "The kind of mask."),
        "times_a_week": Field(_TIMES, "How often is enough."),
        "often": Field(_SAID_SO, "The same as a sentence."),
        "warning": Field(_SAID_SO, "What to beware of; said when the mask is chosen."),
        "skin": Field(_by_skin(_SKIN_OF_ROUTINE), "What a skin type changes."),
        "steps": Field(Array(_STEP, most=MOST_STEPS), "What to do, in order.", is_required=True),
    }
)


def routine_json_schema() -> JsonSchema:
    """Return the schema of a routine file as a JSON schema, for editors."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A routine of voice-coach",
        "description": "A skincare routine as a TOML file; see docs/routines.md of voice-coach.",
        **json_schema(ROUTINE),
    }
