"""Exact scores of every sentence of a small grammar: the measure of the beam search, and the maker of calibrations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from voice_coach.ears.closed_grammar.tokens import END

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import sentences
    from voice_coach.ears.closed_grammar.automaton import TokenAutomaton
    from voice_coach.ears.closed_grammar.model import SpeechModel, Transcripts

Key = TypeVar("Key")

BATCH = 48
"""Transcripts continued at once: more gains no speed and costs memory."""


@dataclass(slots=True)
class Totals:
    """Log-probabilities given one sound, summed over all spellings."""

    states: dict[int, float] = field(default_factory=dict)
    """By state of the automaton: that the transcript begins with a path to it."""
    sentences: dict[sentences.State, float] = field(default_factory=dict)
    """By grammar state: that the transcript is a sentence that ends there, whole."""


def score_all(model: SpeechModel, automaton: TokenAutomaton, sound: NDArray[np.float32]) -> Totals:
    """Walk every path of the automaton; it must be finite.

    Args:
        model: the speech model.
        automaton: the sentences; fully expanded by this.
        sound: shape (samples,), at the model's rate.
    """
    totals = Totals(states={0: 0.0})
    waiting = [(model.listen(sound), [0], np.zeros(1))]
    while waiting:
        transcripts, states, scores = waiting.pop()
        _end_sentences(automaton, transcripts, states, scores, totals)
        for parents, tokens, targets, reached in _children(automaton, transcripts, states, scores):
            for target, score in zip(targets, reached, strict=True):
                _add(totals.states, int(target), float(score))
            waiting.append((model.extend(transcripts, parents, tokens[:, np.newaxis]), targets.tolist(), reached))
    return totals


def _end_sentences(
    automaton: TokenAutomaton, transcripts: Transcripts, states: list[int], scores: NDArray[np.float64], totals: Totals
) -> None:
    for row, state in enumerate(states):
        sentence = automaton.sentence_at(state)
        if sentence is not None:
            _add(totals.sentences, sentence, float(scores[row] + transcripts.log_probabilities[row, END]))


def _children(
    automaton: TokenAutomaton, transcripts: Transcripts, states: list[int], scores: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    arcs = [automaton.arcs(state) for state in states]
    parents = np.repeat(np.arange(len(states)), [len(arc.tokens) for arc in arcs])
    tokens = np.concatenate([arc.tokens for arc in arcs])
    targets = np.concatenate([arc.targets for arc in arcs])
    reached = scores[parents] + transcripts.log_probabilities[parents, tokens]
    for start in range(0, len(tokens), BATCH):
        part = slice(start, start + BATCH)
        yield parents[part], tokens[part], targets[part], reached[part]


def _add(totals: dict[Key, float], key: Key, score: float) -> None:
    totals[key] = float(np.logaddexp(totals.get(key, -np.inf), score))
