"""Every face tells the one truth of a view: it says that it listens when it does, and never else."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from voice_coach.face.base import load_texts
from voice_coach.face.gpio import LedPattern, pattern_of
from voice_coach.face.line_output import PlainFace
from voice_coach.face.terminal.keyboard import useful_keys
from voice_coach.face.terminal.screen import Page
from voice_coach.integrations.mqtt_messages import HomeDevice
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.mirror.feed import activity_of
from voice_coach.mirror.page_commands import buttons_of
from voice_coach.routines import Phase
from voice_coach.service.watchdog import in_words
from voice_coach.session.view import Attention, Suggestion, View

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = load_texts(load_language("en"))


def terminal(view: View) -> str:
    """What the page on the terminal says of it."""
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=24)
    return "".join(segment.text for segment in Page(console, TEXTS).lines(view, 0.0)[0])


def plain(view: View) -> str:
    """What the plain lines say of it."""
    stream = io.StringIO()
    PlainFace(stream, TEXTS).show(view)
    return stream.getvalue()


def smart_home(view: View) -> str:
    """What a smart home is told."""
    told: str = json.loads(HomeDevice("node", "Coach", {}, {}, {}).state(view, 0.0, None, None))["hearing"]
    return told


FACES: list[Callable[[View], str]] = [terminal, plain, in_words, lambda view: activity_of(view).value, smart_home]


@pytest.mark.parametrize("attention", Attention)
@pytest.mark.parametrize("face", FACES)
def test_a_face_says_that_it_listens_only_when_the_coach_does(
    face: Callable[[View], str], attention: Attention
) -> None:
    told = face(View(phase=Phase.HOLDING, step_number=5, step_count=10, attention=attention)).lower()
    assert ("listening" in told) == (attention is Attention.LISTENING)


@pytest.mark.parametrize("face", FACES)
def test_a_face_tells_each_state_in_another_way(face: Callable[[View], str]) -> None:
    assert len({face(View(phase=Phase.HOLDING, attention=attention)) for attention in Attention}) == len(Attention)


@pytest.mark.parametrize("phase", Phase)
def test_a_coach_that_is_closed_offers_nothing_to_press(phase: Phase) -> None:
    view = View(
        phase=phase, question="Shall we go on?", saying="Goodbye.", suggestions=(Suggestion("yes", Intent.YES),)
    ).closed()
    assert (useful_keys(view), buttons_of(view)) == ((), ())
    assert (view.question, view.saying, view.may_say) == ("", "", ())


def test_the_light_is_out_when_it_is_closed_whatever_does_not_work() -> None:
    assert pattern_of(View(phase=Phase.IDLE, faults=("The microphone is gone.",)).closed()) is LedPattern.OFF
    assert pattern_of(View(phase=Phase.HOLDING, attention=Attention.DEAF)) is LedPattern.OFF
