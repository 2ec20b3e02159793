"""Any value against any schema gives no mistake or sentences, never an exception; and JSON schema says the same."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.language.phrases import PHRASES
from voice_coach.language.understanding import UNDERSTANDING
from voice_coach.language.wording import WORDING
from voice_coach.memory.settings_schema import SETTINGS
from voice_coach.rehearsal.rehearsal_script import SCRIPT
from voice_coach.routines import ROUTINE
from voice_coach.schema import (
    Array,
    Boolean,
    Choice,
    Field,
    Format,
    Integer,
    Number,
    Table,
    Template,
    Text,
    Union,
    json_schema,
    parse_flag,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.schema import AnyType

SCHEMAS = {
    "phrases": PHRASES,
    "rehearsal": SCRIPT,
    "routine": ROUTINE,
    "settings": SETTINGS,
    "understanding": UNDERSTANDING,
    "wording": WORDING,
}
NAMES = ("a", "b", "ab", "name", "title")
TEXTS = st.one_of(
    st.sampled_from(("", " ", "a", "ab", "{a}", "{a} {b}", "{", "\0", "\u202e", "a\n", "true", "1", "0.5", *NAMES)),
    st.text(max_size=6),
)
JSON_SCALARS = st.one_of(
    TEXTS,
    st.integers(-3, 12),
    st.sampled_from((10**400, -(10**400))),
    st.floats(-3, 12).filter(lambda number: not number.is_integer()),  # a whole float is an integer to JSON only
    st.booleans(),
    st.none(),
)
OTHER_SCALARS = st.one_of(st.floats(), st.dates(), st.datetimes(), st.times(), st.binary(max_size=3))


def values_of(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.one_of(st.sampled_from(NAMES), st.text(max_size=3))
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=10
    )


ANY_VALUES = values_of(st.one_of(JSON_SCALARS, OTHER_SCALARS))
JSON_VALUES = values_of(JSON_SCALARS)

NUMBERS: st.SearchStrategy[AnyType] = st.one_of(
    st.builds(Number, st.integers(-2, 3), st.integers(3, 10), st.sampled_from(("", "minutes"))),
    st.builds(Integer, st.integers(-2, 3), st.integers(3, 10), st.sampled_from(("", "minutes"))),
)
PLAIN_TEXTS: st.SearchStrategy[AnyType] = st.one_of(
    st.builds(Text, st.none() | st.integers(1, 4), begins=st.sampled_from(("", "[a-z]", "a"))),
    st.builds(Choice, st.lists(st.sampled_from(NAMES), min_size=1, max_size=3)),
)
CODED_TEXTS: st.SearchStrategy[AnyType] = st.one_of(
    st.builds(Template, st.frozensets(st.sampled_from("ab")), st.frozensets(st.sampled_from("bc"))),
    st.builds(Format, st.just("letters"), st.just(str.isalpha)),
    st.builds(Choice, st.just(lambda: NAMES), accepts=st.none() | st.just(str.isupper)),
)


def schemas_of(texts: st.SearchStrategy[AnyType]) -> st.SearchStrategy[AnyType]:
    scalars = st.one_of(NUMBERS, texts, st.just(Boolean()), st.just(Choice((1, 2, "a"))))
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.builds(Array, inner, st.none() | st.integers(2, 3), st.integers(0, 2)),
            st.builds(Table, st.dictionaries(st.sampled_from(NAMES), fields_of(inner), max_size=3), st.none() | inner),
            st.builds(Union, NUMBERS, texts),
            st.builds(Union, st.just(Table({"a": Field(Boolean(), is_required=True)})), st.just(Boolean()) | NUMBERS),
            st.builds(Union, st.just(Boolean()), NUMBERS),
        ),
        max_leaves=6,
    )


def fields_of(inner: st.SearchStrategy[AnyType]) -> st.SearchStrategy[Field]:
    return st.builds(Field, inner, st.sampled_from(("", "A note.")), st.booleans())


def near(schema: AnyType) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - a line or two for each type
    """Values that a schema just allows, or just does not."""
    match schema:
        case Number() | Integer():
            limits = (schema.lowest, schema.highest)
            return st.sampled_from([limit + off for limit in limits for off in (-1, 0, 1)])
        case Boolean():
            return st.booleans()
        case Text() if schema.most:
            return st.sampled_from(("a" * schema.most, "a" * (schema.most + 1)))
        case Choice():
            return st.sampled_from([*schema.known, True, "z"])
        case Array():
            return st.lists(near(schema.item), max_size=4)
        case Union():
            return st.one_of(near(schema.first), near(schema.second))
        case Table():
            required = {name: near(field.type) for name, field in schema.fields.items() if field.is_required}
            optional = {name: near(field.type) for name, field in schema.fields.items() if not field.is_required}
            optional["other"] = near(schema.others) if schema.others else st.just(1)
            return st.one_of(st.fixed_dictionaries(required, optional=optional), st.just({}))
    return st.just("a")


def demand_sentences(schema: AnyType, value: object) -> None:
    for mistake in schema.mistakes(value, ("top",)):
        assert mistake.path[0] == "top"
        assert mistake.what
        assert ";" in mistake.sentence, "the remedy follows"
        assert mistake.sentence.endswith((".", "?", "!"))
        assert not mistake.sentence.endswith((". .", ".."))


@given(st.one_of(schemas_of(PLAIN_TEXTS), schemas_of(CODED_TEXTS)), ANY_VALUES)
def test_any_value_against_any_schema_is_right_or_told_in_sentences(schema: AnyType, value: object) -> None:
    demand_sentences(schema, value)


@pytest.mark.parametrize("name", SCHEMAS)
@given(data=st.data())
def test_any_document_against_our_own_schemas_is_right_or_told_in_sentences(name: str, data: st.DataObject) -> None:
    fields = SCHEMAS[name].fields
    names = st.one_of(st.sampled_from(sorted(fields)), st.text(max_size=4))
    demand_sentences(SCHEMAS[name], data.draw(st.dictionaries(names, ANY_VALUES, max_size=5)))


def test_a_value_of_more_brackets_than_python_counts_is_told() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for schema in (Text(), Array(Text()), Union(Number(0, 1), Text()), Table(others=Boolean())):
        demand_sentences(schema, deep)


@given(schemas_of(PLAIN_TEXTS), st.data())
def test_a_json_schema_allows_what_its_schema_allows(schema: AnyType, data: st.DataObject) -> None:
    value = data.draw(near(schema) | JSON_VALUES)
    is_right = not any(schema.mistakes(value, ("top",)))
    assert jsonschema.Draft7Validator(json_schema(schema)).is_valid(value) is is_right


@given(schemas_of(CODED_TEXTS), JSON_VALUES)
def test_a_json_schema_allows_no_less_where_only_code_can_tell(schema: AnyType, value: object) -> None:
    jsonschema.Draft7Validator.check_schema(json_schema(schema))
    if not any(schema.mistakes(value, ("top",))):
        assert jsonschema.Draft7Validator(json_schema(schema)).is_valid(value)


@given(st.one_of(NUMBERS, PLAIN_TEXTS, st.just(Boolean())), JSON_SCALARS)
def test_what_a_schema_allows_can_be_typed_as_a_flag(schema: AnyType, value: object) -> None:
    if not any(schema.mistakes(value, ("--flag",))):
        parsed = parse_flag(schema, str(value))
        assert parsed == value
        assert isinstance(parsed, type(value)) or isinstance(schema, Number)


@given(st.one_of(schemas_of(PLAIN_TEXTS), schemas_of(CODED_TEXTS)), TEXTS | st.text())
def test_any_text_of_a_flag_gives_a_value_or_sentences(schema: AnyType, text: str) -> None:
    demand_sentences(schema, parse_flag(schema, text))


def types_in(schema: AnyType) -> Iterator[AnyType]:
    yield schema
    match schema:
        case Array():
            yield from types_in(schema.item)
        case Union():
            yield from types_in(schema.first)
            yield from types_in(schema.second)
        case Table():
            for field in schema.fields.values():
                yield from types_in(field.type)


@pytest.mark.parametrize("schema", [SETTINGS, ROUTINE], ids=["settings", "routine"])
def test_what_a_remedy_tells_to_write_is_allowed(schema: Table) -> None:
    for one in types_in(schema):
        document = tomllib.loads(f"value = {one.example}")
        if isinstance(one, Table) and not one.example.strip("{ }"):
            continue  # of the settings: nothing in it must be there
        assert [mistake.sentence for mistake in one.mistakes(document["value"], ("value",))] == []
