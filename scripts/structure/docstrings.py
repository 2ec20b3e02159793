"""Draw docstrings of the package voice_coach at random, to be read by people; and find mechanical signs of a riddle.

A docstring here is also a string that stands after a constant or an attribute and describes it.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import random
import re
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "voice_coach"

_BEGINNINGS = {
    "What": "begins with 'What'",
    "Of": "begins with 'Of'",
    "So long": "begins with 'So long'",
    "So often": "begins with 'So often'",
}
_UNITS = {"dB", "dBFS", "kHz", "ms", "ppm"}
"""Words that begin a sentence with a lowercase letter."""
_ENDS = (".", "!", "?", ":", '."', ".)", ".`")


@dataclass(frozen=True)
class Docstring:
    """A docstring and where it stands."""

    path: Path
    """Relative to the folder that holds the package."""
    line: int
    name: str
    """The name that it describes, with those of the classes and functions around it; the module's file for a module."""
    text: str

    @property
    def is_public(self) -> bool:
        """Whether no part of the name begins with one underscore."""
        return not any(re.match(r"_(?!_)", part) for part in self.name.split("."))


def docstrings(package: Path) -> list[Docstring]:
    """All docstrings of a package, in the order of its files."""
    found = []
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = path.relative_to(package.parent)
        name = path.parent.name if path.stem == "__init__" else path.stem.strip("_")
        found += [Docstring(place, line, at, text) for line, at, text in _found_in(tree, name, "")]
    return found


def _found_in(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, name: str, prefix: str
) -> Iterator[tuple[int, str, str]]:
    described = name
    for item in node.body:
        if isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant) and isinstance(item.value.value, str):
            if described:
                yield item.lineno, described, item.value.value
            described = ""
        elif isinstance(item, ast.Assign | ast.AnnAssign):
            target = item.targets[0] if isinstance(item, ast.Assign) else item.target
            described = prefix + ast.unparse(target).removeprefix("self.")
        else:
            described = ""
        if isinstance(item, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _found_in(item, prefix + item.name, f"{prefix}{item.name}.".replace("__init__.", ""))
        if isinstance(item, ast.If):  # types that are imported for the type checker alone
            yield from ((line, at, text) for line, at, text in _found_in(_as_module(item), "", prefix))


def _as_module(block: ast.If) -> ast.Module:
    return ast.Module(body=block.body, type_ignores=[])


def riddles(text: str) -> list[str]:
    """The mechanical signs that a docstring is no plain sentence; most have none."""
    words = " ".join(text.split())
    first = words.partition(" ")[0]
    signs = [sign for start, sign in _BEGINNINGS.items() if re.match(rf"{start}\b", words)]
    if words.startswith("...") or words.endswith("..."):
        signs.append("runs over '...'")
    if first[:1].islower() and first.strip(",.:;") not in _UNITS:
        signs.append("begins with a lowercase word")
    if not " ".join(text.strip().partition("\n\n")[0].split()).endswith(_ENDS):
        signs.append("has no final full stop")
    return signs


def riddles_by_kind(found: Sequence[Docstring]) -> Counter[str]:
    """How many docstrings show each sign."""
    return Counter(sign for one in found for sign in riddles(one.text))


def draw(found: Sequence[Docstring], seed: int, count: int) -> list[Docstring]:
    """Draw some docstrings at random; the same seed draws the same ones of the same package."""
    return random.Random(seed).sample(found, min(count, len(found)))  # noqa: S311 - nothing is secret here


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(prog="scripts/draw-docstrings", description="Draw docstrings at random.")
    parser.add_argument("--seed", type=int, help="Draw those of an earlier run again.")
    parser.add_argument("--count", type=int, default=100, help="How many; 100 by default.")
    parser.add_argument("--private", action="store_true", help="Draw from those of private names as well.")
    parser.add_argument("--riddles", action="store_true", help="List those that are no plain sentence, by file.")
    asked = parser.parse_args(arguments)
    found = [one for one in docstrings(PACKAGE) if asked.private or asked.riddles or one.is_public]
    if asked.riddles:
        for one in found:
            for sign in riddles(one.text):
                print(f"{one.path}:{one.line}: {one.name} {sign}: {textwrap.shorten(one.text, 90)}")
        print(*(f"{number:5} {sign}" for sign, number in riddles_by_kind(found).most_common()), sep="\n")
        return 0
    seed = random.SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    print(f"seed {seed}: {min(asked.count, len(found))} of {len(found)} docstrings")
    for one in draw(found, seed, asked.count):
        print(f"\n{one.path}:{one.line}  {one.name}\n{textwrap.indent(inspect.cleandoc(one.text), '    ')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
