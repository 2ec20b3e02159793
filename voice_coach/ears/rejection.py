"""Accepts an utterance as a command, or rejects it with the reason. Pure, and every threshold stands here."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import ANSWERS, YES_OR_NO, Intent
from voice_coach.language.normalization import plain_words
from voice_coach.session.events import RejectionReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.ears.recognizers.recognizer import Hypothesis, NBest, UtteranceScores
    from voice_coach.language.phrases import Phrase, PhraseBook
    from voice_coach.session.commands import Listen


@dataclass(frozen=True, slots=True)
class Tuning:
    """For one person, microphone and bathroom."""

    sensitivity: float = 0.5
    """0...1: along the curve from few false commands to few missed ones."""
    gain: float = 0.0
    """dB by which the microphone's sound is raised before it is heard."""


DEFAULT = Tuning()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """In nats of log-likelihood ratio: how much more probable than silence a command must be."""

    command: float = 4.8
    """A command of two words or more."""
    single_word: float = 5.3
    """A command of one: many another word is like it."""
    early: float = 1.0
    """More is asked at a pause, before all evidence is in ..."""
    passing: float = 3.0
    """... and in the middle of a sound that goes on."""
    answer: float = 2.5
    """Yes and no, while a question is open: there is less to confuse them with."""
    over_speech: float = 3.0
    """More is asked while the coach itself is speaking ..."""
    over_own_speech: float = 1.5
    """... but only so much when the sound is unlike what it is saying."""
    own_voice: float = 0.6
    """So alike to what is played, it is the coach, whatever is understood. A person with other words reaches 0.56."""
    own_words: float = 0.45
    """And only so alike when it consists of words that the coach is saying."""
    agreement: float = 2.0
    """What a second recogniser adds that understood the same intent."""
    confident: float = 3.0
    """So far above its threshold, a command is certain."""
    margin: float = 0.7
    """So far the best meaning must be ahead of the next."""
    fastest: float = 0.02
    """Seconds a letter: nobody says a phrase in less. The shortest of 4,000 that were heard rightly took 0.0215."""
    borderline: float = 2.0
    """So little below its threshold, it is worth asking whether it was meant."""

    @classmethod
    def at(cls, sensitivity: float) -> Thresholds:
        """The thresholds at a point of the curve of misses against false commands.

        Args:
            sensitivity: 0 (few false commands) ... 1 (few misses); 0.5 is the working point that was measured.
        """
        shift = (0.5 - sensitivity) * _NATS_OF_SENSITIVITY
        usual = cls()
        return replace(
            usual, command=usual.command + shift, single_word=usual.single_word + shift, answer=usual.answer + shift
        )


