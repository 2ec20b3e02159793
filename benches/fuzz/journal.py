"""Journals: a damaged one gives nothing or what was really written; a forged one does no harm."""

from __future__ import annotations

import json
import zlib
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from benches.fuzz.targets import Target, changed, demand, flipped
from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine
from voice_coach.memory.journal import Journal, read_records
from voice_coach.memory.journal_records import JournalRecord, from_line, to_line
from voice_coach.memory.session_store import JOURNAL_NAME, SessionStore
from voice_coach.memory.settings import SettingsFile
from voice_coach.session import new_session, step
from voice_coach.session.commands import Command, SaveSnapshot
from voice_coach.session.events import (
    CommandHeard,
    Event,
    Restored,
    SpeechEnded,
    Started,
    Ticked,
)
from voice_coach.session.persistence import Stamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from random import Random

    from voice_coach.session.persistence import Snapshot
    from voice_coach.session.state import Session


_ROUTINE, _LANGUAGE = "facial_mask", "en"
_WISHES = (Intent.START, Intent.NEXT, Intent.NEXT, Intent.NEXT, Intent.PAUSE, Intent.ADD_TIME, Intent.RESUME)
_AFTERWARDS = (Intent.YES, Intent.NEXT, Intent.PAUSE, Intent.TIME_LEFT, Intent.RESUME, Intent.WHICH_STEP, Intent.NEXT)
_HUGE_LINE = 200_000


def targets() -> tuple[Target, ...]:
    """The journal's bytes."""
    randoms = st.randoms(use_true_random=False)
    forged = changed(json.loads(written()[-2].partition(b" ")[2]))
    return (
        Target("journals, any bytes", st.binary(max_size=300), check),
        Target("journals, damaged", st.builds(_with_flips, randoms), check, weight=2),
        Target("journals, lines out of place", st.builds(_with_lines_out_of_place, randoms), check, weight=2),
        Target("journals, forged", forged, _check_forged, weight=2),
    )


def check(content: bytes, folder: Path) -> None:
    """Read a journal as the coach does when it starts, keep something, and read that."""
    read = read_records(content)
    demand(read.last is None or read.last in _records(), f"what nobody wrote was read: {read.last}")
    if read.is_whole:
        first = content.partition(b"\n")[0] + b"\n"
        start = written().index(first) if first in written() else 0
        demand(content == b"".join(written()[start:][: content.count(b"\n")]), "damage was not noticed")
    path = folder / JOURNAL_NAME
    path.write_bytes(content)
    first_event = _begin_and_keep(folder, _snapshots()[0])
    if isinstance(first_event, Restored):
        kept = [record.snapshot for record in _records()]
        demand(first_event.snapshot in kept, "a session that nobody had was restored")
    _demand_aside(content, folder, is_whole=read.is_whole)
    again = Journal(path).load()
    demand(again is not None and again.is_whole, "the new journal is damaged")
    demand(again is not None and again.last is not None and again.last.snapshot == _snapshots()[0], "it is not kept")


def _check_forged(value: dict[str, Any], folder: Path) -> None:
    """Demand that any content with a right checksum gives a session that works, or none."""
    text = json.dumps(value, separators=(",", ":"), default=str).encode("ascii", errors="replace")
    line = b"%08x %s" % (zlib.crc32(text), text)
    if from_line(line) is not None:
        (folder / JOURNAL_NAME).write_bytes(line + b"\n")
        _live_on(_begin_and_keep(folder, _snapshots()[0]))


def _begin_and_keep(folder: Path, snapshot: Snapshot) -> Started | Restored:
    keeper = SessionStore(SettingsFile(folder / "settings.toml"), _ROUTINE, _LANGUAGE, folder)
    troubles: list[Event] = []
    try:
        first_event = keeper.begin(is_daytime=True)
        keeper.start(troubles.append)
        keeper.keep(SaveSnapshot(snapshot))
    finally:
        keeper.stop()
    return first_event


def _live_on(first: Started | Restored) -> None:
    session, _ = step(_fresh(), first)
    for number, intent in enumerate(_AFTERWARDS):
        session, _ = step(session, CommandHeard(at=10.0 + 20.0 * number, intent=intent, text="in many words"))
        session, _ = step(session, Ticked(at=20.0 + 20.0 * number))


def _demand_aside(content: bytes, folder: Path, *, is_whole: bool) -> None:
    aside = list(folder.glob(f"{JOURNAL_NAME}.damaged-*"))
    if is_whole:
        demand(not aside, "a whole journal was put aside")
    else:
        demand([path.read_bytes() for path in aside] == [content], "a damaged journal was not put aside as it was")


def _with_flips(random: Random) -> bytes:
    return flipped(_some(random), random)


def _with_lines_out_of_place(random: Random) -> bytes:
    """Lines doubled, lost, moved, cut, of another journal, with something else between them."""
    lines = _some(random).splitlines(keepends=True)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(lines) + 1)
        match random.randrange(7):
            case 0 if lines:
                lines.insert(place, random.choice(lines))
            case 1 if place < len(lines):
                del lines[place]
            case 2:
                random.shuffle(lines)
            case 3 if place < len(lines):
                lines[place] = lines[place][: random.randrange(len(lines[place]) + 1)]
            case 4:
                lines[place:place] = random.sample(written(), 3)
            case 5:
                lines.insert(
                    place, random.choice((b"\0" * 40, b"\n", b" ", b"x" * _HUGE_LINE + b"\n", b"0" * 8 + b" {}\n"))
                )
            case _:
                lines = lines[place:] + lines[:place]
    return b"".join(lines)


def _some(random: Random) -> bytes:
    """A journal with a part of the lines that were written."""
    start = random.randrange(len(written()))
    return b"".join(written()[start : start + random.randint(1, 12)])


@cache
def written() -> tuple[bytes, ...]:
    """The lines of a journal that a session has left."""
    return tuple(map(to_line, _records()))


@cache
def _records() -> tuple[JournalRecord, ...]:
    stamps = (Stamp("f" * 8, 100.0 + number, 1.8e9 + number, is_wall_trusted=True) for number in count())
    kept = (*_snapshots(), None, *_snapshots()[:3])
    return tuple(
        JournalRecord(number, stamp, _ROUTINE, _LANGUAGE, snapshot)
        for number, stamp, snapshot in zip(count(1), stamps, kept, strict=False)
    )


@cache
def _snapshots() -> tuple[Snapshot, ...]:
    """Snapshots that a session takes on its way."""
    return tuple(keep.snapshot for keep in _keeps(_fresh()) if keep.snapshot is not None)


def _keeps(session: Session) -> Iterable[SaveSnapshot]:
    session, commands = step(session, Started(at=1.0, is_daytime=True))
    yield from _kept(commands)
    for number, intent in enumerate(_WISHES):
        for event in (
            CommandHeard(at=10.0 + 40.0 * number, intent=intent, text="in many words"),
            SpeechEnded(at=20.0 + 40.0 * number, utterance_id=number + 1),
            Ticked(at=30.0 + 40.0 * number),
        ):
            session, commands = step(session, event)
            yield from _kept(commands)


def _kept(commands: Iterable[Command]) -> Iterable[SaveSnapshot]:
    return (command for command in commands if isinstance(command, SaveSnapshot))


def _fresh() -> Session:
    return new_session(load_routine(_ROUTINE, _LANGUAGE), load_language(_LANGUAGE).wording, hold_seconds=600.0)
