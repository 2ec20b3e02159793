"""Korean text is understood however it is spaced and however polite it is."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benches.phrasings.judge import number_and_name
from voice_coach.language.intents import Intent
from voice_coach.language.normalization import Normaliser
from voice_coach.language.understanding import Understood, understand
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Iterator

PHRASINGS = Path(__file__).parent / "phrasings" / "ko.tsv"
BY_LETTER = Normaliser({"5": "오", "요": ""}, by_letter=True)


def _meaning(text: str) -> Understood:
    return understand(text, load_language("ko").understander)


def _phrasings(half: str) -> Iterator[tuple[str, Intent | None, str]]:
    with PHRASINGS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["half"] == half]
    for row in rows:
        yield row["text"], None if row["intent"] == "none" else Intent(row["intent"]), row["slot"]


def _is_right(text: str, intent: Intent, slot: str) -> bool:
    meaning = _meaning(text)
    return meaning.intent is intent and (meaning.minutes, meaning.slot_value) == number_and_name(slot)


@pytest.mark.parametrize(("half", "least_right"), [("tuned_on", 0.98), ("held_out", 0.95)])
def test_unlisted_phrasings_are_understood(half: str, least_right: float) -> None:
    commands = [(text, intent, slot) for text, intent, slot in _phrasings(half) if intent]
    missed = [text for text, intent, slot in commands if not _is_right(text, intent, slot)]
    assert len(missed) <= (1 - least_right) * len(commands), missed


def test_every_intent_is_tried_in_ten_phrasings() -> None:
    tried = [intent for half in ("tuned_on", "held_out") for _, intent, _ in _phrasings(half)]
    assert {intent.value: tried.count(intent) for intent in Intent if tried.count(intent) < 10} == {}


@pytest.mark.parametrize("half", ["tuned_on", "held_out"])
def test_what_is_no_command_is_not_taken(half: str) -> None:
    others = [text for text, intent, _ in _phrasings(half) if intent is None]
    assert len(others) >= 25
    assert {text: _meaning(text).intent for text in others if _meaning(text).intent} == {}


@pytest.mark.parametrize("half", ["tuned_on", "held_out"])
def test_spaces_make_no_difference(half: str) -> None:
    for text, _, _ in _phrasings(half):
        assert _meaning(text.replace(" ", "")) == _meaning(text), text


@pytest.mark.parametrize(
    "text",
    [
        "다음 단계로 가지 마",
        "종료하지 마세요",
        "처음부터 다시 하지 마",
        "안 따가워요",
        "아프지 않아요",
        "멈추지 마",
        "토너는 건너뛰지 마",
        "아직 시작하지 마세요",
    ],
)
def test_what_is_denied_is_not_taken(text: str) -> None:
    assert _meaning(text).intent is None


@pytest.mark.parametrize("text", ["", "음", "저기요", "코치님", "안녕하세요", "감사합니다", "?!"])
def test_courtesies_alone_are_no_command(text: str) -> None:
    assert _meaning(text).intent is None


def test_minutes_are_understood_in_words_and_in_digits() -> None:
    for words, minutes in load_language("ko").understander.numbers.items():
        together = words.replace(" ", "")
        for text in (f"{together} 분만 더", f"{minutes}분만 더 해 줘", f"시간 {minutes} 분 늘려 주세요"):
            assert _meaning(text) == Understood(Intent.ADD_TIME, minutes), text
        assert _meaning(f"{together}분 줄여 주세요") == Understood(Intent.CUT_TIME, minutes)
        assert _meaning(f"한 {together} 분 됐어요") == Understood(Intent.ON_FOR, minutes)


def test_a_correction_and_two_wishes_are_understood() -> None:
    assert _meaning("다음 단계로, 아니 잠깐 멈춰 줘") == Understood(Intent.PAUSE)
    assert _meaning("다음 단계로 가고 소리 좀 키워 줘") == Understood(
        Intent.NEXT, next_command=Understood(Intent.LOUDER)
    )
    assert _meaning("다음 단계로 가고 이전 단계로 가").intent is None


def test_a_speech_is_no_command() -> None:
    assert _meaning("다음 단계 " * 20).intent is None


@given(st.text())
def test_letters_normalised_twice_change_nothing(text: str) -> None:
    once = BY_LETTER.normalise(text)
    assert BY_LETTER.normalise(once) == once


def test_each_letter_and_each_number_counts_as_a_word() -> None:
    assert BY_LETTER.normalise("5분만요, 15분!") == "오 분 만 15 분"


def test_things_are_counted_with_other_words_than_minutes() -> None:
    wording = load_language("ko").wording
    assert wording.time.duration(180) == "삼 분"
    assert wording.time.count(3) == "세"
    assert wording.days.times_a_week(3) == "일주일에 세 번"
    assert wording.days.ago(9, 0) == "구 일 전에"
    assert load_language("en").wording.time.count(3) == load_language("en").wording.time.number(3)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("오십 분", 50),
        ("오십오 분", 55),
        ("59분", 59),
        ("사십이분", 42),
        ("이십 분", 20),
        ("십오 분", 15),
        ("한 시간", 60),
        ("반시간", 30),
    ],
)
def test_numbers_of_minutes_are_whole(text: str, minutes: int) -> None:
    assert understand(text, load_language("ko").understander) == Understood(Intent.ON_FOR, minutes)
