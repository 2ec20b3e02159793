"""A person walks a routine that ships, and asks all there is to ask on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.session.conversation import Conversation
from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.library import load_language, load_routine, load_routines
from voice_coach.routines import Skin
from voice_coach.session import new_session
from voice_coach.session.events import EarsReady, Started

if TYPE_CHECKING:
    from voice_coach.routines import Claim, Step

SKINS: tuple[Skin | None, ...] = (None, *Skin)


def greeted(language: str, name: str, skin: Skin | None = None, *, is_daytime: bool = True) -> Conversation:
    """Before the start, with the routine chosen."""
    session = new_session(
        load_routine(name, language), load_language(language).wording, routines=load_routines(language), skin=skin
    )
    conversation = Conversation(session)
    conversation.send(Started(is_daytime=is_daytime))
    conversation.send(EarsReady(engine="test"))
    conversation.wait(5)
    return conversation


def walk(conversation: Conversation) -> list[Step]:
    """Go from the start to the end; returns the steps in turn, each asked about until nothing was left to tell."""
    steps = []
    conversation.hear(Intent.START)
    while (step := conversation.session.current_step) is not None:
        steps.append(step)
        _hear_all_about(conversation, step)
        conversation.hear(Intent.NEXT)
        if conversation.question and conversation.session.current_step:
            conversation.hear(Intent.YES)
    return steps


def demand_told(answer: str, claim: Claim) -> None:
    """An answer must tell a claim, and who says so."""
    assert claim.say.strip()
    assert claim.say in answer
    assert claim.source.name in answer


def _hear_all_about(conversation: Conversation, step: Step) -> None:
    skin = conversation.session.skin
    assert step.text_for(skin).strip()
    assert step.text_for(skin) in conversation.answer, step.id
    first, *more = step.claims(skin)
    demand_told(conversation.hear(Intent.WHY), first)
    _demand_named(conversation.hear(Intent.WHO_SAYS), first)
    for claim in more:
        demand_told(conversation.hear(Intent.MORE), claim)
        _demand_named(conversation.hear(Intent.WHO_SAYS), claim)
    assert conversation.hear(Intent.MORE) == conversation.session.wording.say(Message.NO_MORE)


def _demand_named(answer: str, claim: Claim) -> None:
    """Who says so may begin the sentence, with a capital."""
    assert claim.source.name.casefold() in answer.casefold()
