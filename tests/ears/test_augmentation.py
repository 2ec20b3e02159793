"""Several views of a sound, scored together when it was not clear."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.ears.recognizers.moonshine import AUGMENTATIONS, combine
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

SCORES = st.dictionaries(st.sampled_from(["next step", "go back", "pause"]), st.floats(-30, 30), min_size=1)


@given(st.lists(SCORES, min_size=1, max_size=4))
def test_together_no_phrase_scores_higher_than_in_its_best_view(views: list[dict[str, float]]) -> None:
    for phrase, score in combine(views).items():
        best = max(view.get(phrase, -math.inf) for view in views)
        assert best - math.log(len(views)) - 1e-6 <= score <= best + 1e-6


def test_views_that_agree_change_nothing() -> None:
    assert combine([{"pause": 4.0}] * 3) == {"pause": pytest.approx(4.0)}


@pytest.mark.parametrize("view", AUGMENTATIONS)
@pytest.mark.parametrize("before_seconds", [0.0, 0.05, 2.0])
def test_a_view_holds_the_whole_sound_however_little_was_heard_before(view: object, before_seconds: float) -> None:
    assert callable(view)
    generator = np.random.default_rng(0)
    sound = generator.normal(0, 0.05, SAMPLE_RATE).astype(np.float32)
    before = generator.normal(0, 0.001, round(before_seconds * SAMPLE_RATE)).astype(np.float32)
    seen = view(sound, before)
    assert len(seen) >= len(sound)
    assert seen.dtype == np.float32
    assert np.all(np.isfinite(seen))
