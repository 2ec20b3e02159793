"""The decision whether an utterance is accepted as a command or rejected, and every threshold for it.

All functions are pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import ANSWERS, SILENCING, YES_OR_NO, Intent
from voice_coach.language.normalization import plain_words
from voice_coach.session.events import RejectionReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from voice_coach.ears.recognizers.recognizer import Hypothesis, NBest, UtteranceScores
    from voice_coach.language.phrases import Phrase, PhraseBook
    from voice_coach.session.commands import Listen


@dataclass(frozen=True, slots=True)
class Tuning:
    """The settings of the ears for one person, microphone and bathroom."""

    sensitivity: float = 0.5
    """A number from 0 (few false commands) to 1 (few missed commands)."""
    gain: float = 0.0
    """Decibels by which the microphone's sound is amplified before recognition."""
    nearness: float = 0.5
    """A number from 0 (the person may be anywhere) to 1 (a voice must be about as loud as the person's usually is)."""


DEFAULT = Tuning()
"""The tuning of a person who has not tuned the ears."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The limits of a decision. Scores are in nats: how much more probable than silence a phrase must be."""

    command: float = 4.8
    """Nats that a command of two words or more must have."""
    unlisted: float = 9.5
    """Nats that a command must have that the phrase book does not list, but the open path understands."""
    guess: float = 2.0
    """Nats subtracted from a meaning that only the intent classifier finds."""
    short: float = 1.5
    """Nats added for such a sentence of two or three words, except of pain: single words, misheard, are like these."""
    doubt: float = 6.0
    """Nats subtracted for each factor e by which a meaning is uncertain."""
    single_word: float = 5.3
    """Nats that a command of one word must have; it is more easily confused with other words."""
    learned_word: float = 0.0
    """Nats added to the threshold that the phrase book has for this word alone."""
    early: float = 3.5
    """Nats added at a pause, where the utterance may not have ended yet: "what is this step" may go on otherwise."""
    following: float = 3.0
    """Nats added for what follows so soon on speech that was no command that it may be the rest of a sentence."""
    passing: float = 4.0
    """Nats added for a window of a sound that goes on without a pause."""
    answer: float = 2.5
    """Nats that a yes or no must have; they are taken only after a question, when few other phrases are expected."""
    over_speech: float = 3.0
    """Nats added while the coach is speaking."""
    over_own_speech: float = 1.5
    """Nats added instead while the coach is speaking, when the sound is known to be unlike its speech."""
    silencing: float = 3.5
    """Nats that a command for silence ("stop", "quiet") must have then. The coach's own speech had 3.1 at most, and to
    break off for nothing costs little.
    """
    hushing: float = 0.5
    """Nats from which one that is not clear enough to be obeyed breaks the speech off, if it is another voice."""
    silencer: float = -6.0
    """Nats by which a word for silence may be less probable than what was transcribed, and still break it off.

    Of 91 utterances of other people's talk and single words, one had -4.3, and four -6 or more.
    """
    own_voice: float = 0.6
    """Echo probability, 0 to 1, from which any utterance is the coach's own voice.

    In recordings a person who said other words than the coach reached 0.56 at most.
    """
    own_words: float = 0.45
    """Echo probability from which an utterance of words that the coach is saying is the coach's own voice."""
    agreement: float = 2.0
    """Nats added for each further recogniser that understood the same intent."""
    confident: float = 3.0
    """Nats above its threshold from which a command is confident."""
    margin: float = 0.7
    """Nats by which the best meaning must exceed the second; otherwise the utterance is ambiguous."""
    listed_margin: float = 8.0
    """Nats by which a sentence that is not listed must exceed a listed phrase of another intent.

    "One before me", with 12 nats, was "one more minute", which had 7.
    """
    number_margin: float = 2.0
    """Nats by which it must do so when the two differ in the number of minutes alone ("fourteen", "forty")."""
    fastest: float = 0.02
    """Seconds that each letter of a phrase must take; the fastest of 4,000 correctly recognised phrases took 0.0215."""
    fastest_at_pause: float = 0.034
    """Seconds that each letter must take at a pause, where "skip" is the beginning of more than "skip this step".

    Of 1,570 right commands ten were said faster, and are taken at the end; of eight beginnings all were.
    """
    borderline: float = 2.0
    """Nats below its threshold within which a command is borderline: the coach may ask whether it was meant."""
    softer: float = 0.25
    """Nats added for each decibel by which a voice is softer than the person's: it may come from another room."""
    softer_from: float = 6.0
    """Decibels by which the person's own voice may be softer than it was; only what is beyond them counts."""
    softer_most: float = 3.0
    """The most nats that are added for a soft voice, so that a clear command is obeyed from anywhere."""

    @classmethod
    def of(cls, tuning: Tuning) -> Thresholds:
        """Return the thresholds for a person's settings."""
        usual, share = cls.at(tuning.sensitivity), 2 * tuning.nearness
        return replace(usual, softer=usual.softer * share, softer_most=usual.softer_most * share)

    @classmethod
    def at(cls, sensitivity: float) -> Thresholds:
        """Return the thresholds for a sensitivity.

        Args:
            sensitivity: from 0 (few false commands) to 1 (few missed commands); 0.5 gives the default thresholds.
        """
        shift = (0.5 - sensitivity) * _NATS_OF_SENSITIVITY
        usual = cls()
        return replace(usual, **{name: getattr(usual, name) + shift for name in _SHIFTED})


