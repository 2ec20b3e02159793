"""Writes the section of docs/hearing.md about talking over the coach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.publishing import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Figures = Mapping[str, Any]

_INTRODUCTION = """\
## While the coach itself is speaking

`scripts/bench duplex` plays the coach's own sentences into its microphone, {echo} against a person's usual level,
through echo paths, with the echo cancelling and without. Measured on {machine}.
"""


def duplex_section(figures: Figures) -> str:
    """The section of the figures in docs/measured/duplex.json, without the parts that the run left out."""
    parts = [_INTRODUCTION.format(echo=f"{figures['echo_db']:+g} dB", machine=figures["machine"])]
    if "own_sentences" in figures:
        parts.append(f"Its own sentences alone:\n\n{_alone(figures['own_sentences'])}\n")
    if "commands" in figures:
        parts.append(f"Commands said over them, {figures['person_db']:+g} dB:\n\n{_over(figures['commands'])}\n")
    if "ticking" in figures:
        parts.append(f"Commands in the hold's last ten seconds, in which it ticks:\n\n{_ticking(figures['ticking'])}\n")
    if "live" in figures:
        parts.append(_live(figures["live"]))
    return "\n".join(parts)


def _alone(rows: Sequence[Figures]) -> str:
    head = ("echo path", "cancelled", "minutes", "commands taken", "at most (95 %)", "which")
    return table(
        head,
        [
            (
                row["path"],
                "yes" if row["cancelled"] else "no",
                f"{row['minutes']:g}",
                f"{row['taken']}",
                f"{row['taken_at_most_95']:g}",
                ", ".join(row["texts"]),
            )
            for row in rows
        ],
    )


def _over(rows: Sequence[Figures]) -> str:
    head = ("echo path", "commands", "obeyed", "95 %", "wrong", "end of word to decision, median")
    return table(
        head,
        [
            (
                row["path"],
                f"{row['commands']}",
                *_obeyed(row),
                f"{row['wrong']}",
                _milliseconds(row, "heard_after_ms_median"),
            )
            for row in rows
        ],
    )


def _ticking(rows: Sequence[Figures]) -> str:
    head = ("echo path", "echo of its voice", "commands", "obeyed", "95 %", "wrong")
    return table(
        head,
        [
            (row["path"], f"{row['echo_db']:+g} dB", f"{row['commands']}", *_obeyed(row), f"{row['wrong']}")
            for row in rows
        ],
    )


def _live(row: Figures) -> str:
    """The figures of the real program on the virtual sound card."""
    obeyed, spread = _obeyed(row)
    median, late = (_milliseconds(row, f"word_to_silence_ms_{name}") for name in ("median", "p95"))
    return (
        f"The real program on the virtual sound card, interrupted {row['interruptions']} times: {obeyed} obeyed "
        f"({spread}), {row['wrong']} wrong.\nFrom the end of the word to silence at the speaker: median {median}, "
        f"95th percentile {late}.\n"
    )


def _obeyed(row: Figures) -> tuple[str, str]:
    low, high = row["obeyed_percent_95"]
    return f"{row['obeyed_percent']:g} %", f"{low:g}-{high:g} %"


def _milliseconds(row: Figures, name: str) -> str:
    return "-" if row[name] is None else f"{row[name]} ms"
