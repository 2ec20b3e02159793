"""What the mirror has to show: views of the real session, of every phase and of what may come to it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from tests.session.conversation import Conversation
from voice_coach import clock
from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine
from voice_coach.mirror.static_files import load_texts
from voice_coach.routines import Phase, Skin
from voice_coach.session import new_session
from voice_coach.session.events import (
    EarsReady,
    Fault,
    FaultRaised,
    Started,
    VoiceActivity,
)
from voice_coach.session.view import ChoiceView

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


def _resting(language: str) -> Conversation:
    conversation = walked_to(Phase.HOLDING, language)
    conversation.wait(200)
    return conversation


def _explained(language: str) -> Conversation:
    conversation = walked_to(Phase.APPLYING, language)
    conversation.wait(5)
    conversation.hear(Intent.WHY)
    return conversation


def _timed(language: str) -> Conversation:
    """Three timers run beside the mask."""
    conversation = walked_to(Phase.HOLDING, language)
    conversation.wait(60)
    for name, minutes in (("eye_patches", 5), ("hair_mask", 30), ("", 20)):
        conversation.hear(Intent.TIMER, slot_value=name, minutes=minutes)
    conversation.wait(30)
    return conversation


_FURTHER: Mapping[str, Callable[[str], Conversation]] = {
    "why": _explained,
    "resting": _resting,
    "timers": _timed,
    "question": _asked,
    "unsure": _unsure,
    "trouble": _troubled,
    "hearing": _hearing,
    "deaf": _deaf,
}
SCENES = (*(phase.value for phase in Phase), *_FURTHER)
"""Their names: the phases first."""


KINDS = ("clay_mask", "sheet_mask", "sleeping_mask", "gel_mask", "peel_off_mask", "exfoliating_mask", "facial_mask")
"""All masks; the one that was used last comes first."""
_SKINS = {
    "en": ("dry", "oily", "a bit of both", "sensitive", "normal"),
    "ko": ("건성", "지성", "복합성", "민감성", "중성"),
}
_FEELINGS = {"en": ("good", "tight", "dry", "it stung"), "ko": ("좋아요", "당겨요", "건조해요", "따가웠어요")}
_DETAILS = {"en": "10 minutes on", "ko": "10분"}
_NOTES = {
    "en": ("Last time: clay, eight days ago. It felt good.",),
    "ko": ("지난번에는 8일 전에 클레이 마스크를 하셨어요. 느낌이 좋았어요.",),
}
_ENDINGS = {
    "en": ("25 minutes, 8 steps. Your fourth mask this month.", "Next clay mask: not before Thursday."),
    "ko": ("25분 동안 8단계를 마쳤어요. 이번 달 네 번째 마스크예요.", "다음 클레이 마스크는 목요일부터 좋아요."),
}
_HOW_IT_FEELS = {"en": "How does your skin feel?", "ko": "피부 느낌이 어떠세요?"}
_BETTER = {"en": "Is it better now?", "ko": "이제 좀 나아지셨어요?"}
_COMFORT = {
    "en": "Take it off now. Cool water, no rubbing. I'm here.",
    "ko": "지금 떼어 내세요. 문지르지 말고 찬물로 헹구세요. 제가 있을게요.",
}


def _choosing(language: str) -> View:
    masks = tuple(
        ChoiceView(
            Intent.MASK, kind, load_routine(kind, language).title, _DETAILS[language], is_chosen=kind == KINDS[0]
        )
        for kind in KINDS
    )
    titled = zip(Skin, _SKINS[language], strict=True)
    skins = tuple(ChoiceView(Intent.SKIN, skin.value, title) for skin, title in titled)
    view = _of(walked_to(Phase.IDLE, language))
    return replace(view, saying="", choices=(*masks, *skins), notes=_NOTES[language])


def _feeling(language: str) -> View:
    feelings = tuple(
        ChoiceView(Intent.FELT, feeling, title)
        for feeling, title in zip(("good", "tight", "dry", "stung"), _FEELINGS[language], strict=True)
    )
    view = _of(walked_to(Phase.DONE, language))
    return replace(view, saying="", question=_HOW_IT_FEELS[language], choices=feelings, notes=_ENDINGS[language])


def _in_pain(language: str) -> View:
    view = _of(walked_to(Phase.REMOVING, language))
    return replace(view, saying="", instruction=_COMFORT[language], question=_BETTER[language], is_in_pain=True)


def _asleep(language: str) -> View:
    return replace(_choosing(language), is_asleep=True)


_TOLD: Mapping[str, Callable[[str], View]] = {
    "choosing": _choosing,
    "feeling": _feeling,
    "pain": _in_pain,
    "asleep": _asleep,
}
"""Scenes whose last touch is put in by hand: they hold more than any one course of the session does at once."""
SCENES = (*SCENES, *(scene for scene in _TOLD if scene != "asleep"))


def _of(conversation: Conversation) -> View:
    conversation.wait(5)
    return conversation.view


@cache
def _played(scene: str, language: str) -> tuple[View, float]:
    conversation = _FURTHER[scene](language) if scene in _FURTHER else walked_to(Phase(scene), language)
    return conversation.view, conversation.remaining


def view_of(scene: str, language: str) -> View:
    """A scene as it would be shown now."""
    if scene in _TOLD:
        return _TOLD[scene](language)
    view, remaining = _played(scene, language)
    if view.countdown is None or view.countdown.ends_at is None:
        return view
    return replace(view, countdown=replace(view.countdown, ends_at=clock.now() + remaining))


def title_of(view: View, language: str) -> str:
    """The heading of the page for a view; beside a step it is the page's own."""
    texts = load_texts(load_language(language)).texts
    if view.is_in_pain:
        return texts["pain.title"]
    own = {Phase.IDLE: "page.ready", Phase.DONE: "page.done"}
    return texts[own[view.phase]] if view.phase in own else view.title


LONG_TITLES = {"en": "Spread the second, thicker layer of clay", "ko": "두 번째 클레이를 조금 더 두껍게 펴 바르기"}
LONG_WORDS = {
    "en": "Dermatologists who were asked about it say that clay should never crack: mist it with water as soon as it"
    " grows pale, and take it off while it is still a little moist. Source: the American Academy of Dermatology.",
    "ko": "피부과 전문의들은 클레이가 갈라지게 두지 말라고 해요. 색이 옅어지기 시작하면 물을 뿌려 주고,"
    " 아직 조금 촉촉할 때 떼어 내세요. 출처: 미국피부과학회와 피부과 전문의 릴리 탈라쿱.",
}


def long_worded(language: str) -> View:
    """More words than the shipped routines ever show at once."""
    view = view_of("applying", language)
    return replace(view, title=LONG_TITLES[language], instruction=LONG_WORDS[language], saying="")
