"""A calibration for very large grammars, which holds the background of each step instead of each sentence.

The table of calibration.py has a number for every beginning of a sentence, and an order with six slots has millions.
But in sounds without speech the next word depends more on the last words than on what was said in slots before them.
So states that differ only in the words of slots are one *place*, and the model is run once for each place, on the
shortest path to it. The score of a path is the sum over its steps of
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
"""The share of the background that is subtracted. It was chosen by measuring; nearby values are as good."""
_SECONDS = 1.8


@dataclass(frozen=True)
class StepCalibration:
    """A table of the background of every step from one place to the next."""

    places: TokenAutomaton
    """The automaton that is searched, without its slots."""
    by_arc: Sequence[NDArray[np.float64]]
    """For each place the weighted background of its arcs, shape (arcs,)."""
    by_end: Sequence[float]
    """For each place the weighted background of ending a sentence there."""
    _place_of: dict[int, int] = field(default_factory=lambda: {0: 0})
    """The place of each state of the automaton that is searched; it grows while both are walked together."""

    def of_arcs(self, state: int, arcs: Arcs) -> NDArray[np.float64]:
        """Return the background of each arc; see Background."""
        place = self._place_of[state]
        self._place_of.update(zip(arcs.targets.tolist(), self.places.arcs(place).targets.tolist(), strict=True))
        return self.by_arc[place]

    def of_end(self, state: int, sentence: grammar.State) -> float:  # noqa: ARG002 - all that end here are alike
        """Return the background of ending a sentence; see Background."""
        return self.by_end[self._place_of[state]]


def calibrate_steps(
    model: SpeechModel,
    automaton: TokenAutomaton,
    sounds: Iterable[NDArray[np.float32]] | None = None,
    weight: float = WEIGHT,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> StepCalibration:
    """Make the table. It takes about a second for each sound and a thousand places.

    Args:
        model: the speech model.
        automaton: the sentences; this call does not expand it.
        sounds: sounds without speech, each of shape (samples,) at the model's rate; by default near silence, white and
            pink noise of 1.8 s. The mean of their log-probabilities is taken.
        weight: the share of the background that is subtracted.
        on_progress: is called with the number of places that are done and of all, counted once for each sound.
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
"""For each place the tokens and targets of those arcs that belong to the shortest paths from the start."""


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
    """Yield each place with the log-probabilities of all next tokens there, shape (tokens,)."""
    waiting = [(model.listen(sound), [0])]
    while waiting:
        transcripts, here = waiting.pop()
        yield from zip(here, transcripts.log_probabilities, strict=True)
        steps = [(row, token, target) for row, place in enumerate(here) for token, target in tree[place]]
        for start in range(0, len(steps), BATCH):
            rows, tokens, targets = zip(*steps[start : start + BATCH], strict=True)
            waiting.append((model.extend(transcripts, np.array(rows), np.array(tokens)[:, np.newaxis]), list(targets)))
