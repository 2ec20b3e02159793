"""The place of a tuning by voice: the mouth speaks, the microphone is recorded, and both lie on one clock."""

from __future__ import annotations

import queue
import sys
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING, Self

import numpy as np

from voice_coach.core.commands import Speak, Voice
from voice_coach.core.events import SpeechEnded, TroubleBegan
from voice_coach.ears.echo_reference import Played
from voice_coach.ears.microphone import Microphone
from voice_coach.errors import EarsError, MouthError
from voice_coach.models.voices import STANDARD
from voice_coach.mouth import open_mouth
from voice_coach.sound.recordings import RATE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from numpy.typing import NDArray

    from voice_coach.core.events import Event
    from voice_coach.ears.channels import Captured
    from voice_coach.language.pack import LanguagePack

    Sound = NDArray[np.float32]


class Room:
    """Microphone and speaker, open for as long as the `with` block lasts.

    Args:
        pack: of the language that is spoken.
        voice: how.
        input_device: number or part of the name of the microphone; None for the default.
        output_device: the same of the speaker.
        voice_name: whose voice it is, as of `start --voice`.
        channel: of the microphone, from 1 on; None for the one with the voice.

    Raises:
        CoachError: on entering, when one of them cannot be used.
    """

    def __init__(  # noqa: PLR0913 - all that a room can be told, once
        self,
        pack: LanguagePack,
        voice: Voice,
        input_device: str | None,
        output_device: str | None,
        voice_name: str = STANDARD,
        *,
        channel: int | None = None,
    ) -> None:
        self._voice = voice
        self._played = Played()
        self._mouth = open_mouth(pack, output_device, self._played, voice=voice_name)
        self._microphone = Microphone(input_device, channel, self._played)
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._ids = count()
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        """Open both."""
        with ExitStack() as undo:
            self._mouth.start(self._events.put)
            undo.callback(self._mouth.stop)
            self._microphone.open()
            undo.callback(self._microphone.close)
            self._exits = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close both."""
        self._exits.close()

    def say(self, text: str) -> Sound:
        """Speak to the end.

        Returns:
            What was heard and played meanwhile: shape (samples, 2), left the microphone, right the speaker.

        Raises:
            CoachError: speaker or microphone went away.
        """
        wanted = next(self._ids)
        self._mouth.speak(Speak(wanted, text, self._voice))
        return self._record(lambda _samples: self._has_ended(wanted))

    def listen(self, seconds: float) -> Sound:
        """Record the microphone, shape (samples,)."""
        return self._record(lambda samples: samples >= seconds * RATE)[:, 0]

    def _has_ended(self, utterance_id: int) -> bool:
        while not self._events.empty():
            event = self._events.get()
            if isinstance(event, TroubleBegan):  # what was being said has no end
                message = "The speaker is gone: plug it in again and start anew."
                raise MouthError(message)
            if isinstance(event, SpeechEnded) and event.utterance_id == utterance_id:
                return True
        return False

    def _record(self, is_over: Callable[[int], bool]) -> Sound:
        kept: list[tuple[Captured, Sound]] = []
        """Each block, and what was played meanwhile."""
        samples = 0
        began = sys.maxsize
        while not is_over(samples):
            block = self._microphone.read()
            if block is None:
                message = "The microphone was closed: plug it in again and start anew."
                raise EarsError(message)
            if kept and block.channel != kept[-1][0].channel:  # what follows may have been heard before, elsewhere
                kept = [one for one in kept if one[0].at < block.at]
                samples = sum(len(one.sound) for one, _ in kept)
            # Blocks come in time or late: the least delayed one knows best when the first sample was.
            began = min(began, round(block.at * RATE) - samples)
            kept.append((block, self._played.read(began + samples, len(block.sound))))
            samples += len(block.sound)
        sides = [np.stack([block.sound, played], axis=1) for block, played in kept]
        return np.concatenate([np.zeros((0, 2), np.float32), *sides])
