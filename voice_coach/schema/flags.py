"""Values as a person types them after a flag of the command line."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from voice_coach.schema.scalars import Boolean, Integer, Number
from voice_coach.schema.structures import Array

if TYPE_CHECKING:
    from voice_coach.schema.structures import AnyType

_SWITCH = {"true": True, "false": False}


def parse_flag(wanted: AnyType, text: str) -> object:
    """The value that a text spells; the text itself when it spells none of that type, which then is a mistake."""
    match wanted:
        case Boolean():
            return _SWITCH.get(text.lower(), text)
        case Integer():
            with suppress(ValueError):
                return int(text)
        case Number():
            with suppress(ValueError):
                return float(text)
        case Array():
            return [parse_flag(wanted.item, part.strip()) for part in text.split(",")]
        case _:
            pass
    return text
