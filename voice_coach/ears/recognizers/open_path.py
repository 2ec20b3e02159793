"""The open path: what no listed phrase explains is transcribed freely and understood as text.

A beam search over all tokens of the speech model finds the most probable transcripts of an utterance (an n-best list).
Each is understood by the rules for typed text, and one with a meaning is scored like a listed phrase: by how much more
probable it is than without speech (see `closed_grammar/calibration.py`). A transcript without a meaning stands against
those with one: its lead in probability is subtracted from their scores, because the person then probably said it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.closed_grammar.calibration import FLOOR, WEIGHT, noises
from voice_coach.ears.closed_grammar.speech_model import END, TOKENS_PER_SECOND
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE, Hypothesis
from voice_coach.language.normalization import plain_words
from voice_coach.language.phrases import Phrase
from voice_coach.language.understanding import hinted_intent, understand_transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import SpeechModel
    from voice_coach.ears.closed_grammar.speech_model import Transcripts
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.language.understanding import Understander

    Tokens = tuple[int, ...]


_SILENCE_SECONDS = 1.2
"""Seconds of the sounds without speech; the calibration of listed phrases has 0.7 and 1.8, too."""


@dataclass(frozen=True, slots=True)
class TranscriptBeam:
    """The limits of a search for transcripts."""

    width: int = 6
    """The most transcripts that are continued at each step."""
    prune_margin: float = 6.0
    """Nats behind the best transcript at which one is dropped."""


def transcribe(
    model: SpeechModel, sound: NDArray[np.float32], beam: TranscriptBeam = TranscriptBeam()
) -> list[tuple[Tokens, float]]:
    """Return the most probable transcripts of a sound as tokens, each with its log-probability in nats, best first.

    Args:
        model: the speech model.
        sound: the sound, shape (samples,), -1...1, at SAMPLE_RATE.
        beam: the limits of the search.
    """
    transcripts = model.listen(sound)
    texts: list[Tokens] = [()]
    scores = np.zeros(1)
    ended: list[tuple[Tokens, float]] = []
    best = -np.inf
    for _ in range(2 + round(TOKENS_PER_SECOND * len(sound) / SAMPLE_RATE)):
        reached = scores[:, np.newaxis] + transcripts.log_probabilities
        ended += zip(texts, reached[:, END].tolist(), strict=True)
        best = max(best, float(reached[:, END].max()))
        reached[:, END] = -np.inf
        flat = reached.ravel()
        likely = np.flatnonzero(flat > max(best, float(flat.max())) - beam.prune_margin)
        kept = likely[np.argsort(-flat[likely], kind="stable")[: beam.width]]
        if len(kept) == 0:
            break
        parents, tokens = np.divmod(kept, reached.shape[1])
        transcripts = model.extend(transcripts, parents, tokens[:, np.newaxis])
        texts = [(*texts[parent], int(token)) for parent, token in zip(parents, tokens, strict=True)]
        scores = flat[kept]
    near = [(tokens, score) for tokens, score in ended if score > best - beam.prune_margin and tokens]
    return sorted(near, key=lambda one: -one[1])


@dataclass(frozen=True, slots=True)
class _Transcript:
    """A text that may have been said, in its most probable spelling."""

    tokens: Tokens
    score: float
    """Its log-probability given the sound, summed over its spellings, in nats."""


_MOST_SCORED = 3
"""The most transcripts of an utterance that are scored; the others are far less probable."""


class OpenPath:
    """Finds commands in the free transcripts of an utterance.

    Args:
        model: the speech model.
        understander: the rules that find the meaning of a transcript.
        book: the listed phrases; the closed grammar scores these, so they are left out.
        beam: the limits of each search.
    """

    def __init__(
        self,
        model: SpeechModel,
        understander: Understander,
        book: PhraseBook,
        beam: TranscriptBeam = TranscriptBeam(),
    ) -> None:
        self._model = model
        self._understander = understander
        self._book = book
        self._beam = beam
        silence = noises(np.random.default_rng(7), round(_SILENCE_SECONDS * SAMPLE_RATE))
        self._silence = [model.listen(sound) for sound in silence]

    def names_number(self, text: str) -> bool:
        """Return whether a listed phrase names a number, which a similar one that is not listed may have to replace."""
        return self._book.by_text[text].minutes is not None

    def hypotheses(self, sound: NDArray[np.float32]) -> list[Hypothesis]:
        """Return the transcripts of a sound that are commands and no listed phrases; if there is none, a hint.

        Args:
            sound: a whole utterance, shape (samples,), -1...1, at SAMPLE_RATE.
        """
        transcripts = self._transcripts(sound)
        meanings = {text: meaning for text in transcripts if (meaning := self._meaning(text))}
        meaningless = _log_sum(one.score for text, one in transcripts.items() if text not in meanings)
        unlisted = [text for text in meanings if text not in self._book.by_text][:_MOST_SCORED]
        if not unlisted:
            return self._hints(transcripts)
        scores = self._ratios([transcripts[text] for text in unlisted])
        leads = [max(0.0, meaningless - transcripts[text].score) for text in unlisted]
        return [
            Hypothesis(text, score - lead, *meanings[text])
            for text, score, lead in zip(unlisted, scores, leads, strict=True)
        ]

    def _transcripts(self, sound: NDArray[np.float32]) -> dict[str, _Transcript]:
        """Return the transcripts of a sound by their plain words, best first."""
        found: dict[str, _Transcript] = {}
        for tokens, score in transcribe(self._model, sound, self._beam):
            text = plain_words(self._model.tokenizer.decode(tokens))
            best = found.get(text, _Transcript(tokens, -np.inf))
            found[text] = _Transcript(best.tokens, _log_sum([best.score, score]))
        return found

    def _meaning(self, text: str) -> tuple[Phrase, float] | None:
        """Return a text as a phrase, and how certain that is; None if it has no meaning, or none that a phrase has."""
        if listed := self._book.by_text.get(text):
            return listed, 1.0
        meant = understand_transcript(text, self._understander)
        second = meant.next_command
        if meant.intent is None or (second and (second.minutes is not None or second.slot_value)):
            return None
        phrase = Phrase(text, meant.intent, meant.minutes, meant.slot_value, second.intent if second else None)
        return phrase, meant.certainty

    def _hints(self, transcripts: Mapping[str, _Transcript]) -> list[Hypothesis]:
        """Return the best transcript that hints at an intent."""
        for text, transcript in transcripts.items():
            if intent := hinted_intent(text, self._understander):
                (score,) = self._ratios([transcript])
                return [Hypothesis(text, score, Phrase(text, intent), is_hint=True)]
        return []

    def _ratios(self, transcripts: Sequence[_Transcript]) -> list[float]:
        """Return the log-likelihood ratio of each transcript; all its spellings have the background of the best."""
        background = self._background([one.tokens for one in transcripts])
        return [
            one.score - WEIGHT * max(FLOOR, behind)
            for one, behind in zip(transcripts, background.tolist(), strict=True)
        ]

    def _background(self, texts: Sequence[Tokens]) -> NDArray[np.float64]:
        """Return the mean log-probability of texts in sounds without speech, shape (texts,)."""
        by_sound = [_log_probabilities(self._model, sound, texts) for sound in self._silence]
        return np.asarray(np.logaddexp.reduce(by_sound) - np.log(len(by_sound)))


def _log_probabilities(model: SpeechModel, heard: Transcripts, texts: Sequence[Tokens]) -> NDArray[np.float64]:
    """Return the log-probability of each complete transcript of one sound, shape (texts,)."""
    longest = max(map(len, texts))
    padded = np.array([(*tokens, *[END] * (longest - len(tokens))) for tokens in texts])
    steps = model.extend(heard, np.zeros(len(texts), np.int64), padded).steps
    first = heard.log_probabilities[0]
    return np.array(
        [
            first[tokens[0]] + sum(float(steps[row, at, following]) for at, following in enumerate((*tokens[1:], END)))
            for row, tokens in enumerate(texts)
        ]
    )


def _log_sum(scores: Iterable[float]) -> float:
    """Return the logarithm of a sum of probabilities that are given as logarithms; minus infinity for none."""
    return float(np.logaddexp.reduce(list(scores), initial=-np.inf))
