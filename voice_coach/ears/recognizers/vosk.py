"""Vosk as a recogniser of phrases, which are spelled with the words that its model knows.

The model of an agglutinating language has pieces of words (Korean 남, 았어요) and hardly a whole word with its ending;
nearly every word can be put together from such pieces.
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
"""The most pieces that one word may be put together from."""
_WAYS_OF_WORD = 3
"""The most spellings of one word that are kept."""
_WAYS_OF_PHRASE = 6
"""The most spellings of one phrase that are kept."""


def spell_out(phrase: str, is_known: Callable[[str], bool]) -> tuple[str, ...]:
    """Return ways to spell a phrase in words that a model knows, the one with the fewest and longest words first.

    Args:
        phrase: words with single spaces.
        is_known: whether the model has a word.

    Returns:
        The phrase itself when all its words are known; otherwise a few spellings, or none if there is none.
    """
    ways = [_ways(word, is_known) for word in phrase.split()]
    if not all(ways):
        return ()
    found = sorted(product(*ways), key=lambda words: sum(map(len, words)))[:_WAYS_OF_PHRASE]
    return tuple(" ".join(piece for pieces in words for piece in pieces) for words in found)


def split_syllables(phrases: Iterable[str], is_known: Callable[[str], bool]) -> frozenset[str]:
    """Return the syllables of phrases that are words of the model; none for a script without signs for syllables.

    Args:
        phrases: phrases of one language.
        is_known: whether the model has a word.
    """
    signs = {sign for phrase in phrases for sign in phrase if len(unicodedata.normalize("NFD", sign)) > 1}
    return frozenset(sign for sign in signs if is_known(sign))


def _ways(word: str, is_known: Callable[[str], bool]) -> list[tuple[str, ...]]:
    """Return ways to cut a word into known pieces, best first: few pieces, one of them long, the longest one first."""
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
"""Factors by which a sound is slowed down for its further views; below 1 it is sped up. The views are recognised in
threads of their own, because Vosk releases Python's lock."""
_PIECES = 200
"""Frames of 20 ms that are kept of an utterance for its further views; no phrase is longer."""
_CLEAR = 8.0
"""The score above which a phrase is clear without further views."""
_NOTHING = 0.0
"""The score below which further views hardly ever make a phrase a command."""


class VoskRecognizer:
    """A recogniser that finds the phrases that Vosk may have understood.

    Vosk makes a bigram model of the phrases, so it also writes texts that recombine their words. If the model has the
    word "[unk]" for unknown words, a text is a hypothesis only when it is exactly one of the phrases. Its score is
    0.0, because Vosk reports a confidence of 1.0 for most speech, also for other people's talk. A model without that
    word takes any speech for some phrase. Then a second grammar, which has only syllables, recognises the same sound,
    and both texts are compared with every phrase (see VoskScorer), which gives scores on a scale. An utterance that is
    unclear at its end is recognised again at other tempi, as Moonshine does it.

    Vosk's Result() is never called, because it decides on the end of an utterance half a second too late.
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
        """Forget the last utterance and its speaker: FinalResult drops Vosk's adaptation, Reset would keep it."""
        self._pieces.clear()
        for recognizer in self._recognizers:
            recognizer.FinalResult()

    def feed(self, sound: NDArray[np.float32]) -> None:
        """Take the next piece of the utterance, shape (samples,), at 16 kHz."""
        self._pieces.append(sound)
        _feed(self._recognizers, sound)

    def hypotheses(self, *, is_final: bool) -> NBest:
        """Return the phrases that may have been said so far; if `is_final` is true, Vosk settles the last words."""
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

    def foresee(self) -> None:
        """See Recognizer. Nothing is computed: Vosk cannot go on after its final result."""

    def spot_silencer(self) -> None:
        """See Recognizer. Return None: its scores cannot be compared with a free transcript's."""

    def close(self) -> None:
        """Free the model."""
        self._threads.shutdown()
        self._recognizers.clear()
        self._views.clear()
        self._pieces.clear()

    def reading(self, *, is_final: bool) -> VoskReading:
        """Return the text that each grammar has recognised in the utterance so far."""
        return tuple(_text(recognizer, is_final=is_final) for recognizer in self._recognizers)


def unknown_words(model_path: Path, words: Iterable[str]) -> tuple[str, ...]:
    """Return the words that a model cannot recognise. Raises ModelError."""
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
