"""What each type says of a wrong value: what must stand there, what does, and the remedy."""

from __future__ import annotations

import pytest

from voice_coach.errors import ContentError
from voice_coach.schema import (
    MOST_MISTAKES,
    AnyType,
    Array,
    Boolean,
    Choice,
    Field,
    Format,
    Integer,
    Mistake,
    Number,
    Table,
    Template,
    Text,
    Union,
    parse_flag,
    read_document,
)

LINE = "write a line such as x = "
HOLD = Union(Number(1, 60, "minutes"), Choice(("overnight",)))
STEP = Table({"title": Field(Text(5), is_required=True), "hold": Field(HOLD)})
TOLD: list[tuple[AnyType, object, str]] = [
    (Boolean(), 1, "x must be true or false, without quotes, not 1; write a line such as x = true."),
    (Number(0, 1, example="0.5"), True, "x must be a number from 0 to 1, not true; write a line such as x = 0.5."),
    (Number(0, 1), float("nan"), "x must be a number from 0 to 1, not NaN; write a line such as x = 15."),
    (
        Integer(1, 7, "times"),
        2.0,
        "x must be a whole number of times from 1 to 7, not 2.0; write a line such as x = 15.",
    ),
    (
        Integer(10, 20, hint="for example {example}"),
        45,
        "x must be a whole number from 10 to 20, not 45; for example 15.",
    ),
    (Text(3), "abcd", "x has 4 characters, but at most 3 are allowed; leave 1 out."),
    (Text(), "\u200f", "x has a character that is none to read or speak (U+200F); remove it."),
    (Text(), " ", "x is blank; write it, or remove the line."),
    (Text(begins="https"), "ftp", 'x must be a text, not "ftp"; write a line such as x = "...".'),
    (Template(frozenset("a")), "{b}", "x leaves {a} out; put it in."),
    (Template(optional=frozenset("a")), "{a} {b}", "x uses {b}, which nothing fills; remove it."),
    (Template(), "{a", "x has a brace too many or too few, or more than a name in one; write placeholders as {name}."),
    (Format("letters", str.isalpha, "abc"), "1", 'x must be letters, not "1"; write a line such as x = abc.'),
    (Choice(("day", "evening")), "evning", 'x must be one of "day", "evening", not "evning"; did you mean "evening"?'),
    (Choice(("en", "ko"), has_quotes=False), 3, 'x must be one of en, ko, not 3; write a line such as x = "en".'),
    (Choice(lambda: ("en",)), "x", 'x must be "en", not "x"; write a line such as x = "en".'),
    (Choice((1, 2)), True, "x must be one of 1, 2, not true; " + LINE + "1."),
    (Array(Text(), 2), [], 'x must be a list of 1 to 2, each a text, not []; write a line such as x = ["..."].'),
    (Array(Text(), 2), ["a"] * 3, "x has 3 entries; keep at most 2."),
    (Array(Text()), ["a", 1], 'x: x 2 must be a text, not 1; write one such as "...".'),
    (
        Array(Text(), called="a list of names"),
        [1],
        "x must be a list of names, not [1]; " + LINE + '["..."].',
    ),
    (HOLD, 61, 'x must be a number of minutes from 1 to 60, or "overnight", not 61; write a line such as x = 15.'),
    (
        HOLD,
        "noon",
        'x must be a number of minutes from 1 to 60, or "overnight", not "noon"; ' + LINE + "15.",
    ),
    (STEP, {}, 'x: title is missing; add a line such as title = "...".'),
    (STEP, {"title": "a", "hld": 1}, 'x: "hld" is unknown here; did you mean "hold"?'),
    (STEP, {"title": "a", "x": 1}, 'x: "x" is unknown here; use title, hold.'),
    (STEP, 1, 'x must be a table with title, hold, not 1; write a line such as x = { title = "..." }.'),
    (Table({"page": Field(Text())}, entry="setting"), {"pge": 1}, 'x: there is no setting "pge"; did you mean "page"?'),
    (Table({"a": Field(STEP, is_required=True)}), {}, "x: the table [x.a] is missing; add it."),
    (
        Table(others=Integer(1, 9)),
        {"a": 0},
        "x: a must be a whole number from 1 to 9, not 0; write a line such as a = 15.",
    ),
]


@pytest.mark.parametrize(("wanted", "value", "told"), TOLD, ids=[told for _, _, told in TOLD])
def test_a_wrong_value_is_told(wanted: AnyType, value: object, told: str) -> None:
    assert [one.sentence_with_table for one in wanted.mistakes(value, ("x",))] == [told]


