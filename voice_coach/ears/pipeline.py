"""The way from sound to a decision: voice activity detection, endpointing, recognisers, rejection.

This module uses no thread and no device.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from voice_coach.ears.endpointing import (
    DEFAULT_ENDPOINTING,
    FRAME_SAMPLES,
    FRAME_SECONDS,
    Endpointer,
    EndpointEvent,
    EnergyVad,
)
from voice_coach.ears.frontend import PassThrough
from voice_coach.ears.recognizers.recognizer import UtteranceScores
from voice_coach.ears.rejection import (
    DEFAULT,
    Accepted,
    Decision,
    Incomplete,
    Rejected,
    Thresholds,
    decide,
    may_be_silencer,
)
from voice_coach.session.events import RejectionReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.endpointing import EndpointingParams
    from voice_coach.ears.frontend import FrontEnd
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.ears.rejection import Tuning
    from voice_coach.language.intents import Intent
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.session.commands import Listen

PRE_ROLL_FRAMES = 9
"""Frames before the onset that belong to an utterance: its first sounds may be too soft for the detector."""
BEFORE_FRAMES = 100
"""Frames kept from before the pre-roll; recognisers learn from them how the room sounds without a voice."""
_SCORES_KEPT = 16
"""Newest scores that are kept of one utterance; a radio may sound for hours without an end of the utterance."""
_TAIL_FRAMES = 15
"""Frames after an accepted command in which an utterance with the same intent is taken for its last word."""
_LEVELS_KEPT, _LEVELS_NEEDED = 7, 3
"""Confident commands whose levels are kept, and how many it takes to know how loud the person is."""
_SENTENCE_FRAMES = 33
"""Frames after speech that was no command in which an utterance may be the rest of the same sentence."""
_SHORTEST_BEGINNING = 10
"""Frames of speech at least in the beginning of a sentence; less may be a drop of water."""
_ECHO_FRAMES = 8
"""Frames after the end of the coach's speech in which the microphone may still hear it."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """The decision on one utterance, and its start and end in seconds since the first sample fed to the pipeline."""

    decision: Decision
    start_seconds: float
    end_seconds: float
    scores: tuple[UtteranceScores, ...] = ()
    """The scores at each decision about the utterance, in order: at pauses and windows, then at its end."""


