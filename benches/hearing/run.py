"""Runs the hearing bench: measures each engine, compares it with its targets, and writes docs/hearing.md."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benches.common.publishing import DOCS, MEASURED, as_json, describe, parser_of, publish, shortened
from benches.common.speakers import HALVES, TEST
from benches.hearing.judge import complaints_about_small, figures_of, targets_of
from benches.hearing.listening import engines_here
from benches.hearing.plan import all_engines, full_plan, results_of, small_plan, voices_of
from voice_coach.errors import CoachError

if TYPE_CHECKING:
    import argparse

    from benches.hearing.judge import Figures
    from benches.hearing.plan import Results


PACKAGES = ("moonshine-voice", "onnxruntime", "vosk", "pocketsphinx", "numpy")


def main() -> int:
    """Measure and tell; write the page after a whole run. Exit status 1 when the small run is below its floors."""
    parser = _parser()
    options = parser.parse_args()
    if options.data and not options.data.is_dir():
        parser.error(f"{options.data} is no folder; give the folder that holds speech_other, noise, words_near and rir")
    if options.page:
        return _write_page()
    if options.small:
        return _small(options)
    results = results_of(full_plan(options.half, options.data, options.engine), is_fresh=options.fresh)
    _keep_scores(options, results)
    figures = _described(options, results)
    _tell(figures)
    against = shortened(parser, options, alike=["half"])
    left_out = [name for name in all_engines() if name not in options.engine]
    against += [f"--engine leaves out {', '.join(left_out)}"] if left_out else []
    if not options.data and _were_recorded():
        against.append("without --data, and the published figures are of recordings")
    is_published = publish(lambda: {MEASURED / "hearing.json": as_json(figures, indent=1)}, against)
    return _write_page() if is_published else 0


def _were_recorded() -> bool:
    """Whether the published figures are of recordings, which sounds that are made must not replace."""
    published = MEASURED / "hearing.json"
    return published.is_file() and bool(json.loads(published.read_text("utf-8"))["is_recorded"])


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("hearing")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="recordings to use: no command is in DIR/speech_other, words_near and noise; impulse responses of rooms "
        "are in DIR/rir; who speaks is in DIR/manifest.tsv. What is missing is made",
    )
    parser.add_argument("--half", choices=HALVES, default=TEST, help="of voices and recordings [test, the page's]")
    parser.add_argument("--engine", nargs="+", choices=all_engines(), default=all_engines(), help="only these [all]")
    parser.add_argument("--scores", type=Path, metavar="FILE", help="pickle what was heard, to decide anew from it")
    parser.add_argument("--fresh", action="store_true", help="forget the tasks that earlier runs have done")
    parser.add_argument("--small", action="store_true", help="a sample, held against floors; writes no page")
    parser.add_argument("--page", action="store_true", help="only write the page anew from docs/measured")
    return parser


def _small(options: argparse.Namespace) -> int:
    results = results_of(small_plan(), is_fresh=options.fresh)
    _keep_scores(options, results)
    figures = figures_of(results)
    _tell(figures)
    complaints = complaints_about_small(figures)
    for complaint in complaints:
        print(f"Worse than it was: {complaint}.")
    return 1 if complaints else 0


def _keep_scores(options: argparse.Namespace, results: Results) -> None:
    """Pickle a list of pairs: a task (see listening.py) and its clips."""
    if options.scores:
        options.scores.write_bytes(pickle.dumps(results))


def _described(options: argparse.Namespace, results: Results) -> Figures:
    """The figures and what they were measured with."""
    return {
        "machine": describe(*PACKAGES),
        "half": options.half,
        "is_recorded": options.data is not None,
        "speakers": [voice.name for voice in voices_of(options.half)],
        "missing": dict(engines_here()[1]),
        **figures_of(results),
    }


def _tell(figures: Figures) -> None:
    for target in targets_of(figures):
        met = "reached" if target.is_met else "MISSED"
        print(f"{target.what:60} {target.measured:>22}  ({target.interval})  {target.limit}: {met}")


def _write_page() -> int:
    from benches.hearing.page import write_page  # noqa: PLC0415  matplotlib is there for whole runs only
    from benches.hearing.pictures import draw  # noqa: PLC0415  the same

    draw(DOCS)
    write_page(DOCS)
    print("Written: docs/hearing.md", file=sys.stderr)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CoachError as error:
        sys.exit(f"scripts/bench hearing: {error}")
