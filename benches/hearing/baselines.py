"""Plain uses of two speech recognisers, as baselines that the coach's own engines are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pocketsphinx import Decoder

from voice_coach.ears.closed_grammar.speech_model import END, TOKENS_PER_SECOND
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE, Hypothesis, NBest
from voice_coach.language.understanding import understand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import SpeechModel
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.language.understanding import Understander


class PocketSphinxRecognizer:
    """A Recognizer: best phrase of a JSGF grammar, with the acoustic model inside the package."""

    name = "pocketsphinx"

    def __init__(self, phrases: Sequence[str]) -> None:
        """Build the grammar; phrases with a word that the dictionary lacks are left out."""
        self._decoder = Decoder(lm=None, loglevel="FATAL")
        self.unknown_phrases = tuple(text for text in phrases if not all(map(self._decoder.lookup_word, text.split())))
        self._phrases = frozenset(phrases) - frozenset(self.unknown_phrases)
        rule = " | ".join(sorted(self._phrases))
        self._decoder.add_jsgf_string("phrases", f"#JSGF V1.0; grammar phrases; public <phrase> = {rule};")
        self._decoder.activate_search("phrases")
        self._is_running = False

    def begin(self, before: NDArray[np.float32]) -> None:  # noqa: ARG002  not needed
        """Forget everything: a new utterance follows."""
        self._end()
        self._decoder.start_utt()
        self._is_running = True

    def feed(self, sound: NDArray[np.float32]) -> None:
        """Take the next piece of the utterance."""
        self._decoder.process_raw((np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())

    def hypotheses(self, *, is_final: bool) -> NBest:
        """The phrase found, if it is a whole one."""
        if is_final:
            self._end()
        found = self._decoder.hyp()
        if found is None or found.hypstr not in self._phrases:
            return NBest(self.name, (), has_scale=False)
        return NBest(self.name, (Hypothesis(found.hypstr, 0.0),), has_scale=False)

    def foresee(self) -> None:
        """See Recognizer."""

    def spot_silencer(self) -> None:
        """None: it has no scores."""

    def close(self) -> None:
        """Free the model."""
        self._end()

    def _end(self) -> None:
        if self._is_running:
            self._decoder.end_utt()
            self._is_running = False


class TranscriptionRecognizer:
    """A Recognizer: the likeliest token after each token (greedy decoding), and what the whole text means.

    Args:
        model: the same that the ears score phrases with.
        understander: of free text: all words must have a meaning.
        book: what is understood is testified as the first phrase of that meaning.
    """

    name = "transcription"

    def __init__(self, model: SpeechModel, understander: Understander, book: PhraseBook) -> None:
        self._model = model
        self._understander = understander
        self._by_meaning = {(phrase.intent, phrase.minutes): phrase.text for phrase in reversed(book.phrases)}
        self._pieces: list[NDArray[np.float32]] = []

    def begin(self, before: NDArray[np.float32]) -> None:  # noqa: ARG002  not needed
        """See Recognizer."""
        self._pieces = []

    def feed(self, sound: NDArray[np.float32]) -> None:
        """See Recognizer."""
        self._pieces.append(sound)

    def hypotheses(self, *, is_final: bool) -> NBest:  # noqa: ARG002  transcribed alike, ended or not
        """See Recognizer."""
        meant = understand(self._transcribed(np.concatenate(self._pieces)), self._understander)
        text = self._by_meaning.get((meant.intent, meant.minutes)) if meant.intent else None
        return NBest(self.name, (Hypothesis(text, 0.0),) if text else (), has_scale=False)

    def foresee(self) -> None:
        """See Recognizer."""

    def spot_silencer(self) -> None:
        """None: it has no scores."""

    def close(self) -> None:
        """See Recognizer."""
        self._pieces = []

    def _transcribed(self, sound: NDArray[np.float32]) -> str:
        transcript, tokens = self._model.listen(sound), list[int]()
        for _ in range(1 + round(TOKENS_PER_SECOND * len(sound) / SAMPLE_RATE)):
            token = int(transcript.log_probabilities[0].argmax())
            if token == END:
                break
            tokens.append(token)
            transcript = self._model.extend(transcript, np.array([0]), np.array([[token]]))
        return self._model.tokenizer.decode(tuple(tokens))
