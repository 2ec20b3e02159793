"""From what a person said to the settings of the ears. Pure: evidence in, a proposal out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.ears.rejection import MOST_SENSITIVE, Accepted, Thresholds, Tuning, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_coach.ears.recognizers.recognizer import UtteranceScores
    from voice_coach.language.phrases import Phrase, PhraseBook

_SENSITIVITIES = tuple(round(0.05 * step, 2) for step in range(21))
_STRICTEST = -4.0
"""Sensitivity, far outside the scale: by then hardly any phrase is certain enough."""
_STEP = 0.05
_FEWEST_WORDS = 2
"""Of a favourite: a single word does not wake the coach."""
_USUAL_LEVEL = -26.0
"""dBFS of a voice half a metre from a microphone that is set well; at this level the ears were measured."""
_HIGHEST_PEAK = -1.0
"""dBFS."""
_MOST_GAIN = 20.0
"""dB: so far other people's talk and noise were heard with no more false commands. None is below 0: a softer sound is
understood no better, and in it noise was taken for commands."""
_NEAR_ENOUGH = 3.0
"""dB that are not worth a change."""


class Manner(Enum):
    """How something was said."""

    NORMAL = "normal"
    STIFF = "stiff"
    """Without moving the lips, as under a mask of clay."""


class ClipOutcome(Enum):
    """What became of something that was said."""

    UNDERSTOOD = "understood"
    MISSED = "missed"
    WRONG = "wrong"
    """Another command was taken, or one more."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One thing that the person said."""

    name: str
    """Of its file."""
    phrase: Phrase
    manner: Manner


@dataclass(frozen=True, slots=True)
class HeardClip:
    """What the ears know of a clip, so that it can be decided again."""

    clip: Clip
    utterances: tuple[tuple[UtteranceScores, ...], ...]
    """Of each sound in it: the evidence at its pauses and at its end."""

    def taken(self, book: PhraseBook, sensitivity: float) -> tuple[Phrase, ...]:
        """The commands that are taken at a sensitivity."""
        thresholds = Thresholds.at(sensitivity)
        firsts = (_first_accepted(utterance, book, thresholds) for utterance in self.utterances)
        return tuple(phrase for phrase in firsts if phrase is not None)

    def outcome(self, book: PhraseBook, sensitivity: float) -> ClipOutcome:
        """Whether that is what was said."""
        return self.outcome_of(self.taken(book, sensitivity))

    def outcome_of(self, taken: Sequence[Phrase]) -> ClipOutcome:
        """Whether commands that were taken are what was said."""
        if not taken:
            return ClipOutcome.MISSED
        said = self.clip.phrase
        is_right = all(
            (phrase.intent, phrase.minutes, phrase.slot_value) == (said.intent, said.minutes, said.slot_value)
            for phrase in taken
        )
        return ClipOutcome.UNDERSTOOD if is_right else ClipOutcome.WRONG

    def strictest(self, book: PhraseBook) -> float:
        """The lowest sensitivity at which it is still understood; infinite when it is not at the highest allowed."""
        sensitivity, found = MOST_SENSITIVE, float("inf")
        while sensitivity >= _STRICTEST and self.outcome(book, sensitivity) is ClipOutcome.UNDERSTOOD:
            sensitivity, found = sensitivity - _STEP, sensitivity
        return found


def count(heard: Sequence[HeardClip], book: PhraseBook, sensitivity: float) -> Counter[ClipOutcome]:
    """How many clips came to which outcome."""
    return Counter(one.outcome(book, sensitivity) for one in heard)


def is_worse(after: Counter[ClipOutcome], before: Counter[ClipOutcome]) -> bool:
    """Whether fewer clips are understood, or more taken for something else."""
    return (
        after[ClipOutcome.UNDERSTOOD] < before[ClipOutcome.UNDERSTOOD]
        or after[ClipOutcome.WRONG] > before[ClipOutcome.WRONG]
    )


def propose(by_gain: Mapping[float, Sequence[HeardClip]], book: PhraseBook, today: Tuning) -> Tuning:
    """The settings with which most is understood.

    No more is taken for something else than with today's settings, and the sensitivity is at most MOST_SENSITIVE, up to
    which other people's talk gives no more false commands than allowed, unless today's is higher and only that
    understands as much. Of equals the nearest to today's wins, so without need nothing changes.

    Args:
        by_gain: the clips as heard with each gain in dB; today's must be among them.
        book: the phrases.
        today: how the ears are set.
    """
    before = count(by_gain[today.gain], book, today.sensitivity)

    def cost(tuning: Tuning) -> tuple[float, ...]:
        outcomes = count(by_gain[tuning.gain], book, tuning.sensitivity)
        return (
            outcomes[ClipOutcome.WRONG] > before[ClipOutcome.WRONG],
            -outcomes[ClipOutcome.UNDERSTOOD],
            outcomes[ClipOutcome.WRONG],
            tuning.sensitivity > MOST_SENSITIVE,
            abs(tuning.sensitivity - today.sensitivity),
            abs(tuning.gain - today.gain),
        )

    return min(_candidates(by_gain, today), key=cost)


def gains_to_try(level: float, peak: float, today: float) -> tuple[float, ...]:
    """Gains in dB that may suit a voice better than today's: up to its usual level, and half the way.

    Args:
        level: of the voice as recorded, dBFS.
        peak: its highest sample, dBFS; it is not raised into clipping.
        today: the gain now.
    """
    fitting = min(_USUAL_LEVEL - level, _HIGHEST_PEAK - peak)
    wanted = float(round(min(max(fitting, 0.0), _MOST_GAIN)))
    if abs(wanted - today) < _NEAR_ENOUGH:
        return ()
    return wanted, float(round((wanted + today) / 2))


def favourites(heard: Sequence[HeardClip], book: PhraseBook) -> tuple[str, ...]:
    """For each thing that was asked for, the wording that was understood best, the worst of its manners counting.

    Left out are wordings that were missed, those with a number, and single words.
    """
    best: dict[object, tuple[float, str]] = {}
    for phrase in dict.fromkeys(one.clip.phrase for one in heard):
        if phrase.minutes is not None or phrase.word_count < _FEWEST_WORDS or phrase.text not in book.by_text:
            continue
        worst = max(one.strictest(book) for one in heard if one.clip.phrase == phrase)
        if worst <= MOST_SENSITIVE and worst < best.get(phrase.intent, (float("inf"), ""))[0]:
            best[phrase.intent] = worst, phrase.text
    return tuple(text for _, text in best.values())


def _candidates(gains: Mapping[float, object], today: Tuning) -> Iterator[Tuning]:
    sensitivities = {one for one in _SENSITIVITIES if one <= MOST_SENSITIVE} | {today.sensitivity}
    for gain in gains:
        for sensitivity in sorted(sensitivities):
            yield Tuning(sensitivity, gain)


def _first_accepted(utterance: Sequence[UtteranceScores], book: PhraseBook, thresholds: Thresholds) -> Phrase | None:
    verdicts = (decide(evidence, book, thresholds) for evidence in utterance)
    return next((decision.phrase for decision in verdicts if isinstance(decision, Accepted)), None)
