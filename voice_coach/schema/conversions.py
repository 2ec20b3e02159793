"""Converts a schema to JSON schema, and the texts of flags on the command line to values."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, assert_never

from voice_coach.schema.placeholders import Template
from voice_coach.schema.scalars import SPEAKABLE_PATTERN, Boolean, Choice, Format, Integer, Number, Text
from voice_coach.schema.structures import AnyType, Array, Table, Union

if TYPE_CHECKING:
    from voice_coach.schema.structures import AnyType


JsonSchema = dict[str, object]


def json_schema(wanted: AnyType) -> JsonSchema:  # noqa: C901, PLR0911 - a line or two for each type
    """Describe a type as JSON schema, which accepts every value that the type accepts.

    It may accept more: checks that need code, such as whether a text is an address (Format) or has its placeholders
    (Template), are left out.
    """
    match wanted:
        case Boolean():
            return {"type": "boolean"}
        case Number():
            return {"type": "number", "minimum": wanted.lowest, "maximum": wanted.highest}
        case Integer():
            return {"type": "integer", "minimum": wanted.lowest, "maximum": wanted.highest}
        case Text():
            return _text(wanted)
        case Template():
            return {"type": "string", "pattern": SPEAKABLE_PATTERN}
        case Format():
            return {"type": "string"}
        case Choice(accepts=None):
            return {"enum": list(wanted.known)}
        case Choice():
            return {"anyOf": [{"enum": list(wanted.known)}, {"type": "string"}]}
        case Array():
            most = {} if wanted.most is None else {"maxItems": wanted.most}
            return {"type": "array", "minItems": wanted.least, **most, "items": json_schema(wanted.item)}
        case Union():
            return {"anyOf": [json_schema(wanted.first), json_schema(wanted.second)]}
        case Table():
            return _table(wanted)
    assert_never(wanted)


def _text(wanted: Text) -> JsonSchema:
    most = {} if wanted.most is None else {"maxLength": wanted.most}
    begins = {"allOf": [{"pattern": f"^{wanted.begins}"}]} if wanted.begins else {}
    return {"type": "string", **most, "pattern": SPEAKABLE_PATTERN, **begins}


def _table(wanted: Table) -> JsonSchema:
    return {
        "type": "object",
        "additionalProperties": False if wanted.others is None else json_schema(wanted.others),
        "required": [name for name, one in wanted.fields.items() if one.is_required],
        "properties": {
            name: {**({"description": one.note} if one.note else {}), **json_schema(one.type)}
            for name, one in wanted.fields.items()
        },
    }


_SWITCH = {"true": True, "false": False}


def parse_flag(wanted: AnyType, text: str) -> object:
    """Convert a text to a value of a type; a text that cannot be converted is returned as it is."""
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
