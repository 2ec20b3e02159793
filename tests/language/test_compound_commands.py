"""Two wishes in one breath, and corrections: what is taken, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.language.intents import CHANGES_OF_PLACE, Intent, may_go_together
from voice_coach.language.understanding import Understood, understand
from voice_coach.library import load_language


def _meaning(text: str) -> Understood:
    return understand(text, load_language("en").understander)


@pytest.mark.parametrize(
    "text", ["next step and pause", "go back and start over", "start the mask and turn it up", "quit or continue"]
)
def test_two_wishes_in_one_sentence_are_not_taken(text: str) -> None:
    assert _meaning(text).intent is None


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("louder and say that again", (Intent.LOUDER, Intent.REPEAT)),
        ("pause and tell me how much time is left", (Intent.PAUSE, Intent.TIME_LEFT)),
        ("next, and speak slower please", (Intent.NEXT, Intent.SLOWER)),
        ("say that again louder", (Intent.REPEAT, Intent.LOUDER)),
    ],
)
def test_two_wishes_that_are_safe_together_are_taken(text: str, intents: tuple[Intent, Intent]) -> None:
    meaning = _meaning(text)
    assert (meaning.intent, meaning.next_command and meaning.next_command.intent) == intents


@pytest.mark.parametrize(
    "text",
    [
        "next and start over",
        "pause and quit",
        "louder and it stings",
        "yes and next",
        "a clay mask and louder",
        "next and back",
        "louder and quieter",
        "say that again and next and louder",
        "repeat that and my sister",
    ],
)
def test_what_could_do_harm_is_not_taken_along(text: str) -> None:
    assert _meaning(text).intent in {None, Intent.STINGS}


@given(st.sampled_from(list(Intent)), st.sampled_from(list(Intent)))
def test_only_harmless_wishes_go_together(first: Intent, second: Intent) -> None:
    never = {Intent.START_OVER, Intent.QUIT, Intent.STINGS, Intent.YES, Intent.NO, Intent.MASK, Intent.START}
    if may_go_together(first, second):
        assert {first, second}.isdisjoint(never)
        assert not {first, second} <= CHANGES_OF_PLACE
        assert may_go_together(second, first)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I meant back", Intent.BACK),
        ("no wait, I meant pause", Intent.PAUSE),
        ("sorry, go back I mean", Intent.BACK),
        ("next step, no wait, go back", Intent.BACK),
        ("louder, sorry I mean quieter", Intent.QUIETER),
        ("no, the other one", Intent.OTHER_ONE),
        ("no, go back", Intent.BACK),
    ],
)
def test_a_correction_counts_and_not_what_it_takes_back(text: str, intent: Intent) -> None:
    assert _meaning(text) == Understood(intent)


@pytest.mark.parametrize(
    "text", ["no more time", "no help", "no one said next", "the film I mean next step", "no wait"]
)
def test_a_denial_is_no_correction(text: str) -> None:
    assert _meaning(text).intent in {None, Intent.NO, Intent.PAUSE}
