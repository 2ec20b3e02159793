"""One record of the journal as a line of text: a number, what was kept, when, and a checksum over all of it.

    1f3c9a02 {"version":1,"number":7,"stamp":{...},"routine":"facial_mask","language":"en","session":{...}}

The checksum is the CRC-32 of the JSON text behind it (zlib's): it finds every flipped bit, and any damage within 32
bits of each other (https://en.wikipedia.org/wiki/Cyclic_redundancy_check). A record holds the whole session, so the
last good one is enough.
"""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from voice_coach.routines import LONGEST_HOLD_SECONDS, Milestone
from voice_coach.session.named_timers import NamedTimer
from voice_coach.session.persistence import Snapshot, Stamp
from voice_coach.session.timer import Countdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.session.timer import AnnouncementMark

VERSION = 5
_READABLE = frozenset({1, 2, 3, 4, 5})
_SKIPPED = "skipped"
_NEW_IN = {2: (_SKIPPED,), 3: ("has_stung", "is_in_pain"), 4: ("timers",), 5: ("is_on_standby",)}
"""The fields of a session that each version has added."""
_CHECKSUM_LETTERS = 8
_LONGEST_BYTES = 10_000
_KINDS: Mapping[str, Any] = {"str": str, "bool": bool, "float": (int, float), "float | None": (int, float, type(None))}
_Kept = TypeVar("_Kept", Stamp, Countdown, NamedTimer, Snapshot)


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """One saved state of the session."""

    number: int
    """Number of the record: one more than that of the record before it."""
    stamp: Stamp
    routine: str
    language: str
    snapshot: Snapshot | None
    """The state of the session; None when it was over."""


def to_line(record: JournalRecord, version: int = VERSION) -> bytes:
    """A record as its line, with the line's end, as a version wrote it."""
    text = json.dumps(
        {
            "version": version,
            "number": record.number,
            "stamp": asdict(record.stamp),
            "routine": record.routine,
            "language": record.language,
            "session": _session_to_json(record.snapshot, version),
        },
        separators=(",", ":"),
    ).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def is_newer(line: bytes) -> bool:
    """Whether a line is a whole record of a later version than this program knows."""
    checksum, _, text = line.partition(b" ")
    try:
        return checksum == b"%08x" % zlib.crc32(text) and json.loads(text)["version"] > VERSION
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def from_line(line: bytes) -> JournalRecord | None:
    """The record of a line without its end; None when it is not exactly what `to_line` wrote."""
    checksum, space, text = line[:_CHECKSUM_LETTERS], line[_CHECKSUM_LETTERS : _CHECKSUM_LETTERS + 1], line[9:]
    if space != b" " or len(line) > _LONGEST_BYTES or checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        value = json.loads(text)
        record = _from_json(value)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # right sum, wrong content
        return None
    return record if record is not None and to_line(record, value["version"]) == line + b"\n" else None


def _session_to_json(snapshot: Snapshot | None, version: int) -> dict[str, Any] | None:
    if snapshot is None:
        return None
    past = sorted((mark.value if isinstance(mark, Milestone) else mark for mark in snapshot.past), key=repr)
    session = asdict(snapshot) | {"past": past, _SKIPPED: sorted(snapshot.skipped)}
    del session["routine"]  # the record has it, also when there is no session
    too_new = {name for number, names in _NEW_IN.items() if number > version for name in names}
    return {name: value for name, value in session.items() if name not in too_new}


def _from_json(value: dict[str, Any]) -> JournalRecord | None:
    if value["version"] not in _READABLE:
        return None
    session, routine = value["session"], str(value["routine"])
    return JournalRecord(
        number=int(value["number"]),
        stamp=_checked(Stamp(**value["stamp"])),
        routine=routine,
        language=str(value["language"]),
        snapshot=None if session is None else _snapshot(session, routine),
    )


def _snapshot(session: dict[str, Any], routine: str) -> Snapshot:
    kept = session["countdown"]
    countdown = None if kept is None else _checked(Countdown(**kept))
    past = frozenset(_mark(mark) for mark in session["past"])
    skipped = frozenset(str(step) for step in session.get(_SKIPPED, ()))
    timers = tuple(_timer(**timer) for timer in session.get("timers", ()))
    kinds = {"countdown": countdown, "past": past, _SKIPPED: skipped, "routine": routine, "timers": timers}
    snapshot = _checked(Snapshot(**session | kinds))
    seconds = [snapshot.hold_seconds]
    for one in (countdown, *(timer.countdown for timer in timers)):
        seconds += [one.total_seconds, one.left_seconds] if one else []
    if not all(math.isfinite(value) and 0 <= value <= LONGEST_HOLD_SECONDS for value in seconds):
        message = "no hold lasts so long"
        raise ValueError(message)
    return snapshot


def _timer(name: str, countdown: dict[str, Any], has_rung: bool) -> NamedTimer:  # noqa: FBT001 - a field of the record
    return _checked(NamedTimer(name, _checked(Countdown(**countdown)), has_rung))


def _checked(kept: _Kept) -> _Kept:
    """The same; a value of another kind than its field's would do harm much later.

    Raises:
        TypeError: a text, a number or a truth value stands where another kind belongs.
    """
    for field in fields(kept):
        value = getattr(kept, field.name)
        kind = _KINDS.get(str(field.type), object)
        if not isinstance(value, kind) or (isinstance(value, bool) and field.type != "bool"):
            message = f"{field.name} is no {field.type}"
            raise TypeError(message)
    return kept


def _mark(value: float | str) -> AnnouncementMark:
    return value if type(value) is int else Milestone(value)
