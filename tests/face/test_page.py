"""The page and the plain lines, drawn from views without any terminal."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from tests.machine_sleep import MachineSleep
from tests.session.conversation import Conversation
from voice_coach import clock
from voice_coach.face.base import clock_text, load_texts, remaining_seconds, seconds_to_change
from voice_coach.face.line_output import PlainFace
from voice_coach.face.terminal.keyboard import (
    _ALWAYS,
    Keyboard,
    choice_keys,
    key_names,
    read_keys,
    useful_keys,
)
from voice_coach.face.terminal.screen import DiffRenderer, Page
from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine, load_routines
from voice_coach.routines import Phase, Skin
from voice_coach.session import new_session
from voice_coach.session.events import CommandHeard, Started, Via
from voice_coach.session.listening import SUGGESTED_COMMANDS
from voice_coach.session.view import Attention, CountdownView, Progress, StepView, Suggestion, View

TEXTS = load_texts(load_language("en"))
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
    lines = Page(_console(width, height, encoding), TEXTS).lines(view, now)
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
    face = PlainFace(stream, TEXTS)
    for view in (_HOLDING, _TROUBLED, _TROUBLED, _HOLDING):
        face.show(view)
    lines = [line for line in stream.getvalue().splitlines() if "microphone" in line]
    assert lines == ["Trouble: there is no microphone: plug it in", "No more: there is no microphone: plug it in"]


def test_a_plain_line_counts_the_sleep_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = MachineSleep(monkeypatch)
    stream = io.StringIO()
    ends_at = clock.now() + 600
    machine.sleep(300)
    PlainFace(stream, TEXTS).show(View(phase=Phase.HOLDING, countdown=CountdownView(600.0, ends_at, 900.0)))
    assert "Clock: 5:00, running" in stream.getvalue()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_nothing_is_left_out_at_usual_sizes(width: int, height: int) -> None:
    page = " ".join(" ".join(_text(_HOLDING, width, height)).split())
    for words in ("Step 4 of 10", "Let it work", "while it dries.", "how long is it", "not clear enough"):
        assert words in page
    for words in ("Take it off now?", "yes please", "it stings", "y yes", "██"):
        assert words in page


def test_a_low_terminal_keeps_the_step_the_time_and_the_question() -> None:
    page = " ".join(_text(_HOLDING, 60, 8))
    for words in ("Let it work", "7:33", "Take it off now?"):
        assert words in page


def test_a_terminal_without_unicode_is_drawn_with_ascii() -> None:
    page = "".join(_text(_HOLDING, 80, 24, encoding="ascii"))
    assert page.isascii()
    assert "######" in page


def test_only_lines_that_changed_are_written_again() -> None:
    console = _console(80, 24)
    page, renderer = Page(console, TEXTS), DiffRenderer(console)
    renderer.render(page.lines(_HOLDING, 547.8))
    assert renderer.render(page.lines(_HOLDING, 547.8)) == ""
    changed = renderer.render(page.lines(_HOLDING, 548.9))
    assert changed
    assert "Let it work" not in changed


def test_the_clock_shows_zero_only_when_the_time_is_over() -> None:
    assert [clock_text(seconds) for seconds in (900.0, 899.9, 60.0, 0.01, 0.0)] == [
        "15:00",
        "15:00",
        "1:00",
        "0:01",
        "0:00",
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


def test_a_key_says_how_its_command_came_and_needs_no_words() -> None:
    keys = {*_ALWAYS, *(key for phase in Phase for key in useful_keys(View(phase=phase, question="Sure?")))}
    for key in keys:
        assert key.heard() == CommandHeard(intent=key.intent, via=Via.KEY)


def test_n_answers_no_while_a_question_is_open_and_is_next_otherwise() -> None:
    asked, running = View(phase=Phase.APPLYING, question="Sure?"), View(phase=Phase.APPLYING)
    assert [heard.intent for heard in read_keys(b"n", asked)] == [Intent.NO]
    assert [heard.intent for heard in read_keys(b"y", asked)] == [Intent.YES]
    assert [heard.intent for heard in read_keys(b"n", running)] == [Intent.NEXT]
    assert read_keys(b"y", running) == []


def test_every_key_that_is_named_aloud_does_what_the_coach_says_it_does() -> None:
    for phase in Phase:
        for intent in SUGGESTED_COMMANDS[phase]:
            name = key_names(TEXTS).get(intent)
            if name is not None:
                typed = {"space": " "}.get(name, name)
                assert [heard.intent for heard in read_keys(typed.encode(), View(phase=phase))] == [intent]
    assert key_names(TEXTS)[Intent.NEXT] == "N"
    assert key_names(load_texts(load_language("ko")))[Intent.PAUSE] == "스페이스"


def test_space_pauses_and_goes_on() -> None:
    assert [heard.intent for heard in read_keys(b" ", View(phase=Phase.HOLDING))] == [Intent.PAUSE]
    assert [heard.intent for heard in read_keys(b" ", View(phase=Phase.PAUSED))] == [Intent.RESUME]


def test_plain_lines_tell_only_what_is_new() -> None:
    stream = io.StringIO()
    face = PlainFace(stream, TEXTS)
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
    face = PlainFace(stream, TEXTS)
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
    page = Page(_console(80, 24), TEXTS)
    idle = View(phase=Phase.IDLE)
    header = "".join(segment.text for segment in page.lines(idle, 0.0, "3/12")[0])
    assert header.rstrip().endswith("the ears are loading 3/12")
    ready = dataclasses.replace(idle, attention=Attention.LISTENING)
    assert "".join(segment.text for segment in page.lines(ready, 0.0, "12/12")[0]).rstrip().endswith("listening")


_APPLYING = View(
    phase=Phase.APPLYING,
    step_number=2,
    step_count=4,
    title="Apply the mask",
    instruction="Spread the mask evenly over your face.",
    saying="An even layer cleans the pores.",
    attention=Attention.LISTENING,
    steps=tuple(
        StepView(title, progress)
        for title, progress in zip(
            ("Cleanse your face", "Apply the mask", "Sunscreen", "Relax"),
            (Progress.DONE, Progress.NOW, Progress.LEFT_OUT, Progress.TO_COME),
            strict=True,
        )
    ),
)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (40, 15)])
@pytest.mark.parametrize("saying", ["", "An even layer cleans the pores.", "Paused."])
def test_the_instruction_stays_whatever_else_is_said(width: int, height: int, saying: str) -> None:
    for phase in (Phase.APPLYING, Phase.PAUSED):
        view = dataclasses.replace(_APPLYING, phase=phase, saying=saying)
        page = " ".join(" ".join(_text(view, width, height)).split())
        assert "Spread the mask evenly over your face." in page
        assert saying in page


def test_a_low_terminal_gives_up_its_keys_rather_than_the_instruction() -> None:
    page = " ".join(" ".join(_text(_APPLYING, 30, 8)).split())
    assert "Spread the mask evenly over your face." in page
    assert "repeat" not in page


def test_no_words_stand_on_the_page_twice() -> None:
    instruction = _APPLYING.instruction
    begun = dataclasses.replace(_APPLYING, saying=f"Let us begin. {instruction}")
    asked = dataclasses.replace(_APPLYING, saying="Shall we end here?", question="Shall we end here?")
    for view, once in ((begun, instruction), (begun, "Let us begin."), (asked, "Shall we end here?")):
        assert " ".join(" ".join(_text(view, 120, 24)).split()).count(once) == 1
    repeated = dataclasses.replace(_APPLYING, saying=instruction)
    assert not any("Coach" in line for line in _text(repeated, 120, 24))


def test_a_wide_terminal_lists_the_steps_and_a_narrow_one_counts_them() -> None:
    wide, narrow = _text(_APPLYING, 120, 24), _text(_APPLYING, 80, 24)
    listed = [line[90:].strip() for line in wide if line[90:].strip(" ─")]
    assert listed[1:5] == ["● Cleanse your face", "◉ Apply the mask", "╌ Sunscreen", "○ Relax"]
    assert not any("Sunscreen" in line for line in narrow)
    assert any("● ◉ ○ ○" in line for line in narrow)
    assert not any("● ◉ ○ ○" in line for line in wide)


def test_a_list_that_is_too_long_or_too_wide_is_left_out_or_cut() -> None:
    long = dataclasses.replace(_APPLYING, steps=_APPLYING.steps * 10)
    assert not any("Sunscreen" in line for line in _text(long, 120, 40))
    title = "Spread a second layer of the clay that is a good deal thicker than the first"
    wide = dataclasses.replace(_APPLYING, steps=(StepView(title, Progress.NOW), *_APPLYING.steps))
    lines = _text(wide, 100, 24)
    assert any(line.rstrip().endswith("…") for line in lines)
    assert {len(line) for line in lines} == {100}


def test_when_all_is_done_no_step_is_the_present_one() -> None:
    done = dataclasses.replace(
        _APPLYING, phase=Phase.DONE, instruction="", step_number=4, title="Facial mask", steps=()
    )
    page = _text(done, 80, 24)
    assert any("● ● ● ●" in line for line in page)
    assert not any("Step 4" in line or "◉" in line for line in page)


def test_keys_choose_a_mask_or_a_skin_before_the_first_step() -> None:
    idle = Conversation.begun().view
    mask = CommandHeard(intent=Intent.MASK, slot_value="facial_mask", via=Via.KEY)
    assert read_keys(b"1", idle) == [mask]
    assert read_keys(b"1", Conversation.at(Phase.HOLDING).view) == []
    oily = CommandHeard(intent=Intent.SKIN, slot_value="oily", via=Via.KEY)
    assert read_keys(b"o", idle) == [oily]
    page = " ".join(_text(idle, 80, 24))
    assert all(words in page for words in ("1 Facial mask", "o Oily skin"))


def test_keys_tell_how_the_skin_feels_when_the_coach_asks() -> None:
    done = Conversation.at(Phase.DONE).view
    tight = CommandHeard(intent=Intent.FELT, slot_value="tight", via=Via.KEY)
    assert read_keys(b"2", done) == [tight]
    assert "2 Tight" in " ".join(_text(done, 80, 24))


def test_every_mask_and_every_skin_has_one_key_which_means_nothing_else_then() -> None:
    coach = new_session(load_routine("facial_mask", "en"), load_language("en").wording, routines=load_routines("en"))
    conversation = Conversation(coach)
    conversation.send(Started(is_daytime=True))
    keys = choice_keys(conversation.view)
    everything = [*keys[Intent.MASK], *keys[Intent.SKIN], *useful_keys(View(Phase.IDLE))]
    assert len({key.key for key in everything}) == len(everything) == 7 + 5 + 3
    assert {key.choice.value for key in keys[Intent.SKIN] if key.choice} == {skin.value for skin in Skin}


@pytest.mark.parametrize("phase", Phase)
def test_it_stings_is_offered_only_once_a_mask_may_be_on_and_works_always(phase: Phase) -> None:
    offered = Intent.STINGS in {key.intent for key in useful_keys(View(phase))}
    assert offered == (phase not in {Phase.IDLE, Phase.BRIEFING, Phase.DONE})
    assert [heard.intent for heard in read_keys(b"!", View(phase))] == [Intent.STINGS]


def test_plain_lines_tell_the_instruction_when_it_is_not_spoken() -> None:
    stream = io.StringIO()
    face = PlainFace(stream, TEXTS)
    face.show(dataclasses.replace(_APPLYING, saying=""))
    face.show(_APPLYING)
    assert stream.getvalue().count("To do: Spread the mask evenly over your face.\n") == 1
    stream = io.StringIO()
    PlainFace(stream, TEXTS).show(dataclasses.replace(_APPLYING, saying=f"Let us begin. {_APPLYING.instruction}"))
    assert "To do" not in stream.getvalue()


def test_plain_lines_ask_even_where_nothing_is_spoken() -> None:
    stream = io.StringIO()
    face = PlainFace(stream, TEXTS)
    asked = dataclasses.replace(_APPLYING, question="Shall we end here?")
    face.show(_APPLYING)
    face.show(asked)
    face.show(dataclasses.replace(asked, is_hearing=True))
    assert stream.getvalue().count("Asked: Shall we end here?\n") == 1
    stream = io.StringIO()
    PlainFace(stream, TEXTS).show(dataclasses.replace(asked, saying="Shall we end here?"))
    assert "Asked" not in stream.getvalue()


def test_a_keyboard_tells_pedals_from_keys() -> None:
    keyboard, view = Keyboard(), View(Phase.APPLYING)
    typed = [(b"\x1b[6~", 1.0), (b"\x1b[6~", 1.2), (b"b", 1.3), (b"", 1.4), (b"\x1b[6~", 2.5)]
    heard = [[event.intent for event in keyboard.read(keys, view, now)] for keys, now in typed]
    assert heard == [[Intent.NEXT], [], [Intent.BACK], [], [Intent.NEXT]]
