"""Proposes settings of the ears from the scores of a person's recordings. Pure, without files and sound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.ears.rejection import MOST_SENSITIVE, Thresholds, Tuning, first_accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_coach.ears.recognizers.recognizer import UtteranceScores
    from voice_coach.language.phrases import Phrase, PhraseBook

_SENSITIVITIES = tuple(round(0.05 * step, 2) for step in range(21))
_STRICTEST = -4.0
"""The lowest sensitivity that is tried, far below the scale of the setting, where hardly any phrase is accepted."""
_STEP = 0.05
_FEWEST_WORDS = 2
"""The fewest words of a favourite phrase, because a single word does not wake the coach."""
_USUAL_LEVEL = -26.0
"""dBFS of a voice half a metre from a microphone that is set well; the ears were measured at this level."""
_HIGHEST_PEAK = -1.0
"""dBFS: the highest peak to which a voice is raised."""
_MOST_GAIN = 20.0
"""dB: the highest gain with which other people's talk and noise gave no more false commands. The lowest gain is 0,
because a softer sound was understood no better, and noise in it was taken for commands."""
_NEAR_ENOUGH = 3.0
"""dB of difference below which the gain is left as it is."""


class Manner(Enum):
    """The way in which a person said something."""

    NORMAL = "normal"
    STIFF = "stiff"
    """With lips that do not move, as under a clay mask."""


class ClipOutcome(Enum):
    """The outcome of recognising something that was said."""

    UNDERSTOOD = "understood"
    MISSED = "missed"
    WRONG = "wrong"
    """A command was taken that was not said, perhaps besides the right one."""


@dataclass(frozen=True, slots=True)
class Clip:
    """The description of one recording."""

    name: str
    """The name of its file."""
    phrase: Phrase
    manner: Manner


@dataclass(frozen=True, slots=True)
class HeardClip:
    """A clip with its scores, which suffice to decide on it again at another sensitivity."""

    clip: Clip
    utterances: tuple[tuple[UtteranceScores, ...], ...]
    """For each utterance in it, the scores at its pauses and at its end."""

    def taken(self, book: PhraseBook, sensitivity: float) -> tuple[Phrase, ...]:
        """Return the phrases that are accepted at a sensitivity."""
        thresholds = Thresholds.at(sensitivity)
        firsts = (first_accepted(utterance, book, thresholds) for utterance in self.utterances)
        return tuple(phrase for phrase in firsts if phrase is not None)

    def outcome(self, book: PhraseBook, sensitivity: float) -> ClipOutcome:
        """Return whether the clip is understood at a sensitivity."""
        return self.outcome_of(self.taken(book, sensitivity))

    def outcome_of(self, taken: Sequence[Phrase]) -> ClipOutcome:
        """Return whether accepted phrases are what was said."""
        if not taken:
            return ClipOutcome.MISSED
        said = self.clip.phrase
        is_right = all(
            (phrase.intent, phrase.minutes, phrase.slot_value) == (said.intent, said.minutes, said.slot_value)
            for phrase in taken
        )
        return ClipOutcome.UNDERSTOOD if is_right else ClipOutcome.WRONG

    def strictest(self, book: PhraseBook) -> float:
        """Return the lowest sensitivity at which the clip is understood; infinite if it is not at MOST_SENSITIVE."""
        sensitivity, found = MOST_SENSITIVE, float("inf")
        while sensitivity >= _STRICTEST and self.outcome(book, sensitivity) is ClipOutcome.UNDERSTOOD:
            sensitivity, found = sensitivity - _STEP, sensitivity
        return found


def count(heard: Sequence[HeardClip], book: PhraseBook, sensitivity: float) -> Counter[ClipOutcome]:
    """Count the clips with each outcome."""
    return Counter(one.outcome(book, sensitivity) for one in heard)


def is_worse(after: Counter[ClipOutcome], before: Counter[ClipOutcome]) -> bool:
    """Whether fewer clips are understood, or more are wrong."""
    return (
        after[ClipOutcome.UNDERSTOOD] < before[ClipOutcome.UNDERSTOOD]
        or after[ClipOutcome.WRONG] > before[ClipOutcome.WRONG]
    )


def propose(by_gain: Mapping[float, Sequence[HeardClip]], book: PhraseBook, today: Tuning) -> Tuning:
    """Return the settings with which most clips are understood.

    They make no more clips wrong than today's settings. The sensitivity is at most MOST_SENSITIVE, above which other
    people's talk gives false commands, unless today's is higher and no lower one understands as much. Of equally good
    settings the nearest to today's is returned.

    Args:
        by_gain: the clips with their scores for each gain in dB, of which one is today's.
        book: the phrases.
        today: the settings of today.
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
    """Return gains in dB that may suit a voice better: one that raises it to the usual level, and one halfway to that.

    Args:
        level: the level of the voice as recorded, dBFS.
        peak: the peak of the voice, dBFS, which must not be raised into clipping.
        today: the gain of today, dB.
    """
    fitting = min(_USUAL_LEVEL - level, _HIGHEST_PEAK - peak)
    wanted = float(round(min(max(fitting, 0.0), _MOST_GAIN)))
    if abs(wanted - today) < _NEAR_ENOUGH:
        return ()
    return wanted, float(round((wanted + today) / 2))


def favourites(heard: Sequence[HeardClip], book: PhraseBook) -> tuple[str, ...]:
    """Return for each intent the phrase that was understood best, judged by its worst recording.

    Phrases that were missed, phrases with a number and single words are left out.
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