class RecognitionPipeline:
    """The recognition of utterances in one stream of sound.

    Args:
        recognizers: the recognisers of each utterance; the first one names the phrase, others add to its score.
        book: the phrases to listen for.
        tuning: the person's settings.
        front_end: the front end that cleans the sound, which knows how probably an utterance is the coach's own
            voice; None if there is none.
        endpointing: the times by which utterances begin and end.
    """

    def __init__(
        self,
        recognizers: Sequence[Recognizer],
        book: PhraseBook,
        tuning: Tuning = DEFAULT,
        front_end: FrontEnd | None = None,
        endpointing: EndpointingParams = DEFAULT_ENDPOINTING,
    ) -> None:
        self._recognizers = recognizers
        self._book = book
        self._thresholds = Thresholds.of(tuning)
        self._gain = np.float32(10 ** (tuning.gain / 20))
        self._front_end = front_end or PassThrough()
        self._vad = EnergyVad()
        self._endpointer = Endpointer(endpointing)
        self._recent: deque[NDArray[np.float32]] = deque(maxlen=BEFORE_FRAMES + PRE_ROLL_FRAMES)
        self._rest = np.zeros((2, 0), np.float32)
        self._frames = 0
        self._began = 0
        self._last_speech = 0
        self._refused_until = -_SENTENCE_FRAMES
        """The last frame of speech of the newest utterance that was no command."""
        self._loudest = self._vad.level
        self._levels: deque[float] = deque(maxlen=_LEVELS_KEPT)
        self._scores: tuple[UtteranceScores, ...] = ()
        self._follows_speech = False
        self._taken: Intent | None = None
        self._taken_at = 0
        self._said = ""
        self._said_at = -_ECHO_FRAMES

    def feed(
        self, sound: NDArray[np.float32], listen: Listen, echo: NDArray[np.float32] | None = None
    ) -> Iterator[Recognition]:
        """Take the next sound, and yield a recognition for each decision made in it.

        Args:
            sound: shape (samples,) at SAMPLE_RATE.
            listen: the intents that may be taken now.
            echo: the part of the coach's own voice that may be left in `sound`, of the same shape; see Cleaned.
        """
        both = np.stack([sound, np.zeros_like(sound) if echo is None else echo])
        both = np.concatenate([self._rest, both * self._gain], axis=1)
        whole = both.shape[1] - both.shape[1] % FRAME_SAMPLES
        self._rest = both[:, whole:]
        for start in range(0, whole, FRAME_SAMPLES):
            frame, rest_of_echo = both[:, start : start + FRAME_SAMPLES]
            recognition = self._take(frame, rest_of_echo, listen)
            if recognition is not None:
                yield recognition

    @property
    def is_in_utterance(self) -> bool:
        """Whether an utterance has begun and not yet ended."""
        return self._endpointer.is_in_utterance

    def interrupt(self) -> None:
        """Forget the utterance that has begun, because sound is missing before the next block."""
        self._endpointer.reset()
        self._recent.clear()
        self._refused_until = -_SENTENCE_FRAMES
        self._rest = self._rest[:, :0]

    def begin_anew(self) -> None:
        """Forget the utterance, the noise floor and the person's level: the next block comes from another channel."""
        self.interrupt()
        self._levels.clear()
        self._vad = EnergyVad()

    def close(self) -> None:
        """Free the recognisers' models."""
        for recognizer in self._recognizers:
            recognizer.close()

    def _take(self, frame: NDArray[np.float32], echo: NDArray[np.float32], listen: Listen) -> Recognition | None:
        if listen.speaking:
            self._said, self._said_at = listen.speaking, self._frames
        is_speech = self._vad.is_speech(frame, echo)
        signal = self._endpointer.take(is_speech=is_speech)
        self._frames += 1
        if is_speech:
            self._last_speech = self._frames
            self._loudest = max(self._loudest, self._vad.level)
        self._give_to_recognizers(frame, signal)
        match signal:
            case EndpointEvent.PAUSED:
                return self._decide(listen, is_final=False)
            case EndpointEvent.WINDOW:
                return self._decide(listen, is_final=False, is_window=True)
            case EndpointEvent.ENDING:
                for recognizer in self._recognizers:
                    recognizer.foresee()
                return None
            case EndpointEvent.ENDED:
                return self._decide(listen, is_final=True)
            case EndpointEvent.TOO_LONG:
                self._refused_until = self._last_speech
                return self._recognition(Rejected(RejectionReason.TOO_LONG))
            case _:
                return None

    def _give_to_recognizers(self, frame: NDArray[np.float32], signal: EndpointEvent) -> None:
        self._recent.append(frame)
        if signal is EndpointEvent.NOTHING:
            return
        if signal is EndpointEvent.BEGAN:
            self._begin()
            return
        for recognizer in self._recognizers:
            recognizer.feed(frame)

    def _begin(self) -> None:
        self._began, self._loudest, self._scores = self._frames, self._vad.level, ()
        self._follows_speech = self._began - self._refused_until <= _SENTENCE_FRAMES
        recent = np.concatenate(self._recent)
        onset = max(0, len(recent) - PRE_ROLL_FRAMES * FRAME_SAMPLES)
        for recognizer in self._recognizers:
            recognizer.begin(recent[:onset])
            recognizer.feed(recent[onset:])

    def _decide(self, listen: Listen, *, is_final: bool, is_window: bool = False) -> Recognition | None:
        scores = self._scores_now(listen, is_final=is_final, is_window=is_window)
        decision = decide(scores, self._book, self._thresholds)
        if self._follows_command:  # the "step" of "next step" sounds like "stop"
            decision = replace(decision, is_borderline=False) if _is_hush(decision, scores) else decision
        elif self._recognizers and may_be_silencer(decision, scores, self._thresholds):
            scores = replace(scores, silencer=self._recognizers[0].spot_silencer())
            decision = decide(scores, self._book, self._thresholds)
        self._scores = (*self._scores, scores)[-_SCORES_KEPT:]
        if isinstance(decision, Accepted) and decision.is_confident and not scores.listen.speaking:
            self._levels.append(scores.level)
        if not is_final:
            if _is_hush(decision, scores):
                return self._recognition(decision)  # the utterance goes on: it may become a command
            if isinstance(decision, Rejected | Incomplete) and not _is_own_voice(decision, scores):
                return None
            self._endpointer.reset()
        if self._is_sentence(decision):
            self._refused_until = self._last_speech
        return None if self._is_tail(decision) else self._recognition(decision)

    def _is_sentence(self, decision: Decision) -> bool:
        """Return whether somebody seems to have said something that is no command, and may go on with it."""
        is_other_voice = isinstance(decision, Rejected) and decision.reason is not RejectionReason.OWN_WORDS
        return is_other_voice and self._last_speech - self._began >= _SHORTEST_BEGINNING

    @property
    def _follows_command(self) -> bool:
        """Whether the utterance began so soon after an accepted command that it may be the last word of it."""
        return self._taken is not None and self._began <= self._taken_at + _TAIL_FRAMES

    def _is_tail(self, decision: Decision) -> bool:
        """Return whether the accepted utterance is only the last word of a command that was accepted just before."""
        if not isinstance(decision, Accepted):
            return False
        is_tail = decision.phrase.intent is self._taken and self._follows_command
        self._taken, self._taken_at = decision.phrase.intent, self._frames
        return is_tail

    def _scores_now(self, listen: Listen, *, is_final: bool, is_window: bool) -> UtteranceScores:
        said = self._said if self._said_at + _ECHO_FRAMES >= self._began else ""
        return UtteranceScores(
            tuple(recognizer.hypotheses(is_final=is_final) for recognizer in self._recognizers),
            replace(listen, speaking=said),
            is_final,
            is_window,
            self._follows_speech,
            seconds=(self._last_speech - self._began + 1) * FRAME_SECONDS,
            level=self._loudest,
            usual_level=median(self._levels) if len(self._levels) >= _LEVELS_NEEDED else None,
            noise=self._vad.floor,
            echo=self._front_end.echo_probability((self._began - 1) * FRAME_SECONDS, self._last_speech * FRAME_SECONDS),
        )

    def _recognition(self, decision: Decision) -> Recognition:
        start, end = (self._began - 1) * FRAME_SECONDS, self._last_speech * FRAME_SECONDS
        return Recognition(decision, start, end, self._scores)


def _is_hush(decision: Decision, scores: UtteranceScores) -> TypeGuard[Rejected]:
    """Return whether the coach should break off its speech already, though nothing was heard clearly enough."""
    return isinstance(decision, Rejected) and decision.is_hush and bool(scores.listen.speaking)


def _is_own_voice(decision: Decision, scores: UtteranceScores) -> bool:
    """Return whether the utterance was rejected as the coach's own voice by its sound: then it is over at once."""
    return isinstance(decision, Rejected) and decision.reason is RejectionReason.OWN_WORDS and scores.echo is not None
