from __future__ import annotations

import pytest

from voice_coach.content_index import languages
from voice_coach.errors import ContentError
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.rehearsal.dialogue import VOICES
from voice_coach.rehearsal.rehearsal_script import (
    SCRIPT,
    RehearsalTurn,
    TurnMoment,
    load_turns,
    read_turns,
)
from voice_coach.schema import read_document

TURNS = [(language, turn) for language in languages() for turn in load_turns(load_language(language))]
TURN: dict[str, object] = {"voice": "slt", "say": "next", "intent": "next", "step": 1}


@pytest.mark.parametrize(("language", "turn"), TURNS, ids=lambda one: getattr(one, "text", one))
def test_the_coach_knows_each_sentence_as_what_it_is_meant_to_be(language: str, turn: RehearsalTurn) -> None:
    book = load_language(language).phrase_book.by_text
    assert book[turn.text].intent is turn.intent
    assert book[turn.yes].intent is Intent.YES
    assert book[turn.no].intent is Intent.NO


@pytest.mark.parametrize("language", languages())
def test_the_person_says_at_least_twenty_commands_in_several_voices_on_every_step_and_interrupts(language: str) -> None:
    script = load_turns(load_language(language))
    assert len(script) >= 20
    assert len({turn.voice for turn in script}) >= 2
    assert {turn.step for turn in script} == set(range(11))
    assert any(turn.moment is TurnMoment.BARGE_IN for turn in script)


def test_the_english_person_has_all_voices() -> None:
    assert {turn.voice for turn in load_turns(load_language("en"))} == set(VOICES)


@pytest.mark.parametrize(
    ("turn", "complaint"),
    [
        ({**TURN, "intent": "nxt"}, 'intent must be one of "start", "next", .*, not "nxt"; did you mean "next"'),
        ({**TURN, "phase": "sleeping"}, 'phase must be one of "idle", .*, not "sleeping"'),
        ({**TURN, "says": "x"}, '"says" is unknown here; did you mean "say"'),
        ({**TURN, "step": "one"}, "step must be a whole number"),
    ],
)
def test_a_mistake_in_a_script_is_told(turn: dict[str, object], complaint: str) -> None:
    content = {"yes": "yes please", "no": "no thank you", "turns": [turn]}
    with pytest.raises(ContentError, match=complaint):
        read_turns(read_document(content, SCRIPT, "the script"))
