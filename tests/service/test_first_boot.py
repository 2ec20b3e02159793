"""The first boot of a machine without a keyboard: the real program as a service starts it, with what is plugged in."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.led_by_buttons import Led, free_port
from voice_coach.client import Coach, CoachUnreachableError
from voice_coach.memory.settings import settings_path
from voice_coach.rehearsal.coach_process import CoachProcess

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("processes")

HELLO = "Hello, your mask coach is here."
DEAF = "I can't hear you: there's no microphone. Please plug one in."
HEARS = "I can hear you now."
KOREAN_HELLO = "안녕하세요, 마스크 코치가 여기 있어요."
SPEAKER = "playback.pcm { type null }"
MICROPHONE = "capture.pcm { type null }"
"""It gives silence as fast as it is read, and so keeps a processor busy: only for a test that cannot do without."""


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("HOME", str(home))
    for kind in ("CONFIG", "DATA", "STATE"):
        monkeypatch.delenv(f"XDG_{kind}_HOME", raising=False)


class Machine:
    """A machine at home with a card, into which things are plugged; nobody reads a terminal."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self._folder = folder
        self.port = free_port()

    def plugs(self, *what: str) -> None:
        """Have nothing but this plugged in from now on."""
        (self._folder / "asound.conf").write_text(f"pcm.!default {{ type asym {' '.join(what)} }}\n")

    @contextmanager
    def switched_on(self) -> Iterator[Led]:
        """Start the coach as the service does."""
        card = str(self._folder / "asound.conf")
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "ALSA_CONFIG_PATH": card}
        options = ["--wait", "--daytime", "--page", str(self.port), "--voice", "standard"]  # the quick one
        with CoachProcess(options, environment, self._folder / "stderr", lambda _line: None) as process:
            yield Led(process, self.port)

    @property
    def url(self) -> str:
        """The page."""
        return f"http://127.0.0.1:{self.port}"

    def state(self) -> Mapping[str, object]:
        """What the page shows; nothing while there is none."""
        with suppress(CoachUnreachableError):
            return Coach(self.url).state()
        return {}


@pytest.fixture
def machine(home: Path, tmp_path: Path) -> Machine:
    return Machine(home, tmp_path)


def saying(led: Led, text: str) -> None:
    led.wait_for(lambda: any(text in spoken for spoken in led.spoken()))


def test_it_introduces_itself_once_says_that_it_is_deaf_and_when_it_hears(machine: Machine) -> None:
    machine.plugs(SPEAKER)
    with machine.switched_on() as led:
        saying(led, HELLO)
        assert "I listen in English." in led.spoken()[0]
        saying(led, DEAF)
        led.wait_for(lambda: machine.state().get("activity") == "deaf")
        assert machine.state().get("troubles") == ["there's no microphone: plug one in"]
        assert machine.state().get("first_start") is True
        assert HEARS not in led.spoken()
        machine.plugs(SPEAKER, MICROPHONE)
        saying(led, HEARS)
    with machine.switched_on() as led:
        led.wait_for(lambda: bool(led.all_of("EarsReady")))
        assert machine.state().get("first_start") is False
        assert not any(HELLO in text for text in led.spoken())


def test_without_a_speaker_it_introduces_itself_at_the_first_start_with_one(machine: Machine) -> None:
    machine.plugs(MICROPHONE)
    with machine.switched_on() as led:
        led.wait_for(lambda: bool(led.all_of("EarsReady")))
        led.wait_for(lambda: HELLO in str(machine.state().get("saying")))
        assert not led.all_of("SpeechEnded")
    machine.plugs(SPEAKER)
    with machine.switched_on() as led:
        saying(led, HELLO)
        led.wait_for(lambda: bool(led.all_of("SpeechEnded")))


def test_a_disk_that_refuses_the_mark_costs_nothing_but_another_introduction(machine: Machine) -> None:
    machine.plugs(SPEAKER)
    (machine.home / ".local").write_text("no folder")
    for _ in range(2):
        with machine.switched_on() as led:
            saying(led, HELLO)
            saying(led, "I can't keep notes")
            led.press("help")
            saying(led, "You can say")


def test_another_language_begins_anew_in_it_and_stays(machine: Machine) -> None:
    machine.plugs(SPEAKER)
    with machine.switched_on() as led:
        saying(led, 'For Korean, say "speak Korean".')
        Coach(machine.url).press("language", value="ko")
        saying(led, "Korean, then. One moment.")
        saying(led, "안녕하세요")
        assert not any(KOREAN_HELLO in text for text in led.spoken()), "who has changed the language knows the coach"
        led.wait_for(lambda: machine.state().get("language") == "ko")
    assert settings_path().read_text() == 'language = "ko"\n'
    with machine.switched_on() as led:
        led.wait_for(lambda: machine.state().get("language") == "ko")
