from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.audio.playback import Mixer, Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 1000
BLOCK = 40


def constant(value: float, frames: int) -> NDArray[np.float32]:
    return np.full(frames, value, np.float32)


def played(mixer: Mixer, first: int, blocks: int) -> NDArray[np.float32]:
    whole = np.empty(blocks * BLOCK, np.float32)
    for number in range(blocks):
        block = whole[number * BLOCK : (number + 1) * BLOCK]
        mixer.fill(block, first + number * BLOCK)
        mixer.add_background(block)
    return whole


@pytest.fixture
def mixer() -> Mixer:
    return Mixer(RATE)


def test_nothing_to_play_is_silence(mixer: Mixer) -> None:
    assert not played(mixer, 0, 3).any()
    assert mixer.is_silent_from(0)


def test_a_sentence_begins_with_the_next_block_and_its_end_is_known(mixer: Mixer) -> None:
    mixer.say(constant(0.5, 100))
    assert not mixer.is_silent_from(200)
    heard = played(mixer, 200, 4)
    assert np.array_equal(np.flatnonzero(heard), np.arange(100))
    assert mixer.end_of_sentence == 300
    assert not mixer.is_silent_from(299)
    assert mixer.is_silent_from(300)


def test_an_empty_sentence_ends_at_once(mixer: Mixer) -> None:
    mixer.say(constant(0.5, 0))
    played(mixer, 80, 1)
    assert mixer.end_of_sentence == 80


def test_another_sentence_takes_the_place_of_the_first(mixer: Mixer) -> None:
    mixer.say(constant(0.5, 500))
    played(mixer, 0, 2)
    mixer.say(constant(0.25, 60))
    assert np.array_equal(played(mixer, 80, 2), np.r_[constant(0.25, 60), constant(0, 20)])
    assert mixer.end_of_sentence == 140


@pytest.mark.parametrize("due", [0, 1, 39, 40, 41, 130])
def test_a_cue_begins_with_its_very_frame(mixer: Mixer, due: int) -> None:
    mixer.cue(constant(0.5, 25), due)
    assert np.array_equal(np.flatnonzero(played(mixer, 0, 5)), due + np.arange(25))


def test_a_late_cue_is_played_whole(mixer: Mixer) -> None:
    mixer.cue(constant(0.5, 25), 10)
    assert np.array_equal(np.flatnonzero(played(mixer, 400, 2)), np.arange(25))


def test_cues_and_speech_add_up_but_never_over_full_scale(mixer: Mixer) -> None:
    mixer.say(constant(0.5, 40))
    mixer.cue(constant(0.25, 10), 0)
    mixer.cue(constant(0.75, 10), 20)
    heard = played(mixer, 0, 1)
    assert heard[5] == pytest.approx(0.75)
    assert heard[25] == pytest.approx(1.0)


def test_a_restarted_stream_goes_on_with_a_cue_where_it_should_be_by_then(mixer: Mixer) -> None:
    ramp = np.linspace(0.1, 0.9, 200, dtype=np.float32)
    mixer.cue(ramp, 0)
    played(mixer, 0, 3)  # the frames from 50 on were thrown away unheard
    mixer.say(constant(0.0, 1))
    assert np.array_equal(played(mixer, 50, 3), ramp[50:170])


def test_a_cue_that_was_buffered_but_not_heard_keeps_its_time_over_a_restart(mixer: Mixer) -> None:
    mixer.cue(constant(0.5, 10), 110)
    played(mixer, 0, 3)
    assert np.array_equal(50 + np.flatnonzero(played(mixer, 50, 2)), 110 + np.arange(10))


def test_after_a_gap_sound_fades_in(mixer: Mixer) -> None:
    mixer.cue(constant(0.5, 40), 0)
    block = np.empty(BLOCK, np.float32)
    mixer.fill(block, 0, is_after_gap=True)
    assert block[0] == 0.0
    assert np.all(np.diff(block) >= 0)
    assert block[10] == pytest.approx(0.5)


def test_all_is_forgotten_on_request(mixer: Mixer) -> None:
    mixer.say(constant(0.5, 100))
    mixer.cue(constant(0.5, 10), 60)
    played(mixer, 0, 1)
    mixer.forget()
    assert not played(mixer, 40, 3).any()
    assert mixer.end_of_sentence is None


def test_frames_are_counted_whatever_the_device_reports_while_something_sounds() -> None:
    timeline = Timeline(RATE)
    assert timeline.first_frame(BLOCK, 5.0, is_silent=False) == (5000, True)
    assert timeline.first_frame(BLOCK, 5.037, is_silent=False) == (5040, False)
    assert timeline.first_frame(BLOCK, 5.099, is_silent=False) == (5080, False)


def test_in_silence_the_count_follows_the_device_slowly() -> None:
    timeline = Timeline(RATE)
    timeline.first_frame(BLOCK, 5.0, is_silent=True)
    assert timeline.first_frame(BLOCK, 5.060, is_silent=True) == (5042, False)


def test_a_stream_that_lost_blocks_is_counted_anew() -> None:
    timeline = Timeline(RATE)
    timeline.first_frame(BLOCK, 5.0, is_silent=False)
    assert timeline.first_frame(BLOCK, 5.2, is_silent=False) == (5200, True)


def test_a_jump_makes_the_next_report_believed() -> None:
    timeline = Timeline(RATE)
    timeline.first_frame(BLOCK, 5.0, is_silent=False)
    timeline.jump()
    assert timeline.first_frame(BLOCK, 5.01, is_silent=False) == (5010, True)
    assert timeline.heard_at(5010) == pytest.approx(5.01)


def test_the_background_is_heard_for_ever_and_comes_and_goes_slowly(mixer: Mixer) -> None:
    mixer.background.play(constant(0.5, 150))
    assert not played(mixer, 0, 2).any()
    mixer.background.turn(1.0)
    coming = played(mixer, 80, 20)
    assert np.all(np.diff(coming) >= 0)
    assert np.abs(np.diff(coming)).max() < 0.01
    assert np.allclose(played(mixer, 880, 40), 0.5)
    mixer.background.turn(0.0)
    going = played(mixer, 2480, 20)
    assert np.abs(np.diff(going)).max() < 0.01
    assert going[-1] == 0.0
    assert not mixer.background.is_audible


def test_the_background_has_no_seam_where_it_begins_anew(mixer: Mixer) -> None:
    turn = np.sin(np.arange(250) * 2 * np.pi / 50).astype(np.float32)
    mixer.background.play(turn)
    mixer.background.turn(1.0)
    played(mixer, 0, 20)
    heard = played(mixer, 800, 50)
    assert np.abs(np.diff(heard)).max() < 1.01 * np.abs(np.diff(turn)).max()


def test_what_is_said_is_heard_above_the_background_which_counts_as_silence(mixer: Mixer) -> None:
    mixer.background.play(constant(0.25, 100))
    mixer.background.turn(1.0)
    played(mixer, 0, 20)
    assert mixer.is_silent_from(800)
    mixer.say(constant(0.5, 100))
    assert np.allclose(played(mixer, 800, 5)[:100], 0.75)
    mixer.forget()
    assert np.allclose(played(mixer, 1000, 5), 0.25)
