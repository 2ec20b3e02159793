"""People wait with wet hands: nothing the coach says is long."""

from __future__ import annotations

import shutil
import subprocess
import wave
from typing import TYPE_CHECKING

import pytest

from voice_coach.core.wording import Message
from voice_coach.library import load_routine, load_wording

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.core.routine import Step

LONGEST_SECONDS = 12.0
STEPS = load_routine("facial_mask", "en").steps


def _seconds(text: str, folder: Path) -> float:
    espeak = shutil.which("espeak-ng")
    assert espeak, "install espeak-ng"
    path = folder / "spoken.wav"
    subprocess.run([espeak, "-v", "en-us", "-s", "165", "-w", str(path), text], check=True)
    with wave.open(str(path)) as sound:
        return float(sound.getnframes() / sound.getframerate())


@pytest.mark.parametrize("step", STEPS, ids=[step.id for step in STEPS])
def test_a_step_and_its_reason_take_under_twelve_seconds_each(step: Step, tmp_path: Path) -> None:
    wording = load_wording("en")
    assert _seconds(wording.say(Message.FIRST_STEP, step=step.text), tmp_path) < LONGEST_SECONDS
    assert (
        _seconds(wording.say(Message.HOLD_BEGINS, step=step.text, time="about fifteen minutes"), tmp_path)
        < LONGEST_SECONDS
    )
    for claim in step.claims():
        told = wording.say(Message.CLAIM, claim=claim.say, source=claim.source.name)
        assert _seconds(told, tmp_path) < LONGEST_SECONDS


def test_no_other_sentence_takes_half_as_long(tmp_path: Path) -> None:
    wording = load_wording("en")
    for message in (Message.GREETING, Message.NO_WAY_BACK_TO_HOLD, Message.STINGS, Message.DONE, Message.NOT_STARTED):
        assert _seconds(wording.say(message), tmp_path) < LONGEST_SECONDS / 2, message
