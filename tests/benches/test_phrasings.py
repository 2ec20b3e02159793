"""People's own words: the lists are what they say they are, and the typed ones are understood as well as they were."""

from __future__ import annotations

import pytest

from benches.common.outcomes import Outcomes
from benches.common.speakers import TEST, TUNE
from benches.phrasings.judge import by_intent, outcome, read_phrasings, total, typed
from voice_coach.language.intents import SLOTS, Intent
from voice_coach.language.phrases import Phrase
from voice_coach.library import load_language

FLOORS = {TUNE: 205, TEST: 243}
"""Phrasings, of 207 and 249, that are understood when they are typed; a number here may only grow."""


@pytest.mark.parametrize("half", [TUNE, TEST])
def test_each_list_has_every_intent_and_many_other_sentences(half: str) -> None:
    phrasings = read_phrasings(half)
    assert {said.intent for said in phrasings.commands} == set(Intent)
    assert len(phrasings.commands) >= 200
    assert len(phrasings.others) >= 95
    values = {said.intent for said in phrasings.commands if said.slot_value}
    assert values <= set(SLOTS)


def test_no_sentence_is_in_both_lists() -> None:
    lists = [read_phrasings(half) for half in (TUNE, TEST)]
    texts = [{*(said.text for said in one.commands), *one.others} for one in lists]
    assert not texts[0] & texts[1]


@pytest.mark.parametrize("half", [TUNE, TEST])
def test_as_many_typed_phrasings_are_understood_as_before_and_no_other_sentence_is(half: str) -> None:
    outcomes, others = typed(read_phrasings(half), load_language("en").understander)
    assert total(outcomes.values()).right >= FLOORS[half]
    assert total(outcomes.values()).wrong <= 1
    assert others == ()


def test_another_number_or_another_thing_is_wrong() -> None:
    said = Phrase("skip the toner", Intent.SKIP, slot_value="toner")
    assert outcome(said, [said]) == Outcomes(right=1)
    assert outcome(said, [Phrase("skip the serum", Intent.SKIP, slot_value="serum")]) == Outcomes(wrong=1)
    assert outcome(said, [said, Phrase("next", Intent.NEXT)]) == Outcomes(wrong=1)
    assert outcome(said, []) == Outcomes(missed=1)


def test_sums_are_made_for_each_intent() -> None:
    skip, go = Phrase("skip the toner", Intent.SKIP, slot_value="toner"), Phrase("next", Intent.NEXT)
    sums = by_intent([(skip, Outcomes(right=1)), (go, Outcomes(missed=1)), (skip, Outcomes(wrong=1))])
    assert sums == {"skip": Outcomes(right=1, wrong=1), "next": Outcomes(missed=1)}
