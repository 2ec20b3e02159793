"""What a program that plays or records notices of a pulled plug."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.rehearsal.virtual_card import Side, VirtualCard

STREAM = """
import sounddevice, sys, time
def play(block, *_): block[:] = 0.2
def listen(*_): pass
stream = (sounddevice.OutputStream(callback=play, latency=0.1, blocksize=960, samplerate=48000)
          if sys.argv[1] == "speaker" else
          sounddevice.InputStream(callback=listen, latency=0.1, blocksize=960, samplerate=48000))
stream.start()
print("started", flush=True)
while stream.active:
    time.sleep(0.02)
print("ended", flush=True)
"""
PROMPTLY_SECONDS = 1.0


@contextmanager
def streaming(card: VirtualCard, side: Side) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", STREAM, side]
    with subprocess.Popen(command, env=card.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        time.sleep(0.5)
        try:
            yield process
        finally:
            process.kill()
            card.plug(side)


def has_ended(process: subprocess.Popen[str]) -> bool:
    try:
        return process.wait(patient(PROMPTLY_SECONDS)) == 0
    except subprocess.TimeoutExpired:
        return False


@pytest.mark.parametrize("side", ["speaker", "microphone"])
def test_a_hard_unplug_ends_the_stream_and_a_soft_one_does_not(card: VirtualCard, side: Side) -> None:
    with streaming(card, side) as process:
        card.unplug(side, softly=True)
        assert not has_ended(process)
    with streaming(card, side) as process:
        card.unplug(side)
        assert has_ended(process)


def test_what_is_played_to_a_softly_unplugged_speaker_lands_in_the_microphone(card: VirtualCard) -> None:
    with streaming(card, "speaker"):
        card.unplug("speaker", softly=True)
        time.sleep(0.5)
        card.start_recording()
        time.sleep(0.3)
        recording = card.stop_recording()
    assert not np.any(recording.speaker)
    assert np.any(recording.microphone)


@pytest.mark.parametrize("side", ["speaker", "microphone"])
def test_plugs_may_be_pulled_and_put_back_twice(card: VirtualCard, side: Side) -> None:
    card.unplug(side)
    card.unplug(side)
    card.plug(side)
    card.plug(side)
    with streaming(card, side) as process:
        assert not has_ended(process)


def test_the_echo_path_is_there_again_with_the_speaker(card: VirtualCard) -> None:
    card.let_microphone_hear_speaker(-6.0)
    try:
        card.unplug("speaker")
        card.plug("speaker")
        with streaming(card, "speaker"):
            card.start_recording()
            time.sleep(0.3)
            assert np.any(card.stop_recording().microphone)
    finally:
        card.deafen_microphone_to_speaker()
