from __future__ import annotations

import re

import pytest

from voice_coach.errors import ContentError
from voice_coach.language.normalization import Normaliser, WordGroups, plain_words
from voice_coach.language.patterns import PatternCompiler

COMPILER = PatternCompiler(
    Normaliser({"i'm": "i am", "2": "two"}),
    parts={"step": "(step|part)", "endless": "go <endless>"},
    slots={"minutes": {"two": 2, "twenty two": 22}},
)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(next|following) <step>", "following part"),
        ("next [[very] next] step", "next step"),
        ("next [[very] next] step", "next very next step"),
        ("I'm done|finished", "i am done"),
        ("add <minutes> more", "add twenty two more"),
        ("one|two|three", "three"),
    ],
)
def test_a_pattern_matches_what_it_says(pattern: str, text: str) -> None:
    assert re.fullmatch(COMPILER.source(pattern.lower()), f"{text} ")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("(next|following) step", "next"), ("next [step]", "next stepping"), ("add <minutes>", "add three")],
)
def test_a_pattern_matches_nothing_else(pattern: str, text: str) -> None:
    assert not re.fullmatch(COMPILER.source(pattern), f"{text} ")


@pytest.mark.parametrize("pattern", ["(next", "next)", "[next)", "next (a|b]", "next*", "<missing>", "<endless>", "<>"])
def test_a_malformed_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ContentError, match=re.escape(pattern.strip("<>")) or "malformed"):
        COMPILER.source(pattern)


@pytest.mark.parametrize(
    "spellings", [{"a": "b a"}, {"a": "b", "b": "c"}, {"": "a"}, {"two words": "a"}, {"A": "b"}, {"a": "B!"}]
)
def test_spellings_that_would_not_come_to_rest_are_refused(spellings: dict[str, str]) -> None:
    with pytest.raises(ContentError, match="spelling"):
        Normaliser(spellings)


@pytest.mark.parametrize("groups", [{"a b": "c a b"}, {"a b": "c d", "c d": "e"}, {"A b": "c"}, {"old word": "c"}])
def test_groups_of_words_that_would_not_come_to_rest_are_refused(groups: dict[str, str]) -> None:
    with pytest.raises(ContentError, match="group"):
        Normaliser({"old": "new"}, WordGroups(groups))


def test_the_longest_group_of_words_is_replaced() -> None:
    normaliser = Normaliser({}, WordGroups({"an hour": "sixty minutes", "half an hour": "thirty minutes"}))
    assert normaliser.normalise("Half an hour, or an hour?") == "thirty minutes or sixty minutes"
    assert normaliser.normalise("than an hours") == "than an hours"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  What\N{RIGHT SINGLE QUOTATION MARK}s NEXT?!", "what's next"),
        ("twenty-five, 'quoted' snake_case", "twenty five quoted snake case"),
        ("", ""),
    ],
)
def test_plain_words_keep_only_words_and_their_apostrophes(text: str, words: str) -> None:
    assert plain_words(text) == words
