"""A trained wake word such as "hey jarvis", which wakes the coach beside the wake phrase of its grammar.

A grammar knows only words of its language; a wake word has a small network of its own, which has heard thousands of
voices say it. They are those of microWakeWord (https://github.com/kahrendt/microWakeWord), run by pymicro-wakeword.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from voice_coach import set_up_again
from voice_coach.ears.pipeline import Recognition, RecognitionPipeline
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.rejection import Accepted
from voice_coach.errors import EarsError
from voice_coach.language.intents import Intent
from voice_coach.language.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.frontend import FrontEnd
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.ears.rejection import Tuning
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.session.commands import Listen

_FULL_SCALE = 32_767.0


class WakeWord(Protocol):
    """A detector of one wake word in a stream of sound."""

    text: str
    """The words, in lower case."""

    def hears(self, sound: NDArray[np.float32]) -> bool:
        """Take the next sound, shape (samples,) at SAMPLE_RATE; return whether the word has just been said."""

    def begin_anew(self) -> None:
        """Forget the sound so far."""


class MicroWakeWord:
    """A wake word of pymicro-wakeword.

    Args:
        name: one of voice_coach.models.WAKE_WORDS.

    Raises:
        EarsError: the package is missing.
    """

    def __init__(self, name: str) -> None:
        try:
            from pymicro_wakeword import MicroWakeWord as Detector  # noqa: PLC0415 - an extra, loaded if asked for
            from pymicro_wakeword import MicroWakeWordFeatures, Model  # noqa: PLC0415 - the same
        except (ImportError, OSError) as error:  # OSError: its library does not fit this system
            message = (
                f"The wake word {name} cannot be loaded ({error}); run {set_up_again('pymicro-wakeword')}, "
                "or take wake_word out of the settings file."
            )
            raise EarsError(message) from error
        self.text = name.replace("_", " ")
        self._detector = Detector.from_builtin(Model(name))
        self._features = MicroWakeWordFeatures()

    def hears(self, sound: NDArray[np.float32]) -> bool:
        """Take the next sound, shape (samples,) at SAMPLE_RATE; return whether the word has just been said."""
        samples = (np.clip(sound, -1.0, 1.0) * _FULL_SCALE).astype("<i2").tobytes()
        frames = self._features.process_streaming(samples)
        found = [self._detector.process_streaming(frame) for frame in frames]  # all of them, also after a hit
        return any(found)

    def begin_anew(self) -> None:
        """Forget the sound so far."""
        self._features.reset()
        self._detector.reset()


class WakingPipeline(RecognitionPipeline):
    """A pipeline that also takes a wake word for the command to wake, while the coach is on standby.

    Args:
        recognizers: as for RecognitionPipeline, and so are the next three.
        book: the phrases to listen for.
        tuning: the person's settings.
        front_end: the front end that cleans the sound.
        wake_word: the wake word.
    """

    def __init__(
        self,
        recognizers: Sequence[Recognizer],
        book: PhraseBook,
        tuning: Tuning,
        front_end: FrontEnd,
        wake_word: WakeWord,
    ) -> None:
        super().__init__(recognizers, book, tuning, front_end)
        self._wake_word = wake_word
        self._was_on_standby = False
        self._heard_samples = 0

    def feed(
        self, sound: NDArray[np.float32], listen: Listen, echo: NDArray[np.float32] | None = None
    ) -> Iterator[Recognition]:
        """Take the next sound, and yield a recognition for each decision made in it, or for the wake word."""
        self._heard_samples += len(sound)
        if listen.is_on_standby and not self._was_on_standby:
            self._wake_word.begin_anew()
        self._was_on_standby = listen.is_on_standby
        if listen.is_on_standby and self._wake_word.hears(sound):
            self._wake_word.begin_anew()
            self.interrupt()  # the word is no command as well
            phrase = Phrase(self._wake_word.text, Intent.WAKE)
            end = self._heard_samples / SAMPLE_RATE
            yield Recognition(Accepted(phrase, 0.0, "wake word", is_confident=True), end, end)
            return
        yield from super().feed(sound, listen, echo)
