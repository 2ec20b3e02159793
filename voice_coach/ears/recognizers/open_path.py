"""The open path: what no listed phrase explains is transcribed and understood as text.

A beam search over all tokens of the speech model finds the most probable transcripts of an utterance (an n-best list).
Where the best of them has no meaning, a second search finds the most probable sentences of the patterns for typed text.
Each transcript is understood by the rules for typed text, and one with a meaning is scored like a listed phrase: by how
much more probable it is than without speech (see `closed_grammar/calibration.py`). Free transcripts without a meaning
stand against those with one: their lead in probability is subtracted, because the person then probably said them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.closed_grammar.automaton import TokenAutomaton
from voice_coach.ears.closed_grammar.calibration import FLOOR, WEIGHT, noises
from voice_coach.ears.closed_grammar.decoder import Steps, allowed_steps
from voice_coach.ears.closed_grammar.grammar import Grammar
from voice_coach.ears.closed_grammar.speech_model import TOKENS_PER_SECOND
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE, Hypothesis
from voice_coach.language.intents import Intent
from voice_coach.language.normalization import plain_words, with_capital_i
from voice_coach.language.phrases import Phrase
from voice_coach.language.understanding import hinted_intent, rival_texts, understand_transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import SpeechModel
    from voice_coach.ears.closed_grammar.speech_model import TranscribingModel, Transcripts
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
    model: TranscribingModel,
    sound: NDArray[np.float32],
    beam: TranscriptBeam = TranscriptBeam(),
    sentences: TokenAutomaton | None = None,
) -> list[tuple[Tokens, float]]:
    """Return the most probable transcripts of a sound as tokens, each with its log-probability in nats, best first.

    Args:
        model: the speech model.
        sound: the sound, shape (samples,), -1...1, at SAMPLE_RATE.
        beam: the limits of the search.
        sentences: all that may have been said; None for any tokens.
    """
    transcripts = model.listen(sound)
    texts: list[Tokens] = [()]
    states, scores = np.zeros(1, np.int64), np.zeros(1)
    ended: list[tuple[Tokens, float]] = []
    best = -np.inf
    for _ in range(2 + round(TOKENS_PER_SECOND * len(sound) / SAMPLE_RATE)):
        reached = scores[:, np.newaxis] + transcripts.log_probabilities
        whole = [sentences is None or sentences.sentence_at(state) is not None for state in states.tolist()]
        ended += [(texts[row], float(reached[row, model.end])) for row in np.flatnonzero(whole)]
        best = max([best, *reached[whole, model.end].tolist()])
        reached[:, model.end] = -np.inf
        steps = _anything(reached, beam) if sentences is None else allowed_steps(sentences, states, reached)
        steps = _likely(steps, best, beam)
        if len(steps.scores) == 0:
            break
        transcripts = model.extend(transcripts, steps.parents, steps.tokens[:, np.newaxis])
        texts = [(*texts[row], token) for row, token in zip(steps.parents, steps.tokens.tolist(), strict=True)]
        states, scores = steps.targets, steps.scores
    near = [(tokens, score) for tokens, score in ended if score > best - beam.prune_margin and tokens]
    return sorted(near, key=lambda one: -one[1])


def _anything(reached: NDArray[np.float64], beam: TranscriptBeam) -> Steps:
    """Return the steps by all tokens that a beam may keep."""
    parents, tokens = np.nonzero(reached > reached.max() - beam.prune_margin)
    return Steps(parents, tokens, np.zeros(len(parents), np.int64), reached[parents, tokens])


def _likely(steps: Steps, best_ended: float, beam: TranscriptBeam) -> Steps:
    """Return the best steps within the beam, best first."""
    least = max(best_ended, float(steps.scores.max(initial=-np.inf))) - beam.prune_margin
    near = np.flatnonzero(steps.scores > least)
    kept = near[np.argsort(-steps.scores[near], kind="stable")[: beam.width]]
    return Steps(steps.parents[kept], steps.tokens[kept], steps.targets[kept], steps.scores[kept])


@dataclass(frozen=True, slots=True)
class _Transcript:
    """A text, or all texts of one meaning, that may have been said, in the most probable spelling."""

    tokens: Tokens
    score: float
    """Its log-probability given the sound, summed over its spellings or texts, in nats."""


_MOST_SCORED = 3
"""The most meanings of an utterance that are scored; the others are far less probable."""
_FAR = 4.0
"""Nats behind the best meaning at which another one is no rival, unless it has a number that the best one has lost."""
_SENTENCE_BEAM = TranscriptBeam(width=8, prune_margin=7.0)
_MOST_SENTENCES = 8
"""The most sentences whose meaning is looked for."""
_MOST_STATES = 20_000
"""States of the automaton of sentences, of a kilobyte each, at which it forgets them."""
_LEAD_OF_SENTENCE = 0.25
"""The share of a meaningless transcript's lead that is subtracted from a sentence that a phrase or a pattern explains;
chosen on the tuning half of the recordings. From what only the classifier understands all of it is subtracted."""


class OpenPath:
    """Finds commands that no phrase book lists in an utterance.

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
        self._last: tuple[NDArray[np.float32], list[tuple[Tokens, float]]] | None = None
        grammar = Grammar({"": understander.sentences}, _contractions(understander))
        self._sentences = TokenAutomaton(grammar, model.tokenizer, _spellings_of(grammar.words, understander))
        self._silence = listen_to_noise(model)

    def names_number(self, text: str) -> bool:
        """Return whether a listed phrase names a number, which a similar one that is not listed may have to replace."""
        return self._book.by_text[text].minutes is not None

    def hypotheses(self, sound: NDArray[np.float32]) -> list[Hypothesis]:
        """Return the sentences in a sound that are commands and no listed phrases; if there is none, a hint.

        Args:
            sound: a whole utterance, shape (samples,), -1...1, at SAMPLE_RATE.
        """
        transcripts = free = self._transcripts(self._free_transcripts(sound))
        meanings = self._meanings(free)
        hypotheses = [] if meanings else self._hints(free)
        meaningless = _log_sum(one.score for text, one in free.items() if text not in meanings)
        if next(iter(free), "") not in meanings:
            within = self._sentences_in(sound)
            meanings |= self._meanings(within.keys() - free.keys())
            transcripts = dict(sorted((within | free).items(), key=lambda one: -one[1].score))
        return hypotheses + self._scored(self._by_meaning(transcripts, meanings), meanings, meaningless)

    def _scored(
        self, groups: Mapping[str, _Transcript], meanings: Mapping[str, tuple[Phrase, float]], meaningless: float
    ) -> list[Hypothesis]:
        """Return the hypotheses that may matter for the decision, each with its score.

        Those below 0 nats and those far behind another do not, and a background costs four runs of the model.

        Args:
            groups: the transcripts of each meaning, best first.
            meanings: the meanings.
            meaningless: the log-probability of the free transcripts without a meaning.
        """
        hypotheses: list[Hypothesis] = []
        least = 0.0
        for text, group in groups.items():
            phrase, certainty = meanings[text]
            share = _LEAD_OF_SENTENCE if certainty == 1.0 else 1.0
            most = group.score - WEIGHT * FLOOR - share * max(0.0, meaningless - group.score)
            if most < least and phrase.minutes is None:
                continue
            score = most + WEIGHT * (FLOOR - self._background(group.tokens))
            hypotheses.append(Hypothesis(text, score, phrase, certainty))
            least = max(least, score - _FAR)
        return hypotheses

    def spot_silencer(self, sound: NDArray[np.float32]) -> Hypothesis | None:
        """Return the word for silence that an utterance most resembles, scored against its best transcript.

        The free transcript is the filler of a keyword spotter: J. Wilpon, L. Rabiner, C.-H. Lee and E. Goldman,
        "Automatic recognition of keywords in unconstrained speech using hidden Markov models", IEEE Trans. ASSP 38
        (1990).

        Args:
            sound: the utterance so far, shape (samples,), -1...1, at SAMPLE_RATE.
        """
        words = self._understander.silencers
        transcripts = self._free_transcripts(sound)
        if not words or not transcripts:
            return None
        scores = self._log_probabilities_of(sound, words)
        score, word = max(zip(scores, words, strict=True))
        return Hypothesis(word, score - transcripts[0][1], Phrase(word, Intent.PAUSE))

    def number_rivals(self, sound: NDArray[np.float32], best: Hypothesis) -> list[Hypothesis]:
        """Return the same command with other numbers that sound like its number, scored in comparison with it.

        A beam may lose "fourteen" behind "forty", and the listed phrases have their own background each; here all are
        compared directly.

        Args:
            sound: a whole utterance, shape (samples,), -1...1, at SAMPLE_RATE.
            best: the most probable hypothesis; the result is empty where it has no number that has a rival.
        """
        own, *rivals = rival_texts(best.text, self._understander) or [""]
        meanings = self._meanings(rivals)
        if not meanings:
            return []
        scores = self._log_probabilities_of(sound, [own, *meanings])
        return [
            Hypothesis(text, best.score + score - scores[0], *meaning)
            for (text, meaning), score in zip(meanings.items(), scores[1:], strict=True)
        ]

    def _log_probabilities_of(self, sound: NDArray[np.float32], texts: Sequence[str]) -> list[float]:
        """Return the log-probability of each text in its most probable spelling."""
        spelled = [self._tokens(spelling) for text in texts for spelling in _spellings(text)]
        scores = log_probabilities(self._model, self._model.listen(sound), spelled)
        return [float(best) for best in scores.reshape(len(texts), -1).max(axis=1)]

    def _tokens(self, text: str) -> Tokens:
        return tuple(token for word in text.split() for token in self._model.tokenizer.encode_word(word))

    def _by_meaning(
        self, transcripts: Mapping[str, _Transcript], meanings: Mapping[str, tuple[Phrase, float]]
    ) -> dict[str, _Transcript]:
        """Return the most probable meanings that no listed phrase has, each as its best text with the sum of them all.

        Args:
            transcripts: all transcripts by their texts, best first.
            meanings: the meanings of those that have one.
        """
        best: dict[Phrase, str] = {}
        groups: dict[str, _Transcript] = {}
        for text in transcripts:
            if text not in meanings or text in self._book.by_text:
                continue
            phrase, _certainty = meanings[text]
            first = best.setdefault(replace(phrase, text=""), text)
            other = groups.get(first, _Transcript(transcripts[text].tokens, -np.inf))
            groups[first] = _Transcript(other.tokens, _log_sum([other.score, transcripts[text].score]))
        return dict(list(groups.items())[:_MOST_SCORED])

    def _transcripts(self, found: Iterable[tuple[Tokens, float]]) -> dict[str, _Transcript]:
        """Return transcripts by their plain words, best first."""
        by_text: dict[str, _Transcript] = {}
        for tokens, score in found:
            text = plain_words(self._model.tokenizer.decode(tokens))
            best = by_text.get(text, _Transcript(tokens, -np.inf))
            by_text[text] = _Transcript(best.tokens, _log_sum([best.score, score]))
        return by_text

    def _meanings(self, texts: Iterable[str]) -> dict[str, tuple[Phrase, float]]:
        """Return the meanings of those texts that have one."""
        return {text: meaning for text in texts if (meaning := self._meaning(text))}

    def _free_transcripts(self, sound: NDArray[np.float32]) -> list[tuple[Tokens, float]]:
        """Return the transcripts of a sound by any tokens; the same array is transcribed once."""
        if self._last is None or self._last[0] is not sound:
            self._last = sound, transcribe(self._model, sound, self._beam)
        return self._last[1]

    def _sentences_in(self, sound: NDArray[np.float32]) -> dict[str, _Transcript]:
        """Return the sentences that phrases and patterns make and that a sound resembles most, best first."""
        if len(self._sentences) > _MOST_STATES:
            self._sentences.forget()
        found = self._transcripts(transcribe(self._model, sound, _SENTENCE_BEAM, self._sentences))
        return dict(list(found.items())[:_MOST_SENTENCES])

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
                score = transcript.score - WEIGHT * self._background(transcript.tokens)
                return [Hypothesis(text, score, Phrase(text, intent), is_hint=True)]
        return []

    def _background(self, tokens: Tokens) -> float:
        """Return the mean log-probability of a text in sounds without speech, FLOOR at least."""
        behind = [log_probabilities(self._model, sound, [tokens])[0] for sound in self._silence]
        return max(FLOOR, float(np.logaddexp.reduce(behind) - np.log(len(behind))))