_SHIFTED = ("command", "unlisted", "single_word", "learned_word", "answer")
"""The thresholds that the sensitivity shifts."""
_NATS_OF_SENSITIVITY = 6.0
"""Nats by which the thresholds fall from sensitivity 0 to 1."""
_MANY_WORDS, _MISHEARD_SHARE = 4, 0.25
"""The words from which a sentence of the coach may be misheard, and the share of them that may be: "when you are ready
to say start the mask" was "When you are ready, say: start the mask."."""
_FEW_WORDS = 3
_RARE_ANSWERS = ANSWERS - YES_OR_NO
THRESHOLDS = Thresholds()
"""The thresholds at the default sensitivity."""
MOST_SENSITIVE = 0.5
"""The highest sensitivity at which 25 minutes of other people's talk gave no false command; 0.55 gave two."""
OWN_SENTENCE = 2.0
"""Nats that a sentence of a person's own file must have (`sentence_of`), by the background of `StepCalibration`.

It lies in the middle between what synthetic voices had, 7.1 at least in 73 sentences, and what a sentence of two words
or more had at most in 241 utterances of other people's talk, -3.0. Sentences of one word had 1.1 at most, in these and
in 141 single words. It was chosen by those alone, and then tried on commands of a real person. It is lower than
`Thresholds.command`, which has another background; and a satellite is only heard after its wake word.
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The decision that an utterance is a command."""

    phrase: Phrase
    score: float
    """Nats by which the phrase is more probable than silence; 0.0 from a recogniser without a scale."""
    recognizer: str
    is_confident: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """The decision that an utterance is not a command that may be taken."""

    reason: RejectionReason
    phrase: Phrase | None = None
    """The most probable phrase; None when nothing was understood or the utterance was too long."""
    score: float = -math.inf
    is_borderline: bool = False
    """Whether the score was so near its threshold that the coach may ask whether the phrase was meant."""
    other: Phrase | None = None
    """The phrase that was about as probable; None unless the reason is AMBIGUOUS."""

    @property
    def text(self) -> str:
        """The text of the most probable phrase; empty when there is none."""
        return self.phrase.text if self.phrase else ""

    @property
    def is_hush(self) -> bool:
        """Whether it is borderline and tells the coach to be silent: too little to obey, enough to break off speech."""
        return self.is_borderline and self.phrase is not None and self.phrase.intent in SILENCING


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The decision to wait for the end of an utterance, as its words also begin a longer phrase with another intent."""

    accepted: Accepted


Decision = Accepted | Rejected | Incomplete
"""The result of `decide` on one utterance."""


def decide(scores: UtteranceScores, book: PhraseBook, thresholds: Thresholds = THRESHOLDS) -> Decision:
    """Decide whether an utterance is a command, from everything that is known about it.

    While the coach speaks, a command for silence is also looked for among less probable phrases: "hold on", under the
    coach's own voice, may well be written "so done". One that is not clear enough is borderline: it only breaks the
    speech off.

    Args:
        scores: the scores of the utterance.
        book: the phrases and their intents.
        thresholds: the limits of the decision.
    """
    n_bests = scores.n_bests
    ranked = _by_meaning(n_bests[0].hypotheses, book, scores.listen, thresholds) if n_bests else []
    decision = _decide(ranked, scores, book, thresholds) if ranked else Rejected(RejectionReason.NOTHING_HEARD)
    if isinstance(decision, Rejected) and _is_over_own_speech(scores):
        return _silence(ranked, scores, book, thresholds) or _spotted(scores, thresholds) or decision
    return decision


def may_be_silencer(decision: Decision, scores: UtteranceScores, thresholds: Thresholds = THRESHOLDS) -> bool:
    """Return whether it is worth looking for a word for silence: another voice said something over the coach's speech.

    Args:
        decision: what was decided without having looked.
        scores: the scores of the utterance.
        thresholds: the limits of the decision.
    """
    return isinstance(decision, Rejected) and not decision.is_hush and _is_another_voice(scores, thresholds)


def _spotted(scores: UtteranceScores, thresholds: Thresholds) -> Rejected | None:
    """Return the decision that there may be a word for silence in what another voice said; None if there is none."""
    found = scores.silencer
    if found is None or found.score < thresholds.silencer or not _is_another_voice(scores, thresholds):
        return None
    return Rejected(RejectionReason.UNCLEAR, found.phrase, found.score, is_borderline=True)


def _silence(
    ranked: Sequence[tuple[Phrase, float]], scores: UtteranceScores, book: PhraseBook, thresholds: Thresholds
) -> Decision | None:
    """Return the decision for the most probable command for silence; None if it is not even borderline."""
    silencing = [(phrase, score) for phrase, score in ranked if phrase.intent in SILENCING]
    decision = _decide(silencing[:1], scores, book, thresholds) if silencing else None
    return None if isinstance(decision, Rejected) and not decision.is_borderline else decision


def _decide(
    ranked: Sequence[tuple[Phrase, float]], scores: UtteranceScores, book: PhraseBook, thresholds: Thresholds
) -> Decision:
    """Decide between phrases with their scores, the best first."""
    n_bests = scores.n_bests
    phrase, score = ranked[0]
    agreeing = sum(_agrees(other, phrase.intent, book) for other in n_bests[1:])
    score += thresholds.agreement * agreeing
    if _may_be_own_voice(phrase, scores, thresholds):
        return Rejected(RejectionReason.OWN_WORDS, phrase, score)
    needed = _needed(phrase, scores, book, thresholds) if n_bests[0].has_scale else score
    reason = _reason_against(phrase, scores)
    fastest = thresholds.fastest_at_pause if scores.is_at_pause else thresholds.fastest
    is_long_enough = scores.seconds >= fastest * len(phrase.text.replace(" ", ""))
    borderline = needed - thresholds.borderline
    if phrase.intent in SILENCING and _is_another_voice(scores, thresholds):
        borderline = min(borderline, thresholds.hushing)
    is_borderline = reason is None and is_long_enough and score >= borderline
    is_hint = any(one.is_hint and one.text == phrase.text for one in n_bests[0].hypotheses)
    if score < needed or not is_long_enough or is_hint:
        return Rejected(RejectionReason.UNCLEAR, phrase, score, is_borderline)
    if reason is not None:
        return Rejected(reason, phrase, score)
    rival = _rival(ranked, book, thresholds)
    if rival is not None:
        first, second = _most_urgent_first(phrase, rival)
        return Rejected(RejectionReason.AMBIGUOUS, first, score, is_borderline, second)
    needed_at_end = needed - thresholds.early if scores.is_at_pause else needed
    accepted = Accepted(phrase, score, n_bests[0].recognizer, score >= needed_at_end + thresholds.confident)
    return Incomplete(accepted) if not scores.is_final and _may_go_on(phrase, book) else accepted


def first_accepted(
    utterance: Iterable[UtteranceScores], book: PhraseBook, thresholds: Thresholds = THRESHOLDS
) -> Phrase | None:
    """Decide again on the scores of an utterance, at its pauses and at its end, and return the first phrase accepted.

    Args:
        utterance: the scores in their order.
        book: the phrases and their intents.
        thresholds: the thresholds to decide by.
    """
    decisions = (decide(scores, book, thresholds) for scores in utterance)
    return next((one.phrase for one in decisions if isinstance(one, Accepted)), None)


def sentence_of(scores: Mapping[str, float]) -> str:
    """Return the sentence of a person's own file that was said; "" if none is clear, or two are about as probable.

    Args:
        scores: the score of each sentence found, in nats.
    """
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    if not ranked or ranked[0][1] < OWN_SENTENCE:
        return ""
    is_clear = len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= THRESHOLDS.margin
    return ranked[0][0] if is_clear else ""


def _by_meaning(
    candidates: Sequence[Hypothesis], book: PhraseBook, listen: Listen, thresholds: Thresholds
) -> list[tuple[Phrase, float]]:
    """Return the most probable phrase of each meaning with the summed probability of its wordings, best first.

    An answer that is rarely expected ("ten minutes") sounds so much like a command ("ten more minutes") that it is
    left out unless the coach has asked for it.
    """
    unasked = _RARE_ANSWERS - listen.intents
    best: dict[tuple[Intent, int | None, str, Intent | None], tuple[Phrase, float]] = {}
    for candidate in sorted(candidates, key=lambda one: -one.score):
        phrase = candidate.phrase or book.by_text[candidate.text]
        if phrase.intent in unasked:
            continue
        meaning = phrase.intent, phrase.minutes, phrase.slot_value, phrase.next_command
        first, total = best.get(meaning, (phrase, -math.inf))
        score = candidate.score
        if candidate.certainty < 1.0:
            score += thresholds.doubt * math.log(candidate.certainty) - thresholds.guess
        best[meaning] = (first, _log_add(total, score))
    return sorted(best.values(), key=lambda pair: -pair[1])


def _rival(ranked: Sequence[tuple[Phrase, float]], book: PhraseBook, thresholds: Thresholds) -> Phrase | None:
    """Return the phrase that may have been said as well as the best one; None if there is none."""
    (best, score), *others = ranked
    for other, others_score in others:
        is_number_apart = other.intent is best.intent and other.minutes is not None
        margin = thresholds.margin
        if is_number_apart and best.minutes is not None:
            margin = thresholds.number_margin
        elif is_number_apart and best.text not in book.by_text:  # its number may be what the transcript has lost
            margin = score - thresholds.command
        elif other.intent is not best.intent and other.text in book.by_text and best.text not in book.by_text:
            margin = thresholds.listed_margin
        if score - others_score < margin:
            return other
    return None


def _agrees(n_best: NBest, intent: Intent, book: PhraseBook) -> bool:
    return any(book.by_text[one.text].intent is intent for one in n_best.hypotheses[:1] if one.text in book.by_text)


def _reason_against(phrase: Phrase, scores: UtteranceScores) -> RejectionReason | None:
    listen = scores.listen
    if phrase.intent not in listen.intents:
        return RejectionReason.NOT_NOW
    is_silencing = phrase.intent in SILENCING and bool(listen.speaking)
    if phrase.word_count < listen.shortest_words and not is_silencing:
        return RejectionReason.TOO_SHORT
    return None


def _may_be_own_voice(phrase: Phrase, scores: UtteranceScores, thresholds: Thresholds) -> bool:
    """Return whether an utterance sounds like the coach's speech, or somewhat like it and has only words of it."""
    echo, speaking = scores.echo, scores.listen.speaking
    if echo is not None and echo >= thresholds.own_voice:
        return True
    return _may_be_own_words(phrase, speaking) and (echo is None or echo >= thresholds.own_words)


