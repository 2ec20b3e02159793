"""What the hearing bench compares: the coach's engines, and plain uses of speech recognisers as baselines."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from voice_coach.ears import load_witnesses, witness_names
from voice_coach.ears.engines import load_speech_model
from voice_coach.errors import ModelError
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.phrases import PhraseBook
    from voice_coach.ears.evidence import Witness

LANGUAGE = "en"
OURS = "moonshine"
POCKETSPHINX, TRANSCRIPTION, KOREAN_VOSK = "pocketsphinx", "transcription", "vosk-ko"
BASELINES = (POCKETSPHINX, TRANSCRIPTION)
"""In English, with the coach's own phrases."""


def engines_here() -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The coach's engines that can be measured here, and why the others cannot."""
    try:
        witness_names("vosk", LANGUAGE)
    except ModelError:
        return (OURS,), {"vosk": "its English model is missing here", "auto": "without that the same as moonshine"}
    return (OURS, "vosk", "auto"), {}


@functools.cache
def witnesses_of(engine: str) -> list[Witness]:
    """The witnesses of an engine or baseline, loaded once a process."""
    book = book_of(engine)
    match engine:
        case "pocketsphinx":
            from pocketsphinx_baseline import PocketSphinxWitness  # noqa: PLC0415  loaded when it is measured

            return [PocketSphinxWitness(book.texts)]
        case "transcription":
            from transcription_baseline import TranscriptionWitness  # noqa: PLC0415  the same

            return [TranscriptionWitness(load_speech_model(), load_language(LANGUAGE).understander, book)]
        case "vosk-ko":
            return load_witnesses(("vosk",), book, lambda _done, _of: None)
        case _:
            return load_witnesses(witness_names(engine, LANGUAGE), book, lambda _done, _of: None)


def book_of(engine: str) -> PhraseBook:
    """The phrases that an engine listens for."""
    return load_language("ko" if engine == KOREAN_VOSK else LANGUAGE).phrase_book
