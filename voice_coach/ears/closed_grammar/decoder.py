"""The closed-grammar decoder: all parts joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.closed_grammar.beam import Beam, search
from voice_coach.ears.closed_grammar.calibration import NoBackground

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar.automaton import TokenAutomaton
    from voice_coach.ears.closed_grammar.beam import Background
    from voice_coach.ears.closed_grammar.model import SpeechModel


@dataclass(frozen=True, slots=True)
class Scored:
    """What a sound may mean."""

    rule: str
    score: float
    """Log-probability less the background, summed over all sentences found that mean this; in nats."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """The words of each slot."""


class Decoder:
    """Says which sentences of a grammar a sound may be.

    Args:
        model: the speech model.
        automaton: the sentences; expanded, if the background is a table of its states.
        background: what is taken off the scores; nothing by default.
        beam: how widely to search.
    """

    def __init__(
        self,
        model: SpeechModel,
        automaton: TokenAutomaton,
        background: Background | None = None,
        beam: Beam | None = None,
    ) -> None:
        self._model = model
        self._automaton = automaton
        self._background: Background = background or NoBackground()
        self._beam = beam or Beam()

    def decode(self, sound: NDArray[np.float32]) -> tuple[Scored, ...]:
        """The readings found in a sound, best first.

        Args:
            sound: shape (samples,), -1...1, at the model's rate (16 kHz).
        """
        found = search(self._model, self._automaton, sound, self._background, self._beam)
        scores: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        for sentence, score in found.items():
            reading = self._automaton.grammar.reading_at(sentence)
            if reading is not None:
                meaning = reading.rule, frozenset(reading.slots.items())
                scores[meaning] = float(np.logaddexp(scores.get(meaning, -np.inf), score))
        scored = (Scored(rule, score, dict(slots)) for (rule, slots), score in scores.items())
        return tuple(sorted(scored, key=lambda one: -one.score))
