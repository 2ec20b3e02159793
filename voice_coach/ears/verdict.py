"""From evidence to a command, or to the reason for none. Pure; every threshold of the ears stands here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.core.events import Refusal
from voice_coach.core.intents import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.core.commands import Listen
    from voice_coach.core.intents import Intent
    from voice_coach.core.phrases import Phrase, PhraseBook
    from voice_coach.ears.evidence import Candidate, Testimony


@dataclass(frozen=True, slots=True)
class Thresholds:
    """In nats of log-likelihood ratio: how much more probable than silence a command must be."""

    command: float = 5.3
    """A command of one or two words."""
    long_command: float = 7.0
    """One of three words or more: speech that is no command falls on these most often, and they score far above it."""
    answer: float = 2.5
    """Yes and no, while a question is open: there is less to confuse them with."""
    over_speech: float = 3.0
    """More is asked while the coach itself is speaking."""
    agreement: float = 2.0
    """What a second witness adds that understood the same intent."""
    certain: float = 3.0
    """So far above its threshold, a command is certain."""
    margin: float = 0.7
    """So far the best meaning must be ahead of the next."""


THRESHOLDS = Thresholds()
_LONG_WORDS = 3


@dataclass(frozen=True, slots=True)
class Accepted:
    """This was said."""

    phrase: Phrase
    score: float
    """Nats of log-likelihood ratio; 0.0 from a witness without a scale."""
    witness: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing to obey."""

    reason: Refusal
    text: str = ""
    """The nearest phrase."""
    score: float = -math.inf


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The person may be in the middle of a longer phrase that means something else: ask again when it has ended."""

    accepted: Accepted


Verdict = Accepted | Refused | Unfinished


def decide(
    testimonies: Sequence[Testimony],
    book: PhraseBook,
    listen: Listen,
    *,
    is_final: bool,
    thresholds: Thresholds = THRESHOLDS,
) -> Verdict:
    """Weigh all the evidence about one utterance.

    Args:
        testimonies: of all witnesses; the first is believed, others only add to what it says.
        book: the phrases and their intents.
        listen: what may be taken now.
        is_final: whether the utterance has certainly ended.
        thresholds: how sure to be.
    """
    ranked = _by_meaning(testimonies[0].candidates, book) if testimonies else []
    if not ranked:
        return Refused(Refusal.NOTHING_HEARD)
    phrase, score = ranked[0]
    agreeing = sum(_agrees(other, phrase.intent, book) for other in testimonies[1:])
    score += thresholds.agreement * agreeing
    reason = _reason_against(phrase, listen)
    if reason is not None:
        return Refused(reason, phrase.text, score)
    needed = _needed(phrase, listen, thresholds) if testimonies[0].has_scale else score
    if score < needed:
        return Refused(Refusal.UNCLEAR, phrase.text, score)
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < thresholds.margin:
        return Refused(Refusal.AMBIGUOUS, phrase.text, score)
    accepted = Accepted(phrase, score, testimonies[0].witness, score >= needed + thresholds.certain)
    return Unfinished(accepted) if not is_final and _may_go_on(phrase, book) else accepted


def _by_meaning(candidates: Sequence[Candidate], book: PhraseBook) -> list[tuple[Phrase, float]]:
    """The best phrase of each meaning with the summed probability of its wordings, best first."""
    best: dict[tuple[Intent, int | None], tuple[Phrase, float]] = {}
    for candidate in sorted(candidates, key=lambda one: -one.score):
        phrase = book.by_text[candidate.text]
        meaning = phrase.intent, phrase.minutes
        first, total = best.get(meaning, (phrase, -math.inf))
        best[meaning] = (first, _log_add(total, candidate.score))
    return sorted(best.values(), key=lambda pair: -pair[1])


def _agrees(testimony: Testimony, intent: Intent, book: PhraseBook) -> bool:
    return any(book.by_text[one.text].intent is intent for one in testimony.candidates[:1] if one.text in book.by_text)


def _reason_against(phrase: Phrase, listen: Listen) -> Refusal | None:
    if phrase.intent not in listen.intents:
        return Refusal.NOT_NOW
    if phrase.word_count < listen.shortest_words:
        return Refusal.TOO_SHORT
    if listen.speaking and _may_be_own_words(phrase, listen.speaking):
        return Refusal.OWN_WORDS
    return None


def _may_be_own_words(phrase: Phrase, speaking: str) -> bool:
    own = {word.strip('.,;:!?"()').lower() for word in speaking.split()}
    return all(word in own for word in phrase.text.split())


def _needed(phrase: Phrase, listen: Listen, thresholds: Thresholds) -> float:
    if phrase.intent in ANSWERS:
        needed = thresholds.answer
    elif phrase.word_count >= _LONG_WORDS:
        needed = thresholds.long_command
    else:
        needed = thresholds.command
    return needed + (thresholds.over_speech if listen.speaking else 0.0)


def _may_go_on(phrase: Phrase, book: PhraseBook) -> bool:
    beginning = phrase.text + " "
    return any(other.text.startswith(beginning) and other.intent is not phrase.intent for other in book.phrases)


def _log_add(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return high + math.log1p(math.exp(low - high)) if low > -math.inf else high
