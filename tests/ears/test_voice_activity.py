"""That somebody speaks is told at once, and so is that nobody speaks any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ears.live import listening

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

pytestmark = pytest.mark.usefixtures("models")


def test_the_ears_tell_when_a_voice_comes_and_goes(sound_card: VirtualCard, tmp_path: Path) -> None:
    with listening(sound_card, tmp_path) as live:
        live.wait_until_ready()
        assert live.hears_next_step()
    assert live.activity[:2] == [True, False]
    assert live.activity == [True, False] * (len(live.activity) // 2), "each beginning has its end"
