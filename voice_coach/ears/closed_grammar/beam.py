"""Beam search: the most probable sentences of a grammar, given a sound, without walking all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from voice_coach.ears.closed_grammar.tokens import END

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import sentences
    from voice_coach.ears.closed_grammar.automaton import Arcs, TokenAutomaton
    from voice_coach.ears.closed_grammar.model import SpeechModel, Transcripts


class Background(Protocol):
    """How much of a path's probability is no merit of the sound; taken off its score. In nats."""

    def of_states(self, states: NDArray[np.int64]) -> NDArray[np.float32]:
        """Shape (n,): for beginnings that end in these states of the automaton."""

    def of_sentence(self, sentence: sentences.State) -> float:
        """For a whole sentence."""


@dataclass(frozen=True, slots=True)
class Beam:
    """How widely to search."""

    width: int = 8
    """Hypotheses kept at each step."""
    lag: float = 7.0
    """A hypothesis this far behind the best is dropped (nats)."""
    longest: int = 64
    """Runs of the model after which a search ends in any case."""


def search(
    model: SpeechModel,
    automaton: TokenAutomaton,
    sound: NDArray[np.float32],
    background: Background,
    beam: Beam,
) -> dict[sentences.State, float]:
    """Score of each sentence found: its log-probability, summed over the spellings found, less its background.

    Args:
        model: the speech model.
        automaton: the sentences.
        sound: shape (samples,), at the model's rate.
        background: what is taken off, in the search and at its end.
        beam: how widely to search.
    """
    found: dict[sentences.State, float] = {}
    hypotheses = _Hypotheses(np.zeros(1, np.int64), np.zeros(1), model.listen(sound))
    for _ in range(beam.longest):
        _collect(hypotheses, hypotheses.transcripts.log_probabilities, automaton, background, found)
        steps = _best_steps(hypotheses, automaton, background, beam, max(found.values(), default=-np.inf))
        if steps is None:
            break
        ways = _ways_on(automaton, steps.targets)
        tokens = np.concatenate([steps.tokens[:, np.newaxis], *(way.tokens for way in ways)], axis=1)
        transcripts = model.extend(hypotheses.transcripts, steps.parents, tokens)
        hypotheses = _Hypotheses(steps.targets, steps.log_probabilities, transcripts)
        for way, next_tokens in zip(ways, np.moveaxis(transcripts.steps, 1, 0), strict=False):
            _collect(hypotheses, next_tokens, automaton, background, found)
            hypotheses = way.walked(hypotheses, next_tokens)
    return found


@dataclass(frozen=True, slots=True)
class _Hypotheses:
    states: NDArray[np.int64]
    log_probabilities: NDArray[np.float64]
    transcripts: Transcripts


@dataclass(frozen=True, slots=True)
class _Steps:
    parents: NDArray[np.int64]
    tokens: NDArray[np.int64]
    targets: NDArray[np.int64]
    log_probabilities: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Way:
    """One step that all hypotheses must take, whatever the model says."""

    arcs: tuple[Arcs, ...]
    """Of each hypothesis; all arcs of one lead to the same state."""

    @property
    def tokens(self) -> NDArray[np.int64]:
        """Shape (hypotheses, 1): the token that stands for all arcs of a hypothesis; "." for the marks at the end."""
        return np.array([[arcs.tokens[0]] for arcs in self.arcs])

    def walked(self, hypotheses: _Hypotheses, next_tokens: NDArray[np.float32]) -> _Hypotheses:
        """The hypotheses after the step."""
        gains = [np.logaddexp.reduce(row[arcs.tokens]) for row, arcs in zip(next_tokens, self.arcs, strict=True)]
        targets = np.array([arcs.targets[0] for arcs in self.arcs])
        return _Hypotheses(targets, hypotheses.log_probabilities + np.array(gains), hypotheses.transcripts)


def _ways_on(automaton: TokenAutomaton, states: NDArray[np.int64]) -> list[_Way]:
    """The steps on which no hypothesis has a choice: they are taken together, since a run of the model costs most."""
    ways: list[_Way] = []
    while True:
        arcs = [automaton.only_way_on(int(state)) for state in states]
        if any(one is None for one in arcs):
            return ways
        way = _Way(tuple(one for one in arcs if one is not None))
        states = np.array([one.targets[0] for one in way.arcs])
        ways.append(way)


def _collect(
    hypotheses: _Hypotheses,
    next_tokens: NDArray[np.float32],
    automaton: TokenAutomaton,
    background: Background,
    found: dict[sentences.State, float],
) -> None:
    """Add the hypotheses that are whole sentences to those found."""
    ending = next_tokens[:, END] + hypotheses.log_probabilities
    for state, log_probability in zip(hypotheses.states, ending, strict=True):
        sentence = automaton.sentence_at(int(state))
        if sentence is not None:
            score = float(log_probability) - background.of_sentence(sentence)
            found[sentence] = float(np.logaddexp(found.get(sentence, -np.inf), score))


def _best_steps(
    hypotheses: _Hypotheses, automaton: TokenAutomaton, background: Background, beam: Beam, best_found: float
) -> _Steps | None:
    """The steps worth taking; None when there is none."""
    arcs = [automaton.arcs(int(state)) for state in hypotheses.states]
    parents = np.repeat(np.arange(len(arcs)), [len(arc.tokens) for arc in arcs])
    if len(parents) == 0:
        return None
    tokens = np.concatenate([arc.tokens for arc in arcs])
    targets = np.concatenate([arc.targets for arc in arcs])
    reached = hypotheses.log_probabilities[parents] + hypotheses.transcripts.log_probabilities[parents, tokens]
    first, reached = _recombine(targets, reached)
    scores = reached - background.of_states(targets[first])
    best = np.argsort(-scores, kind="stable")[: beam.width]
    kept = best[scores[best] > max(float(scores[best[0]]), best_found) - beam.lag]
    if len(kept) == 0:
        return None
    likeliest = first[kept]
    return _Steps(parents[likeliest], tokens[likeliest], targets[likeliest], reached[kept])


def _recombine(
    targets: NDArray[np.int64], log_probabilities: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """One step for each state reached: where the likeliest step to it stands, and the summed log-probability of all.

    What follows is then scored as if all spellings of the beginning were the likeliest one, which leaves room in the
    beam for other sentences.
    """
    order = np.lexsort((-log_probabilities, targets))
    is_first = np.diff(targets[order], prepend=-1) != 0
    sums = np.logaddexp.reduceat(log_probabilities[order], np.flatnonzero(is_first))
    return order[is_first], sums