def listen_to_noise(model: TranscribingModel) -> list[Transcripts]:
    """Let a model listen to the sounds without speech, the same ones each time."""
    sounds = noises(np.random.default_rng(7), round(_SILENCE_SECONDS * SAMPLE_RATE))
    return [model.listen(sound) for sound in sounds]


def log_probabilities(model: TranscribingModel, heard: Transcripts, texts: Sequence[Tokens]) -> NDArray[np.float64]:
    """Return the log-probability of each complete transcript of one sound, shape (texts,)."""
    longest = max(map(len, texts))
    padded = np.array([(*tokens, *[model.end] * (longest - len(tokens))) for tokens in texts])
    steps = model.extend(heard, np.zeros(len(texts), np.int64), padded).steps
    first = heard.log_probabilities[0]
    followed = [(*tokens[1:], model.end) for tokens in texts]
    return np.array(
        [
            first[tokens[0]] + sum(float(steps[row, at, token]) for at, token in enumerate(followed[row]))
            for row, tokens in enumerate(texts)
        ]
    )


def _contractions(understander: Understander) -> dict[tuple[str, str], str]:
    """Return the words with an apostrophe that stand for two others: "i'm" for "i" and "am"."""
    normal = {word: words.split() for word, words in understander.normaliser.spellings.items() if "'" in word}
    return {(words[0], words[1]): word for word, words in normal.items() if len(words) == 2}  # noqa: PLR2004


def _spellings_of(words: Iterable[str], understander: Understander) -> dict[str, tuple[str, ...]]:
    """Return other ways in which the speech model spells words: "I'm", "40"."""
    others = {word: written for word in words if (written := with_capital_i(word)) != word}
    others |= {word: str(minutes) for word, minutes in understander.numbers.items() if " " not in word}
    return {word: (spelling,) for word, spelling in others.items()}


def _spellings(text: str) -> tuple[str, ...]:
    """Return the ways in which the speech model may spell a text."""
    capitalized = text.capitalize()
    return text, capitalized, f"{capitalized}."


def _log_sum(scores: Iterable[float]) -> float:
    """Return the logarithm of a sum of probabilities that are given as logarithms; minus infinity for none."""
    return float(np.logaddexp.reduce(list(scores), initial=-np.inf))
