"""The mouth: a worker renders what Speak and Prepare want, a speaker plays it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

from voice_coach.core.commands import Sound
from voice_coach.core.events import SpeechEnded
from voice_coach.errors import MouthError
from voice_coach.mouth.cache import SpeechCache
from voice_coach.mouth.cues import synthesise
from voice_coach.mouth.sentences import NOTHING, Sentences
from voice_coach.mouth.speaker import EchoTap, Speaker
from voice_coach.mouth.voice import EspeakVoice
from voice_coach.sound.devices import find_output

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.core.commands import Cue, Prepare, Speak
    from voice_coach.core.events import Event
    from voice_coach.sound.devices import Device

_log = logging.getLogger(__name__)


class SpeakingMouth:
    """The loop's Mouth.

    Its worker takes a sentence to be said before any to be prepared, so that a sentence waits at most for the render
    under way. A sentence that cannot be rendered or played is logged and ends at once: the coach goes on.

    Args:
        voice: renders; closed by `stop`.
        device: plays.
        cache: remembers rendered sentences.
        tap: gets what is played.
    """

    def __init__(self, voice: EspeakVoice, device: Device, cache: SpeechCache, tap: EchoTap | None = None) -> None:
        self._voice = voice
        self._cache = cache
        self._speaker = Speaker(device, self._tell_ended, tap)
        self._changed = threading.Condition()
        """Guards what follows."""
        self._speak: Speak | None = None
        self._ahead: deque[tuple[str, int]] = deque()
        self._is_stopping = False
        self._worker = threading.Thread(target=self._work, name="mouth", daemon=True)

    def start(self, post: Callable[[Event], None]) -> None:
        """Open the speaker and post SpeechEnded from now on.

        Raises:
            MouthError: the speaker cannot be used.
        """
        self._post = post
        try:
            self._speaker.open()
        except MouthError:
            self._voice.close()
            raise
        self._sentences = Sentences(self._voice, self._cache, self._speaker.rate)
        self._cues = {sound: synthesise(sound, self._speaker.rate) for sound in Sound}
        self._worker.start()

    def speak(self, speak: Speak) -> None:
        """Say a text as soon as it is rendered, instead of what is being said."""
        with self._changed:
            self._speak = speak
            self._changed.notify()

    def prepare(self, prepare: Prepare) -> None:
        """Render texts while nothing else is to be rendered; replaces what was to be prepared."""
        with self._changed:
            self._ahead = deque((text, prepare.voice.words_per_minute) for text in prepare.texts)
            self._changed.notify()

    def hush(self) -> None:
        """Fall silent now, and forget the cues that are not yet due."""
        with self._changed:
            self._speak = None
            try:
                self._speaker.hush()
            except MouthError as error:
                _log.warning("%s", error)

    def cue(self, cue: Cue) -> None:
        """Let a sound begin at its time."""
        self._speaker.cue(self._cues[cue.sound], cue.due, cue.volume)

    def stop(self) -> None:
        """Fall silent and release speaker and voice."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._worker.ident is not None:
            self._speaker.close()
            self._worker.join()
        self._voice.close()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopping or self._speak or self._ahead)
                if self._is_stopping:
                    return
                speak = self._speak
                ahead = None if speak else self._ahead.popleft()
            if speak:
                self._say(speak)
            elif ahead:
                self._rendered(*ahead)

    def _say(self, speak: Speak) -> None:
        samples = self._rendered(speak.text, speak.voice.words_per_minute)
        with self._changed:
            if self._speak is not speak or self._is_stopping:
                return  # hushed, or there is something else to say by now
            self._speak = None
            try:
                self._speaker.say(speak.utterance_id, samples, speak.voice.volume)
            except MouthError as error:
                _log.warning("%s", error)
                self._tell_ended(speak.utterance_id)

    def _rendered(self, text: str, words_per_minute: int) -> NDArray[np.float32]:
        try:
            return self._sentences.get(text, words_per_minute)
        except MouthError as error:
            _log.warning("%s", error)
            return NOTHING

    def _tell_ended(self, utterance_id: int) -> None:
        self._post(SpeechEnded(utterance_id=utterance_id))


def open_mouth(language: str, output_device: str | None = None, tap: EchoTap | None = None) -> SpeakingMouth:
    """The mouth for a language and a speaker (number or part of a name; the default one if None), not started yet.

    Raises:
        MouthError: no speaker, no eSpeak NG, or no voice for the language.
    """
    device = find_output(output_device)
    return SpeakingMouth(EspeakVoice(language), device, SpeechCache(), tap)