ALLOWED: list[tuple[AnyType, object]] = [
    (Boolean(), False),
    (Number(0, 1), 0),
    (Number(0, 1), 1),
    (Number(0, 1), 0.5),
    (Integer(1, 7), 1),
    (Integer(1, 7), 7),
    (Text(3), "abc"),
    (Text(begins="https?://"), "http://x"),
    (Template(frozenset("a"), frozenset("b")), "{a} {b} {a}"),
    (Template(), "{{not one}}"),
    (Choice((1, "half")), 1),
    (Choice(("en",), accepts=str.isupper), "OWN"),
    (Array(Text(), least=0), []),
    (HOLD, "overnight"),
    (HOLD, 0.5 + 1),
    (Union(Boolean(), Integer(0, 1)), True),
    (Union(Integer(0, 9), Boolean()), True),
    (STEP, {"title": "a", "hold": 10}),
    (Table(others=Integer(1, 9)), {"a": 9, "b": 1}),
]


@pytest.mark.parametrize(("wanted", "value"), ALLOWED)
def test_a_right_value_has_no_mistake(wanted: AnyType, value: object) -> None:
    assert list(wanted.mistakes(value, ("x",))) == []


@pytest.mark.parametrize(
    ("wanted", "text", "value"),
    [
        (Boolean(), "TRUE", True),
        (Boolean(), "yes", "yes"),
        (Integer(0, 9), " 7", 7),
        (Integer(0, 9), "7.5", "7.5"),
        (Number(0, 9), "7.5", 7.5),
        (Number(0, 9), "loud", "loud"),
        (Text(), "7", "7"),
        (Array(Text()), "a, b c ,d", ["a", "b c", "d"]),
        (Array(Integer(0, 9)), "1,x", [1, "x"]),
    ],
)
def test_the_text_of_a_flag_is_the_value_that_it_spells(wanted: AnyType, text: str, value: object) -> None:
    assert parse_flag(wanted, text) == value


def test_the_values_of_a_choice_are_asked_for_only_when_they_matter() -> None:
    def unknown() -> tuple[str, ...]:
        pytest.fail("nobody asked")

    Choice(unknown)


def test_a_document_tells_all_its_mistakes_at_once_with_their_tables() -> None:
    schema = Table({"steps": Field(Array(STEP), is_required=True), "name": Field(Text(), is_required=True)})
    with pytest.raises(ContentError) as caught:
        read_document({"steps": [{"title": "a"}, {"title": " "}, {}]}, schema, "the file")
    assert str(caught.value).splitlines() == [
        "In the file, steps 2: title is blank; write it, or remove the line.",
        'In the file, steps 3: title is missing; add a line such as title = "...".',
        'In the file: name is missing; add a line such as name = "...".',
    ]
    with pytest.raises(ContentError) as caught:
        read_document({str(number): 1 for number in range(1_000)}, Table(), "the file")
    assert len(str(caught.value).splitlines()) == MOST_MISTAKES


def test_a_document_is_read_by_name_and_what_is_optional_and_missing_is_empty() -> None:
    content = {
        "text": "a",
        "texts": ["b"],
        "yes": True,
        "no": False,
        "whole": 3,
        "table": {"in": {"text": "c"}},
        "tables": [{}],
    }
    file = read_document(content, _anything(), "it")
    assert (file.text("text"), file.texts("texts"), file.boolean("yes"), file.integer("whole")) == (
        "a",
        ("b",),
        True,
        3,
    )
    assert not file.boolean("no")
    assert file.named_tables("table")["in"].text("text") == "c"
    assert [table.title for table in file.tables("tables")] == ["it, tables 1"]
    assert "text" in file
    assert "none" not in file
    assert (file.text("none"), file.texts("none"), file.boolean("none"), file.integer("none")) == ("", (), False, None)
    assert (file.tables("none"), file.named_tables("none"), file.numbers("none")) == ((), {}, {})
    assert str(file.table("table").error("this is wrong; mend it")) == "In it, table: this is wrong; mend it."


def _anything() -> Table:
    return Table(
        {
            "text": Field(Text()),
            "texts": Field(Array(Text())),
            "yes": Field(Boolean()),
            "no": Field(Boolean()),
            "whole": Field(Integer(0, 9)),
            "table": Field(Table(others=Table(others=Text()))),
            "tables": Field(Array(Table())),
        }
    )


def test_a_mistake_names_its_table_as_people_count() -> None:
    mistake = Mistake(("steps", 2, "skin", "dry", "how"), "how is blank", "write it")
    assert mistake.table == "steps 3 skin dry"
    assert mistake.sentence_with_table == "steps 3 skin dry: how is blank; write it."
    assert Mistake(("name",), "it is odd", "is it meant?").sentence_with_table == "it is odd; is it meant?"
