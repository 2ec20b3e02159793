"""The real loop and the real session on a machine that sleeps while the loop waits for its next deadline."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.machine_sleep import MachineSleep
from tests.patience import patient
from voice_coach import clock
from voice_coach.errors import CoachError
from voice_coach.face import SilentFace
from voice_coach.library import load_language, load_routine
from voice_coach.loop import Edges, run
from voice_coach.session import commands, new_session
from voice_coach.session.events import (
    CommandHeard,
    EarsReady,
    Event,
    SpeechEnded,
    Started,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


PATIENCE_SECONDS = patient(20.0)
WORDING = load_language("en").wording


@dataclass
class _World:
    """All edges in one but the face; a sentence is over as soon as it is said."""

    heard: queue.SimpleQueue[commands.Command] = field(default_factory=queue.SimpleQueue)
    ready: threading.Event = field(default_factory=threading.Event)

    def start(self, post: Callable[[Event | CoachError], None]) -> None:
        self.post = post
        self.ready.set()

    def speak(self, speak: commands.Speak) -> None:
        self.heard.put(speak)
        self.post(SpeechEnded(utterance_id=speak.utterance_id))

    def cue(self, cue: commands.Cue) -> None:
        self.heard.put(cue)

    def hush(self) -> None: ...
    def prepare(self, prepare: commands.Prepare) -> None: ...
    def listen(self, listen: commands.Listen) -> None: ...
    def save(self, save: commands.SavePreferences) -> None: ...
    def keep(self, keep: commands.SaveSnapshot) -> None: ...
    def record(self, record: commands.AppendHistory) -> None: ...
    def recall(self) -> None: ...
    def stop(self) -> None: ...

    def say(self, text: str) -> None:
        """Let the person say one of our phrases."""
        intent = next(intent for intent, phrase in WORDING.phrases.items() if phrase == text)
        self.post(CommandHeard(intent=intent, text=text))

    def wait_for(self, text: str) -> list[commands.Command]:
        """What is heard until a sentence with this text, it included."""
        came: list[commands.Command] = []
        while not (came and isinstance(came[-1], commands.Speak) and text in came[-1].text):
            came.append(self.heard.get(timeout=PATIENCE_SECONDS))
        return came


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> MachineSleep:
    return MachineSleep(monkeypatch)


@pytest.fixture
def world() -> Iterator[_World]:
    world = _World()
    session = new_session(load_routine("facial_mask", "en"), WORDING, hold_seconds=900)

    def live() -> None:
        with pytest.raises(CoachError):
            run(session, Edges(world, world, SilentFace(), world), Started(is_daytime=True))

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    assert world.ready.wait(PATIENCE_SECONDS)
    world.post(EarsReady(engine="test"))
    yield world
    world.post(CoachError("The test is over."))
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def test_a_sleep_while_the_loop_waits_ends_with_the_time_is_over(machine: MachineSleep, world: _World) -> None:
    _go_to_hold(world)
    machine.sleep(1200)
    came = world.wait_for("The time is over: take the mask off now.")
    bell, chime, _ = came
    assert isinstance(bell, commands.Cue)
    assert isinstance(chime, commands.Cue)
    assert (bell.sound, chime.sound) == (commands.Sound.BELL, commands.Sound.CHIME)
    assert chime.due - bell.due == pytest.approx(1200, abs=PATIENCE_SECONDS), (
        "the bell may be due a moment after it was sent"
    )
    assert abs(chime.due - clock.now()) < PATIENCE_SECONDS


def test_a_shorter_sleep_ends_with_the_time_that_is_left(machine: MachineSleep, world: _World) -> None:
    _go_to_hold(world)
    machine.sleep(900 - 185)
    came = world.wait_for("left.")
    assert isinstance(came[-1], commands.Speak)
    assert came[-1].text == "Three minutes are left."


def _go_to_hold(world: _World) -> None:
    world.wait_for("Hi")
    world.say("start the mask")
    for step in load_routine("facial_mask", "en").steps[:3]:
        world.wait_for(step.text)
        world.say("next step")
    world.wait_for("Fifteen minutes")
