"""Vosk as a witness: one grammar of all phrases, whole phrases matched by us."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import vosk

from voice_coach.ears.evidence import SAMPLE_RATE, Candidate, Testimony
from voice_coach.errors import ModelError
from voice_coach.models.seal import verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

UNKNOWN_WORD = "[unk]"
FULL_SCALE = 32_767


class VoskWitness:
    """Says which phrase Vosk understood, word for word, or nothing.

    Vosk makes a bigram model of the grammar's phrases, so their words recombine freely; only a text that is one of the
    phrases from its first to its last word becomes a Candidate. Its score is 0.0: the confidence of Vosk's words is
    1.0 for most talk that is no command at all, so there is no scale in it.

    Result() is never called: Vosk's own end of utterance comes half a second after the speech.
    """

    name = "vosk"

    def __init__(self, model_path: Path, phrases: Sequence[str]) -> None:
        """Load the model, which takes a second or so.

        Args:
            model_path: folder of a Vosk model with a dynamic graph (the "small" models).
            phrases: what may be said. Those with a word that the model lacks are left out.

        Raises:
            ModelError: the model is missing, incomplete or damaged, or knows none of the phrases.
        """
        model = _loaded(model_path)
        self.unknown_phrases = tuple(phrase for phrase in phrases if not _knows_all_words(model, phrase))
        """The phrases that this model cannot hear."""
        self._phrases = frozenset(phrases) - frozenset(self.unknown_phrases)
        if not self._phrases:
            message = f"The speech model at {model_path} knows none of the phrases: use the model of their language."
            raise ModelError(message)
        extra = [UNKNOWN_WORD] if model.vosk_model_find_word(UNKNOWN_WORD) >= 0 else []
        grammar = json.dumps([*sorted(self._phrases), *extra], ensure_ascii=False)
        self._recognizer = vosk.KaldiRecognizer(model, SAMPLE_RATE, grammar)

    def begin(self, before: NDArray[np.float32]) -> None:  # noqa: ARG002 - Vosk needs nothing of it
        """Forget everything, also how the last speaker sounded: FinalResult drops the adaptation, Reset keeps it."""
        self._recognizer.FinalResult()

    def feed(self, sound: NDArray[np.float32]) -> None:
        """Take the next piece of the utterance, shape (samples,)."""
        samples = np.clip(sound, -1.0, 1.0) * FULL_SCALE
        self._recognizer.AcceptWaveform(samples.astype("<i2").tobytes())

    def testify(self, *, is_final: bool) -> Testimony:
        """Say which phrase has been understood so far; with `is_final` the last words are settled."""
        if is_final:
            text = json.loads(self._recognizer.FinalResult())["text"]
        else:
            text = json.loads(self._recognizer.PartialResult()).get("partial", "")  # no such key before the first sound
        candidates = (Candidate(text, 0.0),) if text in self._phrases else ()
        return Testimony(self.name, candidates, has_scale=False)

    def close(self) -> None:
        """Free the model."""
        del self._recognizer


def _knows_all_words(model: vosk.Model, phrase: str) -> bool:
    words = phrase.split()
    return bool(words) and all(model.vosk_model_find_word(word) >= 0 for word in words)


def unknown_words(model_path: Path, words: Iterable[str]) -> tuple[str, ...]:
    """The words that a model cannot hear. Raises ModelError."""
    model = _loaded(model_path)
    return tuple(word for word in words if model.vosk_model_find_word(word) < 0)


def _loaded(model_path: Path) -> vosk.Model:
    verify(model_path)
    vosk.SetLogLevel(-1)
    try:
        return vosk.Model(str(model_path))
    except Exception as error:  # Vosk raises nothing narrower
        message = f"Vosk cannot load the speech model at {model_path}: remove that folder and fetch it again."
        raise ModelError(message) from error
