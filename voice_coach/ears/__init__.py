"""The ears: they turn the microphone's sound into events of the session, such as CommandHeard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.ears.recognizers.registry import load_recognizers, recognizer_names
from voice_coach.ears.rejection import DEFAULT, Tuning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.ears.echo.alignment import Reference
    from voice_coach.ears.frontend import FrontEnd
    from voice_coach.ears.live import LiveEars
    from voice_coach.ears.pipeline import Recognition
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.ears.recognizers.registry import LoadUnderstander, Progress
    from voice_coach.ears.wake_word import WakeWord
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.session.commands import Listen

__all__ = ["Tuning", "hear_recording", "load_recognizers", "open_ears", "recognizer_names"]

_TRAILING_SECONDS = 0.5
"""Seconds of silence added to a recording, so that its last utterance ends."""
_PIECE_SECONDS = 10
"""Seconds of a recording that are heard at once."""


def open_ears(  # noqa: PLR0913 - every option of the ears, given once by the command line
    engine: str,
    book: PhraseBook,
    understander: LoadUnderstander,
    input_device: str | None,
    on_progress: Progress = lambda _done, _of: None,
    *,
    tuning: Tuning = DEFAULT,
    channel: int | None = None,
    played: Reference | None = None,
    front_end: FrontEnd | None = None,
    wait_for_device: bool = False,
    wake_word: WakeWord | None = None,
) -> LiveEars:
    """Make the ears of a running coach; nothing is opened or loaded before their `start` is called.

    Args:
        engine: one of voice_coach.models.ENGINES.
        book: the phrases to listen for.
        understander: loads what finds the meaning of phrases that are not listed; called in the ears' thread.
        input_device: the number of a microphone, or part of its name; None for the default microphone.
        on_progress: called while a calibration is made, if one is needed, with the sounds done and their total number.
        tuning: the person's settings.
        channel: the number of the microphone's channel to listen to, from 1; None for the one with the voice.
        played: the sound that the speaker plays, so that it is not taken for a voice.
        front_end: cleans the sound before it is recognised, such as EchoCanceller; None leaves it as it is.
        wait_for_device: whether a missing microphone raises a Fault at the start, and no error.
        wake_word: ends the standby beside the wake phrase of the book; None for none.

    Raises:
        EarsError: the engine can't recognise this language; or, as ModelError, its model is missing.
    """
    from voice_coach.ears.live import LiveEars  # noqa: PLC0415 - the command line starts without sound libraries
    from voice_coach.ears.microphone import Microphone  # noqa: PLC0415 - the same
    from voice_coach.ears.pipeline import RecognitionPipeline  # noqa: PLC0415 - the same
    from voice_coach.ears.wake_word import WakingPipeline  # noqa: PLC0415 - the same
    from voice_coach.supervised_process import give_back_freed_memory  # noqa: PLC0415 - the same

    names = recognizer_names(engine, book.language)

    def load(leased: FrontEnd, heartbeat: Callable[[], None]) -> RecognitionPipeline:
        def tell(done: int, of: int) -> None:
            heartbeat()
            on_progress(done, of)

        recognizers = load_recognizers(names, book, tell, understander)
        if wake_word is None:
            pipeline = RecognitionPipeline(recognizers, book, tuning, leased)
        else:
            pipeline = WakingPipeline(recognizers, book, tuning, leased, wake_word)
        give_back_freed_memory()
        return pipeline

    microphone = Microphone(input_device, channel, played)
    return LiveEars(microphone, load, "+".join(names), front_end, wait_for_device=wait_for_device)


def hear_recording(
    sound: NDArray[np.float32],
    recognizers: list[Recognizer],
    book: PhraseBook,
    listen: Listen,
    tuning: Tuning = DEFAULT,
) -> Iterator[Recognition]:
    """Recognise the utterances of a recording with the pipeline of the live ears, as fast as possible.

    Args:
        sound: shape (samples,), mono, at 16 kHz.
        recognizers: the recognisers, from load_recognizers.
        book: the phrases to listen for.
        listen: the intents that may be taken, the same throughout the recording.
        tuning: the person's settings.
    """
    import numpy as np  # noqa: PLC0415 - the command line starts without it

    from voice_coach.ears.pipeline import RecognitionPipeline  # noqa: PLC0415 - the same
    from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE  # noqa: PLC0415 - the same

    pipeline = RecognitionPipeline(recognizers, book, tuning)
    padded = np.concatenate([sound, np.zeros(round(_TRAILING_SECONDS * SAMPLE_RATE), np.float32)])
    piece = _PIECE_SECONDS * SAMPLE_RATE
    for start in range(0, len(padded), piece):
        yield from pipeline.feed(padded[start : start + piece], listen)
