"""Evidence goes in, made by hand; the settings that come out improve or keep what is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_coach.ears.recognizers.recognizer import Hypothesis, NBest, UtteranceScores
from voice_coach.ears.rejection import DEFAULT, MOST_SENSITIVE, Thresholds, Tuning
from voice_coach.library import load_language
from voice_coach.session.listening import listening_in
from voice_coach.tuning.proposal import (
    Clip,
    ClipOutcome,
    HeardClip,
    Manner,
    count,
    favourites,
    gains_to_try,
    is_worse,
    propose,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

BOOK = load_language("en").phrase_book
NEEDED = Thresholds()
LISTEN = listening_in("applying")


def heard(said: str, score: float, as_text: str | None = None, manner: Manner = Manner.NORMAL) -> HeardClip:
    """A clip whose only utterance scored so many nats, perhaps as another phrase."""
    n_best = NBest("moonshine", (Hypothesis(as_text or said, score),))
    scores = UtteranceScores((n_best,), LISTEN, is_final=True)
    return HeardClip(Clip(f"{said}.wav", BOOK.by_text[said], manner), ((scores,),))


def proposed(*clips: HeardClip, today: Tuning = DEFAULT) -> Tuning:
    return propose({today.gain: clips}, BOOK, today)


def test_who_is_understood_keeps_the_settings() -> None:
    assert proposed(heard("next step", 20.0), heard("hold on", 15.0)) == Tuning()


def test_the_sensitivity_rises_no_farther_than_the_person_needs() -> None:
    needy = heard("next step", Thresholds.at(0.4).command + 0.1)
    raised = proposed(needy, heard("hold on", 15.0), today=Tuning(0.2))
    assert raised.sensitivity == pytest.approx(0.4)
    assert needy.outcome(BOOK, raised.sensitivity) is ClipOutcome.UNDERSTOOD


def test_the_sensitivity_never_rises_above_the_limit_of_false_commands() -> None:
    assert proposed(heard("next step", Thresholds.at(MOST_SENSITIVE + 0.05).command)) == Tuning()


def test_a_setting_above_the_limit_is_lowered_when_nothing_is_lost() -> None:
    today = Tuning(0.9)
    assert proposed(heard("next step", 20.0), today=today).sensitivity <= MOST_SENSITIVE
    assert proposed(heard("next step", Thresholds.at(0.85).command), today=today) == today


def test_what_is_taken_for_another_command_is_not_bought() -> None:
    nearly, wrongly = (Thresholds.at(sensitivity).command for sensitivity in (0.45, 0.4))
    clips = [heard("next step", nearly), heard("hold on", wrongly, as_text="time left")]
    assert proposed(*clips, today=Tuning(0.3)) == Tuning(0.3)


def test_a_gain_is_proposed_only_when_more_is_understood_with_it() -> None:
    quiet, loud = [heard("next step", 1.0)], [heard("next step", 12.0)]
    assert propose({0.0: quiet, 20.0: loud, 10.0: loud}, BOOK, Tuning()) == Tuning(0.5, 10.0)
    assert propose({0.0: loud, 20.0: loud}, BOOK, Tuning()) == Tuning()


def test_gains_to_try_bring_a_voice_to_its_usual_level_without_clipping() -> None:
    assert gains_to_try(level=-42.0, peak=-30.0, today=0.0) == (16.0, 8.0)
    assert gains_to_try(level=-70.0, peak=-50.0, today=0.0) == (20.0, 10.0)
    assert gains_to_try(level=-56.0, peak=-11.0, today=0.0) == (10.0, 5.0)
    assert gains_to_try(level=-27.0, peak=-10.0, today=0.0) == ()
    assert gains_to_try(level=-10.0, peak=-0.1, today=0.0) == ()
    assert gains_to_try(level=-27.0, peak=-10.0, today=20.0) == (1.0, 10.0)


def test_the_wording_that_is_understood_best_in_its_worst_manner_is_the_favourite() -> None:
    clips = [
        heard("next step", 25.0),
        heard("next step", 6.0, manner=Manner.STIFF),
        heard("move on", 12.0),
        heard("move on", 11.0, manner=Manner.STIFF),
        heard("hold on", 2.0),
        heard("next", 30.0),
        heard("two more minutes", 30.0),
    ]
    assert favourites(clips, BOOK) == ("move on",)


SCORES = st.floats(0.0, 12.0)
TEXTS = st.sampled_from(["next step", "hold on", "time left"])
CLIPS = st.lists(st.builds(heard, TEXTS, SCORES, TEXTS), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(clips=CLIPS, scores=st.data(), sensitivity=st.sampled_from([0.0, 0.3, 0.5, 0.65, 0.8, 1.0]))
def test_no_proposal_is_worse_than_today(clips: Sequence[HeardClip], scores: st.DataObject, sensitivity: float) -> None:
    louder = [heard(one.clip.phrase.text, scores.draw(SCORES), scores.draw(TEXTS)) for one in clips]
    by_gain, today = {0.0: clips, 12.0: louder}, Tuning(sensitivity)
    found = propose(by_gain, BOOK, today)
    assert not is_worse(count(by_gain[found.gain], BOOK, found.sensitivity), count(clips, BOOK, today.sensitivity))
    assert found.sensitivity <= max(MOST_SENSITIVE, today.sensitivity)
