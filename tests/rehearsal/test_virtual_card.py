from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.patience import wait_until
from voice_coach.errors import RehearsalError
from voice_coach.rehearsal.dialogue import VOICES, render
from voice_coach.rehearsal.recorder import CARD_RATE, end_of_speech, first_sound, seconds_of_sound
from voice_coach.rehearsal.virtual_card import VirtualCard

PLAY_A_TONE = """
import numpy, sounddevice
tone = 0.2 * numpy.sin(numpy.arange(24000) * 0.1)
sounddevice.play(tone, 48000, blocking=True, latency=0.2)
"""


@pytest.fixture
def beep(tmp_path: Path) -> Path:
    path = tmp_path / "beep.wav"
    soundfile.write(path, 0.2 * np.sin(np.arange(24_000) * 0.1), 48_000)
    return path


def test_what_is_said_is_heard_by_the_microphone_only(card: VirtualCard, beep: Path) -> None:
    card.start_recording()
    card.say(beep)
    recording = card.stop_recording()
    assert np.abs(recording.microphone).max() == pytest.approx(0.2, rel=0.1)
    assert not np.any(recording.speaker)


def test_what_portaudio_plays_is_on_the_speaker_side_only(card: VirtualCard) -> None:
    card.start_recording()
    subprocess.run([sys.executable, "-c", PLAY_A_TONE], env=card.environment, check=True)
    recording = card.stop_recording()
    assert np.abs(recording.speaker).max() == pytest.approx(0.2, rel=0.2)
    assert not np.any(recording.microphone)


def test_with_an_echo_path_the_microphone_hears_the_speaker_softly(card: VirtualCard) -> None:
    card.let_microphone_hear_speaker(-20.0)
    try:
        card.start_recording()
        subprocess.run([sys.executable, "-c", PLAY_A_TONE], env=card.environment, check=True)
        recording = card.stop_recording()
    finally:
        card.deafen_microphone_to_speaker()
    assert np.abs(recording.microphone).max() == pytest.approx(0.02, rel=0.2)


def test_a_recording_knows_when_it_began(card: VirtualCard, beep: Path) -> None:
    card.start_recording()
    card.say(beep)
    card.say(beep)
    recording = card.stop_recording()
    begin = first_sound(recording.microphone, recording.rate)
    assert begin is not None
    part = recording.slice(begin, begin + 0.1)
    assert part.seconds_at(recording.started_at + begin) == pytest.approx(0.0, abs=1e-3)
    assert len(part.microphone) == len(part.speaker) == pytest.approx(4_800, abs=1)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("voice", VOICES)
def test_the_person_has_three_voices_at_one_level(voice: str, tmp_path: Path) -> None:
    path = tmp_path / "next.wav"
    render(voice, "next step", path)
    sound, rate = soundfile.read(path, dtype="float32")
    end = end_of_speech(sound, rate)
    assert end is not None
    assert 0.3 < end < 2.0
    assert 0.1 < np.abs(sound).max() < 1.0


def test_an_unknown_voice_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="use one of slt, awb, rms"):
        render("nobody", "next", tmp_path / "next.wav")


def test_a_missing_server_is_one_sentence_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(RehearsalError, match="parec and paplay on the PATH: apt install pulseaudio"),
        VirtualCard(),
    ):
        pass


@pytest.mark.usefixtures("processes")
def test_nothing_is_left_behind_when_the_block_fails() -> None:
    crash = "crash inside the block"

    def use() -> str:
        with VirtualCard() as card:
            folders.append(Path(card.environment["PULSE_RUNTIME_PATH"]).parent)
            raise ValueError(crash)

    folders: list[Path] = []
    with pytest.raises(ValueError, match=crash):
        use()
    assert not folders[0].exists()
    assert not _processes_that_mention(str(folders[0]))


@pytest.mark.usefixtures("real_time")
def test_a_card_whose_server_was_killed_is_down_and_can_be_started_again(beep: Path) -> None:
    with VirtualCard() as card:
        assert card.is_up()
        for pid in _processes_that_mention(f"socket={card.environment['PULSE_RUNTIME_PATH'].removesuffix('/run')}"):
            os.kill(int(pid), signal.SIGKILL)
        wait_until(lambda: not card.is_up())  # what the recorder had been sent before may still flow
        card.__exit__(None, None, None)
        with card:
            assert card.is_up()
            card.start_recording()
            card.say(beep)
            assert seconds_of_sound(card.stop_recording().microphone, CARD_RATE) > 0.1


def _processes_that_mention(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # a process may end while we look
            if text.encode() in path.read_bytes():
                found.append(path.parent.name)
    return found
