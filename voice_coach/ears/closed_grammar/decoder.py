"""Beam search over the token automaton. The score of a sentence is its log-probability less its background."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from voice_coach.ears.closed_grammar.calibration import NoBackground
from voice_coach.ears.closed_grammar.speech_model import END

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import grammar
    from voice_coach.ears.closed_grammar.automaton import Arcs, TokenAutomaton
    from voice_coach.ears.closed_grammar.speech_model import SpeechModel, Transcripts


class Background(Protocol):
    """The part of each log-probability that the model would also give without speech; it is subtracted. In nats."""

    def of_arcs(self, state: int, arcs: Arcs) -> NDArray[np.float64]:
        """Return the background of each arc of a state, shape (n,); earlier arcs must have reached the state."""

    def of_end(self, state: int, sentence: grammar.State) -> float:
        """Return the background of ending this sentence in a state."""


@dataclass(frozen=True, slots=True)
class Beam:
    """The limits of a search."""

    width: int = 8
    """The most hypotheses that are kept at each step."""
    prune_margin: float = 7.0
    """Nats behind the best hypothesis at which one is dropped."""
    longest: int = 64
    """The most runs of the model in one search."""


def search(
    model: SpeechModel,
    automaton: TokenAutomaton,
    sound: NDArray[np.float32],
    background: Background,
    beam: Beam,
) -> dict[grammar.State, float]:
    """Return the score of each sentence found, summed over its spellings: log-probability less background, in nats.

    Args:
        model: the speech model.
        automaton: the sentences to search.
        sound: the sound, shape (samples,), at the model's rate.
        background: the background that is subtracted at each step.
        beam: the limits of the search.
    """
    found: dict[grammar.State, float] = {}
    hypotheses = _Hypotheses(np.zeros(1, np.int64), np.zeros(1), model.listen(sound))
    for _ in range(beam.longest):
        _collect(hypotheses, hypotheses.transcripts.log_probabilities, automaton, background, found)
        steps = _best_steps(hypotheses, automaton, background, beam, max(found.values(), default=-np.inf))
        if steps is None:
            break
        ways = _ways_on(automaton, steps.targets)
        tokens = np.concatenate([steps.tokens[:, np.newaxis], *(way.tokens for way in ways)], axis=1)
        transcripts = model.extend(hypotheses.transcripts, steps.parents, tokens)
        hypotheses = _Hypotheses(steps.targets, steps.scores, transcripts)
        for way, next_tokens in zip(ways, np.moveaxis(transcripts.steps, 1, 0), strict=False):
            _collect(hypotheses, next_tokens, automaton, background, found)
            hypotheses = way.walked(hypotheses, next_tokens, background)
    return found


@dataclass(frozen=True, slots=True)
class _Hypotheses:
    states: NDArray[np.int64]
    scores: NDArray[np.float64]
    transcripts: Transcripts


@dataclass(frozen=True, slots=True)
class Steps:
    """Ways to continue transcripts by a token, each array of shape (steps,)."""

    parents: NDArray[np.int64]
    tokens: NDArray[np.int64]
    targets: NDArray[np.int64]
    """The state of the automaton that each step leads to."""
    scores: NDArray[np.float64]


def allowed_steps(automaton: TokenAutomaton, states: NDArray[np.int64], reached: NDArray[np.floating[Any]]) -> Steps:
    """Return all steps that an automaton allows.

    Args:
        automaton: the sentences to search.
        states: the state of each transcript, shape (transcripts,).
        reached: the score after each next token, shape (transcripts, tokens).
    """
    arcs = [automaton.arcs(state) for state in states.tolist()]
    parents = np.repeat(np.arange(len(arcs)), [len(arc.tokens) for arc in arcs])
    tokens = np.concatenate([arc.tokens for arc in arcs])
    targets = np.concatenate([arc.targets for arc in arcs])
    return Steps(parents, tokens, targets, reached[parents, tokens])


@dataclass(frozen=True, slots=True)
class _Way:
    """One step on which no hypothesis has a choice."""

    arcs: tuple[Arcs, ...]
    """The arcs of each hypothesis; all arcs of one hypothesis lead to the same state."""

    @property
    def tokens(self) -> NDArray[np.int64]:
        """One token for all arcs of each hypothesis, such as "." for all marks; shape (hypotheses, 1)."""
        return np.array([[arcs.tokens[0]] for arcs in self.arcs])

    def walked(self, hypotheses: _Hypotheses, next_tokens: NDArray[np.float32], background: Background) -> _Hypotheses:
        """Return the hypotheses after the step."""
        gains = [
            np.logaddexp.reduce(row[arcs.tokens] - background.of_arcs(int(state), arcs))
            for row, state, arcs in zip(next_tokens, hypotheses.states, self.arcs, strict=True)
        ]
        targets = np.array([arcs.targets[0] for arcs in self.arcs])
        return _Hypotheses(targets, hypotheses.scores + np.array(gains), hypotheses.transcripts)


def _ways_on(automaton: TokenAutomaton, states: NDArray[np.int64]) -> list[_Way]:
    """Return the next steps on which no hypothesis has a choice. One run of the model takes them all, to save time."""
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
    found: dict[grammar.State, float],
) -> None:
    """Add the hypotheses that are complete sentences to those found."""
    ending = hypotheses.scores + next_tokens[:, END]
    for state, ended in zip(hypotheses.states.tolist(), ending.tolist(), strict=True):
        sentence = automaton.sentence_at(state)
        if sentence is not None:
            score = ended - background.of_end(state, sentence)
            found[sentence] = float(np.logaddexp(found.get(sentence, -np.inf), score))


def _best_steps(
    hypotheses: _Hypotheses, automaton: TokenAutomaton, background: Background, beam: Beam, best_found: float
) -> Steps | None:
    """Return the best steps within the beam; None if there is none."""
    steps = allowed_steps(automaton, hypotheses.states, hypotheses.transcripts.log_probabilities)
    if len(steps.parents) == 0:
        return None
    reached = hypotheses.scores[steps.parents] + steps.scores
    reached -= np.concatenate(
        [background.of_arcs(state, automaton.arcs(state)) for state in hypotheses.states.tolist()]
    )
    first, scores = _recombine(steps.targets, reached)
    best = np.argsort(-scores, kind="stable")[: beam.width]
    kept = best[scores[best] > max(float(scores[best[0]]), best_found) - beam.prune_margin]
    if len(kept) == 0:
        return None
    likeliest = first[kept]
    return Steps(steps.parents[likeliest], steps.tokens[likeliest], steps.targets[likeliest], scores[kept])


def _recombine(
    targets: NDArray[np.int64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each state reached the index of the best step to it, and the summed score of all steps to it.

    Later tokens are then scored as if only the best spelling of the beginning had been heard. That leaves room in the
    beam for other sentences.
    """
    order = np.lexsort((-scores, targets))
    is_first = np.diff(targets[order], prepend=-1) != 0
    sums = np.logaddexp.reduceat(scores[order], np.flatnonzero(is_first))
    return order[is_first], sums


