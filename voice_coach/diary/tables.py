"""The whole history for other programs, as JSON or CSV; docs/history.md tells the fields."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from voice_coach.diary.words import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.core.past import Past
    from voice_coach.memory.history.kept import KeptSession, KeptStep

COLUMNS = ("number", "routine", "name", "mask", "hold_seconds", "began", "ending", "ended_seconds", "is_mask",
           "feelings", "steps")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these, wide ones too, a spreadsheet takes a text for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""


def to_json(sessions: Sequence[KeptSession], past: Past) -> str:
    """One object: the counts, and every session with its steps."""
    counts = {"in_week": past.in_week, "in_month": past.in_month, "total": past.total}
    found = {"counts": counts, "sessions": [_row(session) for session in sessions]}
    return json.dumps(found, ensure_ascii=False, indent=1)


def to_csv(sessions: Sequence[KeptSession]) -> str:
    """A line a session (RFC 4180); lists are in one cell, their parts divided by semicolons."""
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


def _row(session: KeptSession) -> dict[str, Any]:
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


def _step(step: KeptStep) -> str:
    return step.step if step.after_seconds is None else f"{step.step} {step.after_seconds:.0f}"


def _cell(value: object) -> object:
    """A text in one line, with an apostrophe before what a spreadsheet would calculate."""
    if not isinstance(value, str) or not value:
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
