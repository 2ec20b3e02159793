"""Compares the scores of this machine with those of the emulated ones; publishes them where all is well.

Called by scripts/check-arm64 --scores:

    .venv/bin/python -m scripts.arm64.scores_page FOLDER --emulator NAME --cpu CPU ...

FOLDER holds here.jsonl, here-SEED.jsonl with noise, and CPU.jsonl for each CPU, as `scores.py hear` writes them. The
last thing printed is a table; the exit status is 0 when every processor hears what this machine hears.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.common.publishing import DOCS, MEASURED, as_json, describe, page_with, publish, table
from scripts.arm64.comparison import (
    DECODER,
    HEAD,
    LIMIT,
    PARTS,
    Agreement,
    Comparison,
    Run,
    cells_of,
    compare,
    in_columns,
    read_run,
    rows_of,
)
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE = DOCS / "raspberry-pi.md"
FIGURES = MEASURED / "arm64.json"
ITSELF = "the PC itself, with noise"
WHOLE = 200
"""Spoken clips of a run that may be published."""
SHOWN = 20
"""Faults of a processor that are printed; the rest are counted."""
BOARDS = {"cortex-a72": "Raspberry Pi 4", "cortex-a76": "Raspberry Pi 5", "max,sve=off": "newer than any of them"}
_TEMPLATE = """\
### Do the scores agree with those of x86-64?

`scripts/check-arm64 --scores` has {clips} spoken commands scored on a PC and, under emulation, as each of these
processors: listed phrases of {intents} intents, in turn by four voices of flite. It goes by the coach's own
recogniser: what the closed-grammar decoder says of a clip, what the ears make of that (further views, the open path,
the second ear), and what is decided. On the PC the decoder's best phrase is the one that was said in {right_here} of
{clips}.

{rows}

Differences are in nats. Every clip must have the same winner and the same decision; else the script fails and names
it.{unfinished}

**Scores differ by more than {limit} nats in a few clips, and do so on one and the same PC.** The PC hears each clip
{again} times more, with noise in it that is a thirtieth of the step of 16 bits; the first of these is the row of the
PC itself, and their largest difference was {largest_here:.2f} nats. On arm64 a score may lie {limit} nats outside of
what the PC's own scores of the clip range over, and as many may lie elsewhere as in one of the PC's runs beside its
others. The reason is that whatever is multiplied with a matrix is rounded to 8 bits at each run: the smallest
difference tips some roundings, and layer after layer makes more of it. With the encoder and the decoder computing in
float, from the same 8-bit weights, these clips with a gain of one millionth more differed by less than 0.0005 nats on
the PC, instead of 0.446 at most (3 of 200 beyond 0.2); with the encoder alone in float by 0.278, with the decoder
alone by 0.206 (tried by hand on 30 November 2026). That took 1.4 times the processor time, and takes four bytes for
each weight instead of one. Where nothing is heard otherwise it is not worth that.

{instructions} QEMU's log of the encoder shows that each multiplies in its own way (looked at on 30 November 2026):
UMLAL as the A72, UDOT as the A76, UMMLA as `max`. `max` knows SVE as well, which is switched off because QEMU
emulates it so slowly.

