"""How the coach hears: microphone, blocks, speech or not, recognisers, decision, Heard."""

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
    from voice_coach.ears.recognizers.registry import Progress
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.session.commands import Listen

__all__ = ["Tuning", "hear_recording", "load_recognizers", "open_ears", "recognizer_names"]

_TRAILING_SECONDS = 0.5
_PIECE_SECONDS = 10


def open_ears(  # noqa: PLR0913 - all that ears can be told, once, by the command line
    engine: str,
    book: PhraseBook,
    input_device: str | None,
    on_progress: Progress = lambda _done, _of: None,
    tuning: Tuning = DEFAULT,
    *,
    channel: int | None = None,
    played: Reference | None = None,
    front_end: FrontEnd | None = None,
    wait_for_device: bool = False,
) -> LiveEars:
    """The ears of a running coach; nothing is opened or loaded before their start.

    Args:
        engine: one of voice_coach.models.ENGINES.
        book: the phrases to listen for.
        input_device: number or part of the name of a microphone; None for the default.
        on_progress: told of a calibration, if one must be made: sounds done, and of how many.
        tuning: how they are set for the person.
        channel: which one of the microphone's, from 1 on; the one with the voice if None.
        played: what the speaker plays.
        front_end: cleans the sound before it is heard, such as EchoCanceller.
        wait_for_device: no microphone at the start is a Trouble that may end, and no error.

    Raises:
        EarsError: the engine can't hear this language, or (ModelError) its model is missing.
    """
    from voice_coach.ears.live import LiveEars  # noqa: PLC0415 - the command line starts without sound libraries
    from voice_coach.ears.microphone import Microphone  # noqa: PLC0415 - the same
    from voice_coach.ears.pipeline import RecognitionPipeline  # noqa: PLC0415 - the same

    names = recognizer_names(engine, book.language)

    def load(lent: FrontEnd, heartbeat: Callable[[], None]) -> RecognitionPipeline:
        def tell(done: int, of: int) -> None:
            heartbeat()
            on_progress(done, of)

        return RecognitionPipeline(load_recognizers(names, book, tell), book, tuning, lent)

    microphone = Microphone(input_device, channel, played)
    return LiveEars(microphone, load, "+".join(names), front_end, wait_for_device=wait_for_device)


def hear_recording(
    sound: NDArray[np.float32],
    recognizers: list[Recognizer],
    book: PhraseBook,
    listen: Listen,
    tuning: Tuning = DEFAULT,
) -> Iterator[Recognition]:
    """Hear a recording with the same ears, as fast as it goes.

    Args:
        sound: shape (samples,), mono, at 16 kHz.
        recognizers: from load_recognizers.
        book: the phrases listened for.
        listen: what may be taken, all the time.
        tuning: how the ears are set for the person.
    """
    import numpy as np  # noqa: PLC0415 - the command line starts without it

    from voice_coach.ears.pipeline import RecognitionPipeline  # noqa: PLC0415 - the same
    from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE  # noqa: PLC0415 - the same

    hearing = RecognitionPipeline(recognizers, book, tuning)
    padded = np.concatenate([sound, np.zeros(round(_TRAILING_SECONDS * SAMPLE_RATE), np.float32)])
    piece = _PIECE_SECONDS * SAMPLE_RATE
    for start in range(0, len(padded), piece):
        yield from hearing.feed(padded[start : start + piece], listen)
