"""The bench of the OpenVoiceOS skill finds what was swallowed, missed or taken for "stop"."""

from __future__ import annotations

from typing import Any

import pytest

from benches.ovos.run import judge, section_of

TAKEN = {"taken_by": "coach", "converse": [True], "answer": ["Good."], "asks": False, "ms": 50}
LEFT = {"taken_by": "others", "converse": [], "reached": [], "answer": [], "asks": False, "ms": None}
ENDED = {"is_over": True, "is_active": False}


def lived() -> list[dict[str, Any]]:
    """The lines of a routine in which all was right."""
    return [
        {"kind": "package", "found": {"new": True, "old": True}},
        {"kind": "pipeline", "order": ["stop-high", "converse"]},
        {"kind": "start", "said": "start the mask", **TAKEN, "converse": [], "reached": [], "is_active": True},
        {"kind": "command", "said": "next step", **TAKEN, "reached": ["next"]},
        {"kind": "again", "said": "start the mask", **TAKEN, "reached": ["start"]},
        {"kind": "pain", "said": "it stings", **TAKEN, "reached": ["stings"]},
        {"kind": "relief", "said": "yes", **TAKEN, "reached": ["yes"], "asked_by_itself": True},
        {"kind": "foreign", "said": "what's the weather", **LEFT, "converse_returned": False},
        {"kind": "not_ours", "said": "stop the music", **LEFT},
        {"kind": "goodbye", "said": "yes", **TAKEN, "reached": ["yes"], **ENDED},
        {"kind": "after", "said": "next", **LEFT},
        {"kind": "end", "status": 0},
    ]


def changed(kind: str, **what: object) -> list[dict[str, Any]]:
    """The same, with another line of a kind."""
    return [line | what if line["kind"] == kind else line for line in lived()]


def test_a_routine_in_which_all_was_right_has_no_failure() -> None:
    judged = judge(lived())
    assert judged.failures == ()
    assert judged.figures["foreign_left"] == judged.figures["foreign"] == 1
    assert judged.figures["start_said"] == ["coach", "coach"]


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("foreign", {"converse_returned": True}),
        ("foreign", {"reached": ["next"]}),
        ("foreign", {"taken_by": "coach"}),
        ("command", {"converse": [False]}),
        ("command", {"answer": []}),
        ("start", {"taken_by": "stop"}),
        ("again", {"taken_by": "stop"}),
        ("pain", {"reached": []}),
        ("not_ours", {"reached": ["quit"]}),
        ("goodbye", {"is_active": True}),
        ("package", {"found": {"new": True, "old": False}}),
        ("end", {"status": 1}),
    ],
)
def test_whatever_is_wrong_is_named(kind: str, what: dict[str, object]) -> None:
    assert judge(changed(kind, **what)).failures


@pytest.mark.parametrize("kind", ["start", "again", "pain", "goodbye", "after"])
def test_what_was_not_tried_is_named(kind: str) -> None:
    assert judge([line for line in lived() if line["kind"] != kind]).failures


def test_the_section_has_a_column_for_each_language() -> None:
    figures = dict(judge(lived()).figures)
    section = section_of({"machine": "a machine", "languages": {"en-US": figures, "ko-KR": figures}})
    assert "|  | en-US | ko-KR |" in section
    assert "1 of 1" in section
