"""The hearing bench: hearing has not become worse, and its arithmetic is right."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benches.common.acoustics import SPEECH_LEVEL, AcousticPlace, active_level, level, with_level
from benches.common.cache import DECIDING_SUFFIXES, digest
from benches.common.outcomes import Outcomes
from benches.common.speakers import BOTH, NATURAL, TEST, TUNE, in_half, say
from benches.hearing.judge import complaints_about_small, figures_of, outcome, taken, taken_at
from benches.hearing.page import page
from benches.hearing.plan import SMALL_EVERY, results_of, small_plan, voices_of
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.language.intents import Intent
from voice_coach.language.phrases import Phrase

if TYPE_CHECKING:
    from benches.hearing.plan import Results

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def small_run(models: None, processes: None) -> Results:
    """`scripts/bench hearing --small` with a sixteenth of its phrases; from disk when the same code has heard it."""
    return results_of(small_plan(every=16 * SMALL_EVERY))


def test_hearing_is_not_worse_than_it_was(small_run: Results) -> None:
    assert complaints_about_small(figures_of(small_run)) == []


def test_deciding_anew_at_the_working_point_changes_nothing(small_run: Results) -> None:
    again = taken_at(0.5, "moonshine")
    for clip in chain.from_iterable(clips for _task, clips in small_run):
        assert again(clip) == taken(clip)


def test_more_sensitive_ears_take_no_fewer_commands(small_run: Results) -> None:
    points = figures_of(small_run)["curve"]
    for place in points[0]["places"]:
        missed = [point["places"][place]["missed"] for point in points]
        assert missed == sorted(missed, reverse=True)


def test_no_speaker_is_in_both_halves() -> None:
    speakers = {half: {(voice.engine, voice.speaker) for voice in voices_of(half)} for half in (TUNE, TEST)}
    assert not speakers[TUNE] & speakers[TEST]
    assert len(voices_of(TEST)) >= 5


def test_a_group_of_recordings_is_never_divided() -> None:
    recordings = {name: [f"{name}{number}" for number in range(3)] for name in "abcdefg"}
    test, tune = in_half(TEST, recordings), in_half(TUNE, recordings)
    assert not {one[0] for one in test} & {one[0] for one in tune}
    assert sorted(test + tune) == sorted(in_half(BOTH, recordings))


@pytest.mark.usefixtures("processes")
def test_noise_lies_as_far_below_the_speech_as_it_is_said_to() -> None:
    rng = np.random.default_rng(1)
    place = AcousticPlace("noisy", noise=with_level(rng.standard_normal(5 * SAMPLE_RATE), -3.0), ratio=10)
    speech = place.reach(say("next step", NATURAL[0]), rng)
    assert active_level(speech) == pytest.approx(SPEECH_LEVEL, abs=0.1)
    assert level(place.background(SAMPLE_RATE, rng)) == pytest.approx(SPEECH_LEVEL - 10, abs=0.2)


def test_another_number_of_minutes_is_counted_and_another_intent_is_wrong() -> None:
    said = Phrase("add two minutes", Intent.ADD_TIME, 2)
    assert outcome(said, [said]) == Outcomes(right=1)
    assert outcome(said, [Phrase("add ten minutes", Intent.ADD_TIME, 10)]) == Outcomes(right=1, misnumbered=1)
    assert outcome(said, [said, Phrase("stop", Intent.PAUSE)]) == Outcomes(wrong=1)
    assert outcome(said, []) == Outcomes(missed=1)


def test_equal_tasks_are_kept_under_one_name_and_others_are_not() -> None:
    place = AcousticPlace("noisy", noise=np.ones(3, np.float32))
    assert digest(place) == digest(AcousticPlace("noisy", noise=np.ones(3, np.float32)))
    assert digest(place) != digest(AcousticPlace("noisy", noise=np.zeros(3, np.float32)))


def test_the_page_says_what_was_measured() -> None:
    assert (DOCS / "hearing.md").read_text("utf-8") == page(DOCS)


def test_the_measured_figures_are_of_the_testing_half() -> None:
    assert json.loads((DOCS / "measured" / "hearing.json").read_text("utf-8"))["half"] == TEST


def test_a_bench_hears_anew_when_any_file_of_the_ears_or_of_what_they_understand_has_changed(
    pytestconfig: pytest.Config,
) -> None:
    package = pytestconfig.rootpath / "voice_coach"
    files = [file for part in ("content", "ears", "language") for file in (package / part).rglob("*") if file.is_file()]
    assert {file.suffix for file in files} - {".pyc"} <= DECIDING_SUFFIXES
