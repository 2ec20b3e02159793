"""Speaker and synthesiser fail under a mouth that speaks: it tells, comes back by itself, and is heard again."""

from __future__ import annotations

import os
import queue
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.patience import patient
from voice_coach import clock
from voice_coach.errors import MouthError
from voice_coach.language.pack import LanguagePack
from voice_coach.library import load_language
from voice_coach.mouth import SpeakingMouth, open_mouth
from voice_coach.session.commands import (
    Cue,
    Prepare,
    Sound,
    Speak,
    Voice,
)
from voice_coach.session.events import (
    Event,
    Fault,
    FaultCleared,
    FaultRaised,
    SpeechEnded,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

AUDIBLE = 0.01
PATIENCE_SECONDS = patient(20.0)
SPOKEN_SECONDS = 5.0
SHORT = "Well done."
LONG = "Spread the mask evenly over your face, but not around your eyes."
BEGAN, OVER = FaultRaised(fault=Fault.NO_SPEAKER), FaultCleared(fault=Fault.NO_SPEAKER)
ANY_DEVICE = """
pcm.!default {{ type pulse server "{server}" }}
ctl.!default {{ type pulse server "{server}" }}
"""
"""An ALSA device that plays wherever the sound server wants."""


class Stage:
    """A mouth on the virtual card, and what it tells."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        self.mouth: SpeakingMouth | None = None
        self.events: queue.Queue[Event] = queue.Queue()
        self._count = 0

    def open(self, *, wait_for_device: bool = False) -> SpeakingMouth:
        """Start the mouth."""
        self.mouth = open_mouth(load_language("en"), wait_for_device=wait_for_device)
        self.mouth.start(self.events.put)
        return self.mouth

    def speak(self, text: str) -> int:
        """Say a text; returns its number."""
        assert self.mouth
        self._count += 1
        self.mouth.speak(Speak(self._count, text, Voice()))
        return self._count

    def next_event(self) -> Event:
        """What it tells next."""
        return self.events.get(timeout=PATIENCE_SECONDS)

    def is_heard(self) -> bool:
        """Whether a sentence is heard at the speaker and only there, and its end is told."""
        self.card.start_recording()
        number = self.speak(SHORT)
        has_ended = self.next_event() == SpeechEnded(utterance_id=number)
        time.sleep(0.3)  # what was played last is on its way to the recorder
        recording = self.card.stop_recording()
        is_astray = bool(np.any(np.abs(recording.microphone) > AUDIBLE))
        return has_ended and bool(np.any(np.abs(recording.speaker) > AUDIBLE)) and not is_astray

    def is_in_the_middle_of_a_sentence(self) -> bool:
        """Say something long, until it sounds."""
        self.card.start_recording()
        self.speak(LONG)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if np.any(np.abs(self.card.recorder.so_far().speaker) > AUDIBLE):
                return True
            time.sleep(0.02)
        return False


@pytest.fixture
def stage(sound_card: VirtualCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    one = Stage(sound_card)
    yield one
    if one.mouth:
        one.mouth.stop()
    sound_card.plug("speaker")


def signalled(number: signal.Signals) -> Callable[[SpeakingMouth], None]:
    def send(mouth: SpeakingMouth) -> None:
        assert mouth.speaker_pid
        os.kill(mouth.speaker_pid, number)

    return send


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_speaker_process_that_dies_or_hangs_in_the_middle_of_a_sentence_is_replaced(
    stage: Stage, number: signal.Signals
) -> None:
    mouth = stage.open()
    assert stage.is_in_the_middle_of_a_sentence()
    at = clock.now()
    signalled(number)(mouth)
    assert [stage.next_event(), stage.next_event()] == [BEGAN, OVER]
    assert clock.now() - at < SPOKEN_SECONDS
    assert stage.is_heard()
    assert stage.events.empty()


@pytest.mark.parametrize("softly", [False, True], ids=["hard", "softly"])
def test_a_speaker_unplugged_in_the_middle_of_a_sentence_is_told_and_plays_again_when_it_is_back(
    stage: Stage, *, softly: bool
) -> None:
    stage.open()
    for _ in range(2):
        assert stage.is_in_the_middle_of_a_sentence()
        stage.card.unplug("speaker", softly=softly)
        assert stage.next_event() == BEGAN
        stage.speak(SHORT)  # into nowhere
        time.sleep(1.0)
        assert stage.events.empty()
        stage.card.plug("speaker")
        assert stage.next_event() == OVER
        assert stage.is_heard()


def test_cues_that_were_ordered_are_forgotten_with_the_speaker(stage: Stage) -> None:
    mouth = stage.open()
    mouth.cue(Cue(Sound.BELL, clock.now() + 2.0, 0.8))
    stage.card.unplug("speaker")
    assert stage.next_event() == BEGAN
    stage.card.plug("speaker")
    assert stage.next_event() == OVER
    stage.card.start_recording()
    time.sleep(2.5)
    assert not np.any(stage.card.stop_recording().speaker)


def test_where_the_server_chooses_the_device_it_is_heard_from_the_one_that_came_back(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "alsa.conf"
    config.write_text(ANY_DEVICE.format(server=stage.card.environment["PULSE_SERVER"]))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
    with stage.card.default_speaker("speaker"):
        stage.open()
        assert stage.is_heard()
        stage.card.unplug("speaker", softly=True)
        assert [stage.next_event(), stage.next_event()] == [BEGAN, OVER]  # it may play elsewhere
        stage.card.plug("speaker")
        time.sleep(1.5)
        while not stage.events.empty():
            stage.events.get()
        assert stage.is_heard()


def test_by_hand_a_missing_speaker_is_one_sentence_and_a_service_waits_for_it(stage: Stage) -> None:
    stage.card.unplug("speaker")
    with pytest.raises(MouthError, match=r"The speaker “default” can't be opened \(.*voice-coach devices lists them"):
        stage.open()
    mouth = stage.open(wait_for_device=True)
    missing = mouth.find_speaker()
    assert "can't be opened" in str(missing), "who starts by hand is told, and may go on all the same"
    mouth.cue(Cue(Sound.BELL, clock.now(), 0.8))
    mouth.hush()
    assert stage.next_event() == BEGAN
    stage.card.plug("speaker")
    assert stage.next_event() == OVER
    assert mouth.find_speaker() is None
    assert stage.is_heard()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("is_busy", [False, True], ids=["idle", "busy"])
def test_a_synthesiser_that_dies_or_hangs_costs_no_sentence(
    stage: Stage, number: signal.Signals, *, is_busy: bool
) -> None:
    mouth = stage.open()
    if is_busy:
        mouth.prepare(Prepare(tuple(f"{number}. {LONG}" for number in range(30)), Voice()))
        time.sleep(0.1)
    os.kill(mouth.voice_pid, number)
    at = time.monotonic()
    stage.card.start_recording()
    number_said = stage.speak("This was never said before.")
    while time.monotonic() < at + SPOKEN_SECONDS and not np.any(stage.card.recorder.so_far().speaker):
        with suppress(queue.Empty):
            assert stage.events.get(timeout=0.05) == SpeechEnded(utterance_id=number_said)
    assert np.any(stage.card.stop_recording().speaker)


@pytest.mark.usefixtures("sound_card")
def test_an_unknown_speaker_or_language_is_told_before_anything_starts() -> None:
    with pytest.raises(MouthError, match='did you mean "speaker"'):
        open_mouth(load_language("en"), "speekr")
    with pytest.raises(MouthError, match="“xx”"):
        open_mouth(LanguagePack("xx", lambda _name: {"language": "xx", "name": "xx", "espeak_voices": ["xx"]}))


@pytest.mark.usefixtures("sound_card")
def test_a_mouth_that_never_started_can_be_stopped() -> None:
    open_mouth(load_language("en")).stop()