def _may_be_own_words(phrase: Phrase, speaking: str) -> bool:
    """Return whether the coach is saying all words of a phrase, or most of them if they are many and some misheard."""
    own, words = plain_words(speaking).split(), phrase.text.split()
    theirs = sum(not any(_is_in(word, other) for other in own) for word in words)
    return theirs <= (_MISHEARD_SHARE * len(words) if len(words) >= _MANY_WORDS else 0)


def _is_in(word: str, other: str) -> bool:
    """Return whether `other` is the word, or the word with a particle written to it, as in Korean ("다음은")."""
    return word == other or (len(word) > 1 and not word.islower() and other.startswith(word))


def _most_urgent_first(one: Phrase, other: Phrase) -> tuple[Phrase, Phrase]:
    return (other, one) if other.intent.spec.is_urgent else (one, other)


def _needed(phrase: Phrase, scores: UtteranceScores, book: PhraseBook, thresholds: Thresholds) -> float:
    needed = _needed_over_speech(phrase, scores, book, thresholds) + _needed_of_soft_voice(scores, thresholds)
    if scores.follows_speech and not phrase.intent.spec.is_urgent and phrase.intent not in YES_OR_NO:
        needed += thresholds.following
    return needed + needed_before_end(scores, thresholds)


def needed_before_end(scores: UtteranceScores, thresholds: Thresholds = THRESHOLDS) -> float:
    """Return the nats that a command needs besides where the utterance may not have ended: at a pause, in a window."""
    if scores.is_window:
        return thresholds.passing
    return thresholds.early if scores.is_at_pause else 0.0


