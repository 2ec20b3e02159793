from __future__ import annotations

import pytest

from voice_coach.core.intents import Intent
from voice_coach.library import load_phrase_book
from voice_coach.rehearsal.person import VOICES
from voice_coach.rehearsal.script import ENGLISH, Moment, Turn


@pytest.mark.parametrize("turn", ENGLISH, ids=lambda turn: f"{turn.step}-{turn.text}")
def test_the_coach_knows_each_sentence_as_what_it_is_meant_to_be(turn: Turn) -> None:
    assert load_phrase_book("en").by_text[turn.text].intent is turn.intent


def test_the_person_says_at_least_twenty_commands_in_three_voices_and_interrupts() -> None:
    assert len(ENGLISH) >= 20
    assert {turn.voice for turn in ENGLISH} == set(VOICES)
    assert any(turn.moment is Moment.BARGE_IN for turn in ENGLISH)


def test_the_person_uses_every_command() -> None:
    assert {turn.intent for turn in ENGLISH} == set(Intent) - {Intent.ON_FOR}, "only a break asks for it"