@dataclass(frozen=True, slots=True)
class Scored:
    """A meaning that a sound may have, with its score."""

    rule: str
    score: float
    """Log-probability less background, summed over all sentences found with this meaning; in nats."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """The words said in each slot, by the name of the slot."""


class Decoder:
    """A decoder that finds the sentences of a grammar in a sound.

    Args:
        model: the speech model.
        automaton: the sentences; it must be expanded if the background is a table of its states.
        background: the background that is subtracted from the scores; none by default.
        beam: the limits of the search.
    """

    def __init__(
        self,
        model: SpeechModel,
        automaton: TokenAutomaton,
        background: Background | None = None,
        beam: Beam | None = None,
    ) -> None:
        self._model = model
        self._automaton = automaton
        self._background: Background = background or NoBackground()
        self._beam = beam or Beam()

    def decode(self, sound: NDArray[np.float32]) -> tuple[Scored, ...]:
        """Return the meanings found in a sound, best first.

        Args:
            sound: the sound, shape (samples,), -1...1, at the model's rate (16 kHz).
        """
        found = search(self._model, self._automaton, sound, self._background, self._beam)
        scores: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        for sentence, score in found.items():
            reading = self._automaton.grammar.reading_at(sentence)
            if reading is not None:
                meaning = reading.rule, frozenset(reading.slots.items())
                scores[meaning] = float(np.logaddexp(scores.get(meaning, -np.inf), score))
        scored = (Scored(rule, score, dict(slots)) for (rule, slots), score in scores.items())
        return tuple(sorted(scored, key=lambda one: -one.score))
