"""The natural voice, rendered by the real engine in its own process."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soxr

from benches.common.acoustics import active_level
from benches.voices.run import texts_in
from voice_coach.errors import MouthError
from voice_coach.library import load_language
from voice_coach.mouth.speech_renderer import trimmed
from voice_coach.mouth.synthesizers import EspeakVoice, NaturalVoice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray

    from voice_coach.mouth.synthesizer_client import Speech

SENTENCES = (
    "Spread the mask evenly over your whole face, and keep away from your eyes and your mouth.",
    "Lean back for 15 minutes.",
    "Five minutes are left. Shall we take it off now?",
    "Pat your face dry with a soft towel.",
)


@pytest.fixture(scope="module")
def shared(processes: None) -> Iterator[NaturalVoice]:
    """For tests that end no process."""
    with NaturalVoice() as one:
        yield one


@pytest.fixture
def voice(processes: None) -> Iterator[NaturalVoice]:
    with NaturalVoice() as one:
        yield one


def seconds(speech: Speech) -> float:
    return len(speech.samples) / speech.rate


def as_floats(speech: Speech) -> NDArray[np.float32]:
    samples: NDArray[np.float32] = soxr.resample(speech.samples / np.float32(32768), speech.rate, 16_000)
    return samples


def test_it_names_itself_and_what_renders(shared: NaturalVoice) -> None:
    assert shared.name == "heart"
    assert shared.version.startswith("hibari-tts 0.2.1, ONNX Runtime 1.")


def test_a_sentence_sounds_the_same_each_time(shared: NaturalVoice) -> None:
    first = shared.render(SENTENCES[0], 165)
    shared.render(SENTENCES[1], 220)
    assert np.array_equal(shared.render(SENTENCES[0], 165).samples, first.samples)


def test_faster_is_faster_at_every_step_and_as_fast_as_the_standard_voice(shared: NaturalVoice) -> None:
    paces = (80, 100, 120, 140, 165, 190, 220, 250, 300, 450)
    with EspeakVoice(load_language("en")) as standard:
        natural, usual = (
            [sum(seconds(trimmed(each.render(text, pace))) for text in SENTENCES) for pace in paces]
            for each in (shared, standard)
        )
    assert all(slower > faster for slower, faster in itertools.pairwise(natural))
    for pace, mine, other in zip(paces, natural, usual, strict=True):
        if pace <= 300:
            assert mine == pytest.approx(other, rel=0.2), pace


def test_it_is_as_loud_as_the_standard_voice_and_is_not_clipped(shared: NaturalVoice) -> None:
    with EspeakVoice(load_language("en")) as standard:
        natural, usual = ([as_floats(each.render(text, 165)) for text in SENTENCES] for each in (shared, standard))
    assert np.mean([active_level(sound) for sound in natural]) == pytest.approx(
        np.mean([active_level(sound) for sound in usual]), abs=1.5
    )
    assert max(np.abs(sound).max() for sound in natural) < 1.0


def english_files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name == "routines":
            yield from english_files(entry)
        elif entry.name in {"wording.toml", "tuning.toml", "voices.toml"} or folder.name == "routines":
            yield entry


def test_every_word_of_the_content_is_said_in_a_sentence_that_has_a_sound(shared: NaturalVoice) -> None:
    english = files("voice_coach") / "content" / "en"
    texts = {
        text
        for file in english_files(english)
        for text in texts_in(tomllib.loads(file.read_text(encoding="utf-8")))
        if any(map(str.isalnum, text))
    }
    intents = tomllib.loads((english / "phrases.toml").read_text(encoding="utf-8"))["intents"].values()
    texts |= {intent[key] for intent in intents for key in ("answer", "suggested") if key in intent}
    assert len(texts) > 100
    said: set[str] = set()
    for text in sorted(texts, key=len, reverse=True):
        new = set(text.lower().split()) - said
        if not new:
            continue  # a voice that cannot say a sentence cannot say one of its words
        said |= new
        speech = shared.render(text, 165)
        assert np.abs(speech.samples).max() > 1000, text
        assert seconds(trimmed(speech)) > 0.04 * len(text.split()), text


def test_numbers_are_spoken(shared: NaturalVoice) -> None:
    figures = shared.render("15 minutes", 165)
    words = shared.render("fifteen minutes", 165)
    assert seconds(figures) == pytest.approx(seconds(words), rel=0.1)
    assert seconds(shared.render("1 of 20, or 50 %", 165)) > 1.0


@pytest.mark.parametrize(
    "text",
    [
        "What is the → ★ ½ of it?",
        "Take 5 € or $3.20, at 7:30 pm …",
        "naïve café, skin™ & [x] {y} <z> #1 @2 *3* ^ ~ | \\ `",
        "Wash 你好 gently.",
        "word " * 100,
        "a" * 200,
        "one\ttwo\nthree\x07 four\u200b",
        "say [one](/x/) and [two](y)",
        "😀 smile",
    ],
)
def test_whatever_stands_in_a_sentence_the_rest_is_spoken(shared: NaturalVoice, text: str) -> None:
    pid = shared.pid
    assert np.abs(shared.render(text, 165).samples).max() > 1000
    assert shared.pid == pid


def test_what_has_no_sound_is_an_error_and_the_next_sentence_is_spoken(voice: NaturalVoice) -> None:
    with pytest.raises(MouthError, match="“다음 단계”"):
        voice.render("다음 단계", 165)
    assert seconds(voice.render(SENTENCES[1], 165)) > 1.0


def test_it_is_replaced_when_it_dies(voice: NaturalVoice) -> None:
    died = voice.pid
    os.kill(died, signal.SIGKILL)
    assert seconds(voice.render(SENTENCES[1], 165)) > 1.0
    assert voice.pid != died


def test_it_is_replaced_when_it_hangs(voice: NaturalVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    hung = voice.pid
    monkeypatch.setattr(voice, "_engine", replace(voice._engine, render_seconds=1.0))  # noqa: SLF001 - hurried
    os.kill(hung, signal.SIGSTOP)
    assert seconds(voice.render(SENTENCES[1], 165)) > 1.0
    assert voice.pid != hung


def test_it_renders_on_one_thread(shared: NaturalVoice) -> None:
    shared.render(SENTENCES[0], 165)
    before, began = processor_seconds(shared.pid), os.times().elapsed
    for text in SENTENCES * 5:
        shared.render(text, 165)
    took = os.times().elapsed - began
    assert processor_seconds(shared.pid) - before < 1.2 * took + 0.05


def processor_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123 - no file, in truth
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.usefixtures("processes")
def test_it_asks_no_network() -> None:
    """No socket is made by starting and rendering, nor may anything be fetched: its process is alone in a namespace."""
    script = (
        "from voice_coach.mouth.synthesizers import NaturalVoice\n"
        "with NaturalVoice() as voice: print(len(voice.render('No network is asked.', 165).samples))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("ORT_")}
    command = ["strace", "-f", "-qq", "-e", "trace=connect,bind,sendto", sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert int(done.stdout) > 10_000
    assert [line for line in done.stderr.splitlines() if "AF_INET" in line or "AF_NETLINK" in line] == []


@pytest.mark.usefixtures("processes")
def test_without_its_package_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch, broken_package: str) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([broken_package, os.environ.get("PYTHONPATH", "")]))
    with pytest.raises(MouthError, match=r"pip install .* hibari-tts==0.2.1"):
        NaturalVoice()
