"""Expression grammars: what is written is what may be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.ears.closed_grammar import Grammar
from voice_coach.schema import Expression, GrammarError, parse_expression
from voice_coach.schema.expressions import Alternatives, Sequence, Slot, Word

if TYPE_CHECKING:
    from voice_coach.ears.closed_grammar.grammar import State

NUMBERS = parse_expression("one | two | twenty five")

expressions = st.recursive(
    st.sampled_from("abc").map(Word),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: Sequence(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda choices: Alternatives(tuple(choices))),
        inner.map(lambda value: Slot("slot", value)),
    ),
    max_leaves=6,
)


def sentences_of(expression: Expression) -> set[tuple[str, ...]]:
    """Every sentence, written out."""
    match expression:
        case Word(text):
            return {(text,)}
        case Sequence(parts):
            sentences: set[tuple[str, ...]] = {()}
            for part in parts:
                sentences = {first + rest for first in sentences for rest in sentences_of(part)}
            return sentences
        case Alternatives(choices):
            return set().union(*(sentences_of(choice) for choice in choices))
        case Slot(_, value):
            return sentences_of(value)


def walk(grammar: Grammar, words: tuple[str, ...]) -> str | None:
    """The rule of a sentence, by the deterministic automaton."""
    state = grammar.start
    for word in words:
        if word not in grammar.arcs(state):
            return None
        state = grammar.arcs(state)[word]
    return grammar.rule_at(state)


def end(grammar: Grammar, sentence: str) -> State:
    """Where a sentence leads to."""
    state = grammar.start
    for word in sentence.split():
        state = grammar.arcs(state)[word]
    return state


@given(expressions)
def test_every_sentence_that_is_written_can_be_walked_and_read(expression: Expression) -> None:
    grammar = Grammar({"rule": expression})
    for words in sentences_of(expression):
        assert walk(grammar, words) == "rule"
        reading = grammar.read(words)
        assert reading is not None
        assert reading.rule == "rule"


@given(expressions, st.lists(st.sampled_from("abc"), max_size=5).map(tuple))
def test_walking_and_reading_take_the_same_sentences_and_no_others(
    expression: Expression, words: tuple[str, ...]
) -> None:
    grammar = Grammar({"rule": expression})
    is_sentence = words in sentences_of(expression)
    assert (walk(grammar, words) is not None) == is_sentence
    assert (grammar.read(words) is not None) == is_sentence


def test_the_words_of_a_slot_are_reported_under_its_name() -> None:
    grammar = Grammar({"add": parse_expression("add [another] <minutes> minutes", {"minutes": NUMBERS})})
    reading = grammar.read(("add", "another", "twenty", "five", "minutes"))
    assert reading is not None
    assert reading.slots == {"minutes": "twenty five"}


def test_an_earlier_rule_wins_a_sentence_of_two_rules() -> None:
    grammar = Grammar({"first": parse_expression("go on"), "second": parse_expression("go on | go")})
    assert walk(grammar, ("go", "on")) == "first"
    assert walk(grammar, ("go",)) == "second"


def test_sentences_that_mean_the_same_lead_to_the_same_state() -> None:
    grammar = Grammar({"add": parse_expression("(add | give me) <minutes> (minutes | more)", {"minutes": NUMBERS})})
    assert end(grammar, "add two minutes") == end(grammar, "give me two more")
    assert end(grammar, "add two minutes") != end(grammar, "add one minutes")


def test_without_slots_only_the_rule_is_remembered() -> None:
    grammar = Grammar({"add": parse_expression("add <minutes> minutes", {"minutes": NUMBERS})}).without_slots()
    assert end(grammar, "add two minutes") == end(grammar, "add one minutes")
    reading = grammar.read(("add", "two", "minutes"))
    assert reading is not None
    assert reading.slots == {}


@given(expressions)
def test_without_slots_the_sentences_are_the_same(expression: Expression) -> None:
    grammar = Grammar({"rule": expression}).without_slots()
    assert all(walk(grammar, words) == "rule" for words in sentences_of(expression))


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("(one | two", "')' is missing"),
        ("[one", "']' is missing"),
        ("one) two", "unexpected ')'"),
        ("add <hours> hours", "unknown slot <hours>"),
        ("add < minutes", "cannot be read"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, mistake: str) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_expression(text)
    assert mistake in str(caught.value)
    assert text in str(caught.value)


def test_a_grammar_of_a_million_sentences_costs_only_what_is_walked() -> None:
    digits = parse_expression("one|two|three|four|five|six|seven|eight|nine|ten")
    grammar = Grammar({"number": Sequence((digits,) * 6)})
    assert walk(grammar, ("one", "two", "three", "four", "five", "six")) == "number"
    assert len(grammar._arcs) == 6  # noqa: SLF001 - the laziness is the point
