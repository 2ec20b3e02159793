"""The bench of coffee orders: its grammar, its rule of mixing, and the whole of it on synthetic orders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from benches.orders.benchmark import FRAME_SAMPLES, loudest_frame_energy, mix, read_grammar
from benches.orders.run import measure
from voice_coach.ears.closed_grammar import TokenAutomaton
from voice_coach.ears.closed_grammar.speech_model import Tokenizer
from voice_coach.ears.recognizers.registry import moonshine_folder
from voice_coach.errors import CoachError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Bench = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]
GRAMMAR = """
opening = ["get me", "I'd like"]
size    = ["small", "twelve ounce"]
roast   = ["dark roast"]
shots   = ["double shot"]
drink   = ["latte", "iced mocha", "coffee"]
amount  = ["", "lots of"]
milk    = ["milk", "soy milk"]
sugar   = ["sugar"]
"""
ORDERS = {
    "Get me a small dark roast latte with lots of soy milk": {
        "size": "small",
        "roast": "dark roast",
        "coffeeDrink": "latte",
        "milkAmount": "lots of soy milk",
    },
    "I'd like a double shot 12-ounce iced mocha with sugar and milk.": {
        "numberOfShots": "double shot",
        "size": "twelve ounce",
        "coffeeDrink": "iced mocha",
        "sugarAmount": "sugar",
        "milkAmount": "milk",
    },
    "get me an iced mocha": {"coffeeDrink": "iced mocha"},
}


@pytest.fixture
def data(tmp_path: Path, processes: None) -> Path:
    """A folder as the bench wants it, with the first two orders spoken by a synthetic voice."""
    (tmp_path / "coffee_grammar.toml").write_text(GRAMMAR)
    lines = ["path\tslots"]
    for number, (text, slots) in enumerate(list(ORDERS.items())[:2]):
        spoken = text.replace("12-ounce", "twelve ounce")
        subprocess.run(["flite", "-voice", "slt", "-t", spoken, "-o", str(tmp_path / f"{number}.wav")], check=True)
        lines.append(f"{number}.wav\t{json.dumps(slots)}")
    (tmp_path / "coffee_orders.tsv").write_text("\n".join(lines) + "\n")
    (tmp_path / "noise").mkdir()
    noise = np.random.default_rng(1).normal(0, 0.1, 160_000)
    soundfile.write(tmp_path / "noise" / "kitchen_001.flac", noise, 16_000)
    return tmp_path


@pytest.fixture
def bench(data: Path, processes: None) -> Bench:
    """Runs the bench over the folder."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "benches.orders.run", "--data", str(data), *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def slots_of(text: str, automaton: TokenAutomaton, tokenizer: Tokenizer) -> Mapping[str, str] | None:
    """The slots of a transcript."""
    state = 0
    for word in text.split():
        for token in tokenizer.encode_word(word):
            arcs = automaton.arcs(state)
            state = int(arcs.targets[arcs.tokens.tolist().index(token)])
    sentence = automaton.sentence_at(state)
    reading = automaton.grammar.reading_at(sentence) if sentence is not None else None
    return reading.slots if reading is not None else None


@pytest.mark.parametrize("text", ORDERS)
def test_the_slots_of_a_transcript_are_those_of_the_order(text: str, tmp_path: Path) -> None:
    path = tmp_path / "grammar.toml"
    path.write_text(GRAMMAR)
    known, tokenizer = read_grammar(path), Tokenizer.read(moonshine_folder() / "tokenizer.bin")
    automaton = TokenAutomaton(known.grammar, tokenizer, known.spellings)
    assert slots_of(text, automaton, tokenizer) == ORDERS[text]


@pytest.mark.parametrize("snr", [0.0, 6.0, 24.0])
def test_the_loudest_frames_of_speech_and_noise_have_the_ratio_asked_for(snr: float) -> None:
    rng = np.random.default_rng(1)
    speech = rng.normal(0, 0.1, 30_000).astype(np.float32)
    noise = np.tile(rng.normal(0, 1, FRAME_SAMPLES), 40).astype(np.float32)
    mixed = mix(speech, noise, snr, rng)
    assert np.abs(mixed).max() == pytest.approx(0.5)
    scale = np.dot(mixed, speech) / np.dot(speech, speech)  # noise and speech are all but orthogonal
    ratio = loudest_frame_energy(scale * speech) / loudest_frame_energy(mixed - scale * speech)
    assert 10 * np.log10(ratio) == pytest.approx(snr, abs=0.5)


def test_only_whole_frames_count_unless_there_is_none() -> None:
    sound = np.ones(FRAME_SAMPLES + 100, np.float32)
    sound[FRAME_SAMPLES:] = 9
    assert loudest_frame_energy(sound) == FRAME_SAMPLES
    assert loudest_frame_energy(sound[:100]) == 100


def test_what_cannot_be_mixed_is_refused() -> None:
    rng, sound = np.random.default_rng(1), np.ones(3_000, np.float32)
    with pytest.raises(RecordingError, match="shorter"):
        mix(sound, sound[:-1], 6.0, rng)
    with pytest.raises(RecordingError, match="silent"):
        mix(sound, 0 * sound, 6.0, rng)


def test_spoken_orders_are_understood_and_counted(bench: Bench) -> None:
    done = bench("--snr", "9", "20.5")
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"snr": 9, "orders": 2, "right": 2},
        {"snr": 20.5, "orders": 2, "right": 2},
    ]


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("coffee_grammar.toml", None, "cannot be read"),
        ("coffee_grammar.toml", "opening = [", "is no TOML"),
        ("coffee_grammar.toml", GRAMMAR.replace("drink", "drinks"), '"drink" must be an array of texts'),
        ("coffee_grammar.toml", GRAMMAR.replace("get me", "(get me"), "')' is missing"),
        ("coffee_orders.tsv", None, "cannot be read"),
        ("coffee_orders.tsv", "path\tslot\n", 'no column "slots"'),
        ("coffee_orders.tsv", "path\tslots\n", "holds no orders"),
        ("coffee_orders.tsv", "path\tslots\n0.wav\t{'size'}\n", "line 2"),
        ("coffee_orders.tsv", "path\tslots\n0.wav\n", "line 2"),
        ("noise/kitchen_001.flac", None, "does not exist"),
        ("noise/kitchen_001.flac", "no sound", "is no sound file"),
        ("1.wav", "", "is empty"),
    ],
)
def test_bad_data_is_refused_with_its_place(file: str, content: str | None, complaint: str, data: Path) -> None:
    if content is None:
        (data / file).unlink()
    else:
        (data / file).write_text(content)
    with pytest.raises(CoachError) as caught:
        measure(data, [6.0])
    assert complaint in str(caught.value)
    assert str(data / file) in str(caught.value)


@pytest.mark.usefixtures("processes")
def test_bad_data_is_told_in_one_sentence(data: Path, bench: Bench) -> None:
    (data / "coffee_orders.tsv").unlink()
    done = bench("--snr", "6")
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("scripts/bench orders: ")
