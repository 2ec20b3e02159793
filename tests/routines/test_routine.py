"""A routine that can't be is refused with a sentence that says why."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from voice_coach.errors import ContentError
from voice_coach.language.wording import Message, parse_wording
from voice_coach.library import load_language
from voice_coach.routines import Hold, Source, parse_routine


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


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (
            ("sentences", "left"),
            "Left.",
            r"In the wording of language 'en', sentences: left leaves \{left\} out",
        ),
        (("sentences", "left"), "{left} {rest}", r"left uses \{rest\}, which nothing fills; remove it"),
        (("sentences", "left"), "{left", "left has a brace too many or too few"),
        (("sentences", "left"), " ", "left is blank"),
        (("sentences", "left"), None, "left is missing; add a line such as left ="),
        (("sentences", "greting"), "Hi", 'did you mean "greeting"'),
        (("sentences", "greeting"), None, "sentences: greeting is missing"),
        (("time",), None, r"the table \[time\] is missing; add it"),
        (("time", "numbers"), ["none", "one"], "numbers must be a list of 61, .*; list the words for 0 to 60"),
        (("time", "named"), {"one": "a minute"}, '"one" is unknown here; use 1, 2'),
        (("days", "weekdays"), ["on Monday"], "weekdays must be a list of 7, .*; list seven, Monday first"),
        (("days", "many_times"), "often", r"many_times leaves \{number\} out"),
    ],
)
def test_a_mistake_in_a_wording_is_named_with_its_place_and_remedy(
    path: tuple[str, ...], value: object, complaint: str
) -> None:
    document, phrases = _english("wording"), _english("phrases")
    table = document if len(path) == 1 else document[path[0]]
    if value is None:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    with pytest.raises(ContentError, match=complaint):
        parse_wording(document, phrases)


@pytest.mark.parametrize(
    ("intent", "name", "value", "complaint"),
    [
        ("next", "answer", "Next.", 'intents next: "answer" is unknown here'),
        ("help", "answer", "Help.", r"intents help: answer leaves \{examples\} out; put it in"),
        ("next", "suggested", " ", "intents next: suggested is blank"),
    ],
)
def test_a_mistake_in_what_an_intent_says_is_named(intent: str, name: str, value: str, complaint: str) -> None:
    wording, phrases = _english("wording"), _english("phrases")
    phrases["intents"][intent][name] = value
    with pytest.raises(ContentError, match=complaint):
        parse_wording(wording, phrases)


def _english(name: str) -> dict[str, Any]:
    return tomllib.loads((files("voice_coach") / "content" / "en" / f"{name}.toml").read_text("utf-8"))


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
