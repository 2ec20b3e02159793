"""What a speech model says of each step through a grammar when nobody speaks: a calibration for very large grammars.

The table of calibration.py holds a number for every beginning of a sentence; of an order with six slots there are
millions. But what the model expects next when it hears nothing depends on the last words more than on the drink named
before them. So states that differ only in what was said in slots are taken for one *place*, and the model is asked once
at each place, on the shortest way to it. The score of a path is its sum over steps:
log P(step | sound) - WEIGHT * log P(step | no speech).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.closed_grammar.calibration import BATCH, noises
from voice_coach.ears.closed_grammar.speech_model import END, SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import grammar
    from voice_coach.ears.closed_grammar.automaton import Arcs, TokenAutomaton
    from voice_coach.ears.closed_grammar.speech_model import SpeechModel

WEIGHT = 0.5
"""How much of the background is taken off; measured, a flat optimum."""
_SECONDS = 1.8


@dataclass(frozen=True)
class StepCalibration:
    """A table of the background of every step from place to place."""

    places: TokenAutomaton
    """The automaton searched, without its slots."""
    by_arc: Sequence[NDArray[np.float64]]
    """Of each place, shape (arcs,): weighted."""
    by_end: Sequence[float]
    """Of each place: of ending there; weighted."""
    _place_of: dict[int, int] = field(default_factory=lambda: {0: 0})
    """By state of the automaton searched; both are walked side by side."""

    def of_arcs(self, state: int, arcs: Arcs) -> NDArray[np.float64]:
        """See Background."""
        place = self._place_of[state]
        self._place_of.update(zip(arcs.targets.tolist(), self.places.arcs(place).targets.tolist(), strict=True))
        return self.by_arc[place]

    def of_end(self, state: int, sentence: grammar.State) -> float:  # noqa: ARG002 - all that end here are alike
        """See Background."""
        return self.by_end[self._place_of[state]]


def calibrate_steps(
    model: SpeechModel,
    automaton: TokenAutomaton,
    sounds: Iterable[NDArray[np.float32]] | None = None,
    weight: float = WEIGHT,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> StepCalibration:
    """Make the table: about a second for each thousand places and sound.

    Args:
        model: the speech model.
        automaton: the sentences; not expanded by this.
        sounds: without speech, each of shape (samples,) at the model's rate; near silence, white and pink noise of
            1.8 s unless given. The mean of their log-probabilities is taken.
        weight: how much of the background is taken off.
        on_progress: told how many places are done, and of how many, the sounds counted one by one.
    """
    if sounds is None:
        sounds = noises(np.random.default_rng(7), int(_SECONDS * SAMPLE_RATE))[:3]
    sounds = tuple(sounds)
    places = automaton.without_slots()
    tree = _shortest_ways(places)
    by_arc = [np.zeros(len(places.arcs(place).tokens)) for place in range(len(places))]
    by_end = np.zeros(len(places))
    share, done = weight / len(sounds), 0
    for sound in sounds:
        for place, next_tokens in _visits(model, tree, sound):
            by_arc[place] += share * next_tokens[places.arcs(place).tokens]
            by_end[place] += share * next_tokens[END]
            done += 1
            on_progress(done, len(sounds) * len(places))
    return StepCalibration(places, by_arc, by_end.tolist())


Tree = dict[int, list[tuple[int, int]]]
"""By place: the tokens and targets of the steps that are part of a shortest way from the start."""


def _shortest_ways(places: TokenAutomaton) -> Tree:
    tree: Tree = {}
    reached = {0}
    for place in places.expand():
        arcs = places.arcs(place)
        tree[place] = []
        for token, target in zip(arcs.tokens.tolist(), arcs.targets.tolist(), strict=True):
            if target not in reached:
                reached.add(target)
                tree[place].append((token, target))
    return tree


def _visits(model: SpeechModel, tree: Tree, sound: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Each place with the log-probabilities of all next tokens there, shape (tokens,)."""
    waiting = [(model.listen(sound), [0])]
    while waiting:
        transcripts, here = waiting.pop()
        yield from zip(here, transcripts.log_probabilities, strict=True)
        steps = [(row, token, target) for row, place in enumerate(here) for token, target in tree[place]]
        for start in range(0, len(steps), BATCH):
            rows, tokens, targets = zip(*steps[start : start + BATCH], strict=True)
            waiting.append((model.extend(transcripts, np.array(rows), np.array(tokens)[:, np.newaxis]), list(targets)))
