"""The real program obeys a person on the second channel of its microphone, and its loud first one commands nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.ears.two_channels import RATE, two_channels
from tests.patience import patient
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import Person
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from voice_coach.rehearsal.virtual_card import VirtualCard

READY_SECONDS = patient(60.0)
PATIENCE_SECONDS = patient(20.0)
TRIES = 6
"""A busy machine may lose a piece of the sound; then the person says it again."""


def test_a_mask_is_begun_from_the_second_channel(
    card: VirtualCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("CONFIG", "DATA", "STATE")}
    said = Person(card, tmp_path).sound("slt", "start the mask")
    noise = np.random.default_rng(3).normal(0, 1, (RATE * 5, 2)) * [0.03, 0.001]
    with two_channels(card, tmp_path, monkeypatch) as microphone:
        microphone.play_on(noise.astype(np.float32))
        environment = {**microphone.environment, **own}
        with CoachProcess(["--daytime"], environment, tmp_path / "log", lambda _line: None) as coach:
            assert coach.wait_until(lambda state: state.is_listening, READY_SECONDS), coach.complaint()
            assert coach.wait_until(lambda state: state.is_silent, PATIENCE_SECONDS)
            for _ in range(TRIES):
                microphone.play(np.stack([np.zeros_like(said), said], axis=1))
                if coach.wait_until(lambda state: state.phase is not Phase.IDLE, PATIENCE_SECONDS):
                    break
            heard = [line["intent"] for line in coach.state.lines if line["name"] == "CommandHeard"]
            assert heard == ["start"], coach.complaint()
