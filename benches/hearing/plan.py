"""The tasks of the hearing bench (which engine hears which sounds, at which place), and how they are carried out.

As many tasks run at a time as there are cores; the result of each is cached under the code that heard it.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import random
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from benches.common.acoustics import SPEECH_LEVEL, AcousticPlace
from benches.common.cache import cache_folder, digest, digest_of_ears_code
from benches.common.speakers import BOTH, NATURAL, VOICES
from benches.hearing.grammar_sample import unlisted_sentences
from benches.hearing.listening import BASELINES, LANGUAGE, OURS, Commands, Others, book_of, engines_here, recognizers_of
from benches.hearing.places import (
    AS_RECORDED,
    QUIET,
    ROOM,
    TAP_20,
    coach_sentences,
    near_words,
    noises,
    spoken_by_the_coach,
    stated_places,
    talk,
    wider_conditions,
)
from benches.hearing.recordings import GivenRecordings
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benches.common.acoustics import Sound
    from benches.common.speakers import Speaker
    from benches.hearing.listening import HeardClip
    from voice_coach.language.phrases import Phrase

    Results = list[tuple[Commands | Others, tuple[HeardClip, ...]]]

TALK, WORDS, NOISE, OWN_WORDS = "talk", "near words", "noise", "own words"
BESIDE_A_PERSON = "talk, a person known"
"""Talk that is heard by ears which know how loud their person is."""
Task = Commands | Others
SMALL_VOICES = NATURAL[1:]
_PORTION = 25
"""Sounds in one task."""
_KEPT_SECONDS = 7 * 86_400.0
_LINES = 10


SMALL_EVERY = 12
"""In the small run, each voice says every so many-th phrase."""


@dataclass(frozen=True, slots=True)
class Amount:
    """The numbers of sentences that each voice says at a place; each voice says others, drawn at random."""

    listed: int = 100
    unlisted: int = 100
    """Sentences of the whole grammar that the phrase book does not list."""
    to_others: int = 20
    """Phrases for the other engines and the baselines."""
    wider: int = 12


FULL = Amount()


def voices_of(half: str) -> tuple[Speaker, ...]:
    """The persons of a half."""
    return tuple(voice for voice in VOICES if half in {voice.half, BOTH})


def full_plan(half: str, data: Path | None, engines: Sequence[str], amount: Amount = FULL) -> list[Task]:
    """Everything; the tasks of our own engine first.

    Args:
        half: of voices and recordings, one of speakers.HALVES.
        data: a folder of recordings; what it lacks is made here.
        engines: of engines_here() or of BASELINES.
        amount: how much.
    """
    given, voices = GivenRecordings(data, half), voices_of(half)
    stated = stated_places(given)
    tasks: list[Task] = []
    for engine in engines:
        tasks += said_at(engine, stated, voices, _dealt(_shuffled(engine), voices, _listed(engine, amount)))
        tasks += others_heard(engine, given, voices, stated if engine == OURS else ())
    if OURS in engines:
        unlisted = unlisted_sentences(load_language(LANGUAGE), amount.unlisted * len(voices))
        tasks += said_at(OURS, stated, voices, _dealt(unlisted, voices, amount.unlisted))
        tasks += _wider(given, voices, amount.wider)
    return tasks


def _listed(engine: str, amount: Amount) -> int:
    return amount.listed if engine == OURS else amount.to_others


def _shuffled(engine: str) -> tuple[Phrase, ...]:
    """The phrases that an engine listens for, in a random order that is always the same."""
    phrases = book_of(engine).phrases
    return tuple(random.Random(0).sample(phrases, len(phrases)))  # noqa: S311  a draw, and no secret


def _dealt(phrases: Sequence[Phrase], voices: Sequence[Speaker], count: int) -> list[tuple[Phrase, ...]]:
    """`count` phrases for each voice, each voice others as far as there are enough."""
    return [tuple(islice(cycle(phrases), turn * count, (turn + 1) * count)) for turn in range(len(voices))]


def small_plan(every: int = SMALL_EVERY) -> list[Task]:
    """Half a minute's sample of our own engine, of sounds made here: what the floors are stated for.

    Args:
        every: each voice says every so many-th phrase.
    """
    nothing = GivenRecordings(None, BOTH)
    places = [place for place in stated_places(nothing) if place.name in {QUIET, ROOM, TAP_20}]
    others = {TALK: talk(SMALL_VOICES), WORDS: near_words(SMALL_VOICES[:1])}
    phrases = [_every(book_of(OURS).phrases, every, turn) for turn in range(len(SMALL_VOICES))]
    return [
        *said_at(OURS, places, SMALL_VOICES, phrases),
        *(Others(OURS, kind, part, AS_RECORDED) for kind, sounds in others.items() for part in _portions(sounds)),
    ]


def all_engines() -> tuple[str, ...]:
    """All engines and baselines that can be measured here."""
    return (*engines_here()[0], *BASELINES)


def said_at(
    engine: str, places: Sequence[AcousticPlace], voices: Sequence[Speaker], phrases: Sequence[tuple[Phrase, ...]]
) -> list[Task]:
    """At each place, each voice says its phrases."""
    return [
        Commands(engine, place, voice, said) for place in places for voice, said in zip(voices, phrases, strict=True)
    ]


def others_heard(
    engine: str, given: GivenRecordings, voices: Sequence[Speaker], stated: Sequence[AcousticPlace]
) -> list[Task]:
    """Sounds without commands: as recorded and, where `stated` has such places, in the room and beside a tap."""
    disturbed = [place for place in stated if place.name in {ROOM, TAP_20}]
    next_door = [
        AcousticPlace("next door", place.responses, level=SPEECH_LEVEL - 14) for place in disturbed if place.responses
    ]
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
    tasks += [
        Others(engine, BESIDE_A_PERSON, portion, place, person=person)
        for person in voices[:1]
        for place in next_door
        for portion in _portions(heard[TALK][0])
    ]
    return tasks + [_own_words(engine, place) for place in disturbed if place.name == ROOM]


def _wider(given: GivenRecordings, voices: Sequence[Speaker], count: int) -> Iterator[Task]:
    for condition in wider_conditions(given, voices):
        for voice, phrases in zip(voices, _dealt(_shuffled(OURS), voices, count), strict=True):
            yield Commands(OURS, condition.place, condition.voice(voice), phrases)


def _own_words(engine: str, place: AcousticPlace) -> Others:
    return Others(engine, OWN_WORDS, spoken_by_the_coach(), place, coach_sentences())


def _every(phrases: Sequence[Phrase], step: int, turn: int) -> tuple[Phrase, ...]:
    return tuple(phrases[turn % step :: step])


def _portions(sounds: Sequence[Sound]) -> list[tuple[Sound, ...]]:
    return [tuple(sounds[start : start + _PORTION]) for start in range(0, len(sounds), _PORTION)]


def results_of(tasks: Sequence[Task], *, is_fresh: bool = False) -> Results:
    """The result of each task, in their order: read from the cache where the same code has heard the same before.

    Args:
        tasks: all of them.
        is_fresh: forget what was kept.
    """
    folder = _folder(is_fresh=is_fresh)
    paths = [folder / f"{digest(task)}.pickle" for task in tasks]
    todo = [(task, path) for task, path in zip(tasks, paths, strict=True) if not path.is_file()]
    with _told(len(tasks), len(tasks) - len(todo)) as advance:
        _do(todo, advance)
    return [(task, _read(path)) for task, path in zip(tasks, paths, strict=True)]


def _folder(*, is_fresh: bool) -> Path:
    """The cache of this very code's results; results of code that has not been run for days are deleted."""
    all_results = cache_folder("hearing")
    folder = all_results / digest_of_ears_code()
    if is_fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    folder.touch()
    for other in all_results.iterdir():
        if time.time() - other.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(other)
    return folder


