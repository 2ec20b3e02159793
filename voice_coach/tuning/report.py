"""What a tuning found out, for programs and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from voice_coach.tuning.proposal import Manner, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from voice_coach.core.sentences import Sentences
    from voice_coach.tuning.finding import Finding, Result, Setting

_CLIPPED = -0.1
"""dBFS."""
_MOST_ROWS = 40
"""Clips that are listed one by one; of more only those that were not understood at once."""


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


def tell(finding: Finding, texts: Sentences, console: Console) -> None:
    """Print the finding: each clip, before and after, and what is proposed.

    Args:
        finding: what was found out.
        texts: what a tuning says.
        console: where.
    """
    results = tuple(zip(finding.before.results, finding.after.results, strict=True))
    said, before_, after_ = texts.say("report.said"), texts.say("report.before"), texts.say("report.after")
    clips = Table(said, "", before_, after_, box=None, header_style="bold cyan", pad_edge=False)
    for before, after in results:
        if len(results) <= _MOST_ROWS or before.outcome is not Outcome.UNDERSTOOD:
            clips.add_row(before.clip.phrase.text, _lips(before, texts), _shown(before, texts), _shown(after, texts))
    totals = Table("", before_, after_, box=None, header_style="bold cyan", pad_edge=False)
    for row in _totals(finding, texts):
        totals.add_row(*row)
    for part in (clips, "", totals, "", *_notes(finding, texts)):
        console.print(part)


def _totals(finding: Finding, texts: Sentences) -> Iterator[tuple[str, ...]]:
    pair = finding.before, finding.after
    labels = {
        Manner.NORMAL: texts.say("report.understood"),
        Manner.STIFF: texts.say("report.understood_stiff_lips"),
    }
    for manner, label in labels.items():
        if of := finding.before.count(manner).total():
            understood = (setting.count(manner)[Outcome.UNDERSTOOD] for setting in pair)
            yield label, *(texts.say("report.some_of", some=some, all=of) for some in understood)
    wrong, still_wrong = (str(setting.count()[Outcome.WRONG]) for setting in pair)
    yield texts.say("report.taken_for_another"), wrong, still_wrong
    yield texts.say("report.sensitivity"), *(f"{setting.tuning.sensitivity:g}" for setting in pair)
    yield texts.say("report.gain"), *(f"{setting.tuning.gain:g} dB" for setting in pair)


def _notes(finding: Finding, texts: Sentences) -> Iterator[str]:
    voice, distance, room = (f"{one:.0f}" for one in (finding.voice, finding.voice - finding.noise, finding.noise))
    yield texts.say("report.voice", voice=voice, distance=distance, room=room)
    if finding.echo_delay is not None:
        yield texts.say("report.echo", milliseconds=f"{finding.echo_delay * 1000:.0f}")
    if finding.peak >= _CLIPPED:
        yield texts.say("report.too_loud")
    if finding.favourites:
        yield texts.say("report.favourites", phrases=", ".join(finding.favourites))
    if finding.after.tuning == finding.before.tuning:
        yield texts.say("report.settings_suit")


def _lips(result: Result, texts: Sentences) -> str:
    return texts.say("report.stiff_lips") if result.clip.manner is Manner.STIFF else ""


def _shown(result: Result, texts: Sentences) -> str:
    match result.outcome:
        case Outcome.UNDERSTOOD:
            return f"[green]{texts.say('report.understood')}"
        case Outcome.MISSED:
            return f"[yellow]{texts.say('report.missed')}"
        case Outcome.WRONG:
            return f"[red]{texts.say('report.taken_for', phrases=', '.join(result.taken))}"


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
