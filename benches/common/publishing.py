"""The options of a bench, and its results: which machine they are of, and when they are written into docs/.

A run's figures take the place of the published ones only after a whole run that passed. A bench lists its reasons
against it (a shortened run, something that failed); an interrupted run never gets as far as `publish`.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence


ROOT = Path(__file__).resolve().parents[2]
"""The project's folder, from which child processes of benches are started (`python -m benches...`)."""
DOCS = ROOT / "docs"
MEASURED = DOCS / "measured"
APPLIANCE_PAGE = DOCS / "appliance.md"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells; columns that hold figures, from the first row on, are aligned right."""
    first = rows[0] if rows else head
    rule = ["---:" if cell[:1].isdigit() or cell in {"", "-"} else "---" for cell in first]
    lines = [list(head), rule, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def parser_of(bench: str) -> ArgumentParser:
    """The parser of a bench's options; its help begins with the docstring of the bench's package.

    Args:
        bench: its name, as scripts/bench knows it.
    """
    package = import_module(f"benches.{bench.replace('-', '_')}")
    return ArgumentParser(
        prog=f"scripts/bench {bench}", description=package.__doc__, formatter_class=RawDescriptionHelpFormatter
    )


def shortened(parser: ArgumentParser, options: Namespace, *counts: str, alike: Sequence[str] = ()) -> list[str]:
    """The ways in which a run differs from the published one; empty when it is as large, or larger.

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


def describe(*packages: str) -> str:
    """One line: processor, cores, memory, system, Python, and the versions of the packages named."""
    versions = [f"{name} {metadata.version(name)}" for name in packages]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return ", ".join(
        [
            f"{_processor()} ({platform.machine()}), {os.cpu_count()} cores, {memory:.0f} GiB",
            platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
            f"Python {platform.python_version()}",
            *versions,
        ]
    )


def _processor() -> str:
    """The processor's name as the kernel gives it; ARM kernels give the board's instead."""
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model"}:
            return value.strip()
    return platform.processor() or "unknown processor"


def page_with(bench: str, text: str, page: Path = APPLIANCE_PAGE, script: str = "scripts/bench") -> str:
    """A page with a bench's section in the place of its last one, or at the end.

    Args:
        bench: its name, as the script knows it.
        text: Markdown that begins with a heading.
        page: which page.
        script: what runs the bench.
    """
    begin, end = (f"<!-- {word} {script} {bench} -->" for word in ("begin", "end"))
    section = f"{begin}\n\n{text.strip()}\n\n{end}"
    whole = page.read_text("utf-8")
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    whole, count = marked.subn(lambda _found: section, whole)
    return whole if count else f"{whole.rstrip()}\n\n{section}\n"
