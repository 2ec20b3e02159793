"""When a run's figures take the place of the published ones in docs/: after a whole run that passed, and never else.

A bench says what stands against it (a shortened run, something that failed); an interrupted one does not come here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Mapping, Sequence

DOCS = Path(__file__).resolve().parents[2] / "docs"
MEASURED = DOCS / "measured"


def shortened(parser: ArgumentParser, options: Namespace, *counts: str, alike: Sequence[str] = ()) -> list[str]:
    """How a run differs from the one that is published; empty when it is as large, or larger.

    Args:
        parser: its defaults are the published run's.
        options: as the parser read them.
        counts: options that must be as large as their defaults, or larger.
        alike: options that must be their defaults.
    """
    usual = {name: parser.get_default(name) for name in (*counts, *alike)}
    given = {name: getattr(options, name) for name in usual}
    return [
        f"--{name.replace('_', '-')} is {_words(given[name])}, not {_words(usual[name])}"
        for name in usual
        if (given[name] < usual[name] if name in counts else given[name] != usual[name])
    ]


def publish(make: Callable[[], Mapping[Path, str]], against: Sequence[str]) -> bool:
    """Write what a run has found, all files or none of them, and say in one line what was done.

    Args:
        make: the text of each file; called only when it is to be written.
        against: why this run must not be published, a few words each.

    Returns:
        Whether it was published.
    """
    if against:
        reasons = "; ".join(reason.rstrip(".") for reason in against)
        _tell(f"Not published, docs/ stays as it is: {reasons}.")
        return False
    files = make()
    fresh = {path: path.with_name(f".{path.name}.new") for path in files}
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh[path].write_text(text, "utf-8")
        for path, written in fresh.items():
            written.replace(path)
    finally:
        for written in fresh.values():
            written.unlink(missing_ok=True)
    _tell(f"Published: {', '.join(str(path.relative_to(path.parents[1])) for path in files)}.")
    return True


def as_json(figures: Mapping[str, Any], indent: int = 2) -> str:
    """Figures as the text of their file."""
    return json.dumps(figures, indent=indent, ensure_ascii=False) + "\n"


def _words(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "nothing" if value is None else str(value)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
