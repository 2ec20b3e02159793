"""A button and a light, on gpiozero's own mock pins."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory

from tests.patience import patient
from voice_coach.errors import FaceError
from voice_coach.face.base import CompositeFace, SilentFace
from voice_coach.face.gpio import ButtonPress, GpioFace, LedPattern, meaning, pattern_of
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.view import Attention, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice_coach.rehearsal.virtual_card import VirtualCard
    from voice_coach.session.events import CommandHeard

BUTTON, LIGHT = 17, 27
LONG_SECONDS = patient(0.15)
APPLYING = View(phase=Phase.APPLYING, attention=Attention.LISTENING)
HOLDING = View(phase=Phase.HOLDING, attention=Attention.LISTENING)
PAUSED = View(phase=Phase.PAUSED, attention=Attention.LISTENING)
ASKED = View(phase=Phase.HOLDING, attention=Attention.LISTENING, question="Do you want to take it off now?")


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    before = gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory = MockFactory()
    yield gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory.reset()
    gpiozero.Device.pin_factory = before


@pytest.fixture
def heard() -> queue.SimpleQueue[CommandHeard]:
    return queue.SimpleQueue()


@pytest.fixture
def hands(pins: MockFactory, heard: queue.SimpleQueue[CommandHeard]) -> Iterator[GpioFace]:
    hands = GpioFace(BUTTON, LIGHT, long_seconds=LONG_SECONDS)
    hands.start(heard.put)
    yield hands
    hands.stop()


def press(pins: MockFactory, seconds: float = 0.0) -> None:
    pins.pin(BUTTON).drive_low()
    time.sleep(seconds)
    pins.pin(BUTTON).drive_high()


def changes(pins: MockFactory, seconds: float) -> int:
    """How often the light changes in this time."""
    pins.pin(LIGHT).clear_states()
    time.sleep(seconds)
    return len(pins.pin(LIGHT).states) - 1


IDLE = View(phase=Phase.IDLE, attention=Attention.LISTENING)
LONG_AGO, JUST_NOW = 5.0, 0.4


@pytest.mark.parametrize(
    ("view", "asked_seconds", "short", "long"),
    [
        (IDLE, LONG_AGO, Intent.START, Intent.PAUSE),
        (APPLYING, LONG_AGO, Intent.NEXT, Intent.PAUSE),
        (HOLDING, LONG_AGO, Intent.NEXT, Intent.PAUSE),
        (PAUSED, LONG_AGO, Intent.NEXT, Intent.RESUME),
        (ASKED, LONG_AGO, Intent.NEXT, Intent.YES),
        (ASKED, JUST_NOW, Intent.NEXT, Intent.PAUSE),
    ],
)
def test_what_a_press_means_depends_on_its_length_and_on_what_has_been_asked(
    view: View, asked_seconds: float, short: Intent, long: Intent
) -> None:
    told = [meaning(ButtonPress(view, asked_seconds), is_long=is_long) for is_long in (False, True)]
    assert [heard and heard.intent for heard in told] == [short, long]


def test_a_bad_contact_is_one_press() -> None:
    assert meaning(ButtonPress(APPLYING, LONG_AGO, is_double=True), is_long=False) is None


def test_a_press_is_told_when_the_button_is_let_go(
    hands: GpioFace, pins: MockFactory, heard: queue.SimpleQueue[CommandHeard]
) -> None:
    hands.show(APPLYING)
    press(pins)
    assert heard.get(timeout=patient(5)).intent is Intent.NEXT


def test_a_long_press_is_told_while_the_button_is_still_held_and_only_once(
    hands: GpioFace, pins: MockFactory, heard: queue.SimpleQueue[CommandHeard]
) -> None:
    hands.show(APPLYING)
    pins.pin(BUTTON).drive_low()
    assert heard.get(timeout=patient(5)).intent is Intent.PAUSE
    pins.pin(BUTTON).drive_high()
    hands.show(PAUSED)
    press(pins, 3 * LONG_SECONDS)
    assert heard.get(timeout=patient(5)).intent is Intent.RESUME
    assert heard.empty()


def test_a_press_and_a_long_one_right_after_it_do_not_take_the_mask_off(
    hands: GpioFace, pins: MockFactory, heard: queue.SimpleQueue[CommandHeard]
) -> None:
    hands.show(HOLDING)
    press(pins)
    assert heard.get(timeout=patient(5)).intent is Intent.NEXT
    hands.show(ASKED)
    pins.pin(BUTTON).drive_low()
    assert heard.get(timeout=patient(5)).intent is Intent.PAUSE
    pins.pin(BUTTON).drive_high()


def test_a_long_press_is_yes_once_the_question_has_been_heard(
    hands: GpioFace, pins: MockFactory, heard: queue.SimpleQueue[CommandHeard]
) -> None:
    hands.show(ASKED)
    time.sleep(1.6)
    pins.pin(BUTTON).drive_low()
    assert heard.get(timeout=patient(5)).intent is Intent.YES
    pins.pin(BUTTON).drive_high()


def test_a_press_answers_no_question_that_came_after_it_began(
    hands: GpioFace, pins: MockFactory, heard: queue.SimpleQueue[CommandHeard]
) -> None:
    hands.show(HOLDING)
    pins.pin(BUTTON).drive_low()
    hands.show(ASKED)
    assert heard.get(timeout=patient(5)).intent is Intent.PAUSE
    pins.pin(BUTTON).drive_high()


def test_a_button_that_hangs_when_the_coach_starts_commands_nothing(
    pins: MockFactory, heard: queue.SimpleQueue[CommandHeard]
) -> None:
    pins.pin(BUTTON).drive_low()
    hands = GpioFace(BUTTON, long_seconds=LONG_SECONDS)
    hands.start(heard.put)
    time.sleep(3 * LONG_SECONDS)
    pins.pin(BUTTON).drive_high()
    hands.stop()
    assert heard.empty()


@pytest.mark.parametrize(
    ("view", "pattern"),
    [
        (View(phase=Phase.IDLE), LedPattern.OFF),
        (View(phase=Phase.IDLE, attention=Attention.LISTENING), LedPattern.LISTENING),
        (View(phase=Phase.DONE, attention=Attention.LISTENING), LedPattern.LISTENING),
        (View(phase=Phase.IDLE, saying="Hello."), LedPattern.SPEAKING),
        (View(phase=Phase.HOLDING, saying="Five minutes left.", attention=Attention.LISTENING), LedPattern.SPEAKING),
        (HOLDING, LedPattern.HOLDING),
        (View(phase=Phase.HOLDING), LedPattern.OFF),
        (PAUSED, LedPattern.PAUSED),
        (View(phase=Phase.HOLDING, saying="Hello.", faults=("The microphone is gone.",)), LedPattern.FAULT),
    ],
)
def test_the_light_tells_what_the_coach_does(view: View, pattern: LedPattern) -> None:
    assert pattern_of(view) is pattern


def test_no_two_patterns_look_alike() -> None:
    assert len({pattern.value for pattern in LedPattern}) == len(LedPattern)
    assert all(set(pattern.value) <= {"#", "."} for pattern in LedPattern)


def test_the_light_is_steady_while_the_coach_listens_and_dark_before(hands: GpioFace, pins: MockFactory) -> None:
    light = pins.pin(LIGHT)
    assert light.state == 0
    hands.show(APPLYING)
    assert light.state == 1
    assert changes(pins, 0.5) == 0


def test_the_light_blinks_fast_while_the_coach_speaks_and_slowly_in_the_hold(
    hands: GpioFace, pins: MockFactory
) -> None:
    hands.show(View(phase=Phase.HOLDING, saying="Breathe slowly.", attention=Attention.LISTENING))
    assert changes(pins, 1.0) >= 4
    hands.show(HOLDING)
    assert changes(pins, 1.0) <= 1


def test_the_light_goes_out_when_the_coach_leaves(pins: MockFactory) -> None:
    hands = GpioFace(light_pin=LIGHT)
    hands.start(lambda _heard: None)
    hands.show(APPLYING)
    hands.stop()
    hands.stop()
    assert pins.pin(LIGHT).state == 0


def test_two_faces_show_together_and_a_failing_one_stops_the_others(pins: MockFactory) -> None:
    class Recorder(SilentFace):
        def __init__(self) -> None:
            self.told: list[object] = []

        def show(self, view: View) -> None:
            self.told.append(view)

        def stop(self) -> None:
            self.told.append("stopped")

    page = Recorder()
    both = CompositeFace(page, GpioFace(light_pin=LIGHT))
    both.start(lambda _heard: None)
    both.show(APPLYING)
    assert pins.pin(LIGHT).state == 1
    both.stop()
    assert page.told == [APPLYING, "stopped"]
    with pytest.raises(FaceError, match="cannot share pin 27"):
        CompositeFace(page, GpioFace(LIGHT, LIGHT)).start(lambda _heard: None)
    assert page.told == [APPLYING, "stopped", "stopped"]


def test_without_gpiozero_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    with pytest.raises(FaceError, match=r"install it with pip install 'gpiozero>=2' lgpio, or leave out button_pin"):
        GpioFace(BUTTON).start(lambda _heard: None)


def test_pins_that_cannot_be_used_are_one_sentence_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:  # noqa: ANN401 - takes what LED takes
        raise OSError(13, "can not open gpiochip")

    monkeypatch.setattr("gpiozero.LED", refuse)
    with pytest.raises(FaceError, match=r"^The pins .* cannot be used .*can not open gpiochip.*docs/hands.md.*[^\n]*$"):
        GpioFace(light_pin=LIGHT).start(lambda _heard: None)


def test_lgpio_finds_a_folder_for_its_pipe_and_the_program_stays_where_it_was(
    pins: MockFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def as_lgpio_does(pin: int) -> gpiozero.LED:
        os.chdir(os.environ["LG_WD"])
        os.mkfifo(".lgd-nfy0")
        return led(pin)

    led, here = gpiozero.LED, Path.cwd()
    monkeypatch.setattr("gpiozero.LED", as_lgpio_does)
    hands = GpioFace(light_pin=LIGHT)
    hands.start(lambda _heard: None)
    folder = Path(os.environ["LG_WD"])
    assert [path.name for path in folder.iterdir()] == [".lgd-nfy0"]
    assert Path.cwd() == here
    hands.stop()
    assert not folder.exists()


def test_a_machine_without_pins_says_so_and_the_coach_does_not_start(
    program: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = program("start", "--button-pin", 17, card="both")
    assert done.returncode == 1
    assert done.stderr.startswith("voice-coach: The pins of button and light cannot be used")
    assert done.stderr.count("\n") == 1


def test_the_program_itself_starts_with_button_and_light(card: VirtualCard, tmp_path: Path) -> None:
    environment = {**card.environment, "HOME": str(tmp_path), "GPIOZERO_PIN_FACTORY": "mock"}
    child = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "start", "--button-pin", "17", "--light-pin", "27"],
        env={name: value for name, value in environment.items() if not name.startswith("XDG_")},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    while not child.stdout.readline().startswith("Coach: Hello"):
        assert child.poll() is None, child.communicate()
    child.send_signal(signal.SIGINT)
    _, complaints = child.communicate(timeout=patient(20))
    assert (child.returncode, complaints.strip()) == (130, "")


@pytest.mark.parametrize("pin", ["28", "-1", "1.5", "GPIO17", ""])
def test_a_pin_that_does_not_exist_is_refused(coach: Callable[..., subprocess.CompletedProcess[str]], pin: str) -> None:
    done = coach("start", "--light-pin", pin)
    assert done.returncode == 2
    assert "--light-pin must be a whole number from 0 to 27" in done.stderr
