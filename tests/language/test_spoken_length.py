"""People wait with wet hands: nothing the coach says is long."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.routines.shipped import every_routine
from tests.session.walks import SKINS, greeted, walk
from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.library import load_language
from voice_coach.models.catalogue import NATURAL, speaks
from voice_coach.mouth.synthesizers import EspeakVoice, NaturalVoice
from voice_coach.session.commands import Voice
from voice_coach.session.events import CommandHeard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.session.conversation import Conversation
    from voice_coach.mouth.synthesizer_client import ProcessVoice
    from voice_coach.routines import Skin

LONGEST_SECONDS = 12.0
LONGEST_STEP_SECONDS = 10.0
LONGEST_GREETING_SECONDS = 8.0


_SURELY_SHORT = 0.68
"""The share of a limit below which the quick voice shows that the other keeps it too: that one takes up to 1.4 times as
long, and a hundred times as much work."""


@pytest.fixture(scope="module")
def seconds(processes: None) -> Iterator[Callable[[str, str, float], float]]:
    """How long the slower of the voices that speak a language takes for a text; each is rendered once.

    Where the quick voice takes far less than a limit, its time is told: the other one was not asked.
    """
    with ExitStack() as stack:

        @cache
        def voice(language: str, *, is_natural: bool) -> ProcessVoice:
            return stack.enter_context(NaturalVoice() if is_natural else EspeakVoice(load_language(language)))

        @cache
        def spoken(text: str, language: str, *, is_natural: bool) -> float:
            speech = voice(language, is_natural=is_natural).render(text, Voice().words_per_minute)
            return len(speech.samples) / speech.rate

        def measure(text: str, language: str, limit: float) -> float:
            quick = spoken(text, language, is_natural=False)
            if quick < _SURELY_SHORT * limit or not speaks(NATURAL, language):
                return quick
            return max(quick, spoken(text, language, is_natural=True))

        yield measure


def _said_on_walks(language: str, name: str) -> set[str]:
    """Everything that is said of a routine: to each skin, by day and in the evening, to who asks all there is."""
    texts: set[str] = set()
    for skin in SKINS:
        for is_daytime in (True, False):
            conversation = greeted(language, name, is_daytime=is_daytime)
            greeting = len(conversation.texts)
            if skin:
                _say(conversation, Intent.SKIN, skin.value)
            _say(conversation, Intent.MASK, conversation.session.routine.mask)
            walk(conversation)
            texts.update(conversation.texts[greeting:])
    return texts


def _say(conversation: Conversation, intent: Intent, about: str) -> None:
    conversation.send(CommandHeard(intent=intent, text=conversation.session.wording.phrases[intent], slot_value=about))
    assert conversation.answer


@every_routine
def test_no_step_and_no_reason_takes_more_than_twelve_seconds(
    seconds: Callable[[str, str, float], float], language: str, name: str
) -> None:
    hold = greeted(language, name).session.routine.hold
    texts = _said_on_walks(language, name) | set(hold.reminders if hold else ())
    too_long = {text: took for text in texts if (took := seconds(text, language, LONGEST_SECONDS)) > LONGEST_SECONDS}
    assert too_long == {}


def test_no_other_sentence_takes_half_as_long(seconds: Callable[[str, str, float], float]) -> None:
    wording = load_language("en").wording
    for message in (Message.GREETING, Message.NO_WAY_BACK_TO_HOLD, Intent.STINGS, Message.DONE, Message.NOT_STARTED):
        assert seconds(wording.say(message), "en", LONGEST_SECONDS / 2) < LONGEST_SECONDS / 2, message


@pytest.mark.parametrize("skin", SKINS, ids=lambda skin: skin.value if skin else "any skin")
@every_routine
def test_no_step_takes_ten_seconds_and_no_greeting_and_no_choice_eight(
    seconds: Callable[[str, str, float], float], language: str, name: str, skin: Skin | None
) -> None:
    conversation = greeted(language, name, skin)
    assert seconds(conversation.texts[0], language, LONGEST_GREETING_SECONDS) < LONGEST_GREETING_SECONDS
    choice = conversation.hear(Intent.MASK, slot_value=conversation.session.routine.mask)
    assert seconds(choice, language, LONGEST_GREETING_SECONDS) < LONGEST_GREETING_SECONDS, choice
    step = conversation.hear(Intent.START)
    while conversation.session.current_step is not None:
        assert seconds(step, language, LONGEST_STEP_SECONDS) < LONGEST_STEP_SECONDS, step
        step = conversation.hear(Intent.NEXT)
        if conversation.question and conversation.session.current_step:
            step = conversation.hear(Intent.YES)
