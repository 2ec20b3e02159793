"""The whole mouth on the virtual sound card, judged by what the card has heard."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.machine_sleep import MachineSleep
from tests.patience import patient
from voice_coach import clock
from voice_coach.library import load_language
from voice_coach.mouth import SpeakingMouth, open_mouth
from voice_coach.mouth.speaker import Speaker
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.synthesizers import EspeakVoice
from voice_coach.session.commands import (
    Cue,
    Prepare,
    Sound,
    Speak,
    Voice,
)
from voice_coach.session.events import Event, SpeechEnded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.language.pack import LanguagePack
    from voice_coach.mouth.synthesizer_client import Speech
    from voice_coach.rehearsal.recorder import Recording
    from voice_coach.rehearsal.virtual_card import VirtualCard

AUDIBLE = 0.01
PATIENCE_SECONDS = patient(20.0)
SHORT = "Well done."
LONG = "Spread the mask evenly over your face, but not around your eyes."
VOICE = Voice()


@dataclass
class Tap:
    """Keeps what was played, where it was heard."""

    rate: int = 0
    blocks: list[tuple[NDArray[np.float32], float]] = field(default_factory=list)

    def played(self, block: NDArray[np.float32], rate: int, heard_at: float) -> None:
        """Keep a block."""
        self.rate = rate
        self.blocks.append((block, heard_at))

    def heard(self) -> NDArray[np.float32]:
        """All blocks, later ones over earlier ones."""
        begin, end = self.blocks[0][1], max(at for _, at in self.blocks) + 1.0
        whole = np.zeros(round((end - begin) * self.rate), np.float32)
        for block, heard_at in self.blocks:
            start = round((heard_at - begin) * self.rate)
            whole[start : start + len(block)] = block
        return whole


class Listener:
    """Keeps what the speaker tells."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[object] = queue.SimpleQueue()

    def ended(self, utterance_id: int) -> None:
        """Keep it."""
        self.told.put(utterance_id)

    def lost(self) -> None:
        """Keep it."""
        self.told.put("lost")

    def found(self) -> None:
        """Keep it."""
        self.told.put("found")


class Waiting(EspeakVoice):
    """The standard voice, which waits before its first sentence is rendered."""

    def __init__(self, pack: LanguagePack) -> None:
        super().__init__(pack)
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()
        self.rendered: queue.SimpleQueue[str] = queue.SimpleQueue()

    def render(self, text: str, words_per_minute: int) -> Speech:
        """Render it when it may."""
        self.has_begun.set()
        assert self.may_go_on.wait(PATIENCE_SECONDS)
        speech = super().render(text, words_per_minute)
        self.rendered.put(text)
        return speech


