"""The kinds of mask that ship: how they differ, and that every fact in them names who says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.routines.shipped import document_of, every_routine, every_translation, facts_of
from voice_coach.content_index import languages
from voice_coach.errors import ContentError
from voice_coach.library import load_routine, load_routines
from voice_coach.routines import MASKS, Daypart, Phase, Skin, parse_routine

if TYPE_CHECKING:
    from voice_coach.routines import Routine, Step


def _steps(routine: Routine) -> dict[str, Step]:
    return {step.id: step for step in routine.steps}


def _after_the_hold(routine: Routine) -> list[str]:
    return [step.id for step in routine.steps if step.phase in {Phase.REMOVING, Phase.AFTERCARE}]


@pytest.mark.parametrize("language", languages())
def test_every_kind_of_mask_ships_in_every_language(language: str) -> None:
    assert sorted(routine.mask for routine in load_routines(language).values()) == sorted(MASKS)


@every_routine
def test_every_fact_names_who_says_so(language: str, name: str) -> None:
    for where, table, key in facts_of(document_of(language, name)):
        assert table[key].strip(), where
        assert table["source"]["name"].strip(), where
        assert re.fullmatch(r"https?://\S+", table["source"].get("link", "https://none")), where


@every_routine
def test_a_fact_without_a_source_is_refused(language: str, name: str) -> None:
    document = document_of(language, name)
    for where, table, _ in list(facts_of(document)):
        source = table.pop("source")
        with pytest.raises(ContentError, match="source"):
            parse_routine(document, name)
        table["source"] = {"name": " "}
        with pytest.raises(ContentError):
            parse_routine(document, f"{name}, {where}")
        table["source"] = source
    parse_routine(document, name)


@every_routine
def test_every_step_has_a_reason_and_at_least_two_more_things_to_know(language: str, name: str) -> None:
    for step in load_routine(name, language).steps:
        assert step.why is not None, step.id
        assert len(step.more) >= 2, step.id
        told = [claim.say for claim in step.claims()]
        assert len(told) == len(set(told)), step.id


@every_routine
def test_every_skin_type_changes_something(language: str, name: str) -> None:
    routine = load_routine(name, language)
    assert set(routine.skin) == set(Skin)
    assert all(needs.advice for needs in routine.skin.values())
    changed = {skin for step in routine.steps for skin in step.how_by_skin}
    assert changed >= set(Skin) - {Skin.COMBINATION, Skin.NORMAL}
    assert routine.warning
    assert routine.often


@every_routine
def test_sensitive_skin_gets_no_more_time_than_other_skin(language: str, name: str) -> None:
    routine = load_routine(name, language)
    assert routine.hold_seconds(Skin.SENSITIVE) == min(routine.hold_seconds(skin) for skin in Skin)
    assert routine.is_overnight or routine.hold_seconds(Skin.SENSITIVE) < routine.hold_seconds(None)
    assert all((routine.enough(Skin.SENSITIVE) or 7) <= (routine.enough(skin) or 7) for skin in Skin)


@every_routine
def test_texts_keep_the_limits_of_the_format(language: str, name: str) -> None:
    document = document_of(language, name)
    for where, table, key in facts_of(document):
        assert len(table[key]) <= (160 if key == "how" else 200), where
    for step in document["steps"]:
        assert len(step["title"]) <= 40, step["id"]
        assert max(len(step["say"]), len(step["how"])) <= 160, step["id"]
        assert len(step.get("reminders", [])) <= 5, step["id"]
        assert all(len(reminder) <= 120 for reminder in step.get("reminders", [])), step["id"]


@every_translation
def test_a_translation_tells_the_same_facts(language: str, name: str) -> None:
    assert _without_words(document_of(language, name)) == _without_words(document_of("en", name))


def _without_words(value: object) -> object:
    """A document without what is translated: ids, numbers, links, and how many facts there are."""
    if isinstance(value, dict):
        translated = {"name", "language", "say", "how", "why", "title", "instead", "words"}
        return {key: _without_words(inner) for key, inner in value.items() if key not in translated}
    if isinstance(value, list):
        return [_without_words(inner) for inner in value if not isinstance(inner, str)]
    return value


@pytest.mark.parametrize("language", languages())
def test_a_sheet_is_taken_off_and_patted_in_and_never_rinsed(language: str) -> None:
    sheet = load_routine("sheet_mask", language)
    assert _after_the_hold(sheet) == ["remove", "pat_in", "moisturizer", "sunscreen"]


@pytest.mark.parametrize("language", languages())
def test_a_peel_off_is_peeled(language: str) -> None:
    peel_off = load_routine("peel_off_mask", language)
    assert _after_the_hold(peel_off)[:2] == ["peel", "rinse"]


@pytest.mark.parametrize("language", languages())
def test_a_sleeping_mask_has_no_countdown_and_its_aftercare_is_in_the_morning(language: str) -> None:
    sleeping = load_routine("sleeping_mask", language)
    assert sleeping.is_overnight
    assert _after_the_hold(sleeping) == ["rinse", "moisturizer", "sunscreen"]
    assert _steps(sleeping)["sunscreen"].only is None


@pytest.mark.parametrize("language", languages())
def test_an_exfoliating_mask_is_short_and_clay_does_not_dry_out(language: str) -> None:
    exfoliating, clay = load_routine("exfoliating_mask", language), load_routine("clay_mask", language)
    assert exfoliating.hold_seconds(None) <= 5 * 60
    assert clay.hold_seconds(None) <= 10 * 60
    assert clay.hold is not None
    assert clay.hold.longest_seconds <= 15 * 60
    assert clay.hold_seconds(Skin.DRY) < clay.hold_seconds(Skin.OILY)


@every_routine
def test_sunscreen_is_for_the_day(language: str, name: str) -> None:
    routine = load_routine(name, language)
    assert routine.steps[-1].id == "sunscreen"
    assert routine.is_overnight or routine.steps[-1].only is Daypart.DAY
    assert bool(routine.steps[-1].instead) == bool(routine.steps[-1].only)
