"""The background of a grammar: how probable each of its sentences is in sounds without speech.

Asked for the words in a hiss, the model still answers "yeah", "okay" or "no". What it says of a sentence in sounds
without speech is therefore taken off the sentence's score: LLR = log P(sentence | sound) - WEIGHT * max(FLOOR,
log P(sentence | no speech)), while searching (for the beginnings of sentences) as well as at the end. That makes scores
of different sentences comparable with each other and with one threshold.

The table has a number for every beginning of a sentence, and an order with six slots has millions. But in sounds
without speech the next word depends more on the last words than on what was said in slots before them. So for very
large grammars a StepCalibration takes states that differ only in the words of slots as one *place*, and runs the model
once for each place, on the shortest path to it. The score of a path is the sum over its steps of
log P(step | sound) - STEP_WEIGHT * log P(step | no speech).
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from voice_coach.ears.closed_grammar.speech_model import END, FILES, SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import grammar
    from voice_coach.ears.closed_grammar.automaton import Arcs, TokenAutomaton
    from voice_coach.ears.closed_grammar.speech_model import SpeechModel, Transcripts

Key = TypeVar("Key")

BATCH = 48
"""Transcripts that one run of the model continues; more would cost memory and save no time."""


@dataclass(slots=True)
class Totals:
    """Log-probabilities given one sound, summed over all spellings."""

    states: dict[int, float] = field(default_factory=dict)
    """For each state of the automaton, log P(the transcript begins with a path to the state)."""
    sentences: dict[grammar.State, float] = field(default_factory=dict)
    """For each grammar state that ends a sentence, log P(the transcript is a sentence that ends there)."""


def score_all(model: SpeechModel, automaton: TokenAutomaton, sound: NDArray[np.float32]) -> Totals:
    """Score every path of a finite automaton for one sound.

    Args:
        model: the speech model.
        automaton: the sentences; this call expands it fully.
        sound: the sound, shape (samples,), at the model's rate.
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


WEIGHT = 0.75
"""The share of the background that is subtracted. It was chosen by measuring; nearby values are as good."""
FLOOR = -24.0
"""Nats: the least log-probability without speech that is used; rarer sentences are all treated alike."""
_VERSION = "2"
_TAIL_BYTES = 65_536
_DAMAGES = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


class NoBackground:
    """A background of zero, which leaves plain log-probabilities."""

    def of_arcs(self, state: int, arcs: Arcs) -> NDArray[np.float64]:  # noqa: ARG002 - every state is treated alike
        """Return zeros; see Background."""
        return np.zeros(len(arcs.targets))

    def of_end(self, state: int, sentence: grammar.State) -> float:  # noqa: ARG002 - the same
        """Return zero; see Background."""
        return 0.0


@dataclass(frozen=True)
class Calibration:
    """A table of the background of every state and sentence of a fully expanded automaton."""

    by_state: NDArray[np.float32]
    """The background of each state after FLOOR and WEIGHT; shape (states,)."""
    by_sentence: dict[grammar.State, float]

    def of_arcs(self, state: int, arcs: Arcs) -> NDArray[np.float64]:
        """Return the background of each arc; see Background."""
        return np.asarray(self.by_state[arcs.targets] - self.by_state[state], np.float64)

    def of_end(self, state: int, sentence: grammar.State) -> float:
        """Return the background of ending a sentence; see Background."""
        return self.by_sentence[sentence] - float(self.by_state[state])

    def save(self, path: Path, key: str) -> None:
        """Write the table to a file, from which `load` reads it for the same key. Raises OSError."""
        values = np.array(list(self.by_sentence.values()), np.float32)
        with path.open("wb") as file:
            np.savez_compressed(file, key=np.array(key), states=self.by_state, sentences=values)


def load(path: Path, key: str, automaton: TokenAutomaton) -> Calibration | None:
    """Read a table; return None if the file is missing, damaged or made for another key."""
    try:
        with np.load(path, allow_pickle=False) as table:
            if str(table["key"]) != key:
                return None
            states, values = table["states"], table["sentences"]
    except _DAMAGES:
        return None
    order = _sentences_in_order(automaton)
    return Calibration(states, dict(zip(order, values.tolist(), strict=True)))


def is_made_for(path: Path, key: str) -> bool:
    """Whether a file holds an undamaged table for a key."""
    try:
        with np.load(path, allow_pickle=False) as table:
            return str(table["key"]) == key and all(len(table[name]) > 0 for name in ("states", "sentences"))
    except _DAMAGES:
        return False


def key_of(
    folder: Path, phrases: Iterable[str], variants: Mapping[str, tuple[str, ...]], encoder: Path | None = None
) -> str:
    """Return the key of a table: a digest of the model, the phrases, their spellings and the way of calibrating.

    Args:
        folder: the folder of the model.
        phrases: the phrases.
        variants: other spellings of their words.
        encoder: the file of the encoder; None for the one in the folder.
    """
    digest = hashlib.sha256(f"{_VERSION} {WEIGHT} {FLOOR}".encode())
    for file in (encoder or folder / FILES[0], *(folder / name for name in FILES[1:])):
        digest.update(fingerprint(file))
    digest.update("\n".join(phrases).encode())
    digest.update(repr(sorted(variants.items())).encode())
    return digest.hexdigest()


