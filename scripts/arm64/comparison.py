"""Do two machines hear the same? Compares what each made of the same clips.

Pure, and of the standard library alone. All scores are in nats: how much more probable a phrase is than silence.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from statistics import median as middle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LIMIT = 0.2
"""Nats by which the score of a clip's best phrase may differ between two machines.

More precisely, by which it may lie outside of what the first machine itself says of the clip, when that hears it again
with noise that nobody could hear.
"""
DECODER, EARS = "decoder", "ears"
PARTS = (DECODER, EARS)
"""What is compared: the closed-grammar decoder, and the ears with it (views, the open path, the second ear)."""


@dataclass(frozen=True, slots=True)
class Best:
    """The first of an n-best list."""

    text: str
    """Empty when the list is."""
    score: float
    """Nats."""
    margin: float | None
    """Nats to the second of the list; None when there is no second."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a machine made of one clip."""

    clip: str
    said: str
    """The listed phrase in it; empty for a recording of anything else."""
    best: Mapping[str, Best]
    """By PARTS."""
    taken: str
    """The command that was accepted, or the reason for which it was rejected."""


@dataclass(frozen=True, slots=True)
class Run:
    """All that one machine heard."""

    machine: Mapping[str, Any]
    """Its processor, instructions and versions, and under "models" digests of all that it decodes, and decodes with."""
    heard: tuple[Heard, ...]

    def only(self, *, spoken: bool) -> Run:
        """Return the part of it that heard listed phrases, or the one that heard anything else."""
        return Run(self.machine, tuple(one for one in self.heard if bool(one.said) is spoken))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far one part of two machines' ears agrees."""

    same_winner: int
    """Clips with the same best phrase."""
    largest: float
    """Nats: the largest difference of the scores of those clips, 0 without any."""
    median: float
    """Nats: the median difference."""
    beyond: int
    """Clips whose scores differ by more than LIMIT."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a machine hears, beside another one."""

    name: str
    clips: int
    """Clips that both have heard."""
    parts: Mapping[str, Agreement] = field(default_factory=dict)
    """By PARTS."""
    otherwise_taken: int = 0
    """Clips whose commands were accepted or rejected in another way."""
    faults: tuple[str, ...] = ()
    """What does not agree, a line each, with the clip's name; empty when all is well."""


def compare(name: str, here: Run, there: Run, again: Sequence[Run] = ()) -> Comparison:
    """Compare two machines.

    Args:
        name: of the second machine.
        here: what the first machine heard, the measure.
        there: what the second machine heard.
        again: what the first machine heard in the same clips with a little noise. With them a score may lie where the
            first machine's own scores of the clip do, and as many may lie elsewhere as with the first machine itself.
    """
    ours, theirs = {one.clip: one for one in here.heard}, {one.clip: one for one in there.heard}
    both = [clip for clip in ours if clip in theirs]
    faults = [
        *_faults_of_files(here, there),
        *(["no clip was heard by both"] if not both else []),
        *(["a clip was heard twice"] if (len(ours), len(theirs)) != (len(here.heard), len(there.heard)) else []),
        *(f"{clip}: heard by one machine only" for clip in sorted(ours.keys() ^ theirs.keys())),
    ]
    parts = {}
    for part in PARTS:
        pairs = [(ours[clip].best[part], theirs[clip].best[part]) for clip in both]
        parts[part] = _agreement(pairs)
        faults += [
            f"{clip}: {part} hears “{other.text}” ({other.score:.2f}) instead of “{one.text}” ({one.score:.2f})"
            for clip, (one, other) in zip(both, pairs, strict=True)
            if one.text != other.text
        ]
        outside = _outside(part, there, (here, *again))
        faults += outside if len(outside) > _usual_outside(part, here, again) else []
    otherwise = [clip for clip in both if ours[clip].taken != theirs[clip].taken]
    faults += [f"{clip}: {theirs[clip].taken} instead of {ours[clip].taken}" for clip in otherwise]
    return Comparison(name, len(both), parts, len(otherwise), tuple(faults))


def _faults_of_files(here: Run, there: Run) -> list[str]:
    faults = []
    for kind in ("models", "packages"):
        ours, theirs = here.machine.get(kind, {}), there.machine.get(kind, {})
        names = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        faults += [f"{name} is not the same on both machines" for name in names]
    return faults


def _usual_outside(part: str, here: Run, again: Sequence[Run]) -> int:
    """How many scores a run of the first machine itself may have outside of its other runs."""
    others = ([here, *again[:at], *again[at + 1 :]] for at in range(len(again)))
    return max((len(_outside(part, one, rest)) for one, rest in zip(again, others, strict=True)), default=0)


def _outside(part: str, run: Run, others: Sequence[Run]) -> list[str]:
    """The scores of a run that lie more than LIMIT outside of what the other runs say of the same clip and phrase."""
    known: dict[tuple[str, str], list[float]] = {}
    for other in others:
        for one in other.heard:
            known.setdefault((one.clip, one.best[part].text), []).append(one.best[part].score)
    outside = []
    for one in run.heard:
        best = one.best[part]
        scores = known.get((one.clip, best.text))
        # This way round, since "not a number" is within no limits.
        if scores and not min(scores) - LIMIT <= best.score <= max(scores) + LIMIT:
            usual = f"{min(scores):.3f} to {max(scores):.3f}"
            outside.append(f"{one.clip}: {part} scores {best.score:.3f}, not {usual}")
    return outside


def _agreement(pairs: Sequence[tuple[Best, Best]]) -> Agreement:
    differences = [abs(one.score - other.score) for one, other in pairs if one.text == other.text]
    beyond = sum(not difference <= LIMIT for difference in differences)
    return Agreement(len(differences), max(differences, default=0.0), middle(differences or [0.0]), beyond)


def line_of(heard: Heard) -> str:
    """What was made of a clip, as a line of a file."""
    best = {part: [one.text, one.score, one.margin] for part, one in heard.best.items()}
    return json.dumps({"clip": heard.clip, "said": heard.said, **best, "taken": heard.taken}, ensure_ascii=False)


def read_run(path: Path) -> Run:
    """Read the file of a run: a line about the machine, then one for each clip.

    Raises:
        OSError: there is no such file.
        ValueError: it is empty, or a line is no whole one.
        KeyError: a line has not all that belongs to it.
    """
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if not lines:
        message = f"{path.name} is empty"
        raise ValueError(message)
    machine, *clips = lines
    heard = (Heard(one["clip"], one["said"], {part: Best(*one[part]) for part in PARTS}, one["taken"]) for one in clips)
    return Run(machine["machine"], tuple(heard))


_SCORES = f"largest, median, beyond {LIMIT}"
HEAD = ("processor", "clips", "same winner", _SCORES, "ears' winner", _SCORES, "decided otherwise")


def rows_of(comparisons: Sequence[Comparison]) -> list[tuple[str, ...]]:
    """The rows of a table of comparisons, under HEAD; differences in nats."""
    return [(one.name, str(one.clips), *_cells(one), str(one.otherwise_taken)) for one in comparisons]


def _cells(one: Comparison) -> list[str]:
    cells = []
    for part in PARTS:
        cells += cells_of(**asdict(one.parts[part])) if part in one.parts else ["-", "-"]
    return cells


def cells_of(same_winner: int, largest: float, median: float, beyond: int) -> list[str]:
    """The cells of an agreement."""
    return [str(same_winner), f"{largest:.3f}, {median:.3f}, {beyond}"]


def in_columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for a terminal."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