def _do(todo: Sequence[tuple[Task, Path]], advance: Callable[[], None]) -> None:
    if not todo:
        return
    workers = min(len(todo), os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")
    engines = tuple(dict.fromkeys(task.engine for task, _path in todo))
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare, initargs=(engines,)) as pool:
        futures = [pool.submit(_hear, task, path) for task, path in todo]
        try:
            for future in as_completed(futures):
                future.result()
                advance()
        finally:
            pool.shutdown(cancel_futures=True)


def _prepare(engines: tuple[str, ...]) -> None:
    """Load all engines of a worker now, so that code changed meanwhile is not mixed with code loaded before."""
    os.environ["OMP_NUM_THREADS"] = "1"
    for engine in engines:
        recognizers_of(engine)


@contextmanager
def _told(count: int, done: int) -> Iterator[Callable[[], None]]:
    """Progress on stderr: a bar on a terminal, elsewhere a line each tenth. Yields what is called after each task."""
    console = Console(stderr=True)
    if console.is_terminal:
        with Progress(console=console) as progress:
            bar = progress.add_task("Listening", total=count, completed=done)
            yield lambda: progress.advance(bar)
        return
    finished = itertools.count(done + 1)
    print(f"Listening: {done} of {count} tasks are done already", file=sys.stderr)

    def advance() -> None:
        number = next(finished)
        if number * _LINES // count > (number - 1) * _LINES // count:
            print(f"Listening: {100 * number // count} %", file=sys.stderr, flush=True)

    yield advance


def _hear(task: Task, path: Path) -> None:
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(pickle.dumps(task.hear()))
    draft.replace(path)


def _read(path: Path) -> tuple[HeardClip, ...]:
    clips: tuple[HeardClip, ...] = pickle.loads(path.read_bytes())  # noqa: S301  written by _hear
    return clips
