"""A year in the terminal: a mark a day, beside it how often it was and how the last one felt."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.table import Table
from rich.text import Text

from voice_coach.diary.year import OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from rich.console import Console

    from voice_coach.core.past import Past
    from voice_coach.diary.words import Words
    from voice_coach.diary.year import Kind, Year
    from voice_coach.memory.history.kept import KeptSession

_MARK, _NONE = "■", "·"
_SPARE = "XYZ0123456789"
_LABEL_LETTERS = 3
_WIDE = 2 * 54 + _LABEL_LETTERS + 1
"""Columns from which a day gets a gap beside it."""
_LABELLED_WEEKDAYS = (0, 2, 4)


def print_calendar(console: Console, year: Year, title: str, words: Words) -> None:
    """Print a year.

    Args:
        console: where to; without colours the marks are letters.
        year: which days are shown.
        title: above them.
        words: what it is told with.
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


def print_counts(console: Console, sessions: Sequence[KeptSession], past: Past, words: Words) -> None:
    """Print how often it was, and the last session.

    Args:
        console: where to.
        sessions: all there are, at least one.
        past: counted until today.
        words: what it is told with.
    """
    console.print(_counts(sessions, past, words))


def _calendar(console: Console, year: Year, words: Words, marks: Mapping[Kind, Text]) -> Iterator[Text]:
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
    """Each month's name above its first week, as far as there is room."""
    months = [next((day.month for day in week if day), 0) for week in weeks]
    line = ""
    for month, group in groupby(months):
        room = len(list(group)) * width
        name = words.months[month - 1][:_LABEL_LETTERS]
        line += (name if room > len(name) else "").ljust(room)
    return line


def _mark(year: Year, day: date | None, marks: Mapping[Kind, Text]) -> Text:
    if day is None:
        return Text(" ")
    kinds = year.kinds_on(day)
    if kinds:
        return marks[kinds[-1]]
    return _left_mark() if day in year.by_day else Text(_NONE, style="dim")


def _marks(year: Year, *, has_colours: bool) -> dict[Kind, Text]:
    """A mark for each kind: a letter of its own, or coloured; colours for dark screens are seen on light ones too."""
    kinds = dict.fromkeys(year.kinds.values())
    if has_colours:
        return {kind: Text(_MARK, style=kind.colour.dark) for kind in kinds}
    marks: dict[Kind, Text] = {}
    taken: set[str] = set()
    for kind in kinds:
        letters = (letter for letter in kind.label.upper() + _SPARE if letter.isalnum() and letter not in taken)
        taken.add(letter := next(letters, "?"))
        marks[kind] = Text(letter)
    return marks


def _left_mark() -> Text:
    return Text("□", style=OTHERS.dark)


def _legend(year: Year, words: Words, marks: Mapping[Kind, Text]) -> Iterator[Text]:
    for kind, mark in marks.items():
        yield Text.assemble(mark, f" {kind.label}")
    if year.has_left:
        yield Text.assemble(_left_mark(), f" {words.sentences.left_mark}")


def _counts(sessions: Sequence[KeptSession], past: Past, words: Words) -> Table:
    """The numbers, and the last session."""
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
