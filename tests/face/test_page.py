"""The page and the plain lines, drawn from views without any terminal."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from tests.machine_sleep import MachineSleep
from voice_coach import clock
from voice_coach.face.base import clock_text, remaining_seconds, seconds_to_change
from voice_coach.face.line_output import PlainFace
from voice_coach.face.terminal.keyboard import _ALWAYS, KEY_NAMES, read_keys, useful_keys
from voice_coach.face.terminal.screen import DiffRenderer, Page
from voice_coach.language.intents import Intent
from voice_coach.language.understanding import understand
from voice_coach.library import load_language
from voice_coach.routines import Phase
from voice_coach.session.listening import SUGGESTED_COMMANDS
from voice_coach.session.view import Attention, CountdownView, Suggestion, View

_HOLDING = View(
    phase=Phase.HOLDING,
    step_number=4,
    step_count=10,
    title="Let it work",
    saying="Half of the time is over, and you can lean back; breathe slowly, and let your face rest while it dries.",
    heard="how long is it",
    heard_note="not clear enough",
    question="Take it off now?",
    suggestions=(
        Suggestion("yes please", Intent.YES),
        Suggestion("no thanks", Intent.NO),
        Suggestion("it stings", Intent.STINGS),
    ),
    countdown=CountdownView(452.2, 1000.0, 900.0),
    attention=Attention.LISTENING,
)


def _console(width: int, height: int, encoding: str = "utf-8") -> Console:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return Console(file=file, width=width, height=height, force_terminal=True)


def _text(view: View, width: int, height: int, encoding: str = "utf-8", now: float = 547.8) -> list[str]:
    lines = Page(_console(width, height, encoding)).lines(view, now)
    return ["".join(segment.text for segment in line) for line in lines]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (40, 12), (20, 5), (3, 1), (200, 70)])
@pytest.mark.parametrize("phase", list(Phase))
def test_the_page_fills_a_terminal_of_any_size_exactly(width: int, height: int, phase: Phase) -> None:
    lines = _text(dataclasses.replace(_HOLDING, phase=phase), width, height)
    assert [len(line) for line in lines] == [width] * height


_TROUBLED = dataclasses.replace(_HOLDING, faults=("there is no microphone: plug it in",))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12)])
def test_a_trouble_stands_on_the_page_before_all_that_may_be_dropped(width: int, height: int) -> None:
    page = " ".join(" ".join(_text(_TROUBLED, width, height)).split())
    assert "there is no microphone: plug it in" in page


def test_a_plain_line_tells_of_a_trouble_and_of_its_end() -> None:
    stream = io.StringIO()
    face = PlainFace(stream)
    for view in (_HOLDING, _TROUBLED, _TROUBLED, _HOLDING):
        face.show(view)
    lines = [line for line in stream.getvalue().splitlines() if "microphone" in line]
    assert lines == ["Trouble: there is no microphone: plug it in", "No more: there is no microphone: plug it in"]


def test_a_plain_line_counts_the_sleep_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = MachineSleep(monkeypatch)
    stream = io.StringIO()
    ends_at = clock.now() + 600
    machine.sleep(300)
    PlainFace(stream).show(View(phase=Phase.HOLDING, countdown=CountdownView(600.0, ends_at, 900.0)))
    assert "Clock: 05:00, running" in stream.getvalue()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_nothing_is_left_out_at_usual_sizes(width: int, height: int) -> None:
    page = " ".join(" ".join(_text(_HOLDING, width, height)).split())
    for words in ("Step 4 of 10", "Let it work", "while it dries.", "how long is it", "not clear enough"):
        assert words in page
    for words in ("Take it off now?", "yes please", "it stings", "y yes", "██"):
        assert words in page


def test_a_low_terminal_keeps_the_step_the_time_and_the_question() -> None:
    page = " ".join(_text(_HOLDING, 60, 8))
    for words in ("Let it work", "07:33", "Take it off now?"):
        assert words in page


def test_a_terminal_without_unicode_is_drawn_with_ascii() -> None:
    page = "".join(_text(_HOLDING, 80, 24, encoding="ascii"))
    assert page.isascii()
    assert "######" in page


def test_only_lines_that_changed_are_written_again() -> None:
    console = _console(80, 24)
    page, renderer = Page(console), DiffRenderer(console)
    renderer.render(page.lines(_HOLDING, 547.8))
    assert renderer.render(page.lines(_HOLDING, 547.8)) == ""
    changed = renderer.render(page.lines(_HOLDING, 548.9))
    assert changed
    assert "Let it work" not in changed


def test_the_clock_shows_zero_only_when_the_time_is_over() -> None:
    assert [clock_text(seconds) for seconds in (900.0, 899.9, 60.0, 0.01, 0.0)] == [
        "15:00",
        "15:00",
        "01:00",
        "00:01",
        "00:00",
    ]


def test_until_the_bell_the_whole_time_is_left_and_not_a_second_more() -> None:
    ahead = CountdownView(900.0, 1000.3, 900.0)
    assert [remaining_seconds(ahead, now) for now in (100.0, 100.3, 101.3, 1000.3, 1001.0)] == [900, 900, 899, 0, 0]
    assert clock_text(remaining_seconds(ahead, 100.0)) == "15:00"
    assert 0 < (seconds_to_change(ahead, 100.0, 1) or 0) <= 1.3


def test_a_picture_stays_until_the_next_second_and_for_ever_while_the_time_stands_still() -> None:
    assert seconds_to_change(CountdownView(10.0, 110.0, 900.0), 100.3, 1) == pytest.approx(0.7)
    assert seconds_to_change(CountdownView(10.0, None, 900.0), 100.3, 1) is None
    assert seconds_to_change(CountdownView(0.0, 100.0, 900.0), 100.3, 1) is None


def test_every_key_means_to_the_ears_what_it_means_to_the_face() -> None:
    understander = load_language("en").understander
    keys = {*_ALWAYS, *(key for phase in Phase for key in useful_keys(View(phase=phase, question="Sure?")))}
    for key in keys:
        meaning = understand(key.text, understander)
        assert meaning.intent is key.intent, key
        assert len(key.text.split()) >= 2


def test_n_answers_no_while_a_question_is_open_and_is_next_otherwise() -> None:
    asked, running = View(phase=Phase.APPLYING, question="Sure?"), View(phase=Phase.APPLYING)
    assert [heard.intent for heard in read_keys(b"n", asked)] == [Intent.NO]
    assert [heard.intent for heard in read_keys(b"y", asked)] == [Intent.YES]
    assert [heard.intent for heard in read_keys(b"n", running)] == [Intent.NEXT]
    assert read_keys(b"y", running) == []


def test_every_key_that_is_named_aloud_does_what_the_coach_says_it_does() -> None:
    for phase in Phase:
        for intent in SUGGESTED_COMMANDS[phase]:
            name = KEY_NAMES.get(intent)
            if name is not None:
                typed = {"space": " "}.get(name, name)
                assert [heard.intent for heard in read_keys(typed.encode(), View(phase=phase))] == [intent]
    assert KEY_NAMES[Intent.NEXT] == "N"


def test_space_pauses_and_goes_on() -> None:
    assert [heard.intent for heard in read_keys(b" ", View(phase=Phase.HOLDING))] == [Intent.PAUSE]
    assert [heard.intent for heard in read_keys(b" ", View(phase=Phase.PAUSED))] == [Intent.RESUME]


def test_plain_lines_tell_only_what_is_new() -> None:
    stream = io.StringIO()
    face = PlainFace(stream)
    face.show(_HOLDING)
    first = stream.getvalue()
    for words in ("Step 4 of 10: Let it work", "Coach: Half", "You:   how long is it  (not clear enough)"):
        assert words in first
    face.show(_HOLDING)
    assert stream.getvalue() == first
    face.show(dataclasses.replace(_HOLDING, saying="Five minutes are left."))
    assert stream.getvalue() == first + "Coach: Five minutes are left.\n"


def test_plain_lines_tell_what_was_hardly_heard_each_time_it_happens() -> None:
    stream = io.StringIO()
    face = PlainFace(stream)
    near = dataclasses.replace(_HOLDING, heard="how long is left", heard_note="hardly heard: say time left", saying="")
    faded = dataclasses.replace(near, heard="", heard_note="")
    for view in (near, faded, near):
        face.show(view)
    assert stream.getvalue().count("You:   how long is left  (hardly heard: say time left)\n") == 2


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_what_was_not_obeyed_stands_on_the_page_with_its_note_and_a_note_may_stand_alone(
    width: int, height: int
) -> None:
    near = dataclasses.replace(_HOLDING, heard="resume", heard_note="works only while paused", saying="", question="")
    line = next(line for line in _text(near, width, height) if "resume" in line)
    assert line.split() == ["You", "resume", "works", "only", "while", "paused"]
    alone = dataclasses.replace(near, heard="", heard_note="too long for a command")
    assert any(line.split() == ["You", "too", "long", "for", "a", "command"] for line in _text(alone, width, height))


def test_it_is_shown_how_far_the_ears_have_come_until_they_listen() -> None:
    page = Page(_console(80, 24))
    idle = View(phase=Phase.IDLE)
    header = "".join(segment.text for segment in page.lines(idle, 0.0, "3/12")[0])
    assert header.rstrip().endswith("the ears are loading 3/12")
    ready = dataclasses.replace(idle, attention=Attention.LISTENING)
    assert "".join(segment.text for segment in page.lines(ready, 0.0, "12/12")[0]).rstrip().endswith("listening")
