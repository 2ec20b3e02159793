"""Draw the state diagram from the table of transitions: docs/states.dot, and docs/states.svg with Graphviz."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.state import Question
from voice_coach.session.transitions import (
    DENIALS,
    QUESTIONS,
    REPLIES,
    TIME_IS_UP,
    TRANSITIONS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from voice_coach.session.transitions import Transition

DOT_FILE = Path(__file__).parents[2] / "docs" / "states.dot"
_HEAD = """\
digraph states {
  // Drawn by scripts/draw-states from voice_coach/session/transitions.py.
  nodesep=0.6; ranksep=0.55; bgcolor="white";
  node [shape=box, style="rounded,filled", fillcolor="#eef5f1", color="#4a7c68", fontname="Helvetica"];
  edge [fontname="Helvetica", fontsize=10, color="#777777"];
"""
_EMPHASIS = ', color="#c0392b", fontcolor="#c0392b"'
_DRAWN_ALREADY = {Question.HEARD_RIGHT, Question.SHALL_WE_GO_ON}
"""A yes to these goes the way of the command that was hardly heard, or of going on after a pause."""
_NEARLY_EVERYWHERE = 6
"""A label that leads from at least this many phases to the same one is drawn once, from a list of their names."""


def main() -> int:
    """Write both files; without Graphviz only the first."""
    DOT_FILE.write_text(states_in_dot(), encoding="utf-8")
    dot = shutil.which("dot")
    if dot is None:
        print(f"Wrote {DOT_FILE.name} only: install graphviz to draw the SVG too.", file=sys.stderr)
        return 1
    subprocess.run([dot, "-Tsvg", str(DOT_FILE), "-o", str(DOT_FILE.with_suffix(".svg"))], check=True)
    return 0


def states_in_dot() -> str:
    """All transitions from phase to phase as a DOT graph; those that stay within a phase are left out."""
    origins: dict[tuple[str, Phase], list[Phase]] = defaultdict(list)
    for origin, target, label in _ways():
        origins[label, target].append(origin)
    labels: dict[tuple[str, str], list[str]] = defaultdict(list)
    plain = []
    for (label, target), phases in origins.items():
        names = [phase.value for phase in phases]
        if len(names) >= _NEARLY_EVERYWHERE:
            plain.append(", ".join(names))
            names = [f'"{plain[-1]}"']
        for name in names:
            labels[name, target.value].append(label)
    nodes = "".join(f"  {phase.value};\n" for phase in Phase)
    nodes += "".join(f'  "{name}" [shape=plaintext, style="", fontsize=10];\n' for name in plain)
    edges = "".join(_edge(origin, target, names) for (origin, target), names in labels.items())
    return f"{_HEAD}{nodes}{edges}}}\n"


def _ways() -> Iterator[tuple[Phase, Phase, str]]:
    for intent, by_phase in TRANSITIONS.items():
        yield from _ways_of(by_phase, intent.value.replace("_", " "))
    for question, by_phase in QUESTIONS.items():
        if question in _DRAWN_ALREADY:
            continue
        yield from _ways_of(by_phase, f"{question.value}, yes")
    for question, by_phase in DENIALS.items():
        yield from _ways_of(by_phase, f"{question.value}, no")
    yield from _ways_of(REPLIES[Intent.ON_FOR], "how long it was on")
    yield from _ways_of(TIME_IS_UP, "time is up")


def _ways_of(by_phase: Mapping[Phase, Transition], label: str) -> Iterator[tuple[Phase, Phase, str]]:
    for phase, transition in by_phase.items():
        for target in Phase:
            if target in transition.leads_to:
                yield phase, target, label


def _edge(origin: str, target: str, labels: list[str]) -> str:
    emphasis = _EMPHASIS if labels == [Intent.STINGS.value] else ""
    text = "\\n".join(labels)
    return f'  {origin} -> {target} [label="{text}"{emphasis}];\n'


if __name__ == "__main__":
    sys.exit(main())
