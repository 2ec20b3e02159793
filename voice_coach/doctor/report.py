"""Findings as lines for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.text import Text

from voice_coach.doctor.finding import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.doctor.finding import Finding

_MARKS = {State.OK: ("ok", "green"), State.WARNING: ("warning", "yellow"), State.FAILURE: ("failure", "bold red")}
_MARK_WIDTH = 9
_NAME_WIDTH = 18
_INDENT = " " * (_MARK_WIDTH + _NAME_WIDTH)
_NARROWEST = 30
_UNBROKEN = 1_000_000


def lines_of(finding: Finding, width: int | None) -> Text:
    """A finding as lines: how it is, what was looked at, what it means, and below it what repairs it.

    Args:
        finding: what was found.
        width: of the terminal; None for a pipe, where no line is broken.
    """
    mark, style = _MARKS[finding.state]
    room = max(_NARROWEST, width - len(_INDENT)) if width else _UNBROKEN
    name = finding.name.replace("_", " ")
    lines = textwrap.wrap(finding.meaning, room, break_on_hyphens=False, break_long_words=False) or [""]
    text = Text.assemble(
        (f"{mark:<{_MARK_WIDTH}}", style), (f"{name:<{_NAME_WIDTH}}", "bold"), f"\n{_INDENT}".join(lines)
    )
    if finding.remedy:
        text.append(f"\n{_INDENT}")
        text.append(f"→ {finding.remedy}", "cyan")  # never broken: it is there to be copied
    return text


def conclusion(findings: Sequence[Finding]) -> Text:
    """Whether the coach can work, in a sentence."""
    failures = [finding.name.replace("_", " ") for finding in findings if finding.state is State.FAILURE]
    warnings = sum(finding.state is State.WARNING for finding in findings)
    if failures:
        return Text(f"The coach cannot work yet: mend what failed ({', '.join(failures)}).", "bold red")
    if warnings:
        return Text(f"The coach can work; {warnings} warning{'s' * (warnings != 1)}.", "bold yellow")
    return Text("The coach can work.", "bold green")


def can_work(findings: Sequence[Finding]) -> bool:
    """Whether nothing failed."""
    return all(finding.state is not State.FAILURE for finding in findings)
