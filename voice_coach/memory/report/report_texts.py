"""The texts of the history in a language, and the history as CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from voice_coach.schema import Array, Field, Table, Text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from voice_coach.language.pack import LanguagePack
    from voice_coach.memory.history.history_records import RecordedSession, RecordedStep
    from voice_coach.routines.past_masks import Feeling, HistorySummary


@dataclass(frozen=True, slots=True)
class ReportTexts:
    """The texts by their names, with {placeholders} that are filled in."""

    empty: str
    title: str
    title_year: str
    date: str
    short_date: str
    unknown_date: str
    in_week: str
    in_month: str
    total: str
    shown: str
    last: str
    felt: str
    done: str
    left: str
    stung: str
    under_way: str
    left_mark: str
    undated: str
    no_mask: str
    facial: str
    clay: str
    sheet: str
    gel: str
    peel_off: str
    exfoliating: str
    sleeping: str
    other: str
    feeling_good: str
    feeling_stung: str
    feeling_tight: str
    feeling_dry: str
    svg_written: str
    one_session: str
    sessions: str
    span: str
    damaged: str
    ask: str
    erased: str
    nothing: str
    not_erased: str
    still_damaged: str


@dataclass(frozen=True, slots=True)
class Words:
    """Texts and names of one language."""

    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    sentences: ReportTexts

    def date(self, day: dt.date) -> str:
        """Return a day with its weekday."""
        return self._fill(self.sentences.date, day)

    def short_date(self, day: dt.date) -> str:
        """Return a day as a short date."""
        return self._fill(self.sentences.short_date, day)

    def when(self, session: RecordedSession) -> str:
        """Say the day of a session, or that it is not known."""
        return self.date(session.day) if session.day else self.sentences.unknown_date

    def ending(self, session: RecordedSession) -> str:
        """Say how a session ended, as the person said or did it."""
        name = session.ending.value if session.ending else "under_way"
        text: str = getattr(self.sentences, name)
        return text

    def feeling(self, feeling: Feeling) -> str:
        """Say how the skin felt."""
        text: str = getattr(self.sentences, f"feeling_{feeling.value}")
        return self.sentences.felt.format(feeling=text)

    def outcome(self, session: RecordedSession) -> str:
        """Say the routine, the end and the feeling of a session in one line."""
        feelings = [self.feeling(feeling) for feeling in session.feelings[-1:]]
        return ", ".join((printable(session.name or session.routine), self.ending(session), *feelings))

    def _fill(self, text: str, day: dt.date) -> str:
        weekday, month = self.weekdays[day.weekday()], self.months[day.month - 1]
        return text.format(weekday=weekday, day=day.day, month=month, year=day.year)


_NAMES = tuple(field.name for field in fields(ReportTexts))
_HISTORY = Table(
    {
        "language": Field(Text(2), is_required=True),
        "months": Field(Array(Text(), 12, 12), is_required=True),
        "weekdays": Field(Array(Text(), 7, 7), is_required=True),
        "sentences": Field(Table({name: Field(Text(), is_required=True) for name in _NAMES}), is_required=True),
    }
)


def printable(text: str) -> str:
    """Return a name as one line that is safe on a terminal, because a person may have given it any characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip() or "?"


def load_words(pack: LanguagePack) -> Words:
    """Read a language's words.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    file = pack.document("history", _HISTORY)
    table = file.table("sentences")
    sentences = ReportTexts(**{name: table.text(name) for name in _NAMES})
    return Words(file.texts("months"), file.texts("weekdays"), sentences)


COLUMNS = ("number", "routine", "name", "mask", "hold_seconds", "began", "ending", "ended_seconds", "is_mask",
           "feelings", "steps")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Characters with which a spreadsheet takes a text for a formula, also in their wide forms (https://owasp.org/www-community/attacks/CSV_Injection)."""


def to_json(sessions: Sequence[RecordedSession], past: HistorySummary) -> str:
    """Return JSON with the counts, and with every session and its steps."""
    counts = {"in_week": past.in_week, "in_month": past.in_month, "total": past.total}
    found = {"counts": counts, "sessions": [_row(session) for session in sessions]}
    return json.dumps(found, ensure_ascii=False, indent=1)


def to_csv(sessions: Sequence[RecordedSession]) -> str:
    """Return CSV with one line per session (RFC 4180); lists are in one cell, their parts divided by semicolons."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for session in sessions:
        row = _row(session)
        row["is_mask"] = "true" if row["is_mask"] else "false"
        row["feelings"] = "; ".join(row["feelings"])
        row["steps"] = "; ".join(_step(step) for step in session.steps)
        writer.writerow([_cell(row[column]) for column in COLUMNS])
    return file.getvalue()


def _row(session: RecordedSession) -> dict[str, Any]:
    return {
        "number": session.number,
        "routine": session.routine,
        "name": session.name,
        "mask": session.mask or None,
        "hold_seconds": session.hold_seconds,
        "began": session.began.isoformat() if session.began else None,
        "ending": session.ending.value if session.ending else None,
        "ended_seconds": session.ended_seconds,
        "is_mask": session.is_mask,
        "feelings": [feeling.value for feeling in session.feelings],
        "steps": [
            {"step": step.step, "is_mask_on": step.is_mask_on, "after_seconds": step.after_seconds}
            for step in session.steps
        ],
    }


def _step(step: RecordedStep) -> str:
    return step.step if step.after_seconds is None else f"{step.step} {step.after_seconds:.0f}"


def _cell(value: object) -> object:
    """Return a text in one line, with an apostrophe before a text that a spreadsheet would calculate."""
    if not isinstance(value, str) or not value:
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
