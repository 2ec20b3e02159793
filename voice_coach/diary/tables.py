"""The whole history for other programs, as JSON or CSV; docs/history.md tells the fields."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.core.past import Past
    from voice_coach.memory.history.kept import KeptSession

COLUMNS = ("number", "routine", "name", "mask", "hold_seconds", "began", "ending", "ended_seconds", "is_mask",
           "feelings", "steps")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a text for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""


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
        row["steps"] = "; ".join(_step(**step) for step in row["steps"])
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
        "steps": [{"step": step.step, "after_seconds": step.after_seconds} for step in session.steps],
    }


def _step(step: str, after_seconds: float | None) -> str:
    return step if after_seconds is None else f"{step} {after_seconds:.0f}"


def _cell(value: object) -> object:
    """An apostrophe before what a spreadsheet would calculate, whatever blanks it begins with."""
    if not isinstance(value, str):
        return value
    return f"'{value}" if value.startswith(_FORMULA) or value.lstrip().startswith(_FORMULA) else value