def fingerprint(path: Path) -> bytes:
    """Return the size and last bytes of a file, because reading a whole model at every start would take long."""
    with path.open("rb") as file:
        file.seek(-_TAIL_BYTES, 2)
        return f"{path.stat().st_size}".encode() + file.read()


def calibrate(
    model: SpeechModel, automaton: TokenAutomaton, on_progress: Callable[[int, int], None] = lambda _done, _of: None
) -> Calibration:
    """Make the table of a finite automaton. With 200 phrases it takes about a second for each of twelve sounds.

    Args:
        model: the speech model.
        automaton: the sentences; this call expands it fully.
        on_progress: is called with the number of sounds that are done, and of all.
    """
    sounds = sounds_without_speech()
    order = _sentences_in_order(automaton)
    by_state = np.zeros((len(sounds), len(automaton)))
    by_sentence = np.zeros((len(sounds), len(order)))
    for row, sound in enumerate(sounds):
        on_progress(row, len(sounds))
        totals = score_all(model, automaton, sound)
        by_state[row] = [totals.states[state] for state in range(len(automaton))]
        by_sentence[row] = [totals.sentences[sentence] for sentence in order]
    on_progress(len(sounds), len(sounds))
    states = _weighted(by_state)
    return Calibration(states, dict(zip(order, _weighted(by_sentence).tolist(), strict=True)))


def joined(automaton: TokenAutomaton, parts: Iterable[tuple[TokenAutomaton, Calibration]]) -> Calibration:
    """Make the table of an automaton from tables of parts of its sentences, without asking the model again.

    The background of a state depends only on the spelled beginning that leads to it, which is the same in every
    automaton that has the state. Each state takes the value of the first part that has it.

    Args:
        automaton: the sentences of all parts together; this call expands it fully.
        parts: automata of some of the sentences, which may overlap, with their tables.

    Raises:
        ValueError: the automaton has a sentence that is in no part.
    """
    order = _sentences_in_order(automaton)
    by_state = np.full(len(automaton), np.nan, np.float32)
    by_sentence: dict[grammar.State, float] = {}
    for part, calibration in parts:
        for state, same in _same_states(automaton, part).items():
            if np.isnan(by_state[state]):
                by_state[state] = calibration.by_state[same]
            sentence, known = automaton.sentence_at(state), part.sentence_at(same)
            if sentence is not None and known is not None:
                by_sentence.setdefault(sentence, calibration.by_sentence[known])
    if np.isnan(by_state).any() or len(by_sentence) < len(order):
        message = "the parts have not all sentences of the whole"
        raise ValueError(message)
    return Calibration(by_state, {sentence: by_sentence[sentence] for sentence in order})


def _same_states(whole: TokenAutomaton, part: TokenAutomaton) -> dict[int, int]:
    """Map the states of a whole to those of a part to which the same tokens lead."""
    same = {0: 0}
    waiting = [0]
    while waiting:
        state = waiting.pop()
        targets = dict(
            zip(part.arcs(same[state]).tokens.tolist(), part.arcs(same[state]).targets.tolist(), strict=True)
        )
        arcs = whole.arcs(state)
        for token, target in zip(arcs.tokens.tolist(), arcs.targets.tolist(), strict=True):
            if token in targets and target not in same:
                same[target] = targets[token]
                waiting.append(target)
    return same


def sounds_without_speech() -> tuple[NDArray[np.float32], ...]:
    """Return twelve sounds: near silence, white, pink and swelling noise, each of 0.7, 1.2 and 1.8 s."""
    generator = np.random.default_rng(7)
    return tuple(sound for seconds in (0.7, 1.2, 1.8) for sound in noises(generator, int(seconds * SAMPLE_RATE)))


def noises(generator: np.random.Generator, samples: int) -> list[NDArray[np.float32]]:
    """Return four sounds of shape (samples,): near silence, white, pink and swelling noise."""
    white = generator.standard_normal(samples)
    spectrum = np.fft.rfft(generator.standard_normal(samples))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), samples)
    pink /= pink.std()
    swelling = generator.standard_normal(samples) * np.hanning(samples)
    levels = ((white, 1e-4), (white, 0.03), (pink, 0.03), (swelling, 0.05))
    return [(noise * level).astype(np.float32) for noise, level in levels]


def _weighted(log_probabilities: NDArray[np.float64]) -> NDArray[np.float32]:
    mean = np.logaddexp.reduce(log_probabilities, axis=0) - np.log(len(log_probabilities))
    return np.asarray(WEIGHT * np.maximum(FLOOR, mean), np.float32)


def _sentences_in_order(automaton: TokenAutomaton) -> list[grammar.State]:
    found = (automaton.sentence_at(state) for state in automaton.expand())
    return list(dict.fromkeys(sentence for sentence in found if sentence is not None))


STEP_WEIGHT = 0.5
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
    weight: float = STEP_WEIGHT,
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
