"""The person of a rehearsal finds the way through any routine."""

from __future__ import annotations

import pytest

from tests.routines.broken_routines import GOOD
from voice_coach.content_index import shipped_names
from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine
from voice_coach.rehearsal.rehearsal_script import has_countdown, load_turns, steps_of, turns_of
from voice_coach.routines import Phase, parse_routine
from voice_coach.schema import read_toml

SCRIPT = load_turns(load_language("en"))


@pytest.mark.parametrize("name", shipped_names("en"))
def test_every_phrase_is_one_that_is_listened_for_and_every_step_is_left_once(name: str) -> None:
    routine = load_routine(name, "en")
    turns = turns_of(routine, SCRIPT)
    book = load_language("en").phrase_book.by_text
    assert [turn.text for turn in turns if book[turn.text].intent is not turn.intent] == []
    left = [turn.step for turn in turns if turn.intent is Intent.NEXT or turn.phases == frozenset({Phase.HOLDING})]
    assert left == [routine.steps.index(step) + 1 for step in steps_of(routine)]
    assert (turns[0].intent, turns[-2].intent, turns[-1].intent) == (Intent.START, Intent.FELT, Intent.QUIT)


def test_overnight_a_word_goes_on_where_a_countdown_ends_by_itself() -> None:
    for hold, intent in (("10", Intent.TIME_LEFT), ('"overnight"', Intent.NEXT)):
        content = read_toml(GOOD.replace("hold = 10", f"hold = {hold}")).content
        routine = parse_routine(content, "mine", own_source="me")
        assert [turn.intent for turn in turns_of(routine, SCRIPT) if turn.step == 3] == [intent]
        assert has_countdown(routine) is (hold == "10")
