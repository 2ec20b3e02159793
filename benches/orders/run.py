"""Runs the bench of coffee orders: a JSON line for each ratio of speech to noise."""

from __future__ import annotations

import json
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.progress import Progress

from benches.common.publishing import MEASURED, as_json, describe, parser_of, publish
from benches.orders.benchmark import mix, read_grammar, read_orders
from voice_coach.audio.recordings import read_recording
from voice_coach.ears.closed_grammar import Beam, Decoder, TokenAutomaton, calibrate_steps
from voice_coach.ears.recognizers.registry import load_speech_model
from voice_coach.errors import CoachError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from benches.orders.benchmark import Order, OrderGrammar


RATIOS = (6.0, 9.0, 12.0, 15.0, 18.0, 21.0, 24.0)
"""Speech to noise in dB, as published."""
BEAM = Beam(width=16, prune_margin=12.0)


@dataclass(frozen=True, slots=True)
class OrderResult:
    """The result of hearing one order."""

    is_right: bool
    seconds: float
    """Processor time on one thread."""


def main() -> int:
    """Print a JSON line for each ratio; a run of all seven is kept in docs/measured/orders.json too."""
    parser = parser_of("orders")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of coffee_grammar.toml, coffee_orders.tsv and what they name"
    )
    parser.add_argument(
        "--snr", type=float, nargs="+", default=RATIOS, metavar="DB", help="ratios of speech to noise [all seven]"
    )
    options = parser.parse_args()
    try:
        outcomes = measure(options.data, options.snr)
    except CoachError as error:
        sys.exit(f"scripts/bench orders: {error}")
    left_out = [f"{snr:g}" for snr in RATIOS if snr not in outcomes]
    against = [f"--snr leaves out {', '.join(left_out)} dB"] if left_out else []
    publish(lambda: {MEASURED / "orders.json": as_json(_figures(outcomes))}, against)
    return 0


def measure(data: Path, ratios: Iterable[float]) -> dict[float, list[OrderResult]]:
    """Hear all orders at each ratio; prints each ratio's line as soon as it is known.

    Raises:
        CoachError: something in the folder is missing or wrong.
    """
    orders = read_orders(data / "coffee_orders.tsv")
    grammar = read_grammar(data / "coffee_grammar.toml")
    noise = read_recording(data / "noise" / "kitchen_001.flac")
    outcomes: dict[float, list[OrderResult]] = {}
    with Progress(console=Console(stderr=True), redirect_stdout=False) as progress:
        for order in progress.track(orders, description="reading the recordings"):
            read_recording(order.path)  # a bad one is told now, not after minutes
        calibrating = progress.add_task("calibrating the grammar")
        decoder = decoder_of(grammar, lambda done, of: progress.update(calibrating, completed=done, total=of))
        for snr in ratios:
            task = progress.track(orders, description=f"orders at {snr:g} dB")
            outcomes[snr] = [hear(decoder, order, noise, snr) for order in task]
            line = {"snr": _plain(snr), "orders": len(orders), "right": sum(one.is_right for one in outcomes[snr])}
            print(json.dumps(line), flush=True)
    return outcomes


def decoder_of(grammar: OrderGrammar, on_progress: Callable[[int, int], None] = lambda _done, _of: None) -> Decoder:
    """A decoder of orders, calibrated. Raises ModelError."""
    model = load_speech_model()
    automaton = TokenAutomaton(grammar.grammar, model.tokenizer, grammar.spellings)
    return Decoder(model, automaton, calibrate_steps(model, automaton, on_progress=on_progress), BEAM)


def hear(decoder: Decoder, order: Order, noise: NDArray[np.float32], snr: float) -> OrderResult:
    """Decode one order with noise under it: the same piece of noise at every run. Raises RecordingError."""
    speech = read_recording(order.path)
    rng = np.random.default_rng(zlib.crc32(f"{order.name} {snr:g}".encode()))
    try:
        sound = mix(speech, noise, snr, rng)
    except RecordingError as error:
        message = f"{order.path} cannot be mixed with noise: {error}"
        raise RecordingError(message) from error
    start = time.thread_time()
    readings = decoder.decode(sound)
    seconds = time.thread_time() - start
    return OrderResult(bool(readings) and readings[0].slots == order.slots, seconds)


def _figures(outcomes: Mapping[float, Sequence[OrderResult]]) -> dict[str, object]:
    return {
        "machine": describe("moonshine-voice", "onnxruntime", "numpy"),
        "orders": len(outcomes[RATIOS[0]]),
        "right": {f"{snr:g}": sum(one.is_right for one in outcomes[snr]) for snr in RATIOS},
        "seconds_an_order": round(median(one.seconds for snr in RATIOS for one in outcomes[snr]), 3),
    }


def _plain(snr: float) -> float:
    """A ratio as the JSON lines show it: 6 rather than 6.0."""
    return int(snr) if snr.is_integer() else snr


if __name__ == "__main__":
    sys.exit(main())