_NATS_OF_SENSITIVITY = 6.0
_RARE_ANSWERS = ANSWERS - YES_OR_NO
THRESHOLDS = Thresholds()
MOST_SENSITIVE = 0.5
"""Up to this sensitivity other people's talk, as it was recorded, gave no false command; at 0.55 two in 25 minutes."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """This was said."""

    phrase: Phrase
    score: float
    """Nats of log-likelihood ratio; 0.0 from a recogniser without a scale."""
    recognizer: str
    is_confident: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing to obey."""

    reason: RejectionReason
    phrase: Phrase | None = None
    """The nearest."""
    score: float = -math.inf
    is_borderline: bool = False
    """Whether so little was missing that the person may be asked."""
    other: Phrase | None = None
    """What was about as likely (AMBIGUOUS)."""

    @property
    def text(self) -> str:
        """The wording of the nearest phrase, or empty."""
        return self.phrase.text if self.phrase else ""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The person may be in the middle of a longer phrase that means something else: ask again when it has ended."""

    accepted: Accepted


Decision = Accepted | Rejected | Incomplete


def decide(evidence: UtteranceScores, book: PhraseBook, thresholds: Thresholds = THRESHOLDS) -> Decision:
    """Weigh all the evidence about one utterance.

    Args:
        evidence: what is known about it.
        book: the phrases and their intents.
        thresholds: how sure to be.
    """
    n_bests = evidence.n_bests
    ranked = _by_meaning(n_bests[0].hypotheses, book, evidence.listen) if n_bests else []
    if not ranked:
        return Rejected(RejectionReason.NOTHING_HEARD)
    phrase, score = ranked[0]
    agreeing = sum(_agrees(other, phrase.intent, book) for other in n_bests[1:])
    score += thresholds.agreement * agreeing
    if _may_be_own_voice(phrase, evidence, thresholds):
        return Rejected(RejectionReason.OWN_WORDS, phrase, score)
    needed = _needed(phrase, evidence, thresholds) if n_bests[0].has_scale else score
    reason = _reason_against(phrase, evidence)
    is_long_enough = evidence.seconds >= thresholds.fastest * len(phrase.text.replace(" ", ""))
    is_near = reason is None and is_long_enough and score >= needed - thresholds.borderline
    if score < needed or not is_long_enough:
        return Rejected(RejectionReason.UNCLEAR, phrase, score, is_near)
    if reason is not None:
        return Rejected(reason, phrase, score)
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < thresholds.margin:
        first, second = _most_urgent_first(ranked[0][0], ranked[1][0])
        return Rejected(RejectionReason.AMBIGUOUS, first, score, is_near, second)
    accepted = Accepted(phrase, score, n_bests[0].recognizer, score >= needed + thresholds.confident)
    return Incomplete(accepted) if not evidence.is_final and _may_go_on(phrase, book) else accepted


def _by_meaning(candidates: Sequence[Hypothesis], book: PhraseBook, listen: Listen) -> list[tuple[Phrase, float]]:
    """The best phrase of each meaning with the summed probability of its wordings, best first.

    An answer to a question that is rarely asked ("ten minutes") is so like a command ("ten more minutes") that it
    takes part only while it is asked.
    """
    unasked = _RARE_ANSWERS - listen.intents
    best: dict[tuple[Intent, int | None, str, Intent | None], tuple[Phrase, float]] = {}
    for candidate in sorted(candidates, key=lambda one: -one.score):
        phrase = book.by_text[candidate.text]
        if phrase.intent in unasked:
            continue
        meaning = phrase.intent, phrase.minutes, phrase.slot_value, phrase.next_command
        first, total = best.get(meaning, (phrase, -math.inf))
        best[meaning] = (first, _log_add(total, candidate.score))
    return sorted(best.values(), key=lambda pair: -pair[1])


def _agrees(n_best: NBest, intent: Intent, book: PhraseBook) -> bool:
    return any(book.by_text[one.text].intent is intent for one in n_best.hypotheses[:1] if one.text in book.by_text)


def _reason_against(phrase: Phrase, evidence: UtteranceScores) -> RejectionReason | None:
    listen = evidence.listen
    if phrase.intent not in listen.intents:
        return RejectionReason.NOT_NOW
    if phrase.word_count < listen.shortest_words:
        return RejectionReason.TOO_SHORT
    return None


def _may_be_own_voice(phrase: Phrase, evidence: UtteranceScores, thresholds: Thresholds) -> bool:
    """Whether it sounds like what the coach is saying, or a little like it and consists of words it is saying."""
    echo, speaking = evidence.echo, evidence.listen.speaking
    if echo is not None and echo >= thresholds.own_voice:
        return True
    return _may_be_own_words(phrase, speaking) and (echo is None or echo >= thresholds.own_words)


def _may_be_own_words(phrase: Phrase, speaking: str) -> bool:
    own = plain_words(speaking).split()
    return all(any(_is_in(word, other) for other in own) for word in phrase.text.split())


def _is_in(word: str, other: str) -> bool:
    """Whether it is that word; scripts without capitals, such as Korean's, write particles behind it ("다음은")."""
    return word == other or (len(word) > 1 and not word.islower() and other.startswith(word))


def _most_urgent_first(one: Phrase, other: Phrase) -> tuple[Phrase, Phrase]:
    return (other, one) if other.intent.spec.is_urgent else (one, other)


def _needed(phrase: Phrase, evidence: UtteranceScores, thresholds: Thresholds) -> float:
    if phrase.intent in YES_OR_NO:
        needed = thresholds.answer
    else:
        needed = thresholds.single_word if phrase.word_count == 1 else thresholds.command
    if evidence.is_window:
        needed += thresholds.passing
    elif not evidence.is_final:
        needed += thresholds.early
    if not evidence.listen.speaking:
        return needed
    is_unlike = evidence.echo is not None and evidence.echo < thresholds.own_words
    return needed + (thresholds.over_own_speech if is_unlike else thresholds.over_speech)


def _may_go_on(phrase: Phrase, book: PhraseBook) -> bool:
    beginning = phrase.text + " "
    return any(other.text.startswith(beginning) and other.intent is not phrase.intent for other in book.phrases)


def _log_add(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return high + math.log1p(math.exp(low - high)) if low > -math.inf else high
