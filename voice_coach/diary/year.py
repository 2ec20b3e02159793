"""A year of days with what happened on them, and a colour for each kind of mask. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from voice_coach.diary.words import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_coach.diary.words import Words
    from voice_coach.memory.history.kept import KeptSession

KINDS = ("facial", "clay", "sheet", "gel", "peel_off", "exfoliating", "sleeping")
_WEEK = 7
_LONGEST_LABEL = 24


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour on white and on black."""

    light: str
    dark: str


OTHERS = Colour("#767676", "#a0a0a0")
_OF_KINDS = {
    "facial": Colour("#1a8a4c", "#3fb872"),
    "clay": Colour("#a85f2a", "#d08a52"),
    "sheet": Colour("#2f74d0", "#5fa0f0"),
    "gel": Colour("#0f97a6", "#3fc8d4"),
    "peel_off": Colour("#8f4cc4", "#b985e6"),
    "exfoliating": Colour("#c98a00", "#f0b429"),
    "sleeping": Colour("#4a4ea8", "#8488ea"),
}
_OF_OWN_ROUTINES = (Colour("#d0467f", "#f27aa8"), Colour("#6b8e23", "#a5c94f"), Colour("#c0392b", "#f0776a"))
"""Further own routines are shown together."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What has one colour: a kind of mask, or a person's own routine."""

    label: str
    """May contain anything."""
    colour: Colour


@dataclass(frozen=True, slots=True)
class Year:
    """The days from `first` to `last`, both included."""

    first: date
    last: date
    by_day: Mapping[date, tuple[KeptSession, ...]]
    kinds: Mapping[str, Kind]
    """Of the sessions in these days, by `key_of`, in the order of the legend."""

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    @property
    def masks(self) -> int:
        """How many masks there were."""
        return sum(session.is_mask for sessions in self.by_day.values() for session in sessions)

    @property
    def has_left(self) -> bool:
        """Whether on some day there was a session but no mask."""
        return any(not any(session.is_mask for session in sessions) for sessions in self.by_day.values())

    def weeks(self) -> Iterator[tuple[date | None, ...]]:
        """Seven days each from Monday on, None for those outside."""
        monday = self.first - timedelta(days=self.first.weekday())
        for number in range((self.last - monday).days // _WEEK + 1):
            days = (monday + timedelta(days=number * _WEEK + weekday) for weekday in range(_WEEK))
            yield tuple(day if self.first <= day <= self.last else None for day in days)

    def kinds_on(self, day: date) -> list[Kind]:
        """The kinds of mask on a day, each once, in their order."""
        keys = dict.fromkeys(key_of(session) for session in self.by_day.get(day, ()) if session.is_mask)
        return [self.kinds[key] for key in keys]


def calendar_year(number: int) -> tuple[date, date]:
    """Its first and its last day."""
    return date(number, 1, 1), date(number, 12, 31)


def year_until(last: date) -> tuple[date, date]:
    """The twelve months that end with a day."""
    leap = (last.month, last.day) == (2, 29)
    return (date(last.year - 1, 3, 1) if leap else last.replace(year=last.year - 1) + timedelta(days=1)), last


def year_of(sessions: Sequence[KeptSession], span: tuple[date, date], words: Words) -> Year:
    """Put sessions on their days."""
    first, last = span
    by_day: defaultdict[date, list[KeptSession]] = defaultdict(list)
    for session in sessions:
        if session.day and first <= session.day <= last:
            by_day[session.day].append(session)
    shown = [session for day in sorted(by_day) for session in by_day[day] if session.is_mask]
    return Year(first, last, {day: tuple(found) for day, found in by_day.items()}, _kinds(shown, words))


def key_of(session: KeptSession) -> str:
    """Under which kind a session is shown."""
    if session.mask in KINDS:
        return session.mask
    return "facial" if session.routine == "facial_mask" else f"routine {session.routine}"


def _kinds(sessions: Sequence[KeptSession], words: Words) -> dict[str, Kind]:
    keys = {key_of(session): session for session in sessions}
    known: dict[str, Kind] = {key: Kind(getattr(words.sentences, key), _OF_KINDS[key]) for key in KINDS if key in keys}
    own = [key for key in keys if key not in known]
    coloured = own if len(own) <= len(_OF_OWN_ROUTINES) else own[: len(_OF_OWN_ROUTINES) - 1]
    for key, colour in zip(coloured, _OF_OWN_ROUTINES, strict=False):
        known[key] = Kind(_short(keys[key].name or keys[key].routine), colour)
    rest = Kind(words.sentences.other, OTHERS)
    return known | {key: rest for key in own if key not in known}


def _short(text: str) -> str:
    line = printable(text)
    return line if len(line) <= _LONGEST_LABEL else f"{line[: _LONGEST_LABEL - 1]}…"
