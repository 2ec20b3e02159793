"""The terminal speaks the person's language: its page, its keys and its plain lines, through every phase."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.session.conversation import Conversation
from voice_coach.content_index import languages
from voice_coach.face.base import load_texts
from voice_coach.face.line_output import PlainFace
from voice_coach.face.terminal.keyboard import key_names, read_keys, useful_keys
from voice_coach.face.terminal.screen import Page
from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine, load_routines
from voice_coach.mirror.invitation import pairing_notice
from voice_coach.routines import Phase, Skin
from voice_coach.session import new_session
from voice_coach.session.commands import Show
from voice_coach.session.events import (
    CommandHeard,
    EarsReady,
    Fault,
    FaultCleared,
    FaultRaised,
    Started,
    Via,
    VoiceActivity,
)
from voice_coach.session.view import Attention, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from voice_coach.routines import Routine

SIZES = [(80, 24), (120, 40), (40, 15), (200, 60)]
KOREAN = load_texts(load_language("ko"))
THE_SAME_EVERYWHERE = re.compile(r"voice-coach( [a-z]+)+|docs/mirror\.md|http://[\w.:/]+|[0-9A-Z]{4}-[0-9A-Z]{4}")
"""Commands, files, addresses and codes."""
WORD = re.compile(r"[A-Za-z]{2,}")
"""A word in Latin letters; a single one is a key."""


def walk(routine: Routine, language: str = "ko") -> Iterator[View]:
    """Every view of a person's way through a routine, with a question, a pause and an explanation where they fit."""
    wording = load_language(language).wording
    session = new_session(routine, wording, keys=key_names(load_texts(load_language(language))))
    coach = Conversation(session)
    yield View(Phase.IDLE)
    coach.send(Started(is_daytime=True))
    coach.send(EarsReady(engine="test"))
    coach.hear(Intent.SKIN, slot_value=Skin.DRY.value)
    coach.wait(5)
    coach.nearly_hear(Intent.START)
    coach.wait(30)
    coach.hear(Intent.START)
    while coach.phase is not Phase.DONE:
        coach.wait(5)
        for intent in (Intent.WHY, Intent.WHATS_NEXT, Intent.HELP, Intent.PAUSE, Intent.TIME_LEFT, Intent.RESUME):
            coach.hear(intent)
            coach.wait(4)
        coach.nearly_hear(Intent.NEXT)
        coach.nearly_hear(Intent.NEXT)
        coach.wait(30)
        coach.send(VoiceActivity(is_active=True))
        coach.send(CommandHeard(intent=Intent.NEXT, via=Via.KEY))
        if coach.question:
            coach.hear(Intent.YES)
    coach.hear(Intent.SLEEP)
    coach.wait(5)
    coach.hear(Intent.WAKE)
    for fault in Fault:
        coach.send(FaultRaised(fault=fault))
        coach.wait(3)
        coach.send(FaultCleared(fault=fault))
    coach.hear(Intent.QUIT)
    yield from (command.view for command in coach.all if isinstance(command, Show))
    yield coach.view.closed()


@cache
def views_of(name: str) -> tuple[View, ...]:
    """The different views of a walk through a shipped routine in Korean."""
    return tuple({replace(view, countdown=None): view for view in walk(load_routine(name, "ko"))}.values())


def one_of_each(views: Iterable[View]) -> Iterable[View]:
    """One view of each step and state."""
    return {(view.phase, view.title, view.attention, bool(view.question)): view for view in views}.values()


def drawn(view: View, width: int, height: int, language: str = "ko", loading: str = "") -> list[str]:
    """The lines of the page."""
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True)
    page = Page(console, load_texts(load_language(language)))
    return ["".join(segment.text for segment in line) for line in page.lines(view, 1000.0, loading)]


def english_in(lines: Iterable[str]) -> set[str]:
    """The words in Latin letters that are not the same in every language."""
    return {word for line in lines for word in WORD.findall(THE_SAME_EVERYWHERE.sub("", line))}


