"""Estimates for boards that nobody has measured, from what this machine took; a section of docs/raspberry-pi.md.

Pure. They change with docs/performance.md: the same run of the bench writes both, on x86-64.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benches.common.publishing import DOCS, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BOARDS_PAGE = DOCS / "raspberry-pi.md"
SECOND_EAR_MB = 85
"""MB that the second ear takes (docs/hearing-tried.md)."""
NATURAL_VOICE_MB = 118
"""MB that the natural voice takes beyond the standard one (docs/voices.md: 132 instead of 14)."""
PC_GFLOPS = 3.0 * 32
"""Assumed of the PC's core: GHz, times floating-point operations of 32 bits per clock at most."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the coach took on this machine."""

    idle_percent: float
    """Of one core, all processes of the coach together, while nobody speaks."""
    resident_mb: float
    """With the natural voice and the second ear."""
    reply_ms: float
    """The median, from the end of a command to the first sound of the answer."""
    decoding_ms: float
    """The median processor time of one utterance, which the reply waits for."""


@dataclass(frozen=True, slots=True)
class Board:
    """A board's processor and memory."""

    name: str
    ghz: tuple[float, float]
    """Of the slowest and the fastest model."""
    per_clock: int
    """Floating-point operations of 32 bits per clock at most, of one core."""
    narrowness: float
    """By how much more than that it may be slower: its memory is narrower, and an A53 can't reorder its work."""
    saved_mb: tuple[int, int]
    """MB that it takes less, on the largest and the smallest model: what it leaves out for want of memory."""

    @property
    def factors(self) -> tuple[float, float]:
        """How many times slower a core is than the PC's: at least, and at most."""
        slowest, fastest = self.ghz
        return PC_GFLOPS / (fastest * self.per_clock), PC_GFLOPS / (slowest * self.per_clock) * self.narrowness


BOARDS = (
    Board("5", (2.4, 2.4), 16, 1.6, (0, SECOND_EAR_MB)),
    Board("4", (1.5, 1.8), 8, 1.25, (0, SECOND_EAR_MB)),
    Board("3B, 3B+", (1.2, 1.4), 8, 2.0, (SECOND_EAR_MB, SECOND_EAR_MB)),
    Board("Zero 2 W", (1.0, 1.0), 8, 2.0, (SECOND_EAR_MB + NATURAL_VOICE_MB, SECOND_EAR_MB + NATURAL_VOICE_MB)),
)

_TEMPLATE = """\
{rows}

How they are made: `scripts/bench performance` multiplies what it measured on a PC ([performance](performance.md)); no
emulator's time is in them.

- **So many times slower.** The lower factor is that of clock times peak arithmetic per clock: 32 floating-point
  operations at 3 GHz assumed for the PC, 16 on the A76, 8 on the A72 and the A53, at the clock of the fastest model.
  The upper one is that of the slowest model, and allows for narrower memory, and for the A53, which can't reorder its
  work: 1.6 times on the 5, 1.25 on the 4, 2 on the others, which is judgement, not measurement. The recogniser's
  matrices are of 8 bits, for which the A76 alone has an instruction of its own (the dot product, as the table of
  scores below shows): the 5 may do better than this.
- **The answer.** In the median a reply took {reply:.0f} ms, of which decoding the command was {decoding:.0f} ms. The
  decoding is multiplied; the other {waiting:.0f} ms are taken for waiting, for silence and for sound buffers, and
  stay. That holds for a sentence that was rendered before it was needed, and for a command that was clear at once.
  What was not is decoded again, in several views of the same sound, by the open path and the second ear; a sentence
  that nobody foresaw has to be rendered first ([voices](voices.md)). Each takes about a tenth of a second on the PC,
  times the factor.
- **Idle listening.** {idle:.1f} % of a core on the PC, all processes of the coach together, times the factor.
- **Memory.** {resident:.0f} MB on the PC; the model and its arrays are as large everywhere. A board with less than 2
  GB leaves out the [second ear](hearing-tried.md#a-second-independent-ear) ({ear} MB), one with less than 1 GB the
  natural voice as well ({voice} MB).

On a Raspberry Pi of your own, `scripts/bench performance` replaces all this by measurements.
"""


def boards_section(cost: Cost) -> str:
    """The table of estimates, and how they are made, as Markdown."""
    waiting = max(0.0, cost.reply_ms - cost.decoding_ms)
    rows = [
        _row("so many times slower than the PC measured, a core", lambda board: _range(board.factors, 1)),
        _row(
            "from the end of a command to the answer, s",
            lambda board: _range([(waiting + cost.decoding_ms * factor) / 1000 for factor in board.factors], 1),
        ),
        _row(
            "idle listening, of one of its four cores, %",
            lambda board: _range([cost.idle_percent * factor for factor in board.factors], 0),
        ),
        _row(
            "memory, MB",
            lambda board: _range([cost.resident_mb - saved for saved in board.saved_mb], 0),
        ),
    ]
    return _TEMPLATE.format(
        rows=table(("estimated", *(board.name for board in BOARDS)), rows),
        reply=cost.reply_ms,
        decoding=cost.decoding_ms,
        waiting=waiting,
        idle=cost.idle_percent,
        resident=cost.resident_mb,
        ear=SECOND_EAR_MB,
        voice=NATURAL_VOICE_MB,
    )


def _row(what: str, figure: Callable[[Board], str]) -> tuple[str, ...]:
    return (what, *(figure(board) for board in BOARDS))


def _range(figures: Sequence[float], digits: int) -> str:
    first, last = f"{min(figures):.{digits}f}", f"{max(figures):.{digits}f}"
    return first if first == last else f"{first}-{last}"


_FIGURES = {
    "idle_percent": r"^\| idle listening, of one core \| ([\d.]+) % \|$",
    "resident_mb": r"^\| resident \| ([\d.]+) MB \|$",
    "reply_ms": r"^\| reply, median \| ([\d.]+) ms \|$",
    "decoding_ms": r"^\| decoding an utterance, [\d,]+ phrases, median \| ([\d.]+) ms \|$",
}


def cost_of(page: str) -> Cost:
    """Read the figures from the text of docs/performance.md; the first size of phrase books is the shipped one.

    Raises:
        ValueError: a figure is not there.
    """
    found = {name: re.search(pattern, page, re.MULTILINE) for name, pattern in _FIGURES.items()}
    if missing := [name for name, figure in found.items() if figure is None]:
        message = f"docs/performance.md has no {', '.join(missing)}"
        raise ValueError(message)
    return Cost(**{name: float(figure[1]) for name, figure in found.items() if figure})
