"""What a speech model says of each sentence when nobody speaks.

Asked for the words in a hiss, the model still answers "yeah", "okay" or "no". What it says of a sentence in sounds
without speech is therefore taken off the sentence's score: LLR = log P(sentence | sound) - WEIGHT * max(FLOOR,
log P(sentence | no speech)), while searching (for the beginnings of sentences) as well as at the end. That makes scores
of different sentences comparable with each other and with one threshold.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.closed_grammar.exhaustive import score_all
from voice_coach.ears.closed_grammar.model import FILES, SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import sentences
    from voice_coach.ears.closed_grammar.automaton import Arcs, TokenAutomaton
    from voice_coach.ears.closed_grammar.model import SpeechModel

WEIGHT = 0.75
"""How much of the background is taken off; measured, a flat optimum."""
FLOOR = -24.0
"""Nats: what is less probable than this in silence is equally surprising."""
_VERSION = "2"
_TAIL_BYTES = 65_536
_DAMAGES = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


class NoBackground:
    """Takes nothing off: plain log-probabilities."""

    def of_arcs(self, state: int, arcs: Arcs) -> NDArray[np.float64]:  # noqa: ARG002 - every state is treated alike
        """Zeros."""
        return np.zeros(len(arcs.targets))

    def of_end(self, state: int, sentence: sentences.State) -> float:  # noqa: ARG002 - the same
        """Zero."""
        return 0.0


@dataclass(frozen=True)
class Calibration:
    """A table of the background of every state and sentence of a fully expanded automaton."""

    by_state: NDArray[np.float32]
    """Shape (states,): weighted, floored."""
    by_sentence: dict[sentences.State, float]

    def of_arcs(self, state: int, arcs: Arcs) -> NDArray[np.float64]:
        """See Background."""
        return np.asarray(self.by_state[arcs.targets] - self.by_state[state], np.float64)

    def of_end(self, state: int, sentence: sentences.State) -> float:
        """See Background."""
        return self.by_sentence[sentence] - float(self.by_state[state])

    def save(self, path: Path, key: str) -> None:
        """Write the table so that `load` finds it again for the same key. Raises OSError."""
        values = np.array(list(self.by_sentence.values()), np.float32)
        with path.open("wb") as file:
            np.savez_compressed(file, key=np.array(key), states=self.by_state, sentences=values)


def load(path: Path, key: str, automaton: TokenAutomaton) -> Calibration | None:
    """Read a table; None when there is none for this key, or it is damaged."""
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
    """Whether there is a whole table for a key."""
    try:
        with np.load(path, allow_pickle=False) as table:
            return str(table["key"]) == key and all(len(table[name]) > 0 for name in ("states", "sentences"))
    except _DAMAGES:
        return False


def key_of(folder: Path, phrases: Iterable[str], variants: Mapping[str, tuple[str, ...]]) -> str:
    """What a table is good for: this model, these phrases in these spellings, this way of calibrating."""
    digest = hashlib.sha256(f"{_VERSION} {WEIGHT} {FLOOR}".encode())
    for name in FILES:
        digest.update(_fingerprint(folder / name))
    digest.update("\n".join(phrases).encode())
    digest.update(repr(sorted(variants.items())).encode())
    return digest.hexdigest()


def _fingerprint(path: Path) -> bytes:
    """Size and last bytes of a file: a model of tens of megabytes is not read whole at every start."""
    with path.open("rb") as file:
        file.seek(-_TAIL_BYTES, 2)
        return f"{path.stat().st_size}".encode() + file.read()


def calibrate(
    model: SpeechModel, automaton: TokenAutomaton, on_progress: Callable[[int, int], None] = lambda _done, _of: None
) -> Calibration:
    """Make the table of a finite automaton: about a second for each of twelve sounds and two hundred phrases.

    Args:
        model: the speech model.
        automaton: the sentences; fully expanded by this.
        on_progress: told how many sounds are done, and of how many.
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

    What is said of a state depends on the ways that lead to it, and those are the same in every automaton that has it:
    its spelled beginning decides. Each state takes the value of the first part that has it.

    Args:
        automaton: the sentences of all parts together; fully expanded by this.
        parts: automata of some of its sentences, whole words shared or not, with their tables.

    Raises:
        ValueError: the parts have not all its sentences.
    """
    order = _sentences_in_order(automaton)
    by_state = np.full(len(automaton), np.nan, np.float32)
    by_sentence: dict[sentences.State, float] = {}
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
    """The states of a whole that a part has, too: those to which the same tokens lead; with the part's numbers."""
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
    """Near silence, white, pink and swelling noise, of 0.7, 1.2 and 1.8 s each."""
    generator = np.random.default_rng(7)
    return tuple(sound for seconds in (0.7, 1.2, 1.8) for sound in noises(generator, int(seconds * SAMPLE_RATE)))


def noises(generator: np.random.Generator, samples: int) -> list[NDArray[np.float32]]:
    """Near silence, white, pink and swelling noise."""
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


def _sentences_in_order(automaton: TokenAutomaton) -> list[sentences.State]:
    found = (automaton.sentence_at(state) for state in automaton.expand())
    return list(dict.fromkeys(sentence for sentence in found if sentence is not None))
