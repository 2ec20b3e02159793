"""Endpointing: when an utterance begins, pauses and ends, in frames."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.ears.endpointing import DEFAULT_ENDPOINTING, Endpointer, EndpointEvent, EndpointingParams, frames_of

PAUSE = frames_of(DEFAULT_ENDPOINTING.pause)
ENDING = frames_of(DEFAULT_ENDPOINTING.ending)
END = frames_of(DEFAULT_ENDPOINTING.end)
WINDOW = frames_of(DEFAULT_ENDPOINTING.window)
WINDOW_STEP = frames_of(DEFAULT_ENDPOINTING.window_step)
PASSING = {
    EndpointEvent.NOTHING,
    EndpointEvent.GOES_ON,
    EndpointEvent.PAUSED,
    EndpointEvent.ENDING,
    EndpointEvent.WINDOW,
}


def signals(frames: str) -> list[EndpointEvent]:
    """What each frame signals; `#` is speech, `.` is silence."""
    pointer = Endpointer()
    return [pointer.take(is_speech=frame == "#") for frame in frames]


def count(frames: str, signal: EndpointEvent) -> int:
    return signals(frames).count(signal)


def test_an_utterance_pauses_and_then_ends() -> None:
    seen = signals("..####" + "." * 20)
    assert seen.index(EndpointEvent.BEGAN) == 3
    assert seen.index(EndpointEvent.PAUSED) == 5 + PAUSE
    assert seen.index(EndpointEvent.ENDING) == 5 + ENDING
    assert seen.index(EndpointEvent.ENDED) == 5 + END
    assert seen[-1] is EndpointEvent.NOTHING


def test_the_times_are_seconds() -> None:
    patient = Endpointer(EndpointingParams(end=1.0))
    frames = [patient.take(is_speech=number < 5) for number in range(60)]
    assert frames.index(EndpointEvent.ENDED) == 4 + 1.0 / 0.02


def test_a_single_loud_frame_is_no_utterance() -> None:
    assert set(signals("....#.......#.....")) == {EndpointEvent.NOTHING}


def test_a_gap_between_words_pauses_but_does_not_end() -> None:
    frames = "####" + "." * 10 + "####" + "." * 20
    assert count(frames, EndpointEvent.PAUSED) == 2
    assert count(frames, EndpointEvent.BEGAN) == count(frames, EndpointEvent.ENDED) == 1


def test_speech_too_long_for_a_command_ends_as_such() -> None:
    frames = ("#" * 300 + "." * 6) * 2 + "." * 20
    assert count(frames, EndpointEvent.ENDED) == 0
    assert count(frames, EndpointEvent.TOO_LONG) == 1
    assert count(frames, EndpointEvent.ENDING) == 0


def test_a_sound_without_pauses_is_decoded_in_windows_which_overlap() -> None:
    seen = signals("#" * 1_000)
    windows = [frame for frame, signal in enumerate(seen) if signal is EndpointEvent.WINDOW]
    assert windows[0] > WINDOW
    assert set(np.diff(windows)) == {WINDOW_STEP}
    assert WINDOW_STEP < WINDOW


def test_an_utterance_of_usual_length_has_no_window() -> None:
    assert count("#" * WINDOW + "." * 20, EndpointEvent.WINDOW) == 0


def test_what_was_understood_is_forgotten() -> None:
    pointer = Endpointer()
    for _ in range(5):
        pointer.take(is_speech=True)
    pointer.reset()
    assert not pointer.is_in_utterance
    assert {pointer.take(is_speech=False) for _ in range(30)} == {EndpointEvent.NOTHING}


@given(st.text("#.", max_size=600))
def test_every_utterance_that_begins_ends_once(frames: str) -> None:
    seen = [one for one in signals(frames + "." * 20) if one not in PASSING]
    assert seen[::2] == [EndpointEvent.BEGAN] * (len(seen) // 2)
    assert set(seen[1::2]) <= {EndpointEvent.ENDED, EndpointEvent.TOO_LONG}
    assert len(seen) % 2 == 0
