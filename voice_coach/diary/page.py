"""A year in the terminal: a mark a day, beside it how often it was and how the last one felt."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.table import Table
from rich.text import Text

from voice_coach.diary.year import OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from rich.console import Console

    from voice_coach.core.past import Past
    from voice_coach.diary.words import Words
    from voice_coach.diary.year import Kind, Year
    from voice_coach.memory.history.kept import KeptSession

_MARK, _NONE = "■", "·"
_LABEL_LETTERS = 3
_WIDE = 2 * 54 + _LABEL_LETTERS + 1
"""Columns from which a day gets a gap beside it."""
_LABELLED_WEEKDAYS = (0, 2, 4)


def print_page(
    console: Console, year: Year, title: str, sessions: Sequence[KeptSession], past: Past, words: Words
) -> None:
    """Print it.

    Args:
        console: where to; without colours the marks are letters.
        year: which days are shown.
        title: above them.
        sessions: all there are.
        past: counted until today.
        words: what it is told with.
    """
    console.print(Text(title, style="bold"))
    console.print()
    for line in _calendar(console, year, words):
        console.print(line, no_wrap=True, crop=True)
    console.print()
    legend = list(_legend(console, year, words))
    if legend:
        console.print(Columns(legend, padding=(0, 3)))
        console.print()
    console.print(_counts(sessions, past, words))


def _calendar(console: Console, year: Year, words: Words) -> Iterator[Text]:
    gap = " " if console.width >= _WIDE else ""
    weeks = list(year.weeks())
    yield Text(" " * (_LABEL_LETTERS + 1) + _months(weeks, len(gap) + 1, words), style="dim")
    for weekday in range(7):
        label = words.weekdays[weekday][:_LABEL_LETTERS] if weekday in _LABELLED_WEEKDAYS else ""
        line = Text(label.ljust(_LABEL_LETTERS + 1), style="dim")
        for week in weeks:
            line.append_text(_mark(console, year, week[weekday]))
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


def _mark(console: Console, year: Year, day: date | None) -> Text:
    if day is None:
        return Text(" ")
    kinds = year.kinds_on(day)
    if kinds:
        return _kind_mark(console, kinds[-1])
    return _left_mark() if day in year.by_day else Text(_NONE, style="dim")


def _kind_mark(console: Console, kind: Kind) -> Text:
    """One colour serves light and dark terminals: the darker one of a pair would vanish on black."""
    if console.color_system is None:
        return Text(kind.label[0].upper())
    return Text(_MARK, style=kind.colour.dark)


def _left_mark() -> Text:
    return Text("□", style=OTHERS.dark)


def _legend(console: Console, year: Year, words: Words) -> Iterator[Text]:
    for kind in dict.fromkeys(year.kinds.values()):
        yield _kind_mark(console, kind).append(f" {kind.label}", style="default")
    if year.has_left:
        yield _left_mark().append(f" {words.sentences.left_mark}", style="default")


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
