from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from voice_coach.errors import MouthError
from voice_coach.library import load_language
from voice_coach.session.commands import Voice
from voice_coach.tuning.interview import Room

if TYPE_CHECKING:
    from voice_coach.rehearsal.virtual_card import VirtualCard


def test_a_speaker_that_is_unplugged_during_a_tuning_is_one_sentence(sound_card: VirtualCard) -> None:
    with Room(load_language("en"), Voice(), None, None) as room:
        pull = threading.Timer(1.0, sound_card.unplug, ["speaker"])
        pull.start()
        try:
            with pytest.raises(MouthError, match="speaker is gone: plug it in again"):
                room.say("Spread the mask evenly over your face, but not around your eyes, and keep your lips free.")
        finally:
            pull.join()
            sound_card.plug("speaker")
