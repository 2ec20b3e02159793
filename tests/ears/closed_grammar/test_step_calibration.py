"""The background of very large grammars: what the model says of each step when nobody speaks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.ears.closed_grammar import (
    Decoder,
    Grammar,
    SpeechModel,
    StepCalibration,
    TokenAutomaton,
    calibrate_steps,
)
from voice_coach.ears.closed_grammar.calibration import score_all
from voice_coach.schema import parse_expression

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Speak = Callable[[str], NDArray[np.float32]]

SILENCE = np.random.default_rng(3).normal(0, 1e-3, 16_000).astype(np.float32)
NUMBERS = parse_expression("one | two | five | eight | ten | twelve | twenty")
TIMER = parse_expression(
    "(set | start) a timer for [<hours> hours] [<minutes> minutes] [<seconds> seconds]",
    dict.fromkeys(("hours", "minutes", "seconds"), NUMBERS),
)


@pytest.fixture(scope="module")
def timer(model: SpeechModel) -> TokenAutomaton:
    return TokenAutomaton(Grammar({"timer": TIMER}), model.tokenizer)


@pytest.fixture(scope="module")
def calibration(model: SpeechModel, timer: TokenAutomaton) -> StepCalibration:
    return calibrate_steps(model, timer)


@pytest.fixture(scope="module")
def decoder(model: SpeechModel, timer: TokenAutomaton, calibration: StepCalibration) -> Decoder:
    return Decoder(model, timer, calibration)


def backgrounds(automaton: TokenAutomaton, calibration: StepCalibration) -> dict[int, float]:
    """Of each state, along the first way that is found to it."""
    reached = {0: 0.0}
    for state in automaton.expand():
        arcs = automaton.arcs(state)
        for target, step in zip(arcs.targets.tolist(), calibration.of_arcs(state, arcs).tolist(), strict=True):
            reached.setdefault(target, reached[state] + step)
    return reached


def test_where_one_way_leads_to_each_place_the_steps_add_up_to_exact_scoring(model: SpeechModel) -> None:
    """Up to the rounding of the quantised model. Behind the marks at an end, where four ways meet, all count there."""
    automaton = TokenAutomaton(Grammar.of_phrases(["Next step", "Go back", "Pause", "Go on then"]), model.tokenizer)
    found = backgrounds(automaton, calibrate_steps(model, automaton, [SILENCE], weight=1.0))
    exact = score_all(model, automaton, SILENCE).states
    targets = np.concatenate([automaton.arcs(state).targets for state in exact])
    met_once = [state for state in exact if (targets == state).sum() == 1]
    assert len(met_once) >= 7
    assert [found[state] for state in met_once] == pytest.approx([exact[state] for state in met_once], abs=0.5)


def test_the_mean_of_the_sounds_is_taken_and_weighted(model: SpeechModel) -> None:
    automaton = TokenAutomaton(Grammar.of_phrases(["yes", "no"]), model.tokenizer)
    first, second, both = (
        np.concatenate(calibrate_steps(model, automaton, sounds, weight=weight).by_arc)
        for sounds, weight in (([SILENCE], 1.0), ([20 * SILENCE], 1.0), ([SILENCE, 20 * SILENCE], 0.5))
    )
    assert both == pytest.approx((first + second) / 4)


def test_states_that_differ_only_in_their_slots_are_one_place(
    timer: TokenAutomaton, calibration: StepCalibration
) -> None:
    found = backgrounds(timer, calibration)
    assert len(calibration.places) * 10 < len(found)


def test_progress_is_told_to_its_end(model: SpeechModel) -> None:
    told: list[tuple[int, int]] = []
    automaton = TokenAutomaton(Grammar.of_phrases(["yes"]), model.tokenizer)
    calibrate_steps(model, automaton, [SILENCE], on_progress=lambda done, of: told.append((done, of)))
    assert all(before[0] < after[0] for before, after in pairwise(told))
    assert told[-1][0] == told[-1][1]


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("set a timer for twenty minutes", {"minutes": "twenty"}),
        ("start a timer for two hours five minutes", {"hours": "two", "minutes": "five"}),
    ],
)
def test_the_slots_of_what_was_said_are_found_beside_noise(
    text: str, slots: dict[str, str], decoder: Decoder, speak: Speak
) -> None:
    sound = speak(text)
    noise = np.random.default_rng(5).normal(0, 0.1 * np.abs(sound).max(), len(sound))
    best = decoder.decode((sound + noise).astype(np.float32))[0]
    assert (best.rule, best.slots) == ("timer", slots)
