"""Vosk as a recogniser: its free text and its grammar, over phrases spelled with the words that its model knows.

The vocabulary of an agglutinating language is one of pieces (Korean 남, 았어요): hardly a word with its ending is in
it, yet nearly each can be put together.
"""

from __future__ import annotations

import heapq
import json
import unicodedata
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import soxr
import vosk

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE, Hypothesis, NBest
from voice_coach.ears.recognizers.vosk_scoring import VoskScorer
from voice_coach.errors import ModelError
from voice_coach.models.integrity import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.ears.recognizers.vosk_scoring import VoskReading


_MOST_PIECES = 4
"""Of one word."""
_WAYS_OF_WORD = 3
_WAYS_OF_PHRASE = 6


def spell_out(phrase: str, is_known: Callable[[str], bool]) -> tuple[str, ...]:
    """Ways to spell a phrase in the words that a model knows, the one of the fewest and longest words first.

    Args:
        phrase: words with single spaces.
        is_known: whether the model has a word.

    Returns:
        The phrase itself when all its words are known; otherwise a few ways, none when there is no way.
    """
    ways = [_ways(word, is_known) for word in phrase.split()]
    if not all(ways):
        return ()
    found = sorted(product(*ways), key=lambda words: sum(map(len, words)))[:_WAYS_OF_PHRASE]
    return tuple(" ".join(piece for pieces in words for piece in pieces) for words in found)


def split_syllables(phrases: Iterable[str], is_known: Callable[[str], bool]) -> frozenset[str]:
    """The syllables of phrases that are words of the model by themselves; none for a script that has no syllables.

    Args:
        phrases: of one language.
        is_known: whether the model has a word.
    """
    signs = {sign for phrase in phrases for sign in phrase if len(unicodedata.normalize("NFD", sign)) > 1}
    return frozenset(sign for sign in signs if is_known(sign))


def _ways(word: str, is_known: Callable[[str], bool]) -> list[tuple[str, ...]]:
    """Ways to cut a word, best first: few pieces, one long piece rather than two halves, the stem before the ending."""
    if is_known(word):
        return [(word,)]
    return heapq.nsmallest(_WAYS_OF_WORD, _cuts(word, is_known, _MOST_PIECES), key=_cost)


def _cuts(word: str, is_known: Callable[[str], bool], most: int) -> list[tuple[str, ...]]:
    if not word:
        return [()]
    if not most:
        return []
    heads = (word[:length] for length in range(len(word), 0, -1))
    return [(head, *rest) for head in heads if is_known(head) for rest in _cuts(word[len(head) :], is_known, most - 1)]


def _cost(pieces: tuple[str, ...]) -> tuple[int, int, list[int]]:
    lengths = [len(piece) for piece in pieces]
    return len(pieces), -sum(length * length for length in lengths), [-length for length in lengths]


UNKNOWN_WORD = "[unk]"
FULL_SCALE = 32_767
_TEMPI = (1.05, 0.95, 1.1)
"""Further views of a sound: slower and lower, faster and higher. They are heard side by side: Vosk lets threads run."""
_PIECES = 200
"""Kept of an utterance that goes on, of 20 ms each, to be heard again: no phrase is longer."""
_CLEAR = 8.0
"""A score that no other view is needed for."""
_NOTHING = 0.0
"""A score that other views hardly ever raise to a command."""


