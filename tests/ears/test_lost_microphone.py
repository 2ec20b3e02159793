"""The microphone is pulled out, killed or stopped, and comes back by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.ears.live import (
    HEARD_SECONDS,
    Listening,
    began,
    listening,
    over,
)
from tests.patience import patient
from voice_coach.ears.live import LiveEars
from voice_coach.ears.microphone import Microphone
from voice_coach.errors import DeviceProblem, EarsError, MicrophoneError
from voice_coach.session.events import EarsReady, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

pytestmark = pytest.mark.usefixtures("models")

INTO_THE_UTTERANCE_SECONDS = 0.5
NOTICED_SECONDS = 4.0
BACK_SECONDS = 4.0
"""Two are promised; tests share a machine."""


@contextmanager
def in_the_middle_of_an_utterance(live: Listening) -> Iterator[None]:
    speaking = threading.Thread(target=live.person.say, args=("awb", "say that again"))
    speaking.start()
    time.sleep(INTO_THE_UTTERANCE_SECONDS)
    try:
        yield
    finally:
        speaking.join()


@pytest.fixture
def plugged(sound_card: VirtualCard) -> Iterator[VirtualCard]:
    """The card, which gets its microphone back in any case."""
    yield sound_card
    sound_card.plug("microphone")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_its_process_may_end_or_hang_in_the_middle_of_a_word(
    number: signal.Signals, sound_card: VirtualCard, tmp_path: Path
) -> None:
    with listening(sound_card, tmp_path) as live:
        live.wait_until_ready()
        with in_the_middle_of_an_utterance(live):
            assert live.microphone.pid is not None
            os.kill(live.microphone.pid, number)
            live.wait_for(began(Fault.NO_MICROPHONE), patient(NOTICED_SECONDS))
        live.wait_for(over(Fault.NO_MICROPHONE), patient(BACK_SECONDS))
        assert live.hears_next_step()


@pytest.mark.parametrize("softly", [True, False], ids=["softly", "hard"])
def test_it_is_unplugged_in_the_middle_of_a_word_and_plugged_again(
    plugged: VirtualCard, tmp_path: Path, *, softly: bool
) -> None:
    with listening(plugged, tmp_path) as live:
        live.wait_until_ready()
        for _ in range(2):
            with in_the_middle_of_an_utterance(live):
                plugged.unplug("microphone", softly=softly)
                live.wait_for(began(Fault.NO_MICROPHONE), patient(NOTICED_SECONDS))
            plugged.plug("microphone")
            live.wait_for(over(Fault.NO_MICROPHONE), patient(BACK_SECONDS))
            assert live.hears_next_step()
        assert not live.news()


def test_a_service_waits_for_one(plugged: VirtualCard, tmp_path: Path) -> None:
    plugged.unplug("microphone")
    with listening(plugged, tmp_path, wait_for_device=True) as live:
        before = live.wait_for(began(Fault.NO_MICROPHONE))
        if not any(isinstance(event, EarsReady) for event in before):
            live.wait_until_ready()
        plugged.plug("microphone")
        live.wait_for(over(Fault.NO_MICROPHONE), patient(BACK_SECONDS))
        assert live.hears_next_step()


def test_by_hand_it_is_told_at_the_start_and_the_one_that_comes_is_taken(plugged: VirtualCard, tmp_path: Path) -> None:
    plugged.unplug("microphone")
    live = Listening(plugged, tmp_path, wait_for_device=True)
    live.ears.look_for_microphone()
    missing = live.ears.find_microphone()
    assert missing is not None
    assert missing.problem is not DeviceProblem.UNKNOWN
    live.start()
    try:
        before = live.wait_for(began(Fault.NO_MICROPHONE))
        if not any(isinstance(event, EarsReady) for event in before):
            live.wait_until_ready()
        plugged.plug("microphone")
        live.wait_for(over(Fault.NO_MICROPHONE), patient(BACK_SECONDS))
        assert live.hears_next_step()
    finally:
        live.ears.stop()


@pytest.mark.usefixtures("sound_card")
@pytest.mark.parametrize(("name", "channel", "words"), [("mikrophone", None, "did you mean"), (None, 99, "channel 99")])
def test_a_name_or_a_channel_that_does_not_exist_is_an_error_also_where_it_would_go_on(
    name: str | None, channel: int | None, words: str
) -> None:
    ears = LiveEars(Microphone(name, channel), lambda _lent, _heartbeat: pytest.fail("loaded"), "none")
    ears.look_for_microphone()
    with pytest.raises(MicrophoneError, match=words):
        ears.find_microphone()
    ears.forget_microphone()


def test_by_hand_it_says_that_there_is_none(plugged: VirtualCard, tmp_path: Path) -> None:
    plugged.unplug("microphone")
    live = Listening(plugged, tmp_path)
    with pytest.raises(EarsError, match=r"^The microphone .* can't be opened .*--input"):
        live.start()
    assert live.microphone.pid is None


def test_what_was_said_before_it_was_lost_is_not_heard_afterwards(plugged: VirtualCard, tmp_path: Path) -> None:
    with listening(plugged, tmp_path) as live:
        live.wait_until_ready()
        with in_the_middle_of_an_utterance(live):
            plugged.unplug("microphone")
        time.sleep(HEARD_SECONDS)
        assert live.news() == [began(Fault.NO_MICROPHONE)]


def test_without_anybody_to_tell_a_lost_microphone_is_the_end_of_the_sound(plugged: VirtualCard) -> None:
    microphone = Microphone()
    microphone.open()
    assert microphone.read() is not None
    plugged.unplug("microphone", softly=True)
    while microphone.read() is not None:
        pass
    microphone.close()


def test_what_the_coach_plays_is_no_microphone(
    sound_card: VirtualCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the only microphone is out, PulseAudio's default source is what the speaker plays."""
    soundfile.write(tmp_path / "long.wav", np.zeros(48_000 * 20), 48_000)
    pulse = f'type pulse server "{sound_card.environment["PULSE_SERVER"]}" device'
    config = f'pcm.!default {{ {pulse} "speaker.monitor" }} pcm.microphone {{ {pulse} "microphone" }}'
    (tmp_path / "alsa.conf").write_text(config)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "alsa.conf"))
    play = ["paplay", "--device=speaker", str(tmp_path / "long.wav")]
    with subprocess.Popen(play, env=sound_card.environment) as mouth:
        try:
            time.sleep(1.0)
            with pytest.raises(EarsError, match=r"no microphone but the speaker.* plug one in"):
                Microphone().open()
            other = Microphone("microphone")
            other.open()
            other.close()
        finally:
            mouth.kill()
