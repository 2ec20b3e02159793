"""Routines: the steps of a facial mask, and the file format in which a routine is written.

`routine_model` has the words with a fixed meaning and the routine itself. A file is read in three stages:
`routine_schema` checks each value, `validation` checks which values fit together, and `parser` makes the routine.
"""

from voice_coach.routines.parser import parse_routine
from voice_coach.routines.routine_model import (
    LONGEST_HOLD_SECONDS,
    MASKS,
    PICTURES,
    USUAL_LONGEST_SECONDS,
    USUAL_MILESTONES,
    Claim,
    Daypart,
    Hold,
    Milestone,
    Phase,
    Routine,
    Skin,
    SkinNeeds,
    Source,
    Step,
)
from voice_coach.routines.routine_schema import ROUTINE, routine_json_schema
from voice_coach.routines.validation import id_from, mistakes_of

__all__ = [
    "LONGEST_HOLD_SECONDS",
    "MASKS",
    "PICTURES",
    "ROUTINE",
    "USUAL_LONGEST_SECONDS",
    "USUAL_MILESTONES",
    "Claim",
    "Daypart",
    "Hold",
    "Milestone",
    "Phase",
    "Routine",
    "Skin",
    "SkinNeeds",
    "Source",
    "Step",
    "id_from",
    "mistakes_of",
    "parse_routine",
    "routine_json_schema",
]
