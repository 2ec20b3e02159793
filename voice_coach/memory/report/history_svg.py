"""Draws a year as a picture: one square for each day in the colour of the mask, one column for each week.

The picture is for light and dark screens. It needs no other file, font or script, and describes itself in words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from voice_coach.memory.report.calendar import OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from voice_coach.memory.report.calendar import MaskKind, Year
    from voice_coach.memory.report.report_texts import Words

_CELL, _STEP = 11, 14
_LEFT, _TOP = 40, 56
_WIDTH_OF_LETTER = 6.6
_LABELLED_WEEKDAYS = (0, 2, 4)
_LEGEND_ROW = 20
_NARROWEST_MONTH_WEEKS = 2
_LETTERS = 3

_NOT_XML = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters, and characters that XML 1.0 may not hold (https://www.w3.org/TR/xml/#charsets)."""

_STYLE = """\
text {{ font: 11px system-ui, sans-serif; fill: #57606a; }}
.title {{ font-size: 15px; font-weight: 600; fill: #1f2328; }}
.paper {{ fill: #ffffff; }}
.none {{ fill: #ebedf0; }}
.left {{ fill: #ebedf0; stroke: {left.light}; stroke-width: 1; }}
{light}
@media (prefers-color-scheme: dark) {{
  text {{ fill: #9198a1; }}
  .title {{ fill: #f0f6fc; }}
  .paper {{ fill: #0d1117; }}
  .none {{ fill: #21262d; }}
  .left {{ fill: #21262d; stroke: {left.dark}; }}
{dark}
}}"""


def to_svg(year: Year, title: str, words: Words) -> str:
    """Return the picture as SVG 1.1.

    Args:
        year: the days to show.
        title: the title above the picture.
        words: the texts of the language, for its labels.
    """
    weeks = list(year.weeks())
    labels = dict.fromkeys(year.kinds.values())
    classes = {kind: f"k{number}" for number, kind in enumerate(labels)}
    width = _LEFT + len(weeks) * _STEP + 16
    entries = [(classes[kind], kind.label) for kind in labels]
    entries += [("left", words.sentences.left_mark)] if year.has_left else []
    legend, rows = _legend(entries, width)
    height = _TOP + 7 * _STEP + 14 + rows * _LEGEND_ROW
    summary = words.sentences.shown.format(count=year.masks, days=year.days)
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title summary"',
            f'  viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
            f'<title id="title">{_text(title)}</title>',
            f'<desc id="summary">{_text(summary)}</desc>',
            f"<style>\n{_style(classes)}\n</style>",
            f'<rect class="paper" width="{width}" height="{height}" rx="6"/>',
            f'<text class="title" x="{_LEFT}" y="24">{_text(title)}</text>',
            f'<text x="{width - 16}" y="24" text-anchor="end">{_text(summary)}</text>',
            *_months(weeks, words),
            *_weekdays(words),
            *(line for column, week in enumerate(weeks) for line in _days(column, week, year, classes, words)),
            *legend,
            "</svg>\n",
        )
    )


def _style(classes: dict[MaskKind, str]) -> str:
    light = "\n".join(f".{name} {{ fill: {kind.colour.light}; }}" for kind, name in classes.items())
    dark = "\n".join(f"  .{name} {{ fill: {kind.colour.dark}; }}" for kind, name in classes.items())
    return _STYLE.format(light=light, dark=dark, left=OTHERS)


def _months(weeks: list[tuple[date | None, ...]], words: Words) -> Iterator[str]:
    """Yield the name of each month above its first week, unless the next name would be too near."""
    months = [next((day.month for day in week if day), 0) for week in weeks]
    starts = [column for column, month in enumerate(months) if not column or month != months[column - 1]]
    for start, following in zip(starts, [*starts[1:], len(weeks)], strict=True):
        if following - start >= _NARROWEST_MONTH_WEEKS:
            label = _text(words.months[months[start] - 1][:_LETTERS])
            yield f'<text x="{_LEFT + start * _STEP}" y="{_TOP - 8}">{label}</text>'


def _weekdays(words: Words) -> Iterator[str]:
    for weekday in _LABELLED_WEEKDAYS:
        y = _TOP + weekday * _STEP + _CELL - 2
        label = _text(words.weekdays[weekday][:_LETTERS])
        yield f'<text x="{_LEFT - 8}" y="{y}" text-anchor="end">{label}</text>'


def _days(
    column: int, week: tuple[date | None, ...], year: Year, classes: dict[MaskKind, str], words: Words
) -> Iterator[str]:
    for row, day in enumerate(week):
        if day is None:
            continue
        x, y = _LEFT + column * _STEP, _TOP + row * _STEP
        kinds = [classes[kind] for kind in year.kinds_on(day)]
        sessions = year.by_day.get(day, ())
        name = kinds[0] if kinds else "left" if sessions else "none"
        told = [words.outcome(session) for session in sessions] or [words.sentences.no_mask]
        label = f"<title>{_text(f'{words.date(day)}: ' + '; '.join(told))}</title>"
        square = f'<rect class="{name}" x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" rx="2"/>'
        corner = f"M{x + _CELL} {y}v{_CELL}h-{_CELL}z"
        second = f'<path class="{kinds[1]}" d="{corner}"/>' if kinds[1:] else ""
        yield f'<g class="day" data-day="{day.isoformat()}">{label}{square}{second}</g>'


def _legend(entries: list[tuple[str, str]], width: int) -> tuple[list[str], int]:
    """Return the elements of the legend, broken into rows of the picture's width, and the number of rows."""
    lines, x, row = [], float(_LEFT), 0
    for name, label in entries:
        needed = _CELL + 6 + len(label) * _WIDTH_OF_LETTER + 18
        if x > _LEFT and x + needed > width:
            x, row = float(_LEFT), row + 1
        y = _TOP + 7 * _STEP + 10 + row * _LEGEND_ROW
        square = f'<rect class="{name}" x="{x:g}" y="{y}" width="{_CELL}" height="{_CELL}" rx="2"/>'
        lines.append(f'{square}<text x="{x + _CELL + 6:g}" y="{y + _CELL - 1}">{_text(label)}</text>')
        x += needed
    return lines, row + 1 if entries else 0


def _text(text: str) -> str:
    """Return a text escaped for XML; a character that XML cannot hold becomes a question mark."""
    return escape(_NOT_XML.sub("?", text), {'"': "&quot;"})
