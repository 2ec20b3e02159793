"""What a tuning found out, for programs and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from voice_coach.tuning.proposal import Manner, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from voice_coach.tuning.finding import Finding, Result, Setting

_CLIPPED = -0.1
"""dBFS."""
_MOST_ROWS = 40
"""Clips that are listed one by one; of more only those that were not understood at once."""
_MANNERS = {Manner.NORMAL: "understood", Manner.STIFF: "understood, stiff lips"}


def summary(finding: Finding, *, is_kept: bool) -> dict[str, Any]:
    """The finding as `tune --json` prints it; levels in dBFS, gain in dB."""
    results = zip(finding.before.results, finding.after.results, strict=True)
    return {
        "kind": "tuning",
        "noise_dbfs": round(finding.noise, 1),
        "voice_dbfs": round(finding.voice, 1),
        "peak_dbfs": round(finding.peak, 1),
        "echo_delay_ms": None if finding.echo_delay is None else round(finding.echo_delay * 1000, 1),
        "before": _counted(finding.before),
        "after": _counted(finding.after),
        "favourites": list(finding.favourites),
        "kept": is_kept,
        "clips": [
            {
                "file": before.clip.name,
                "phrase": before.clip.phrase.text,
                "manner": before.clip.manner.value,
                "before": {"outcome": before.outcome.value, "taken": list(before.taken)},
                "after": {"outcome": after.outcome.value, "taken": list(after.taken)},
            }
            for before, after in results
        ],
    }


def tell(finding: Finding, console: Console) -> None:
    """Print the finding: each clip, before and after, and what is proposed."""
    results = tuple(zip(finding.before.results, finding.after.results, strict=True))
    clips = Table("said", "", "before", "after", box=None, header_style="bold cyan", pad_edge=False)
    for before, after in results:
        if len(results) <= _MOST_ROWS or before.outcome is not Outcome.UNDERSTOOD:
            clips.add_row(before.clip.phrase.text, _lips(before), _shown(before), _shown(after))
    totals = Table("", "before", "after", box=None, header_style="bold cyan", pad_edge=False)
    for row in _totals(finding):
        totals.add_row(*row)
    for part in (clips, "", totals, "", *_notes(finding)):
        console.print(part)


def _totals(finding: Finding) -> Iterator[tuple[str, ...]]:
    pair = finding.before, finding.after
    for manner, label in _MANNERS.items():
        if of := finding.before.count(manner).total():
            before, after = (setting.count(manner)[Outcome.UNDERSTOOD] for setting in pair)
            yield label, f"{before} of {of}", f"{after} of {of}"
    wrong, still_wrong = (str(setting.count()[Outcome.WRONG]) for setting in pair)
    yield "taken for another", wrong, still_wrong
    yield "sensitivity", *(f"{setting.tuning.sensitivity:g}" for setting in pair)
    yield "gain", *(f"{setting.tuning.gain:g} dB" for setting in pair)


def _notes(finding: Finding) -> Iterator[str]:
    distance = finding.voice - finding.noise
    yield f"Your voice: {finding.voice:.0f} dBFS, {distance:.0f} dB above the room ({finding.noise:.0f} dBFS)."
    if finding.echo_delay is not None:
        yield f"The speaker is heard at the microphone after {finding.echo_delay * 1000:.0f} ms."
    if finding.peak >= _CLIPPED:
        yield "Your voice is too loud for the microphone: turn its level down, or go farther away."
    if finding.favourites:
        yield f"Understood best: {', '.join(finding.favourites)}."
    if finding.after.tuning == finding.before.tuning:
        yield "The settings suit you as they are."


def _lips(result: Result) -> str:
    return "stiff lips" if result.clip.manner is Manner.STIFF else ""


def _shown(result: Result) -> str:
    match result.outcome:
        case Outcome.UNDERSTOOD:
            return "[green]understood"
        case Outcome.MISSED:
            return "[yellow]missed"
        case Outcome.WRONG:
            return f"[red]taken for {', '.join(result.taken)}"


def _counted(setting: Setting) -> dict[str, Any]:
    def counts(manner: Manner | None = None) -> dict[str, int]:
        counted = setting.count(manner)
        return {"clips": counted.total(), **{outcome.value: counted[outcome] for outcome in Outcome}}

    return {
        "sensitivity": setting.tuning.sensitivity,
        "gain": setting.tuning.gain,
        **counts(),
        "by_manner": {manner.value: counts(manner) for manner in Manner},
    }