def test_a_walk_comes_to_every_phase_and_to_questions_notes_and_troubles() -> None:
    views = views_of("facial_mask")
    assert {view.phase for view in views} == set(Phase)
    assert {view.attention for view in views} == set(Attention)
    assert all(any(getattr(view, name) for view in views) for name in ("question", "heard_note", "faults", "countdown"))


def test_an_english_page_would_be_noticed() -> None:
    assert english_in(drawn(View(Phase.IDLE), 80, 24, language="en")) >= {"voice", "coach", "ready", "Welcome", "quit"}
    assert english_in(drawn(View(Phase.IDLE, title="Relax"), 80, 24)) == {"Relax"}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_korean_page_has_no_english_word(width: int, height: int) -> None:
    assert english_in(line for view in views_of("facial_mask") for line in drawn(view, width, height)) == set()
    assert english_in(drawn(View(Phase.IDLE), width, height, loading="3/10")) == set()


@pytest.mark.parametrize("name", load_routines("ko"))
def test_no_routine_brings_an_english_word_onto_the_page(name: str) -> None:
    views = one_of_each(views_of(name))
    assert {step.title for view in views for step in view.steps} >= {view.title for view in views if view.instruction}
    assert english_in(line for view in views for line in drawn(view, 120, 40)) == set()


@pytest.mark.parametrize("name", load_routines("ko"))
def test_korean_plain_lines_have_no_english_word(name: str) -> None:
    stream = io.StringIO()
    face = PlainFace(stream, KOREAN)
    face.tell_loading(3, 10)
    for view in views_of(name):
        face.show(view)
    lines = stream.getvalue().splitlines()
    assert len(lines) > 50
    assert english_in(lines) == set()


def test_a_korean_notice_has_no_english_word() -> None:
    urls = ["http://192.168.1.20:8765/", "http://mirror.local:8765/"]
    notices = [pairing_notice("ABCD-2345", found, KOREAN) for found in (urls, [])]
    assert english_in(line for notice in notices for line in (*notice.lines, notice.caption)) == set()


@pytest.mark.parametrize(("width", "height"), [*SIZES, (20, 5), (3, 1)])
def test_wide_letters_fill_the_page_exactly(width: int, height: int) -> None:
    for view in one_of_each(views_of("facial_mask")):
        assert [cell_len(line) for line in drawn(view, width, height)] == [width] * height


@pytest.mark.parametrize("language", languages())
def test_the_state_of_the_ears_is_never_cut(language: str) -> None:
    texts = load_texts(load_language(language))
    for attention in Attention:
        view = View(Phase.HOLDING, attention=attention)
        assert drawn(view, 40, 15, language)[0].rstrip().endswith(texts.say(f"ears.{attention.value}"))


@pytest.mark.parametrize("language", languages())
def test_every_key_that_is_shown_has_a_label_of_its_own(language: str) -> None:
    texts = load_texts(load_language(language))
    for view in (*(View(phase) for phase in Phase), View(Phase.HOLDING, question="?")):
        labels = [key.label(texts) for key in useful_keys(view)]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("typed", "intents"),
    [("ㅜ", [Intent.NEXT]), ("ㅠ", [Intent.BACK]), ("ㄱ", [Intent.REPEAT]), ("누", [Intent.START, Intent.NEXT])],
)
def test_a_keyboard_that_writes_hangul_works_by_the_letters_that_are_printed_on_it(
    typed: str, intents: list[Intent]
) -> None:
    assert [heard.intent for heard in read_keys(typed.encode(), View(Phase.APPLYING))] == intents


def test_hangul_answers_a_question_too() -> None:
    asked = View(Phase.APPLYING, question="?")
    assert [heard.intent for heard in read_keys("ㅛ".encode(), asked)] == [Intent.YES]
    assert [heard.intent for heard in read_keys("ㅜ".encode(), asked)] == [Intent.NO]
