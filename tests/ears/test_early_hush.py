"""The coach falls silent at the pause after a "stop" that was hardly heard, before the utterance has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.ears.frontend import PassThrough
from voice_coach.ears.pipeline import RecognitionPipeline
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE, Hypothesis, NBest
from voice_coach.ears.rejection import THRESHOLDS, Accepted, Rejected
from voice_coach.language.intents import Intent
from voice_coach.language.phrases import Phrase
from voice_coach.library import load_language
from voice_coach.routines import Phase
from voice_coach.session.listening import listening

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.ears.pipeline import Recognition


@dataclass
class Unsure:
    """A recogniser that finds "stop" hardly likely at first, and likelier once the utterance has ended."""

    at_first: float
    in_the_end: float
    spotted: float = -99.0
    """How much more probable than what was transcribed "stop" is; asked for only over the coach's speech."""
    name: str = "unsure"

    def begin(self, before: NDArray[np.float32]) -> None:
        """See Recognizer."""

    def feed(self, sound: NDArray[np.float32]) -> None:
        """See Recognizer."""

    def close(self) -> None:
        """See Recognizer."""

    def foresee(self) -> None:
        """See Recognizer."""

    def spot_silencer(self) -> Hypothesis:
        """See Recognizer."""
        return Hypothesis("stop", self.spotted, Phrase("stop", Intent.PAUSE))

    def hypotheses(self, *, is_final: bool) -> NBest:
        """See Recognizer."""
        return NBest(self.name, (Hypothesis("stop", self.in_the_end if is_final else self.at_first),))


class AnotherVoice(PassThrough):
    """A front end that knows the sound not to be the coach's own."""

    def echo_probability(self, start: float, end: float) -> float:  # type: ignore[override]  # it is known here
        """See FrontEnd."""
        del start, end
        return 0.1


def heard(recognizer: Unsure, *, speaking: str) -> list[Recognition]:
    """What comes of a word of 0.4 s between silences, while the coach says something or nothing."""
    rng = np.random.default_rng(0)
    sound = np.concatenate([rng.normal(0, level, SAMPLE_RATE * 2 // 5) for level in (1e-4, 0.1, 1e-4, 1e-4)])
    pipeline = RecognitionPipeline([recognizer], load_language("en").phrase_book, front_end=AnotherVoice())
    return list(pipeline.feed(sound.astype(np.float32), listening(Phase.APPLYING, speaking=speaking)))


@pytest.mark.parametrize("in_the_end", [0.0, 20.0])
def test_it_falls_silent_at_the_pause_and_still_obeys_at_the_end(in_the_end: float) -> None:
    early, final = heard(Unsure(THRESHOLDS.hushing + 0.1, in_the_end), speaking="Spread the mask evenly.")
    assert isinstance(early.decision, Rejected)
    assert early.decision.is_borderline
    assert early.decision.phrase is not None
    assert early.decision.phrase.intent is Intent.PAUSE
    assert isinstance(final.decision, Accepted if in_the_end else Rejected)


@pytest.mark.parametrize("above", [0.1, -0.1])
def test_a_word_for_silence_is_spotted_below_whatever_was_transcribed(above: float) -> None:
    recognizer = Unsure(-9.0, -9.0, spotted=THRESHOLDS.silencer + above)
    *early, final = heard(recognizer, speaking="Spread the mask evenly.")
    assert len(early) == (above > 0)
    for one in (*early, final):
        assert isinstance(one.decision, Rejected)
        assert one.decision.is_borderline == (above > 0)


@dataclass
class Answering(Unsure):
    """One that is sure of its first utterance, and of no other."""

    utterances: int = 0

    def begin(self, before: NDArray[np.float32]) -> None:
        """See Recognizer."""
        del before
        self.utterances += 1

    def hypotheses(self, *, is_final: bool) -> NBest:
        """See Recognizer."""
        if self.utterances == 1:
            return NBest(self.name, (Hypothesis("next step", 20.0),))
        return super().hypotheses(is_final=is_final)


@pytest.mark.parametrize(("gap_seconds", "hushes"), [(0.2, False), (1.0, True)])
def test_the_last_word_of_a_command_is_no_word_for_silence(gap_seconds: float, *, hushes: bool) -> None:
    """After "next" was taken, the coach begins to speak, and "step" sounds like "stop"."""
    rng = np.random.default_rng(0)
    pieces = ((0.4, 1e-4), (0.3, 0.1), (gap_seconds, 1e-4), (0.3, 0.1), (0.8, 1e-4))
    sound = np.concatenate([rng.normal(0, level, round(seconds * SAMPLE_RATE)) for seconds, level in pieces])
    recognizer = Answering(THRESHOLDS.hushing + 0.1, 0.0, spotted=0.0)
    pipeline = RecognitionPipeline([recognizer], load_language("en").phrase_book, front_end=AnotherVoice())
    listen = listening(Phase.APPLYING, speaking="Spread the mask evenly.")
    first, *others = pipeline.feed(sound.astype(np.float32), listen)
    assert isinstance(first.decision, Accepted)
    assert recognizer.utterances == 2
    hushing = [one for one in others if isinstance(one.decision, Rejected) and one.decision.is_borderline]
    assert bool(hushing) is hushes


def test_nothing_is_spotted_while_the_coach_is_silent() -> None:
    (final,) = heard(Unsure(-9.0, -9.0, spotted=9.0), speaking="")
    assert isinstance(final.decision, Rejected)
    assert not final.decision.is_borderline


def test_nothing_is_decided_early_while_the_coach_is_silent() -> None:
    (final,) = heard(Unsure(THRESHOLDS.single_word, 20.0), speaking="")
    assert isinstance(final.decision, Accepted)
