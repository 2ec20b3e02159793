"""The parts taken from Picovoice's speech-to-intent benchmark: grammar, orders, and the rule of mixing with noise.

Grammar and orders are two files in the folder of recordings, written shorter than the originals: the grammar's arrays
of words in TOML, the orders as a table of `path` and `slots` (JSON). Speech is mixed with noise as in the benchmark's
benchmark/mixer.py.
"""

from __future__ import annotations

import csv
import json
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.closed_grammar import Grammar
from voice_coach.errors import ContentError, RecordingError
from voice_coach.schema import GrammarError, parse_expression
from voice_coach.schema.expressions import Alternatives, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.schema import Expression

    Sound = NDArray[np.float32]

FRAME_SAMPLES = 2_048
_PEAK = 0.5
_DETAILS = {"size": "size", "roast": "roast", "numberOfShots": "shots"}
"""Slots that come before the drink, in any order: the array of each."""
_EXTRAS = {"milkAmount": "milk", "sugarAmount": "sugar"}
"""Slots that come after it, each with its amount."""
_ARRAYS = ("opening", "drink", "amount", *_DETAILS.values(), *_EXTRAS.values())
_OTHERWISE = {"eight": "8", "twelve": "12", "sixteen": "16", "twenty": "20", "iced": "ice"}
"""Other spellings that transcripts have for a word."""


def mix(speech: Sound, noise: Sound, snr: float, rng: np.random.Generator) -> Sound:
    """Speech with a random piece of noise under it, at a peak of 0.5.

    Args:
        speech: shape (samples,).
        noise: shape (samples,), no shorter than the speech.
        snr: in dB: the energy of the loudest frame of the speech to that of the loudest frame of the noise beneath it.
        rng: chooses the piece.

    Raises:
        RecordingError: the noise is shorter than the speech, or one of them is silent.
    """
    if len(noise) < len(speech):
        message = "the noise is shorter than the speech. Give a longer one."
        raise RecordingError(message)
    start = int(rng.integers(len(noise) - len(speech) + 1))
    piece = noise[start : start + len(speech)]
    speech_energy, noise_energy = loudest_frame_energy(speech), loudest_frame_energy(piece)
    if not speech_energy or not noise_energy:
        message = "speech or noise is silent. Give a recording with sound in it."
        raise RecordingError(message)
    mixed = speech + np.sqrt(speech_energy / noise_energy * 10 ** (-snr / 10)) * piece
    return np.asarray(mixed * (_PEAK / np.abs(mixed).max()), np.float32)


def loudest_frame_energy(sound: Sound) -> float:
    """Energy of the loudest frame of FRAME_SAMPLES; a rest at the end counts only when there is no whole frame."""
    frames = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES] if len(sound) >= FRAME_SAMPLES else sound
    energies = np.square(frames, dtype=np.float64).reshape(-1, min(FRAME_SAMPLES, len(sound))).sum(axis=1)
    return float(energies.max())


@dataclass(frozen=True, slots=True)
class OrderGrammar:
    """The grammar of all orders."""

    grammar: Grammar
    spellings: Mapping[str, tuple[str, ...]]
    """Other spellings of a slot's value in a transcript, by the value."""


@dataclass(frozen=True, slots=True)
class Order:
    """A recording, and what is ordered in it."""

    name: str
    """The recording's name in the table."""
    path: Path
    slots: Mapping[str, str]


def read_grammar(path: Path) -> OrderGrammar:
    """Read coffee_grammar.toml. Raises ContentError."""
    try:
        arrays = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        message = f"{path} is no TOML ({error}). Give the benchmark's grammar."
        raise ContentError(message) from error
    for name in _ARRAYS:
        values = arrays.get(name)
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            message = f'{path}: "{name}" must be an array of texts. Give the benchmark\'s grammar.'
            raise ContentError(message)
    try:
        return _grammar_of(arrays)
    except GrammarError as error:
        message = f"{path}: {error}. Give the benchmark's grammar."
        raise ContentError(message) from error


def read_orders(path: Path) -> tuple[Order, ...]:
    """Read coffee_orders.tsv; the recordings' paths are relative to its folder. Raises ContentError."""
    rows = csv.DictReader(_text(path).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = {"path", "slots"} - set(rows.fieldnames or ())
    if missing:
        message = f'{path} has no column "{min(missing)}". Its first line must name the columns path and slots.'
        raise ContentError(message)
    orders = tuple(_orders(path, rows))
    if not orders:
        message = f"{path} holds no orders. Add a line for each recording."
        raise ContentError(message)
    return orders


def _orders(path: Path, rows: csv.DictReader[str]) -> Iterator[Order]:
    for row in rows:
        try:
            slots = json.loads(row["slots"] or "")
        except json.JSONDecodeError:
            slots = None
        if (
            not row["path"]
            or not isinstance(slots, dict)
            or not all(isinstance(value, str) for value in slots.values())
        ):
            message = f'{path}, line {rows.line_num}: expected a path, a tab and slots such as {{"size": "small"}}.'
            raise ContentError(message)
        yield Order(row["path"], path.parent / row["path"], slots)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        message = f"{path} cannot be read ({reason}). Give the folder of the benchmark's recordings with --data."
        raise ContentError(message) from error


def _grammar_of(arrays: Mapping[str, list[str]]) -> OrderGrammar:
    values = {slot: arrays[array] for slot, array in (_DETAILS | {"coffeeDrink": "drink"}).items()}
    slots: dict[str, Expression] = {slot: _any_value(texts) for slot, texts in values.items()}
    for slot, array in _EXTRAS.items():
        slots[slot] = parse_expression(f"{_any(arrays['amount'])} {_any(arrays[array])}")
    milk, sugar = (f"<{slot}>" for slot in _EXTRAS)
    order = parse_expression(
        f"{_any(arrays['opening'])} (a | an) {_each_at_most_once(list(_DETAILS))} <coffeeDrink>"
        f" [with ({milk} [and {sugar}] | {sugar} [and {milk}])]",
        slots,
    )
    spellings = {text: _spellings(text) for texts in values.values() for text in texts}
    for slot in _DETAILS:
        spellings |= {text: _with_comma(text, spellings[text]) for text in values[slot]}
    return OrderGrammar(Grammar({"order": order}), spellings)


def _each_at_most_once(slots: Sequence[str]) -> str:
    """An expression for each part at most once, in any order."""
    ways = (f"<{slot}> {_each_at_most_once([other for other in slots if other != slot])}" for slot in slots)
    return f"[{' | '.join(ways)}]" if slots else ""


def _any(texts: Sequence[str]) -> str:
    return f"({' | '.join(texts)})"


def _any_value(texts: Sequence[str]) -> Expression:
    return Alternatives(tuple(map(Word, texts)))


def _spellings(text: str) -> tuple[str, ...]:
    """Other spellings of a value: in digits, in the plural, with hyphens, with "ice" for "iced"."""
    other = " ".join(_OTHERWISE.get(word, word) for word in text.split())
    spaced = [text, other, *(f"{spelling}s" for spelling in (text, other) if spelling.endswith("ounce"))]
    joined = dict.fromkeys(spelling for each in spaced for spelling in (each, each.replace(" ", "-")))
    return tuple(spelling for spelling in joined if spelling != text)


def _with_comma(text: str, spellings: tuple[str, ...]) -> tuple[str, ...]:
    """The texts, and each with a comma behind it, as between adjectives."""
    return (*spellings, *(f"{spelling}," for spelling in (text, *spellings)))
