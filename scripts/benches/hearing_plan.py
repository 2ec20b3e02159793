"""What the hearing bench does: which engine hears what, where, how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engines_heard import BASELINES, OURS, book_of, engines_here
from halves import BOTH
from listening import Commands, Others
from made_sounds import coach_sentences, near_words, noises, spoken_by_the_coach, talk
from material import Recordings
from places import AS_RECORDED, QUIET, ROOM, TAP_20, stated_places, wider_conditions
from rooms import Place
from speakers import NATURAL, SPEECH_LEVEL, VOICES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rooms import Sound
    from speakers import Voice

    from voice_coach.core.phrases import Phrase

TALK, WORDS, NOISE, OWN_WORDS = "talk", "near words", "noise", "own words"
Task = Commands | Others


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is heard: each voice says every so-manieth phrase, each voice other ones."""

    ours: int = 3
    others: int = 9
    wider: int = 25


FULL, SMALL = Amount(), Amount(ours=12)
SMALL_VOICES = NATURAL[1:]
_PORTION = 25
"""Sounds in one task."""


def voices_of(half: str) -> tuple[Voice, ...]:
    """The persons of a half."""
    return tuple(voice for voice in VOICES if half in {voice.half, BOTH})


def full_plan(half: str, data: Path | None, engines: Sequence[str], amount: Amount = FULL) -> list[Task]:
    """Everything; the tasks of our own engine first.

    Args:
        half: of voices and recordings, one of halves.HALVES.
        data: a folder of recordings; what it lacks is made here.
        engines: of engines_here() or of BASELINES.
        amount: how much.
    """
    given, voices = Recordings(data, half), voices_of(half)
    stated = stated_places(given)
    tasks: list[Task] = []
    for engine in engines:
        tasks += said_at(engine, stated, voices, amount.ours if engine == OURS else amount.others)
        tasks += others_heard(engine, given, voices, stated if engine == OURS else ())
    if OURS in engines:
        tasks += _wider(given, voices, amount.wider)
    return tasks


def small_plan() -> list[Task]:
    """Half a minute's sample of our own engine, of sounds made here: what the floors are stated for."""
    nothing = Recordings(None, BOTH)
    places = [place for place in stated_places(nothing) if place.name in {QUIET, ROOM, TAP_20}]
    others = {TALK: talk(SMALL_VOICES), WORDS: near_words(SMALL_VOICES[:1])}
    return [
        *said_at(OURS, places, SMALL_VOICES, SMALL.ours),
        *(Others(OURS, kind, part, AS_RECORDED) for kind, sounds in others.items() for part in _portions(sounds)),
    ]


def all_engines() -> tuple[str, ...]:
    """All that can be measured here."""
    return (*engines_here()[0], *BASELINES)


def said_at(engine: str, places: Sequence[Place], voices: Sequence[Voice], every: int) -> list[Task]:
    """Voices say phrases at places."""
    phrases = book_of(engine).phrases
    return [
        Commands(engine, place, voice, _every(phrases, every, turn))
        for place in places
        for turn, voice in enumerate(voices)
    ]


def others_heard(engine: str, given: Recordings, voices: Sequence[Voice], stated: Sequence[Place]) -> list[Task]:
    """What holds no command: as it was recorded, and where `stated` has such a place, in the room and beside a tap."""
    disturbed = [place for place in stated if place.name in {ROOM, TAP_20}]
    next_door = [Place("next door", place.responses, level=SPEECH_LEVEL - 14) for place in disturbed if place.responses]
    heard = {
        TALK: (given.talk() or talk(voices), [AS_RECORDED, *disturbed, *next_door]),
        WORDS: (given.near_words() or near_words(voices), [AS_RECORDED, *disturbed]),
        NOISE: (given.noises() or noises(), [AS_RECORDED]),
    }
    tasks: list[Task] = [
        Others(engine, kind, portion, place)
        for kind, (sounds, places) in heard.items()
        for place in places
        for portion in _portions(sounds)
    ]
    return tasks + [_own_words(engine, place) for place in disturbed if place.name == ROOM]


def _wider(given: Recordings, voices: Sequence[Voice], every: int) -> Iterator[Task]:
    phrases = book_of(OURS).phrases
    for condition in wider_conditions(given, voices):
        for turn, voice in enumerate(voices):
            yield Commands(OURS, condition.place, condition.voice(voice), _every(phrases, every, 5 * turn))


def _own_words(engine: str, place: Place) -> Others:
    return Others(engine, OWN_WORDS, spoken_by_the_coach(), place, coach_sentences())


def _every(phrases: Sequence[Phrase], step: int, turn: int) -> tuple[Phrase, ...]:
    return tuple(phrases[turn % step :: step])


def _portions(sounds: Sequence[Sound]) -> list[tuple[Sound, ...]]:
    return [tuple(sounds[start : start + _PORTION]) for start in range(0, len(sounds), _PORTION)]
