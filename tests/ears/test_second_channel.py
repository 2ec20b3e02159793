"""A microphone of two channels is heard whichever of them has the voice, through the real PortAudio."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soxr

from tests.ears.live import HEARD_SECONDS, Listening, listening
from tests.ears.two_channels import RATE, TwoChannels, two_channels
from tests.patience import patient
from voice_coach.audio import recordings
from voice_coach.ears.microphone import Microphone
from voice_coach.errors import EarsError
from voice_coach.language.intents import Intent
from voice_coach.rehearsal.dialogue import render
from voice_coach.session.events import CommandHeard

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.rehearsal.virtual_card import VirtualCard

pytestmark = pytest.mark.usefixtures("models")

TRIES = 6
QUIET, LOUD = 0.001, 0.03
"""Root mean square of a channel's noise: with the voice, and without it."""


@pytest.fixture
def command(tmp_path: Path, processes: None) -> NDArray[np.float32]:
    """Somebody says "next step"; shape (samples,) at RATE."""
    render("awb", "next step", tmp_path / "next-step.wav")
    return np.asarray(soxr.resample(recordings.read_recording(tmp_path / "next-step.wav"), recordings.RATE, RATE))


def hears_next_step(live: Listening, microphone: TwoChannels, sides: NDArray[np.float32]) -> bool:
    """Whether it is heard, and once; said again when nothing is heard, as a busy machine may lose a piece of it."""
    for _ in range(TRIES):
        microphone.play(sides)
        with suppress(AssertionError):
            heard = live.wait_for(CommandHeard, patient(HEARD_SECONDS))[-1]
            break
    else:
        return False
    more = [event for event in live.news() if isinstance(event, CommandHeard)]
    return isinstance(heard, CommandHeard) and heard.intent is Intent.NEXT and not more


@pytest.mark.parametrize("weights", [(0, 1), (1, 0), (1, 1), (1, -1)], ids=["second", "first", "both", "antiphase"])
def test_a_command_is_heard_on_whichever_channel_it_is_said(
    weights: tuple[int, int],
    sound_card: VirtualCard,
    tmp_path: Path,
    command: NDArray[np.float32],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = command[:, np.newaxis] * np.array(weights, np.float32)
    noise = np.random.default_rng(3).normal(0, 1, (RATE * 5, 2)) * [QUIET if weight else LOUD for weight in weights]
    with two_channels(sound_card, tmp_path, monkeypatch) as microphone:
        microphone.play_on(noise.astype(np.float32))
        with listening(sound_card, tmp_path) as live:
            live.wait_until_ready()
            for _ in range(2):
                assert hears_next_step(live, microphone, said)


def test_the_channel_of_the_settings_is_the_only_one_that_is_heard(
    sound_card: VirtualCard, tmp_path: Path, command: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(3).normal(0, QUIET, (RATE * 5, 2)).astype(np.float32)
    with two_channels(sound_card, tmp_path, monkeypatch) as microphone:
        microphone.play_on(noise)
        with listening(sound_card, tmp_path, channel=2) as live:
            live.wait_until_ready()
            microphone.play(np.stack([command, np.zeros_like(command)], axis=1))
            assert hears_next_step(live, microphone, np.stack([np.zeros_like(command), command], axis=1))


def test_a_channel_that_there_is_not_is_one_sentence_by_hand_and_none_for_a_service(
    sound_card: VirtualCard, tmp_path: Path, command: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_channels(sound_card, tmp_path, monkeypatch) as microphone:
        with pytest.raises(EarsError, match=r"has 2 channels, so there is no channel 3: .*--channel"):
            Microphone(channel=3).open()
        with listening(sound_card, tmp_path, channel=3, wait_for_device=True) as live:
            live.wait_until_ready()
            assert hears_next_step(live, microphone, np.stack([command, command], axis=1))