Models of 8 bits were heard to [invent words on a Raspberry Pi
5](https://github.com/moonshine-ai/moonshine/issues/167) that x86-64 gets right. One reason for such things is that
products of signed and unsigned numbers overflow on x86-64 without VNNI, such as this PC, and not on ARM. All matrices
here, also those of the model's makers, are unsigned on both sides, whose products overflow on neither.

Measured on {machine}; {emulator}. All decode with the same files, byte by byte, the table of the phrases among them.
"""
_UNFINISHED = (
    "\n\n**Not all clips had been heard under emulation when these figures were written**: so many as the table says. "
    "`scripts/check-arm64 --scores` goes on where it was stopped."
)


def runs_with_noise(folder: Path, *, spoken: bool) -> list[Run]:
    """What this machine made of the same clips with a little noise, each time another one."""
    return [read_run(path).only(spoken=spoken) for path in sorted(folder.glob("here-*.jsonl"))]


def compare_all(folder: Path, cpus: Sequence[str], *, spoken: bool) -> tuple[Run, dict[str, Run], list[Comparison]]:
    """Compare each processor's file with this machine's; a file that is missing or damaged is a fault of its own.

    This machine is compared with itself, too, with noise in the clips.

    Args:
        folder: the files.
        cpus: the processors.
        spoken: whether to compare the spoken commands, or the recordings of anything else.

    Returns:
        This machine's run, the runs of the processors that have one, and the comparisons.
    """
    here = read_run(folder / "here.jsonl").only(spoken=spoken)
    again = runs_with_noise(folder, spoken=spoken)
    comparisons = [replace(compare(ITSELF, here, one), faults=()) for one in again[:1]]  # the measure, nothing measured
    runs = {}
    for cpu in cpus:
        try:
            runs[cpu] = read_run(folder / f"{cpu}.jsonl").only(spoken=spoken)
        except (OSError, ValueError, LookupError, TypeError) as error:
            comparisons.append(Comparison(cpu, 0, faults=(f"no whole file of scores ({error})",)))
        else:
            comparisons.append(compare(cpu, here, runs[cpu], again))
    return here, runs, comparisons


def figures_of(
    here: Run, runs: Mapping[str, Run], comparisons: Sequence[Comparison], again: Sequence[Run], emulator: str
) -> dict[str, Any]:
    """What docs/measured/arm64.json holds.

    Args:
        here: what this machine made of the spoken commands.
        runs: what the processors made of them.
        comparisons: of this machine with itself, and with each of them.
        again: what this machine made of them with noise.
        emulator: its name and version.
    """
    book = load_language("en").phrase_book
    return {
        "machine": describe("onnxruntime", "moonshine-voice", "numpy"),
        "emulator": emulator,
        "limit_nats": LIMIT,
        "clips": len(here.heard),
        "again": len(again),
        "largest_here": round(max(compare("", here, one).parts[DECODER].largest for one in again), 3),
        "intents": len({book.by_text[one.said].intent for one in here.heard}),
        "right_here": sum(one.best[DECODER].text == one.said for one in here.heard),
        "instructions": {name: run.machine["instructions"] for name, run in {"the PC": here, **runs}.items()},
        "processors": [
            {
                "name": one.name,
                "clips": one.clips,
                "parts": {part: _rounded(agreement) for part, agreement in one.parts.items()},
                "otherwise_taken": one.otherwise_taken,
            }
            for one in comparisons
        ],
    }


def _rounded(agreement: Agreement) -> dict[str, float]:
    return {
        "same_winner": agreement.same_winner,
        "largest": round(agreement.largest, 3),
        "median": round(agreement.median, 3),
        "beyond": agreement.beyond,
    }


def section(figures: Mapping[str, Any]) -> str:
    """The section of the figures in docs/measured/arm64.json."""
    rows = [
        (
            f"{one['name']} ({BOARDS[one['name']]})" if one["name"] in BOARDS else one["name"],
            str(one["clips"]),
            *(cell for part in PARTS for cell in cells_of(**one["parts"][part])),
            str(one["otherwise_taken"]),
        )
        for one in figures["processors"]
    ]
    known = (f"{name}: {', '.join(names) or 'none'}" for name, names in figures["instructions"].items())
    return _TEMPLATE.format(
        **{name: figures[name] for name in ("clips", "intents", "right_here", "again", "machine", "emulator")},
        limit=figures["limit_nats"],
        largest_here=figures["largest_here"],
        unfinished=_UNFINISHED if any(one["clips"] < figures["clips"] for one in figures["processors"]) else "",
        rows=table(HEAD, rows),
        instructions=f"Instructions for such matrices that the programs found: {'; '.join(known)}.",
    )


def reasons_against(here: Run, comparisons: Sequence[Comparison]) -> list[str]:
    """Why a run of spoken commands must not be published, a few words each; empty when it may."""
    reasons = [f"{len(here.heard)} clips, not {WHOLE}"] if len(here.heard) < WHOLE else []
    if not any(one.name == ITSELF for one in comparisons):
        reasons.append("this machine was not compared with itself")
    return reasons + [f"{one.name} hears otherwise ({len(one.faults)} times)" for one in comparisons if one.faults]


def _tell_faults(one: Comparison) -> None:
    for fault in one.faults[:SHOWN]:
        print(f"    {one.name}: {fault}", file=sys.stderr)
    if more := len(one.faults[SHOWN:]):
        print(f"    {one.name}: and {more} more", file=sys.stderr)


def main() -> int:
    """Compare, print, publish."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--cpu", action="append", required=True)
    options = parser.parse_args()
    here, runs, spoken = compare_all(options.folder, options.cpu, spoken=True)
    again = runs_with_noise(options.folder, spoken=True)
    recorded, _, recordings = compare_all(options.folder, options.cpu, spoken=False)
    if recorded.heard:
        print(in_columns(("recordings", *HEAD[1:]), rows_of(recordings)), end="\n\n")
    else:
        recordings = []
    print(in_columns(HEAD, rows_of(spoken)))
    for one in (*recordings, *spoken):
        _tell_faults(one)
    publish(
        lambda: {
            FIGURES: as_json(figures := figures_of(here, runs, spoken, again, options.emulator)),
            PAGE: page_with("--scores", section(figures), PAGE, "scripts/check-arm64"),
        },
        reasons_against(here, spoken),
    )
    return 1 if any(one.faults for one in (*recordings, *spoken)) else 0


if __name__ == "__main__":
    sys.exit(main())