@dataclass
class Stage:
    """A mouth that speaks, and what came of it."""

    card: VirtualCard
    mouth: SpeakingMouth
    events: queue.Queue[Event]

    def wait_for_end(self, utterance_id: int) -> None:
        """The next event is the end of this utterance."""
        assert self.events.get(timeout=PATIENCE_SECONDS) == SpeechEnded(utterance_id=utterance_id)

    def wait_for_sound(self, seconds: float = 0.0) -> None:
        """Wait until something is heard, and for that long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            speaker = self.card.recorder.so_far().speaker
            sounding = np.flatnonzero(np.abs(speaker) > AUDIBLE)
            if len(sounding) and len(speaker) - sounding[0] >= seconds * 48_000:
                return
            time.sleep(0.02)
        pytest.fail("nothing is heard")

    def stop_recording(self) -> Recording:
        """What the card has heard."""
        time.sleep(0.3)  # what was played last is on its way to the recorder
        return self.card.stop_recording()


def seconds_of_sound(recording: Recording) -> float:
    """From the first audible sample to the last."""
    sounding = np.flatnonzero(np.abs(recording.speaker) > AUDIBLE)
    return float(sounding[-1] - sounding[0]) / recording.rate if len(sounding) else 0.0


@pytest.fixture
def voice_name() -> str:
    """Who speaks, unless a test says otherwise."""
    return "standard"


@pytest.fixture
def stage(sound_card: VirtualCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, voice_name: str) -> Iterator[Stage]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    events: queue.Queue[Event] = queue.Queue()
    mouth = open_mouth(load_language("en"), voice=voice_name)
    mouth.start(events.put)
    sound_card.start_recording()
    yield Stage(sound_card, mouth, events)
    mouth.stop()


def test_what_is_said_is_heard_and_its_end_is_told_once(stage: Stage) -> None:
    stage.mouth.speak(Speak(7, SHORT, VOICE))
    stage.wait_for_end(7)
    assert 0.3 < seconds_of_sound(stage.stop_recording()) < 1.5
    assert stage.events.empty()


def test_the_end_is_told_when_all_has_been_played(stage: Stage) -> None:
    asked_at = clock.now()
    stage.mouth.speak(Speak(1, LONG, VOICE))
    stage.wait_for_end(1)
    took = clock.now() - asked_at
    assert took >= seconds_of_sound(stage.stop_recording())


def test_hush_silences_at_once_and_the_utterance_never_ends(stage: Stage) -> None:
    stage.mouth.speak(Speak(1, LONG, VOICE))
    stage.wait_for_sound(0.5)
    stage.mouth.hush()
    time.sleep(0.5)
    recording = stage.stop_recording()
    assert not np.any(np.abs(recording.speaker[-recording.rate // 4 :]) > AUDIBLE)
    assert seconds_of_sound(recording) < 2.5  # the whole takes more than three
    assert stage.events.empty()


def test_hush_forgets_a_sentence_that_is_still_being_rendered(stage: Stage, tmp_path: Path) -> None:
    """The voice waits in the middle of the sentence: by itself it may be done before this test says hush."""
    voice = Waiting(load_language("en"))
    speaker = Speaker(None)
    speaker.start()
    speaker.wait_until_open()
    mouth = SpeakingMouth(voice, speaker, SpeechCache(tmp_path))
    mouth.start(stage.events.put)
    mouth.speak(Speak(1, LONG, VOICE))
    assert voice.has_begun.wait(PATIENCE_SECONDS)
    mouth.hush()
    voice.may_go_on.set()
    mouth.prepare(Prepare((SHORT,), VOICE))
    assert voice.rendered.get(timeout=PATIENCE_SECONDS) == LONG
    assert voice.rendered.get(timeout=PATIENCE_SECONDS) == SHORT  # so the mouth is done with the sentence before
    assert not np.any(stage.stop_recording().speaker)
    assert stage.events.empty()
    mouth.stop()


def test_a_new_sentence_takes_the_place_of_the_old_one_which_never_ends(stage: Stage) -> None:
    stage.mouth.speak(Speak(1, LONG, VOICE))
    stage.wait_for_sound(0.3)
    stage.mouth.speak(Speak(2, SHORT, VOICE))
    stage.wait_for_end(2)
    assert seconds_of_sound(stage.stop_recording()) < 2.5
    assert stage.events.empty()


def test_a_prepared_sentence_is_said_like_any_other(stage: Stage) -> None:
    stage.mouth.prepare(Prepare((SHORT, LONG), VOICE))
    stage.mouth.speak(Speak(1, SHORT, VOICE))
    stage.wait_for_end(1)
    assert seconds_of_sound(stage.stop_recording()) > 0.3


def test_while_the_natural_voice_is_loaded_another_one_speaks_and_nothing_is_prepared(
    sound_card: VirtualCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    events: queue.Queue[Event] = queue.Queue()
    mouth = open_mouth(load_language("en"), voice="natural", wait_for_voice=False)
    loading = mouth.voice_pid
    os.kill(loading, signal.SIGSTOP)
    mouth.start(events.put)
    stage = Stage(sound_card, mouth, events)
    mouth.prepare(Prepare((SHORT, LONG), VOICE))
    for number in range(2):
        mouth.speak(Speak(number, SHORT, VOICE))
        stage.wait_for_end(number)
    assert not list(tmp_path.rglob("*.wav.gz"))  # what another voice said is not kept
    os.kill(loading, signal.SIGCONT)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(list(tmp_path.rglob("*.wav.gz"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(list(tmp_path.rglob("*.wav.gz"))) == 2
    mouth.stop()


def test_nothing_to_say_ends_at_once(stage: Stage) -> None:
    stage.mouth.speak(Speak(1, "...", VOICE))
    stage.wait_for_end(1)
    assert not np.any(stage.stop_recording().speaker)


@pytest.mark.parametrize("voice_name", ["standard", "natural"])
def test_quieter_is_quieter_and_slower_is_slower(stage: Stage) -> None:
    recordings = []
    for number, voice in enumerate((VOICE, Voice(volume=0.4), Voice(words_per_minute=110))):
        stage.card.start_recording()
        stage.mouth.speak(Speak(number, "Five minutes are left.", voice))
        stage.wait_for_end(number)
        recordings.append(stage.stop_recording())
    usual, quiet, slow = recordings
    assert np.abs(quiet.speaker).max() == pytest.approx(np.abs(usual.speaker).max() / 2, rel=0.15)
    assert seconds_of_sound(slow) > 1.2 * seconds_of_sound(usual)


def test_a_cue_is_heard_at_its_time_beside_speech(stage: Stage) -> None:
    silent = Voice(volume=0.0)
    stage.mouth.speak(Speak(1, LONG, silent))
    due = clock.now() + 0.6
    stage.mouth.cue(Cue(Sound.CHIME, due, 0.8))
    stage.wait_for_sound()
    stage.mouth.speak(Speak(2, SHORT, silent))  # restarts the stream while the chime rings
    stage.wait_for_end(2)
    time.sleep(2.0)
    recording = stage.stop_recording()
    first = recording.started_at + float(np.argmax(np.abs(recording.speaker) > AUDIBLE)) / recording.rate
    assert first == pytest.approx(due, abs=patient(0.3))
    assert 1.0 < seconds_of_sound(recording) < 2.5


def test_a_cue_is_in_time_on_a_machine_that_has_slept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_at = clock.now()  # the recorder's clock, too, before the sleep
    MachineSleep(monkeypatch).sleep(3600)
    stage.mouth.cue(Cue(Sound.CHIME, clock.now() + 0.6, 0.8))
    stage.wait_for_sound()
    monkeypatch.undo()
    recording = stage.stop_recording()
    first = recording.started_at + float(np.argmax(np.abs(recording.speaker) > AUDIBLE)) / recording.rate
    assert first == pytest.approx(asked_at + 0.6, abs=patient(0.3))


def test_hush_forgets_cues_that_are_not_yet_due(stage: Stage) -> None:
    stage.mouth.cue(Cue(Sound.BELL, clock.now() + 0.4, 0.8))
    stage.mouth.hush()
    time.sleep(0.8)
    assert not np.any(stage.stop_recording().speaker)


def test_without_a_working_synthesiser_a_sentence_ends_at_once_and_the_coach_goes_on(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("libespeak-ng.so.1", "libespeak.so.1"):
        (tmp_path / name).touch()
    voice = EspeakVoice(load_language("en"))
    speaker = Speaker(None)
    speaker.start()
    speaker.wait_until_open()
    mouth = SpeakingMouth(voice, speaker, SpeechCache(tmp_path))
    mouth.start(stage.events.put)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    os.kill(voice.pid, signal.SIGKILL)
    mouth.speak(Speak(3, SHORT, VOICE))
    stage.wait_for_end(3)
    assert not np.any(stage.card.recorder.so_far().speaker)
    monkeypatch.delenv("LD_LIBRARY_PATH")
    mouth.speak(Speak(4, SHORT, VOICE))
    stage.wait_for_end(4)
    assert seconds_of_sound(stage.stop_recording()) > 0.3
    mouth.stop()


@pytest.mark.usefixtures("sound_card")
def test_all_that_is_played_passes_the_tap_with_its_time() -> None:
    tap = Tap()
    speaker = Speaker(None, tap)
    listener = Listener()
    speaker.start()
    speaker.wait_until_open()
    speaker.follow(listener)
    tone = np.full(speaker.rate // 4, 0.6, np.float32)
    speaker.say(1, tone, speaker.rate, 0.5)
    assert listener.told.get(timeout=PATIENCE_SECONDS) == 1
    speaker.close()
    heard = np.flatnonzero(tap.heard() > 0.29)
    assert len(heard) == pytest.approx(len(tone), rel=0.02)  # less what fades in
    assert heard[-1] - heard[0] == len(heard) - 1
    assert all(np.any(block) for block, _ in tap.blocks[:-1])  # silence is not told
