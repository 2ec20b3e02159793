"""What the mirror has to show: views of the real session, of every phase and of what may come to it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from tests.session.conversation import Conversation
from voice_coach import clock
from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine
from voice_coach.routines import Phase
from voice_coach.session import new_session
from voice_coach.session.events import (
    EarsReady,
    Fault,
    FaultRaised,
    Started,
    VoiceActivity,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voice_coach.session.view import View


def walked_to(phase: Phase, language: str) -> Conversation:
    """Begin, and go on to the first step of a phase."""
    session = new_session(load_routine("facial_mask", language), load_language(language).wording)
    conversation = Conversation(session, now=clock.now())
    conversation.send(Started(is_daytime=True))
    conversation.send(EarsReady(engine="test"))
    if phase is not Phase.IDLE:
        conversation.wait(5)
        conversation.hear(Intent.START)
    while conversation.phase is not (Phase.HOLDING if phase is Phase.PAUSED else phase):
        conversation.wait(5)
        conversation.hear(Intent.NEXT)
        if conversation.question:
            conversation.hear(Intent.YES)
    if phase is Phase.PAUSED:
        conversation.wait(200)
        conversation.hear(Intent.PAUSE)
    return conversation


def _asked(language: str) -> Conversation:
    conversation = walked_to(Phase.HOLDING, language)
    conversation.wait(400)
    conversation.hear(Intent.NEXT)
    return conversation


def _unsure(language: str) -> Conversation:
    conversation = walked_to(Phase.APPLYING, language)
    conversation.wait(5)
    conversation.nearly_hear(Intent.NEXT)
    conversation.send(VoiceActivity(is_active=True))
    return conversation


def _troubled(language: str) -> Conversation:
    conversation = walked_to(Phase.HOLDING, language)
    conversation.wait(400)
    conversation.send(FaultRaised(fault=Fault.CLIPPING_MICROPHONE))
    conversation.send(FaultRaised(fault=Fault.UNKEPT_NOTES))
    return conversation


def _deaf(language: str) -> Conversation:
    conversation = walked_to(Phase.APPLYING, language)
    conversation.wait(5)
    conversation.send(FaultRaised(fault=Fault.NO_MICROPHONE))
    return conversation


def _hearing(language: str) -> Conversation:
    conversation = walked_to(Phase.AFTERCARE, language)
    conversation.wait(5)
    conversation.send(VoiceActivity(is_active=True))
    return conversation


_FURTHER: Mapping[str, Callable[[str], Conversation]] = {
    "question": _asked,
    "unsure": _unsure,
    "trouble": _troubled,
    "hearing": _hearing,
    "deaf": _deaf,
}
SCENES = (*(phase.value for phase in Phase), *_FURTHER)
"""Their names: the phases first."""


@cache
def _played(scene: str, language: str) -> tuple[View, float]:
    conversation = _FURTHER[scene](language) if scene in _FURTHER else walked_to(Phase(scene), language)
    return conversation.view, conversation.remaining


def view_of(scene: str, language: str) -> View:
    """A scene as it would be shown now."""
    view, remaining = _played(scene, language)
    if view.countdown is None or view.countdown.ends_at is None:
        return view
    return replace(view, countdown=replace(view.countdown, ends_at=clock.now() + remaining))


LONG_TITLES = {"en": "Spread the second, thicker layer of clay", "ko": "두 번째 클레이를 조금 더 두껍게 펴 바르기"}
LONG_WORDS = {
    "en": "Dermatologists who were asked about it say that clay should never crack: mist it with water as soon as it"
    " grows pale, and take it off while it is still a little moist. Source: the American Academy of Dermatology.",
    "ko": "피부과 전문의들은 클레이가 갈라지게 두지 말라고 해요. 색이 옅어지기 시작하면 물을 뿌려 주고,"
    " 아직 조금 촉촉할 때 떼어 내세요. 출처: 미국피부과학회와 피부과 전문의 릴리 탈라쿱.",
}


def long_worded(language: str) -> View:
    """More words than the shipped routines ever show at once."""
    return replace(view_of("holding", language), title=LONG_TITLES[language], saying=LONG_WORDS[language])
