"""The history as a calendar of the year, in the terminal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.table import Table
from rich.text import Text

from voice_coach.memory.report.report_texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from voice_coach.memory.history.history_records import RecordedSession
    from voice_coach.memory.report.report_texts import Words
    from voice_coach.routines.past_masks import HistorySummary


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
"""The colours of the first own routines of a person; all further ones share a kind."""


@dataclass(frozen=True, slots=True)
class MaskKind:
    """A group of sessions that share a colour: a kind of mask, or a person's own routine."""

    label: str
    """Name in the legend, which may contain any characters."""
    colour: Colour


@dataclass(frozen=True, slots=True)
class Year:
    """The days from `first` to `last`, both included."""

    first: date
    last: date
    by_day: Mapping[date, tuple[RecordedSession, ...]]
    kinds: Mapping[str, MaskKind]
    """Kinds of the sessions in these days, by `key_of`, in the order of the legend."""

    @property
    def days(self) -> int:
        """Number of days in the year shown."""
        return (self.last - self.first).days + 1

    @property
    def masks(self) -> int:
        """Number of masks in these days."""
        return sum(session.is_mask for sessions in self.by_day.values() for session in sessions)

    @property
    def has_left(self) -> bool:
        """Whether the year has a day with a session in which no mask was put on."""
        return any(not any(session.is_mask for session in sessions) for sessions in self.by_day.values())

    def weeks(self) -> Iterator[tuple[date | None, ...]]:
        """The weeks, each of seven days from Monday on; None stands for a day outside of the year."""
        monday = self.first - timedelta(days=self.first.weekday())
        for number in range((self.last - monday).days // _WEEK + 1):
            days = (monday + timedelta(days=number * _WEEK + weekday) for weekday in range(_WEEK))
            yield tuple(day if self.first <= day <= self.last else None for day in days)

    def kinds_on(self, day: date) -> list[MaskKind]:
        """Return the kinds of the masks of a day, each once, in the order of the sessions."""
        keys = dict.fromkeys(key_of(session) for session in self.by_day.get(day, ()) if session.is_mask)
        return [self.kinds[key] for key in keys]


def calendar_year(number: int) -> tuple[date, date]:
    """Return the first and the last day of a calendar year."""
    return date(number, 1, 1), date(number, 12, 31)


def year_until(last: date) -> tuple[date, date]:
    """Return the first and the last day of the twelve months that end with a day."""
    leap = (last.month, last.day) == (2, 29)
    return (date(last.year - 1, 3, 1) if leap else last.replace(year=last.year - 1) + timedelta(days=1)), last


def year_of(sessions: Sequence[RecordedSession], span: tuple[date, date], words: Words) -> Year:
    """Return the days from `first` to `last` with their sessions."""
    first, last = span
    by_day: defaultdict[date, list[RecordedSession]] = defaultdict(list)
    for session in sessions:
        if session.day and first <= session.day <= last:
            by_day[session.day].append(session)
    shown = [session for day in sorted(by_day) for session in by_day[day] if session.is_mask]
    return Year(first, last, {day: tuple(found) for day, found in by_day.items()}, _kinds(shown, words))


def key_of(session: RecordedSession) -> str:
    """Return the key of the kind under which a session is shown."""
    if session.mask in KINDS:
        return session.mask
    return "facial" if session.routine == "facial_mask" else f"routine {session.routine}"


def _kinds(sessions: Sequence[RecordedSession], words: Words) -> dict[str, MaskKind]:
    keys = {key_of(session): session for session in sessions}
    known: dict[str, MaskKind] = {
        key: MaskKind(getattr(words.sentences, key), _OF_KINDS[key]) for key in KINDS if key in keys
    }
    own = [key for key in keys if key not in known]
    coloured = own if len(own) <= len(_OF_OWN_ROUTINES) else own[: len(_OF_OWN_ROUTINES) - 1]
    for key, colour in zip(coloured, _OF_OWN_ROUTINES, strict=False):
        known[key] = MaskKind(_short(keys[key].name or keys[key].routine), colour)
    rest = MaskKind(words.sentences.other, OTHERS)
    return known | {key: rest for key in own if key not in known}


def _short(text: str) -> str:
    line = printable(text)
    return line if len(line) <= _LONGEST_LABEL else f"{line[: _LONGEST_LABEL - 1]}…"


_MARK, _NONE = "■", "·"
_SPARE = "XYZ0123456789"
_LABEL_LETTERS = 3
_WIDE = 2 * 54 + _LABEL_LETTERS + 1
"""Columns from which a day gets a gap beside it."""
_LABELLED_WEEKDAYS = (0, 2, 4)


def print_calendar(console: Console, year: Year, title: str, words: Words) -> None:
    """Print a year as a calendar.

    Args:
        console: The console to print on; without colours the marks are letters.
        year: the days to show.
        title: the title above them.
        words: the texts of the language.
    """
    marks = _marks(year, has_colours=console.color_system is not None)
    console.print(Text(title, style="bold"))
    console.print()
    for line in _calendar(console, year, words, marks):
        console.print(line, no_wrap=True, crop=True)
    console.print()
    legend = list(_legend(year, words, marks))
    if legend:
        console.print(Columns(legend, padding=(0, 3)))
        console.print()


def print_counts(console: Console, sessions: Sequence[RecordedSession], past: HistorySummary, words: Words) -> None:
    """Print how often there was a mask, and how the last session ended.

    Args:
        console: The console to print on.
        sessions: all sessions, at least one.
        past: the summary of the sessions until today.
        words: the texts of the language.
    """
    console.print(_counts(sessions, past, words))


def _calendar(console: Console, year: Year, words: Words, marks: Mapping[MaskKind, Text]) -> Iterator[Text]:
    gap = " " if console.width >= _WIDE else ""
    weeks = list(year.weeks())
    yield Text(" " * (_LABEL_LETTERS + 1) + _months(weeks, len(gap) + 1, words), style="dim")
    for weekday in range(7):
        label = words.weekdays[weekday][:_LABEL_LETTERS] if weekday in _LABELLED_WEEKDAYS else ""
        line = Text().append(label.ljust(_LABEL_LETTERS + 1), style="dim")
        for week in weeks:
            line.append_text(_mark(year, week[weekday], marks))
            line.append(gap)
        yield line


def _months(weeks: list[tuple[date | None, ...]], width: int, words: Words) -> str:
    """Return a line with the name of each month above its first week, if there is room."""
    months = [next((day.month for day in week if day), 0) for week in weeks]
    line = ""
    for month, group in groupby(months):
        room = len(list(group)) * width
        name = words.months[month - 1][:_LABEL_LETTERS]
        line += (name if room > len(name) else "").ljust(room)
    return line


def _mark(year: Year, day: date | None, marks: Mapping[MaskKind, Text]) -> Text:
    if day is None:
        return Text(" ")
    kinds = year.kinds_on(day)
    if kinds:
        return marks[kinds[-1]]
    return _left_mark() if day in year.by_day else Text(_NONE, style="dim")


def _marks(year: Year, *, has_colours: bool) -> dict[MaskKind, Text]:
    """Return the mark of each kind: a coloured square, or a letter of its own on a console without colours."""
    kinds = dict.fromkeys(year.kinds.values())
    if has_colours:
        return {kind: Text(_MARK, style=kind.colour.dark) for kind in kinds}
    marks: dict[MaskKind, Text] = {}
    taken: set[str] = set()
    for kind in kinds:
        letters = (letter for letter in kind.label.upper() + _SPARE if letter.isalnum() and letter not in taken)
        taken.add(letter := next(letters, "?"))
        marks[kind] = Text(letter)
    return marks


def _left_mark() -> Text:
    return Text("□", style=OTHERS.dark)


def _legend(year: Year, words: Words, marks: Mapping[MaskKind, Text]) -> Iterator[Text]:
    for kind, mark in marks.items():
        yield Text.assemble(mark, f" {kind.label}")
    if year.has_left:
        yield Text.assemble(_left_mark(), f" {words.sentences.left_mark}")


def _counts(sessions: Sequence[RecordedSession], past: HistorySummary, words: Words) -> Table:
    """Return a table of how often there was a mask, and of the last session."""
    sentences = words.sentences
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="bold")
    table.add_column()
    counts = ((past.in_week, sentences.in_week), (past.in_month, sentences.in_month), (past.total, sentences.total))
    for count, label in counts:
        table.add_row(str(count), label)
    last = sessions[-1]
    table.add_row(sentences.last, Text(f"{words.when(last)}: {words.outcome(last)}"))
    undated = sum(session.day is None for session in sessions)
    if undated:
        table.add_row("", Text(sentences.undated.format(count=undated), style="dim"))
    return table