def _needed_of_soft_voice(scores: UtteranceScores, thresholds: Thresholds) -> float:
    """Return the nats that a voice needs besides if it is softer than the person's; none while that is unknown."""
    if scores.usual_level is None:
        return 0.0
    softer = scores.usual_level - thresholds.softer_from - scores.level
    return min(thresholds.softer_most, thresholds.softer * max(0.0, softer))


def _needed_over_speech(phrase: Phrase, scores: UtteranceScores, book: PhraseBook, thresholds: Thresholds) -> float:
    in_quiet = _needed_in_quiet(phrase, book, thresholds)
    if not scores.listen.speaking:
        return in_quiet
    if phrase.intent in SILENCING and phrase.intent is not Intent.QUIT and _is_over_own_speech(scores):
        return min(in_quiet, thresholds.silencing)
    is_other = _is_another_voice(scores, thresholds)
    return in_quiet + (thresholds.over_own_speech if is_other else thresholds.over_speech)


def _is_another_voice(scores: UtteranceScores, thresholds: Thresholds) -> bool:
    """Return whether somebody else has said something while the coach speaks."""
    return bool(scores.listen.speaking) and scores.echo is not None and scores.echo < thresholds.own_words


def _is_over_own_speech(scores: UtteranceScores) -> bool:
    """Return whether the coach speaks and it is known how like its speech the utterance is."""
    return bool(scores.listen.speaking) and scores.echo is not None


def _needed_in_quiet(phrase: Phrase, book: PhraseBook, thresholds: Thresholds) -> float:
    learned = book.word_thresholds.get(_only_word(phrase.text))
    if phrase.intent in YES_OR_NO and phrase.text in book.by_text:
        return thresholds.answer
    if learned is not None:
        return learned + thresholds.learned_word
    if phrase.text in book.by_text:
        return thresholds.single_word if phrase.word_count == 1 else thresholds.command
    is_short = 1 < phrase.word_count <= _FEW_WORDS and not phrase.intent.spec.is_urgent
    return thresholds.unlisted + (thresholds.short if is_short else 0.0)


def _only_word(text: str) -> str:
    """Return the word of a text that has no other, however often it stands there: "done done"; else an empty string."""
    first, *others = set(text.split())
    return "" if others else first


def _may_go_on(phrase: Phrase, book: PhraseBook) -> bool:
    """Return whether the words may be the beginning of another command: another number, or a longer phrase."""
    if phrase.minutes is not None:
        return True
    beginning = phrase.text + " "
    return any(other.text.startswith(beginning) and other.intent is not phrase.intent for other in book.phrases)


def _log_add(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return high + math.log1p(math.exp(low - high)) if low > -math.inf else high
