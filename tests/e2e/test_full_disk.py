"""A disk that is full while the mask is on, by ear: ticks, chime and the word that it is over are heard."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.disks import Failure, ext4_disk
from tests.e2e.lives import Store, all_of
from tests.e2e.test_clock_steps import WITHIN_SECONDS, chime_heard_at, wait_for_the_chime
from tests.e2e.test_restart import TO_THE_HOLD
from voice_coach.rehearsal.recorder import seconds_of_sound

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

HOLD_SECONDS = 15.0
CHIME_SECONDS = 1.5
"""Then it has faded away below the voice."""
SPOKEN_SECONDS = 2.0
"""At least, of the sentence that the mask comes off: it has five seconds."""


def test_on_a_full_disk_the_chime_and_the_word_that_it_is_over_are_heard(card: VirtualCard, tmp_path: Path) -> None:
    with ext4_disk(tmp_path / "disk") as disk:
        places = {"HOME": str(disk.folder), "XDG_CACHE_HOME": str(disk.folder / "cache"), "TMPDIR": str(disk.folder)}
        store = Store(card, disk.folder, places)
        card.start_recording()
        with store.coach(HOLD_SECONDS) as coach:
            store.lead(coach, TO_THE_HOLD)
            disk.fail(Failure.FULL)
            wait_for_the_chime(coach)
            over = all_of(coach.state, "Speak")[-1]
            assert coach.wait_until(lambda state: state.is_silent, 20)
            time.sleep(0.5)
            recording = card.stop_recording()
            due = all_of(coach.state, "Cue")[-1]["due"]
            assert coach.exit_status(0.0) is None
    assert abs(chime_heard_at(recording, due) - due) < WITHIN_SECONDS
    assert over["text"].startswith("Time to take the mask off.")
    after = recording.slice(recording.seconds_at(over["at"] + CHIME_SECONDS), recording.seconds_at(time.monotonic()))
    assert seconds_of_sound(after.speaker, after.rate) > SPOKEN_SECONDS
