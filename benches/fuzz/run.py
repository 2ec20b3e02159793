"""Runs the fuzzing: each target gets its share of the inputs, until one of them fails."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, Phase

from benches.common.publishing import parser_of
from benches.fuzz import command_line, content, journal, settings, sound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.fuzz.targets import Target


TARGETS: tuple[Target, ...] = (
    *settings.targets(),
    *content.targets(),
    *sound.targets(),
    *journal.targets(),
    *command_line.targets(),
)
_ROUNDS = 20
_MOST_CHARACTERS = 2_000


@dataclass
class Fuzzed:
    """The result of fuzzing one target."""

    inputs: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


def main() -> None:
    """Fuzz all targets, or those that are named."""
    parser = parser_of("fuzz")
    parser.add_argument("--inputs", type=int, default=10_000, help="of all targets together, at least [10000]")
    parser.add_argument("--seed", type=int, default=1, help="which inputs [1]")
    parser.add_argument("--only", default="", help="targets whose names contain this")
    options = parser.parse_args()
    targets = [target for target in TARGETS if options.only in target.name]
    if not targets:
        parser.error(f"no target's name contains {options.only!r}: {', '.join(target.name for target in TARGETS)}")
    logging.disable()  # the journal's warnings are expected
    share = options.inputs / sum(target.weight for target in targets)
    done = {}
    for target in targets:
        done[target.name] = fuzz(target, round(target.weight * share + 0.5), options.seed)
        _tell(target.name, done[target.name])
    summary = _summary(done, options.seed)
    print(json.dumps(summary, ensure_ascii=False))
    sys.exit(1 if summary["failures"] else 0)


def fuzz(target: Target, inputs: int, seed: int) -> Fuzzed:
    """Feed a target with so many inputs, or until one fails; the failure is shrunk first.

    Args:
        target: what to feed.
        inputs: how many, at least.
        seed: of the inputs.
    """
    fuzzed = Fuzzed()
    begun = time.monotonic()
    for number in range(_ROUNDS):
        if fuzzed.inputs >= inputs or fuzzed.failures:
            break
        _round(target, inputs - fuzzed.inputs, f"{seed} {number}", fuzzed)
    fuzzed.seconds = time.monotonic() - begun
    return fuzzed


def _round(target: Target, inputs: int, seed: str, fuzzed: Fuzzed) -> None:
    """One run of hypothesis, which may leave off early when it has seen all that a strategy makes."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=inputs,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(target.inputs)
    def feed(value: object) -> None:
        fuzzed.inputs += 1
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            target.check(value, Path(folder))

    try:
        feed()
    except Exception as error:  # noqa: BLE001 - any at all is what we look for
        words = [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())]
        fuzzed.failures.append("\n".join(words)[:_MOST_CHARACTERS])


def _summary(done: dict[str, Fuzzed], seed: int) -> dict[str, Any]:
    return {
        "kind": "summary",
        "seed": seed,
        "inputs": sum(one.inputs for one in done.values()),
        "seconds": round(sum(one.seconds for one in done.values()), 1),
        "inputs_of": {name: one.inputs for name, one in done.items()},
        "failures": {name: one.failures for name, one in done.items() if one.failures},
    }


def _tell(name: str, fuzzed: Fuzzed) -> None:
    verdict = "FAILED" if fuzzed.failures else "ok"
    print(f"==> {name}: {fuzzed.inputs} inputs in {fuzzed.seconds:.1f} s, {verdict}", file=sys.stderr)
    for failure in fuzzed.failures:
        print(failure, file=sys.stderr)


def names(targets: Sequence[Target]) -> list[str]:
    """For tests, that they say which target failed."""
    return [target.name for target in targets]


if __name__ == "__main__":
    main()
