"""What a tuning found out. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.core.phrases import PhraseBook
    from voice_coach.ears.tuning import Tuning
    from voice_coach.tuning.proposal import Clip, Heard, Manner, Outcome


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one clip."""

    clip: Clip
    outcome: Outcome
    taken: tuple[str, ...]
    """The phrases that were taken."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The ears set in one way, and what they understood."""

    tuning: Tuning
    results: tuple[Result, ...]

    @classmethod
    def of(cls, tuning: Tuning, heard: Sequence[Heard], book: PhraseBook) -> Setting:
        """What a setting makes of clips that were heard with its gain."""
        taken = [(one, one.taken(book, tuning.sensitivity)) for one in heard]
        results = (
            Result(one.clip, one.outcome_of(phrases), tuple(phrase.text for phrase in phrases))
            for one, phrases in taken
        )
        return cls(tuning, tuple(results))

    def count(self, manner: Manner | None = None) -> Counter[Outcome]:
        """How many clips, of one manner or of all, came to which outcome."""
        return Counter(one.outcome for one in self.results if manner in (None, one.clip.manner))


@dataclass(frozen=True, slots=True)
class Finding:
    """All that a tuning found out."""

    noise: float
    """dBFS, of the room."""
    voice: float
    """dBFS, of the person while speaking, as recorded."""
    peak: float
    """dBFS."""
    echo_delay: float | None
    """Seconds from the speaker to the microphone; None when there is no clear echo."""
    before: Setting
    after: Setting
    """The same as before when nothing understands more."""
    favourites: tuple[str, ...]
    """The wordings that are understood best."""
