"""One declarative schema for everything that people write: settings, flags, routines and content files.

A schema is a `Table` of fields, each with a type: Boolean, Integer, Number, Text, Template (a text with placeholders),
Format (a text that a function accepts), Choice, Array, Union, Table. Every type finds the mistakes of a value: where,
what is wrong, and the remedy. The same schema is used to parse flags (`parse_flag`), to describe files to editors
(`json_schema`) and to read documents (`read_document`). `read_toml` finds mistakes of syntax, `lines_of` the lines of
values. Sentences are written as expressions (`parse_expression`).
"""

from voice_coach.schema.document import MOST_MISTAKES, Document, demand_none, read_document
from voice_coach.schema.expressions import Expression, GrammarError, parse_expression
from voice_coach.schema.placeholders import Template, placeholder_mistake, placeholders_of
from voice_coach.schema.scalars import Boolean, Choice, Format, Integer, Mistake, Number, Text, ValuePath
from voice_coach.schema.structures import AnyType, Array, Field, JsonSchema, Table, Union, json_schema, parse_flag
from voice_coach.schema.toml_files import MOST_PARTS, TomlText, line_of, lines_of, parse_toml, read_toml

__all__ = [
    "MOST_MISTAKES",
    "MOST_PARTS",
    "AnyType",
    "Array",
    "Boolean",
    "Choice",
    "Document",
    "Expression",
    "Field",
    "Format",
    "GrammarError",
    "Integer",
    "JsonSchema",
    "Mistake",
    "Number",
    "Table",
    "Template",
    "Text",
    "TomlText",
    "Union",
    "ValuePath",
    "demand_none",
    "json_schema",
    "line_of",
    "lines_of",
    "parse_expression",
    "parse_flag",
    "parse_toml",
    "placeholder_mistake",
    "placeholders_of",
    "read_document",
    "read_toml",
]
