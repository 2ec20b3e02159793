"""A routine that can't be is refused with a sentence that says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from voice_coach.core.routine import Hold, Source
from voice_coach.core.routine_file import parse_routine
from voice_coach.core.wording import Message, Wording, parse_wording
from voice_coach.errors import ContentError
from voice_coach.library import load_language


def _document() -> dict[str, Any]:
    steps: list[dict[str, Any]] = [
        {
            "id": phase,
            "title": phase,
            "say": "Do.",
            "how": "So.",
            "why": "For.",
            "source": {"name": "me"},
        }
        for phase in ("briefing", "applying", "holding", "removing", "aftercare")
    ]
    steps[2]["hold"] = 12
    return {"name": "Test", "language": "en", "steps": steps}


def test_a_small_routine_is_enough() -> None:
    routine = parse_routine(_document(), "test")
    assert routine.hold == Hold(720)
    assert routine.steps[0].text == "Do. So."
    assert routine.hold_position == 2


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda d: d.pop("name"), "In the routine: name is missing; add a line such as name"),
        (lambda d: d.update(name=5), "name must be a text of at most 40 characters, not 5; write a line"),
        (lambda d: d["steps"][2].update(hold="ten"), 'hold must be a number of minutes from 1 to 60, or "overnight"'),
        (lambda d: d["steps"][2].update(hold=61), 'from 1 to 60, or "overnight", not 61'),
        (lambda d: d["steps"][2].update(hold=float("nan")), "hold must be a number of minutes .* not NaN"),
        (lambda d: d["steps"][2].update(reminders=["Breathe."] * 6), "reminders has 6 entries; keep at most 5"),
        (lambda d: d["steps"][2].update(reminders=[" "]), "In the routine, steps 3 reminders: reminders 1 is blank"),
        (lambda d: d.update(steps=[]), "steps must be a list of 1 to 30"),
        (lambda d: d["steps"][1].pop("say"), "In the routine, steps 2: say is missing"),
        (lambda d: d["steps"][1].update(whi="x"), '"whi" is unknown here; did you mean "why"'),
        (lambda d: d["steps"][1].update(only="evenin"), 'did you mean "evening"'),
        (lambda d: d["steps"][1].update(id="briefing"), 'another step has the id "briefing"'),
        (lambda d: d["steps"][1].pop("source"), "nobody is named who says the why"),
        (lambda d: d["steps"][1]["source"].update(link="me.html"), "https://"),
        (lambda d: [step.update(only="day") for step in d["steps"]], "no step for every time of day"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(spoil: Any, complaint: str) -> None:  # noqa: ANN401 - a lambda
    document = _document()
    spoil(document)
    with pytest.raises(ContentError, match=complaint) as caught:
        parse_routine(document, "test")
    assert ";" in str(caught.value), "the remedy follows"


def test_a_source_needs_a_name() -> None:
    with pytest.raises(ContentError, match="say who it is"):
        Source(" ")


def test_a_wording_that_lacks_a_gap_or_has_a_strange_one_is_refused() -> None:
    good = load_language("en").wording
    for text, complaint in {
        "Left.": r"leaves \{left\} out",
        "{left} {rest}": r"uses \{rest\}",
        "{left": "brace",
        " ": "has no",
    }.items():
        with pytest.raises(ContentError, match=complaint):
            Wording("en", {**good.sentences, Message.LEFT: text}, good.phrases, good.time, good.days)


def test_an_unknown_message_is_refused() -> None:
    with pytest.raises(ContentError, match='did you mean "greeting"'):
        parse_wording({"language": "xx", "sentences": {"greting": "Hi"}, "phrases": {}, "time": {}, "days": {}})


def test_a_sentence_begins_with_a_capital_even_where_a_gap_begins_it() -> None:
    assert (
        load_language("en").wording.say(Message.ADDED, time="one minute", left="two are left")
        == "One minute more. Two are left."
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "one second is left"),
        (7, "seven seconds are left"),
        (33, "thirty-five seconds are left"),
        (59, "one minute is left"),
        (66.5, "about one minute is left"),
        (85, "one and a half minutes are left"),
        (115, "two minutes are left"),
        (443, "about seven and a half minutes are left"),
        (450, "seven and a half minutes are left"),
        (900, "fifteen minutes are left"),
        (1800, "half an hour is left"),
        (2690, "about three quarters of an hour is left"),
        (3600, "an hour is left"),
        (3720, "62 minutes are left"),
    ],
)
def test_time_is_told_as_people_tell_it(seconds: float, words: str) -> None:
    assert load_language("en").wording.time.left(seconds) == words


def test_the_numbers_must_be_complete() -> None:
    time = load_language("en").wording.time
    with pytest.raises(ValueError, match="0 to 60"):
        replace(time, numbers=time.numbers[:-1])
