"""Commands and other sounds through the coach's own ears, counted. Runs in worker processes."""

from __future__ import annotations

import functools
import zlib
from typing import TYPE_CHECKING

import numpy as np
from outcomes import FalseCommands, Outcomes
from speakers import SPEECH_LEVEL, say

from voice_coach.core.intents import ANSWERS
from voice_coach.core.listening import listening_in
from voice_coach.ears import hear_recording, load_witnesses, witness_names
from voice_coach.ears.evidence import SAMPLE_RATE
from voice_coach.ears.hearing import Hearing
from voice_coach.ears.verdict import Accepted
from voice_coach.library import load_phrase_book

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from rooms import Place

    from voice_coach.core.commands import Listen
    from voice_coach.core.phrases import Phrase
    from voice_coach.ears.evidence import Witness
    from voice_coach.ears.hearing import Judged

LANGUAGE = "en"
BASELINE = "pocketsphinx"
RUNNING = listening_in("applying")
ASKED = listening_in("question")
LEAD_IN_SECONDS = 2.0
BEFORE_SECONDS = 0.4
AFTER_SECONDS = 1.0


def hear_commands(engine: str, place: Place, voice: str, phrases: Sequence[Phrase]) -> Outcomes:
    """One voice says phrases at one place; the ears hear them in one stream, as a microphone would bring it."""
    rng = np.random.default_rng(zlib.crc32(f"{place.name} {voice}".encode()))
    hearing = Hearing(_witnesses(engine), load_phrase_book(LANGUAGE))
    _hear(hearing, place.background(_samples(LEAD_IN_SECONDS), SPEECH_LEVEL, rng), RUNNING)
    outcomes = Outcomes()
    for phrase in phrases:
        arriving = place.reach(say(phrase.text, voice), rng)
        arriving = np.pad(arriving, (_samples(BEFORE_SECONDS), _samples(AFTER_SECONDS)))
        sound = arriving + place.background(len(arriving), SPEECH_LEVEL, rng)
        taken = _hear(hearing, sound, ASKED if phrase.intent in ANSWERS else RUNNING)
        outcomes += _outcome(phrase, taken)
    return outcomes


def hear_other(engine: str, sounds: Iterable[NDArray[np.float32]]) -> FalseCommands:
    """Sounds without any command, each heard as a recording of its own."""
    total = FalseCommands()
    for sound in sounds:
        judged = hear_recording(sound, _witnesses(engine), load_phrase_book(LANGUAGE), RUNNING)
        total += FalseCommands(tuple(phrase.text for phrase in _accepted(judged)), len(sound) / SAMPLE_RATE)
    return total


def _hear(hearing: Hearing, sound: NDArray[np.float32], listen: Listen) -> list[Phrase]:
    return _accepted(hearing.feed(sound, listen))


def _accepted(judged: Iterable[Judged]) -> list[Phrase]:
    return [one.verdict.phrase for one in judged if isinstance(one.verdict, Accepted)]


def _outcome(said: Phrase, taken: list[Phrase]) -> Outcomes:
    if not taken:
        return Outcomes(missed=1)
    is_right = all((phrase.intent, phrase.minutes) == (said.intent, said.minutes) for phrase in taken)
    return Outcomes(right=1) if is_right else Outcomes(wrong=1)


@functools.cache
def _witnesses(engine: str) -> list[Witness]:
    """Loaded once a process."""
    book = load_phrase_book(LANGUAGE)
    if engine == BASELINE:
        from pocketsphinx_baseline import PocketSphinxWitness  # noqa: PLC0415  an engine is loaded when it is measured

        return [PocketSphinxWitness(book.texts)]
    return load_witnesses(witness_names(engine, LANGUAGE), book, lambda _done, _of: None)


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
