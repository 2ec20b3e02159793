"""Everything that the hearing bench lets the ears hear: made here, and recordings from a folder when one is given."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
from rooms import Place, bathroom_response, running_tap, with_level
from scipy import signal
from speakers import NATURAL, SPEECH_LEVEL, at_level, say

from voice_coach.ears.evidence import SAMPLE_RATE
from voice_coach.sound.recordings import read_recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.core.phrases import Phrase, PhraseBook

    Sound = NDArray[np.float32]

OTHER_TALK = (
    "Did you see the film last night, it was longer than I thought",
    "The train leaves at half past seven from platform two",
    "My sister bought a new bicycle for the holidays",
    "Could you hand me the blue towel please",
    "I think it is going to rain in the afternoon",
    "We are out of milk and there is no bread left",
    "He never told me where he put the keys",
    "The water in the kettle is boiling already",
    "Please remember to feed the cat before you go",
    "That song was number one for a whole summer",
    "I was on the phone with my mother for an hour",
    "Tomorrow we have guests and the kitchen is a mess",
    "Turn left at the church and then straight on",
    "It costs eleven dollars with the discount",
    "The neighbours are painting their garden fence",
    "Somebody left the window open all night",
    "What a lovely colour, is it new",
    "I do not know why the printer is so slow today",
    "Our team lost three games in a row",
    "She wants to learn to play the violin",
)
"""Sentences of a household that are no commands."""
ROOMS_FOLDER, TALK_FOLDER, WORDS_FOLDER, NOISE_FOLDER = "rir", "speech_other", "words_near", "noise"


def places(data: Path | None) -> tuple[Place, ...]:
    """Quiet, room and tap as made here; a given room and recorded tap after them when the folder holds some."""
    tap = running_tap(np.random.default_rng(1))
    made = (Place("quiet"), Place("room", responses=(bathroom_response(),)), Place("tap 20 dB", noise=tap))
    if data is None:
        return made
    rooms = tuple(_response(path) for path in _files(data / ROOMS_FOLDER))
    taps = [read_recording(path) for path in _files(data / NOISE_FOLDER) if path.stem.startswith(("tap", "water"))]
    recorded = [Place("given room", responses=rooms, is_recorded=True)] if rooms else []
    if taps:
        recorded.append(Place("recorded tap 20 dB", noise=np.concatenate(taps), is_recorded=True))
    return (*made, *recorded)


def other_sounds(data: Path | None, *, is_small: bool) -> dict[str, tuple[Sound, ...]]:
    """Sounds by kind that hold no command, each sound mono at SAMPLE_RATE."""
    kinds = {
        "talk, synthetic": tuple(_talk(NATURAL[:1] if is_small else NATURAL)),
        "noise, synthetic": tuple(_noises()),
    }
    for folder in (TALK_FOLDER, WORDS_FOLDER, NOISE_FOLDER):
        if data is not None and (files := _files(data / folder)):
            kinds[f"{folder}, recorded"] = tuple(read_recording(path) for path in files)
    return kinds


def one_phrase_an_intent(book: PhraseBook) -> tuple[Phrase, ...]:
    """A small sample of a phrase book: of each intent one phrase, not always the first."""
    by_intent: dict[str, list[Phrase]] = {}
    for phrase in book.phrases:
        by_intent.setdefault(phrase.intent.value, []).append(phrase)
    return tuple(group[zlib.crc32(name.encode()) % len(group)] for name, group in by_intent.items())


def share(sounds: Sequence[Sound], parts: int) -> list[tuple[Sound, ...]]:
    """The sounds in so many portions of nearly equal number."""
    return [tuple(sounds[start::parts]) for start in range(parts) if sounds[start::parts]]


def _talk(voices: Sequence[str]) -> Iterator[Sound]:
    pause = np.zeros(SAMPLE_RATE // 2, np.float32)
    for voice in voices:
        for sentence in OTHER_TALK:
            yield np.concatenate([pause, say(sentence, voice), pause])


def _noises() -> Iterator[Sound]:
    """A minute each of a tap, of things put down on tiles, and of a hum that comes and goes."""
    rng = np.random.default_rng(2)
    seconds = 60
    time = np.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
    yield running_tap(rng, seconds)
    knocks = np.zeros(len(time))
    for start in rng.integers(len(time) - SAMPLE_RATE, size=seconds):
        ring = rng.standard_normal(SAMPLE_RATE // 4) * np.exp(-rng.uniform(20, 80) * time[: SAMPLE_RATE // 4])
        knocks[start : start + len(ring)] += ring * rng.exponential()
    yield with_level(knocks + 1e-4 * rng.standard_normal(len(time)), SPEECH_LEVEL - 6)
    hum = signal.sawtooth(2 * np.pi * 120 * time) * (np.sin(2 * np.pi * 0.2 * time) > 0)
    yield with_level(hum + 1e-3 * rng.standard_normal(len(time)), SPEECH_LEVEL - 6)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in {".wav", ".flac"})


def _response(path: Path) -> Sound:
    response = read_recording(path)
    return at_level(response / np.abs(response).max(), 0.0)
