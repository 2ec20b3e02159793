"""Sound in, what was heard out: speech or not, endpointing, recognisers, decision. No thread and no device."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.endpointing import DEFAULT_ENDPOINTING, Endpointer, EndpointEvent
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
)
from voice_coach.ears.vad import FRAME_SAMPLES, FRAME_SECONDS, EnergyVad
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
"""Frames kept from before the onset: soft first sounds are quieter than the gate."""
BEFORE_FRAMES = 100
"""Frames kept from before the pre-roll: what the room sounds like without the utterance."""
_EVIDENCE_KEPT = 16
"""Of one utterance; a radio may go on for hours."""
_TAIL_FRAMES = 15
"""So soon after a command was taken in a pause, what sounds like the same one is its last word."""
_ECHO_FRAMES = 8
"""So long after the coach has fallen silent its own words may still come in."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """The decision on one utterance, and where it lies in the sound, in seconds since the first sample fed."""

    decision: Decision
    start_seconds: float
    end_seconds: float
    scores: tuple[UtteranceScores, ...] = ()
    """All that was decided upon, in order: at pauses, then at the end."""


class RecognitionPipeline:
    """Hears one stream of sound.

    Args:
        recognisers: asked about each utterance; the first is believed.
        book: the phrases.
        tuning: how the ears are set for the person.
        front_end: cleaned the sound; asked how far an utterance may be the coach's own.
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
        self._thresholds = Thresholds.at(tuning.sensitivity)
        self._gain = np.float32(10 ** (tuning.gain / 20))
        self._front_end = front_end or PassThrough()
        self._gate = EnergyVad()
        self._end_pointer = Endpointer(endpointing)
        self._recent: deque[NDArray[np.float32]] = deque(maxlen=BEFORE_FRAMES + PRE_ROLL_FRAMES)
        self._rest = np.zeros((2, 0), np.float32)
        self._frames = 0
        self._began = 0
        self._last_speech = 0
        self._loudest = self._gate.level
        self._evidence: tuple[UtteranceScores, ...] = ()
        self._taken: Intent | None = None
        self._taken_at = 0
        self._said = ""
        self._said_at = -_ECHO_FRAMES

    def feed(
        self, sound: NDArray[np.float32], listen: Listen, echo: NDArray[np.float32] | None = None
    ) -> Iterator[Recognition]:
        """Hear more sound.

        Args:
            sound: shape (samples,) at SAMPLE_RATE.
            listen: what may be taken at this moment.
            echo: what may be left of the coach's own voice in it, same shape; see Cleaned.
        """
        both = np.stack([sound, np.zeros_like(sound) if echo is None else echo])
        both = np.concatenate([self._rest, both * self._gain], axis=1)
        whole = both.shape[1] - both.shape[1] % FRAME_SAMPLES
        self._rest = both[:, whole:]
        for start in range(0, whole, FRAME_SAMPLES):
            frame, rest_of_echo = both[:, start : start + FRAME_SAMPLES]
            judged = self._take(frame, rest_of_echo, listen)
            if judged is not None:
                yield judged

    @property
    def is_in_utterance(self) -> bool:
        """Whether somebody, or something, has begun to speak and not ended."""
        return self._end_pointer.is_in_utterance

    def interrupt(self) -> None:
        """Forget the utterance that goes on: sound is missing before what comes next, and half a command is none."""
        self._end_pointer.reset()
        self._recent.clear()
        self._rest = self._rest[:, :0]

    def begin_anew(self) -> None:
        """Forget what the room sounds like, too: what comes from now on was heard on another channel."""
        self.interrupt()
        self._gate = EnergyVad()

    def close(self) -> None:
        """Free the recognisers' models."""
        for recognizer in self._recognizers:
            recognizer.close()

    def _take(self, frame: NDArray[np.float32], echo: NDArray[np.float32], listen: Listen) -> Recognition | None:
        if listen.speaking:
            self._said, self._said_at = listen.speaking, self._frames
        is_speech = self._gate.is_speech(frame, echo)
        signal = self._end_pointer.take(is_speech=is_speech)
        self._frames += 1
        if is_speech:
            self._last_speech = self._frames
            self._loudest = max(self._loudest, self._gate.level)
        self._give_to_recognizers(frame, signal)
        match signal:
            case EndpointEvent.PAUSED:
                return self._judge(listen, is_final=False)
            case EndpointEvent.WINDOW:
                return self._judge(listen, is_final=False, is_window=True)
            case EndpointEvent.ENDED:
                return self._judge(listen, is_final=True)
            case EndpointEvent.TOO_LONG:
                return self._judged(Rejected(RejectionReason.TOO_LONG))
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
        self._began, self._loudest, self._evidence = self._frames, self._gate.level, ()
        recent = np.concatenate(self._recent)
        onset = max(0, len(recent) - PRE_ROLL_FRAMES * FRAME_SAMPLES)
        for recognizer in self._recognizers:
            recognizer.begin(recent[:onset])
            recognizer.feed(recent[onset:])

    def _judge(self, listen: Listen, *, is_final: bool, is_window: bool = False) -> Recognition | None:
        evidence = self._evidence_now(listen, is_final=is_final, is_window=is_window)
        self._evidence = (*self._evidence, evidence)[-_EVIDENCE_KEPT:]
        decision = decide(evidence, self._book, self._thresholds)
        if not is_final:
            if isinstance(decision, Rejected | Incomplete) and not _is_own_voice(decision, evidence):
                return None
            self._end_pointer.reset()
        return None if self._is_tail(decision) else self._judged(decision)

    def _is_tail(self, decision: Decision) -> bool:
        """Whether this is the last word of a command that was understood, and taken, before it."""
        if not isinstance(decision, Accepted):
            return False
        is_tail = decision.phrase.intent is self._taken and self._began <= self._taken_at + _TAIL_FRAMES
        self._taken, self._taken_at = decision.phrase.intent, self._frames
        return is_tail

    def _evidence_now(self, listen: Listen, *, is_final: bool, is_window: bool) -> UtteranceScores:
        said = self._said if self._said_at + _ECHO_FRAMES >= self._began else ""
        return UtteranceScores(
            tuple(recognizer.hypotheses(is_final=is_final) for recognizer in self._recognizers),
            replace(listen, speaking=said),
            is_final,
            is_window,
            seconds=(self._last_speech - self._began + 1) * FRAME_SECONDS,
            level=self._loudest,
            noise=self._gate.floor,
            echo=self._front_end.echo_probability((self._began - 1) * FRAME_SECONDS, self._last_speech * FRAME_SECONDS),
        )

    def _judged(self, decision: Decision) -> Recognition:
        start, end = (self._began - 1) * FRAME_SECONDS, self._last_speech * FRAME_SECONDS
        return Recognition(decision, start, end, self._evidence)


def _is_own_voice(decision: Decision, evidence: UtteranceScores) -> bool:
    """Whether the sound itself was the coach's: then the utterance is over, and a person's is another one."""
    return isinstance(decision, Rejected) and decision.reason is RejectionReason.OWN_WORDS and evidence.echo is not None
