"""Sound in, what was heard out: speech or not, end-pointing, witnesses, verdict. No thread and no device."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.core.events import Refusal
from voice_coach.ears.end_pointing import EndPointer, Signal
from voice_coach.ears.speech_gate import FRAME_SAMPLES, FRAME_SECONDS, SpeechGate
from voice_coach.ears.verdict import Refused, Unfinished, Verdict, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.core.commands import Listen
    from voice_coach.core.phrases import PhraseBook
    from voice_coach.ears.evidence import Witness

PRE_ROLL_FRAMES = 9
"""Frames kept from before the onset: soft first sounds are quieter than the gate."""
_ECHO_FRAMES = 8
"""So long after the coach has fallen silent its own words may still come in."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one utterance, and where it lies in the sound, in seconds since the first sample fed."""

    verdict: Verdict
    start_seconds: float
    end_seconds: float


class Hearing:
    """Hears one stream of sound.

    Args:
        witnesses: asked about each utterance; the first is believed.
        book: the phrases.
    """

    def __init__(self, witnesses: Sequence[Witness], book: PhraseBook) -> None:
        self._witnesses = witnesses
        self._book = book
        self._gate = SpeechGate()
        self._end_pointer = EndPointer()
        self._pre_roll: deque[NDArray[np.float32]] = deque(maxlen=PRE_ROLL_FRAMES)
        self._rest = np.zeros(0, np.float32)
        self._frames = 0
        self._began = 0
        self._last_speech = 0
        self._said = ""
        self._said_at = -_ECHO_FRAMES

    def feed(self, sound: NDArray[np.float32], listen: Listen) -> Iterator[Judged]:
        """Hear more sound, shape (samples,) at SAMPLE_RATE; what may be taken is as `listen` says at this moment."""
        sound = np.concatenate([self._rest, sound])
        whole = len(sound) - len(sound) % FRAME_SAMPLES
        self._rest = sound[whole:]
        for frame in sound[:whole].reshape(-1, FRAME_SAMPLES):
            judged = self._take(frame, listen)
            if judged is not None:
                yield judged

    def _take(self, frame: NDArray[np.float32], listen: Listen) -> Judged | None:
        if listen.speaking:
            self._said, self._said_at = listen.speaking, self._frames
        is_speech = self._gate.is_speech(frame)
        signal = self._end_pointer.take(is_speech=is_speech)
        self._frames += 1
        if is_speech:
            self._last_speech = self._frames
        self._give_to_witnesses(frame, signal)
        match signal:
            case Signal.PAUSED:
                return self._judge(listen, is_final=False)
            case Signal.ENDED:
                return self._judge(listen, is_final=True)
            case Signal.TOO_LONG:
                return self._judged(Refused(Refusal.TOO_LONG))
            case _:
                return None

    def _give_to_witnesses(self, frame: NDArray[np.float32], signal: Signal) -> None:
        self._pre_roll.append(frame)
        if signal is Signal.NOTHING:
            return
        if signal is Signal.BEGAN:
            self._began = self._frames
        piece = np.concatenate(self._pre_roll) if signal is Signal.BEGAN else frame
        for witness in self._witnesses:
            if signal is Signal.BEGAN:
                witness.begin()
            witness.feed(piece)

    def _judge(self, listen: Listen, *, is_final: bool) -> Judged | None:
        testimonies = [witness.testify(is_final=is_final) for witness in self._witnesses]
        said = self._said if self._said_at + _ECHO_FRAMES >= self._began else ""
        verdict = decide(testimonies, self._book, replace(listen, speaking=said), is_final=is_final)
        if not is_final:
            if isinstance(verdict, Refused | Unfinished):
                return None
            self._end_pointer.reset()
        return self._judged(verdict)

    def _judged(self, verdict: Verdict) -> Judged:
        return Judged(verdict, (self._began - 1) * FRAME_SECONDS, self._last_speech * FRAME_SECONDS)
