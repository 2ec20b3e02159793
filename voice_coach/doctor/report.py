"""Findings as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from voice_coach.doctor.finding import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.core.sentences import Sentences
    from voice_coach.doctor.finding import Finding

_STYLES = {State.OK: "green", State.WARNING: "yellow", State.FAILURE: "bold red"}
_MARK_WIDTH = 9
_NAME_WIDTH = 18
_INDENT = " " * (_MARK_WIDTH + _NAME_WIDTH)
_NARROWEST = 30


def title_of(name: str, texts: Sentences) -> str:
    """What a check is called.

    Args:
        name: of the check.
        texts: what the doctor says.
    """
    return texts.say(f"{name}.title")


def lines_of(finding: Finding, texts: Sentences, width: int | None) -> Text:
    """A finding as lines: how it is, what was looked at, what it means, and below it what repairs it.

    Args:
        finding: what was found.
        texts: what the doctor says.
        width: of the terminal; None for a pipe, where no line is broken.
    """
    lines = _broken(finding.meaning, max(_NARROWEST, width - len(_INDENT))) if width else [finding.meaning]
    mark, title = texts.say(f"report.{finding.state.value}"), title_of(finding.name, texts)
    text = Text.assemble(
        (set_cell_size(mark, _MARK_WIDTH), _STYLES[finding.state]),
        (set_cell_size(title, _NAME_WIDTH), "bold"),
        f"\n{_INDENT}".join(lines),
    )
    if finding.remedy:
        text.append(f"\n{_INDENT}")
        text.append(f"→ {finding.remedy}", "cyan")  # never broken: it is there to be copied
    return text


def conclusion(findings: Sequence[Finding], texts: Sentences) -> Text:
    """Whether the coach can work, in a sentence."""
    failures = [title_of(finding.name, texts) for finding in findings if finding.state is State.FAILURE]
    warnings = sum(finding.state is State.WARNING for finding in findings)
    if failures:
        return Text(texts.say("report.cannot_work", checks=", ".join(failures)), "bold red")
    if warnings == 1:
        return Text(texts.say("report.can_work_with_one_warning"), "bold yellow")
    if warnings:
        return Text(texts.say("report.can_work_with_warnings", count=warnings), "bold yellow")
    return Text(texts.say("report.can_work"), "bold green")


def can_work(findings: Sequence[Finding]) -> bool:
    """Whether nothing failed."""
    return all(finding.state is not State.FAILURE for finding in findings)


def _broken(text: str, room: int) -> list[str]:
    """Into lines of so many cells, at spaces only; letters of some scripts take two."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and cell_len(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
