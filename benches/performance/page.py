"""Writes docs/performance.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches.common.publishing import DOCS
from voice_coach.rehearsal.noise import DEFAULT_SNR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE = DOCS / "performance.md"
_INTRODUCTION = """\
# Performance

Measured by `scripts/bench performance` on the real program: real recogniser, real voice, real PortAudio on the virtual
sound card of the rehearsal. Times are taken from the recordings of the card's two sides, not from log stamps.

Machine: {machine}.
Other work on it at the start: a load average of {load:.1f}. No Raspberry Pi has been measured yet.
"""
_NOTES = """\

- Idle: after the greeting, for {seconds:.0f} s, all processes of the coach together ({processes}). The microphone is
  silent, or hears the project's own shower, {snr:.0f} dB below a person's speech.
- Resident: memory at the end of that time; pages that processes share count in each of them.
- First sound: from the start of the process to the first sound at the speaker. "Fresh" finds no sentence rendered by an
  earlier start; "again" is the median of {again} more starts. The program's files are in the system's file cache.
- Reply: from the end of the person's last word to the first sound of the answer, in a whole rehearsal of
  {commands} commands; {understood} were understood, {wrong} wrongly.
- Decoding: {utterances} spoken commands (three flite voices), on one thread. The 1,000 phrases are the shipped ones and
  more wordings of them ("okay next step").
"""


def table_of(rows: Sequence[tuple[str, str]]) -> str:
    """The lines of a table without its head: what was measured, and its figure."""
    return "".join(f"| {what} | {figure} |\n" for what, figure in rows)


def page(table: str, facts: Mapping[str, object]) -> str:
    """The text of docs/performance.md.

    Args:
        table: of `table_of`.
        facts: the machine and its load, and the amounts that the notes name.
    """
    return f"{_INTRODUCTION.format(**facts)}\n| | |\n|---|---|\n{table}{_NOTES.format(snr=DEFAULT_SNR, **facts)}"
