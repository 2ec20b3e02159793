"""Runs the bench of the mouth. Measurements are in milliseconds: median, 95th percentile and worst."""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
import wave
from typing import TYPE_CHECKING

import numpy as np

from benches.common.process_tree import family, processor_seconds
from benches.common.publishing import ROOT, parser_of
from voice_coach import clock
from voice_coach.library import load_language
from voice_coach.mouth import open_mouth
from voice_coach.mouth.synthesizers import EspeakVoice
from voice_coach.rehearsal.virtual_card import VirtualCard
from voice_coach.session.commands import (
    Cue,
    Prepare,
    Sound,
    Speak,
    Voice,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from voice_coach.mouth import SpeakingMouth
    from voice_coach.rehearsal.recorder import Recording
    from voice_coach.session.events import Event


AUDIBLE = 0.01
TEXTS = (
    "Cleanse your face.",
    "Five minutes are left. Shall we take it off now?",
    "Spread the mask evenly over your whole face, and keep away from your eyes and your mouth. Say next when it is on.",
)
RATES = (120, 140, 165, 190, 220)
IDLE_SECONDS = 10.0


def main() -> None:
    """Measure everything."""
    parser = parser_of("mouth")
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--idle", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.idle:
        measure_idle()
        return
    with tempfile.TemporaryDirectory() as cache, VirtualCard() as card:
        os.environ.update(card.environment, XDG_CACHE_HOME=cache)
        measure_renders(options.repeat * 15)
        measure_latencies(card, options.repeat)
        measure_cues(card, options.repeat)
        subprocess.run(
            [sys.executable, "-m", "benches.mouth.run", "--idle"], check=True, env=card.environment, cwd=ROOT
        )


def report(name: str, milliseconds: Iterable[float], **more: object) -> None:
    """Print one measurement."""
    values = np.array(list(milliseconds))
    figures = {"median": np.median(values), "p95": np.percentile(values, 95), "worst": values.max()}
    print(json.dumps({"measured": name, **{k: round(float(v), 1) for k, v in figures.items()}, **more}), flush=True)


def measure_renders(count: int) -> None:
    """Back-to-back renders with changing text and rate, against espeak-ng's own program."""
    chosen = np.random.default_rng(1)
    expected: dict[tuple[str, int], int] = {}
    took, wrong = [], 0
    started = time.perf_counter()
    with EspeakVoice(load_language("en")) as voice:
        hello_ms = 1e3 * (time.perf_counter() - started)
        for _ in range(count):
            text, rate = TEXTS[chosen.integers(len(TEXTS))], RATES[chosen.integers(len(RATES))]
            if (text, rate) not in expected:
                expected[text, rate] = frames_of_espeak(text, rate)
            before = time.perf_counter()
            frames = len(voice.render(text, rate).samples)
            took.append(1e3 * (time.perf_counter() - before))
            wrong += abs(frames / expected[text, rate] - 1) > 0.03  # noqa: PLR2004  eSpeak's pauses vary by 1 %
    report("render", took, renders=count, wrong=wrong, process_start_ms=round(hello_ms))


def frames_of_espeak(text: str, rate: int) -> int:
    """The length that espeak-ng itself gives a text."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", "gmw/en-us", "-s", str(rate), "-w", file.name, text], check=True)
        with wave.open(file.name) as sound:
            return int(sound.getnframes())


def started_mouth() -> tuple[SpeakingMouth, queue.Queue[Event]]:
    """A mouth on the virtual card, whose stream has been open for half a second."""
    events: queue.Queue[Event] = queue.Queue()
    mouth = open_mouth(load_language("en"))
    mouth.start(events.put)
    time.sleep(0.5)
    return mouth, events


def measure_latencies(card: VirtualCard, repeat: int) -> None:
    """Times from `speak` to the sound, from `hush` to silence, and from a sentence's last sample to SpeechEnded."""
    mouth, events = started_mouth()
    voice = Voice()
    mouth.prepare(Prepare(TEXTS, voice))
    time.sleep(1.0)
    for name, texts in (("ready", TEXTS), ("rendered first", tuple(f"{n}. {TEXTS[0]}" for n in range(repeat)))):
        spoken, hushed = [], []
        card.start_recording()
        for number in range(repeat):
            spoken.append(clock.now())
            mouth.speak(Speak(number, texts[number % len(texts)], voice))
            time.sleep(0.55 + 0.013 * (number % 7))
            hushed.append(clock.now())
            mouth.hush()
            time.sleep(0.3)
        recording = card.stop_recording()
        report(f"speak to sound, {name}", (1e3 * first_sound_after(recording, at) for at in spoken))
        report(f"hush to silence, {name}", (1e3 * last_sound_after(recording, at) for at in hushed))
    assert events.empty(), "a hushed utterance has ended"  # noqa: S101  what is measured must be true
    late = []
    for number in range((repeat + 1) // 2):
        card.start_recording()
        mouth.speak(Speak(number, TEXTS[0], voice))
        events.get(timeout=10.0)
        ended = clock.now()
        time.sleep(0.3)
        recording = card.stop_recording()
        sounding = np.flatnonzero(recording.speaker)
        late.append(1e3 * (ended - recording.started_at - sounding[-1] / recording.rate))
    report("last sample to SpeechEnded", late)
    mouth.stop()


def measure_cues(card: VirtualCard, repeat: int) -> None:
    """Errors of a tick's time while the synthesiser is busy."""
    mouth, _ = started_mouth()
    voice = Voice()
    mouth.prepare(Prepare(tuple(f"{n}. {TEXTS[2]}" for n in range(10 * repeat)), voice))
    card.start_recording()
    dues = []
    for _ in range(repeat):
        dues.append(clock.now() + 0.3)
        mouth.cue(Cue(Sound.TICK, dues[-1], 0.8))
        time.sleep(0.37)
    time.sleep(0.3)
    recording = card.stop_recording()
    errors = [1e3 * (first_sound_after(recording, due - 0.1) - 0.1) for due in dues]
    report("cue error", np.abs(errors), mean=round(float(np.mean(errors)), 1))
    mouth.stop()


def first_sound_after(recording: Recording, at: float) -> float:
    """Seconds from a monotonic time to the first audible sample."""
    start = round(recording.seconds_at(at) * recording.rate)
    return float(np.argmax(np.abs(recording.speaker[start:]) > AUDIBLE)) / recording.rate


def last_sound_after(recording: Recording, at: float) -> float:
    """Seconds from a monotonic time to the last audible sample of the following 0.25 s."""
    start = round(recording.seconds_at(at) * recording.rate)
    sounding = np.flatnonzero(np.abs(recording.speaker[start : start + recording.rate // 4]) > AUDIBLE)
    return float(sounding[-1]) / recording.rate if len(sounding) else 0.0


def measure_idle() -> None:
    """The share of a core that an open, silent mouth takes, its processes included, when there is nothing else."""
    mouth, _ = started_mouth()
    before, cpu_before = time.monotonic(), processor_seconds(family(os.getpid()))
    time.sleep(IDLE_SECONDS)
    share = (processor_seconds(family(os.getpid())) - cpu_before) / (time.monotonic() - before)
    mouth.stop()
    print(json.dumps({"measured": "idle", "core_percent": round(100 * share, 2)}), flush=True)


if __name__ == "__main__":
    main()
