"""Measures how long the closed-grammar decoder takes for an utterance."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.audio.recordings import read_recording
from voice_coach.ears.recognizers.registry import load_recognizers
from voice_coach.language.phrases import Phrase, PhraseBook
from voice_coach.library import load_language
from voice_coach.rehearsal.dialogue import VOICES, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.recognizers.recognizer import Recognizer


_MORE_WORDINGS = ("okay {}", "coach {}", "now {}", "hey {}", "well {}")
_UTTERANCES = 60
"""The number of utterances of each voice, spread evenly over the phrase book."""


@dataclass(frozen=True, slots=True)
class DecodingTime:
    """Milliseconds an utterance, on one thread."""

    phrases: int
    utterances: int
    median_ms: float
    p95_ms: float


def measure_decoding(sizes: Sequence[int | None]) -> list[DecodingTime]:
    """Decode the same spoken commands with phrase books of several sizes.

    Args:
        sizes: numbers of phrases; None for the shipped ones.
    """
    shipped = load_language("en").phrase_book
    sounds = _speak(shipped.texts)
    return [_time(shipped if size is None else _grown(shipped, size), sounds) for size in sizes]


def _time(book: PhraseBook, sounds: list[NDArray[np.float32]]) -> DecodingTime:
    (recognizer,) = load_recognizers(("moonshine",), book, _tell_progress, lambda: load_language("en").understander)
    _decode_seconds(recognizer, sounds[0])  # the first run allocates
    times = [1000 * _decode_seconds(recognizer, sound) for sound in sounds]
    recognizer.close()
    return DecodingTime(len(book.texts), len(sounds), float(np.median(times)), float(np.percentile(times, 95)))


def _decode_seconds(recognizer: Recognizer, sound: NDArray[np.float32]) -> float:
    recognizer.begin(np.zeros(0, np.float32))
    recognizer.feed(sound)
    begun = time.perf_counter()
    recognizer.hypotheses(is_final=True)
    return time.perf_counter() - begun


def _grown(book: PhraseBook, size: int) -> PhraseBook:
    """The book with further wordings of its phrases, up to a size."""
    more: Iterator[Phrase] = (
        Phrase(wording.format(phrase.text), phrase.intent, phrase.minutes)
        for wording in _MORE_WORDINGS
        for phrase in book.phrases
    )
    unique = {phrase.text: phrase for phrase in chain(book.phrases, more)}
    return PhraseBook(book.language, tuple(islice(unique.values(), size)), book)


def _speak(texts: Sequence[str]) -> list[NDArray[np.float32]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        sounds = []
        for voice in VOICES:
            for index in np.linspace(0, len(texts) - 1, _UTTERANCES).astype(int):
                render(voice, texts[index], path)
                sounds.append(read_recording(path))
        return sounds


def _tell_progress(done: int, of: int) -> None:
    print(f"  calibrating the phrases: {done} of {of} sounds", file=sys.stderr)