class VoskRecognizer:
    """Says which phrases Vosk may have understood.

    Vosk makes a bigram model of the grammar's phrases, so their words recombine freely. With a model that has a word
    for what it does not know ("[unk]"), only a text that is one of the phrases from its first to its last word becomes
    a Candidate. Its score is 0.0: the confidence of Vosk's words is 1.0 for most talk that is no command at all, so
    there is no scale in it. A model without that word takes anything for some phrase: then a second grammar, of mere
    syllables, hears the same, and both texts are held against every phrase (see Likeness), which makes a scale. What is
    unclear at its end is heard again in other views, as it is by Moonshine.

    Result() is never called: Vosk's own end of utterance comes half a second after the speech.
    """

    name = "vosk"

    def __init__(self, model_path: Path, phrases: Sequence[str], table: Path | None = None) -> None:
        """Load the model, which takes a second or so.

        Args:
            model_path: folder of a Vosk model with a dynamic graph (the "small" models).
            phrases: what may be said. Those with a word that the model cannot spell are left out.
            table: how the model mishears its language, if that was learned.

        Raises:
            ModelError: the model is missing, incomplete or damaged, or knows none of the phrases.
        """
        model = _loaded(model_path)
        is_known = cache(lambda word: bool(model.vosk_model_find_word(word) >= 0))
        ways = {phrase: spell_out(phrase, is_known) for phrase in phrases}
        self.unknown_phrases = tuple(phrase for phrase, spellings in ways.items() if not spellings)
        """The phrases that this model cannot hear."""
        self._phrases = tuple(phrase for phrase, spellings in ways.items() if spellings)
        if not self._phrases:
            message = f"The speech model at {model_path} knows none of the phrases: use the model of their language."
            raise ModelError(message)
        has_unknown = is_known(UNKNOWN_WORD)
        whole = frozenset(spelling for spellings in ways.values() for spelling in spellings)
        grammars = [whole | {UNKNOWN_WORD}] if has_unknown else [whole, split_syllables(self._phrases, is_known)]
        self._recognizers = _recognizers(model, grammars)
        self._pieces: deque[NDArray[np.float32]] = deque(maxlen=_PIECES)
        self._likeness = None if has_unknown else VoskScorer(self._phrases, table)
        self._views = [] if has_unknown else [(tempo, _recognizers(model, grammars)) for tempo in _TEMPI]
        self._threads = ThreadPoolExecutor(len(_TEMPI), thread_name_prefix="vosk")

    def begin(self, before: NDArray[np.float32]) -> None:  # noqa: ARG002 - Vosk needs nothing of it
        """Forget everything, also how the last speaker sounded: FinalResult drops the adaptation, Reset keeps it."""
        self._pieces.clear()
        for recognizer in self._recognizers:
            recognizer.FinalResult()

    def feed(self, sound: NDArray[np.float32]) -> None:
        """Take the next piece of the utterance, shape (samples,)."""
        self._pieces.append(sound)
        _feed(self._recognizers, sound)

    def hypotheses(self, *, is_final: bool) -> NBest:
        """Say which phrases may have been said so far; with `is_final` the last words are settled."""
        reading = self.reading(is_final=is_final)
        if self._likeness is None:
            exact = (Hypothesis(reading[0], 0.0),) if reading[0] in self._phrases else ()
            return NBest(self.name, exact, has_scale=False)
        candidates = self._likeness.candidates([reading], is_final=is_final)
        if is_final and candidates and _NOTHING < candidates[0].score < _CLEAR:
            heard = np.concatenate(self._pieces)
            further = self._threads.map(lambda view: _heard_at(view[0], view[1], heard), self._views)
            candidates = self._likeness.candidates([reading, *further], is_final=True)
        return NBest(self.name, candidates)

    def close(self) -> None:
        """Free the model."""
        self._threads.shutdown()
        self._recognizers.clear()
        self._views.clear()
        self._pieces.clear()

    def reading(self, *, is_final: bool) -> VoskReading:
        """What each grammar wrote of the utterance so far; see testify."""
        return tuple(_text(recognizer, is_final=is_final) for recognizer in self._recognizers)


def unknown_words(model_path: Path, words: Iterable[str]) -> tuple[str, ...]:
    """The words that a model cannot hear. Raises ModelError."""
    model = _loaded(model_path)
    return tuple(
        word for word in words if not spell_out(word, lambda part: bool(model.vosk_model_find_word(part) >= 0))
    )


def _loaded(model_path: Path) -> vosk.Model:
    verify(model_path)
    vosk.SetLogLevel(-1)
    try:
        return vosk.Model(str(model_path))
    except Exception as error:  # Vosk raises nothing narrower
        message = f"Vosk cannot load the speech model at {model_path}: remove that folder and fetch it again."
        raise ModelError(message) from error


def _recognizers(model: vosk.Model, grammars: Iterable[Iterable[str]]) -> list[vosk.KaldiRecognizer]:
    texts = [json.dumps(sorted(grammar), ensure_ascii=False) for grammar in grammars if grammar]
    return [vosk.KaldiRecognizer(model, SAMPLE_RATE, text) for text in texts]


def _feed(recognizers: Iterable[vosk.KaldiRecognizer], sound: NDArray[np.float32]) -> None:
    samples = (np.clip(sound, -1.0, 1.0) * FULL_SCALE).astype("<i2").tobytes()
    for recognizer in recognizers:
        recognizer.AcceptWaveform(samples)


def _heard_at(tempo: float, recognizers: Sequence[vosk.KaldiRecognizer], sound: NDArray[np.float32]) -> VoskReading:
    _feed(recognizers, np.asarray(soxr.resample(sound, SAMPLE_RATE, SAMPLE_RATE * tempo), np.float32))
    return tuple(_text(recognizer, is_final=True) for recognizer in recognizers)


def _text(recognizer: vosk.KaldiRecognizer, *, is_final: bool) -> str:
    if is_final:
        return str(json.loads(recognizer.FinalResult())["text"])
    return str(json.loads(recognizer.PartialResult()).get("partial", ""))  # no such key before the first sound
