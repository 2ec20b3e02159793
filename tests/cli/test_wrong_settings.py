"""A service begins whatever the settings say: what is right in them counts, and what is not is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from gpiozero.pins.mock import MockFactory

from tests.odd_files import MAKERS
from tests.routines.broken_routines import GOOD
from voice_coach.cli.options import Fallbacks
from voice_coach.language.wording import Message
from voice_coach.library import load_language
from voice_coach.memory.settings import Settings, SettingsFile, read_settings, settings_path
from voice_coach.memory.settings_schema import SETTINGS
from voice_coach.routine_folder import own_folder, own_path
from voice_coach.session.commands import SavePreferences, Voice
from voice_coach.session.events import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Coach = Callable[..., subprocess.CompletedProcess[str]]

DEFAULT = Settings()


@pytest.fixture
def path(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("VOICE_COACH_MODELS", str(home))
    own_folder().mkdir(parents=True)
    return settings_path()


GOOD_LINE = b"volume = 0.3\n"
BROKEN_LINES: dict[str, bytes] = {
    "a byte that is no text": b"minutes = 1\xff\n",
    "a byte in a comment": b"# cr\xe8me\n",
    "a line that is no TOML": b"minutes 12\n",
    "a quote that is not closed": b'input = "USB\n',
    "a bracket that is not closed": b'favourites = ["next step"\n',
    "an unknown name": b"minuets = 12\n",
    "a value that is not allowed": b"minutes = 45\n",
    "a name twice": b"minutes = 12\nminutes = 12\n",
    "a control character": b'input = "\x00"\n',
    "a number of 5000 digits": b"minutes = " + b"9" * 5_000 + b"\n",
    "a name of a thousand parts": b"a." * 1_000 + b"a = 1\n",
    "brackets": b"a = " + b"[" * 5_000 + b"\n",
    "an unknown voice": b'voice = "operatic"\n',
    "an unknown language": b'language = "tlh"\n',
    "an unknown engine": b'engine = "ears"\n',
    "a routine that is gone": b'routine = "gone"\n',
    "a pin that no board has": b"button_pin = 99\n",
}


@pytest.mark.parametrize("name", BROKEN_LINES)
def test_the_good_lines_count_and_by_hand_the_mistake_is_told(path: Path, coach: Coach, name: str) -> None:
    for content in (GOOD_LINE + BROKEN_LINES[name], BROKEN_LINES[name] + GOOD_LINE):
        path.write_bytes(content)
        fallbacks = Fallbacks({})
        assert fallbacks.settings().volume == 0.3
        assert len(fallbacks.complaints) == 1
        assert str(path) in fallbacks.complaints[0]
    if name in {"a byte that is no text", "a name of a thousand parts"}:
        by_hand = coach("start")
        assert (by_hand.returncode, by_hand.stdout) == (2, "")
        assert "line 1: " in by_hand.stderr


def test_a_flag_goes_before_the_file_and_one_that_is_wrong_is_told_as_ever(path: Path, coach: Coach) -> None:
    path.write_bytes(GOOD_LINE + b"\xff\n")
    assert Fallbacks({"volume": 0.9, "minutes": None}).settings().volume == 0.9
    assert coach("start", "--wait", "--volume", "11").returncode == 2


@pytest.mark.parametrize("name", MAKERS)
def test_with_no_file_to_be_read_the_defaults_count(path: Path, name: str) -> None:
    MAKERS[name](path)
    fallbacks = Fallbacks({})
    assert fallbacks.settings() == DEFAULT
    assert str(path) in fallbacks.complaints[0]


def test_without_a_file_or_with_a_good_one_nothing_is_complained_of(path: Path) -> None:
    for text in (
        None,
        "",
        "# nothing yet\n",
        'volume = 0.3\nroutine = "clay_mask"\nlanguage = "en"\nengine = "auto"\n',
    ):
        if text is not None:
            path.write_text(text)
        fallbacks = Fallbacks({})
        fallbacks.routine(fallbacks.settings())
        assert fallbacks.complaints == []


def _settings(path: Path, text: str) -> tuple[Settings, list[str]]:
    path.write_text(text)
    assert read_settings().complaint == "", "the file by itself is right"
    fallbacks = Fallbacks({})
    return fallbacks.settings(), fallbacks.complaints


def test_an_engine_without_its_model_is_replaced(path: Path) -> None:
    settings, (complaint,) = _settings(path, 'engine = "vosk"\n')
    assert settings.engine == "auto"
    assert "fetch-model" in complaint


def test_a_language_that_cannot_be_heard_is_replaced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice_coach.ears.recognizers.registry.find_vosk_model", lambda _language: None)
    settings, complaints = _settings(path, 'language = "ko"\nengine = "vosk"\n')
    assert (settings.language, settings.engine) == ("en", "auto")
    assert len(complaints) == 2


def test_a_key_without_a_certificate_opens_the_page_to_no_network(path: Path) -> None:
    settings, (complaint,) = _settings(path, 'page_key = "/no/key.pem"\npage_lan = true\n')
    assert (settings.page_port, settings.page_lan, settings.page_key) == (8765, False, None)
    assert "certificate" in complaint


@pytest.mark.parametrize("line", [b"page_certificate = 3", b'page_certificate = "/x.pem', b"page_key = \xff"])
def test_a_page_that_was_to_be_encrypted_is_on_no_network_without(path: Path, line: bytes) -> None:
    path.write_bytes(b"page_lan = true\npage = 9000\n" + line)
    settings = Fallbacks({}).settings()
    assert (settings.page_port, settings.page_lan) == (9000, False)
    path.write_bytes(b"page_lan = true\nvolume = 45\n# no page_key\n")
    assert Fallbacks({}).settings().page_lan


@pytest.mark.parametrize("line", [b'page_proxy = "127.0.0"', b"page_proxy = 127.0.0.1", b"page_proxy = \xff"])
def test_a_page_that_was_to_be_behind_a_proxy_is_not_open_to_whoever_is_behind_it(path: Path, line: bytes) -> None:
    path.write_bytes(b"page = 9000\n" + line)
    fallbacks = Fallbacks({})
    assert (fallbacks.settings().page_port, len(fallbacks.complaints)) == (None, 2)
    assert Fallbacks({"page_proxy": "127.0.0.2"}).settings().page_port == 9000


@pytest.mark.parametrize(
    "line", ['mqtt_url = "http://x"', 'mqtt_url = "mqtt://x"\nmqtt_ca_file = "/x"', 'mqtt_user = "x"']
)
def test_a_broker_that_cannot_be_asked_for_is_left_alone(path: Path, line: str) -> None:
    settings, (complaint,) = _settings(path, line)
    assert settings == DEFAULT
    assert "mqtt_url" in complaint
    assert complaint.endswith("Until then the coach is not shown to it.")


def test_without_the_package_of_the_smart_home_the_service_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paho", None)
    for name in [name for name in sys.modules if name.startswith(("paho.", "voice_coach.integrations.mqtt_face"))]:
        monkeypatch.delitem(sys.modules, name)
    settings, (complaint,) = _settings(path, 'mqtt_url = "mqtt://x"\n')
    assert settings == DEFAULT
    assert "paho-mqtt: run scripts/setup." in complaint


def test_who_has_mistyped_that_no_command_is_shown_shows_none(path: Path) -> None:
    path.write_text('mqtt_url = "mqtt://x"\nmqtt_command = no\n')
    assert Fallbacks({}).settings().mqtt_command is False


@pytest.mark.parametrize(
    ("pins", "left"),
    [("button_pin = 17\nlight_pin = 17\n", (17, None)), ("button_pin = 17\nlight_pin = 27\n", (17, 27))],
)
def test_pins_that_can_be_had_are_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch, pins: str, left: tuple[int, int | None]
) -> None:
    monkeypatch.setattr("gpiozero.Device.pin_factory", MockFactory())
    settings, complaints = _settings(path, pins)
    assert (settings.button_pin, settings.light_pin) == left
    assert len(complaints) == (left == (17, None))


def test_pins_that_cannot_be_had_are_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpiozero.Device.pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "no_such_factory")
    settings, (complaint,) = _settings(path, "button_pin = 17\nlight_pin = 27\n")
    assert (settings.button_pin, settings.light_pin) == (None, None)
    assert "cannot be used" in complaint


BROKEN_ROUTINES = {
    "mistakes": "name = 3\n",
    "no TOML": "x",
    "another language": GOOD.replace('"en"', '"de"'),
    "nothing in it": "",
}


@pytest.mark.parametrize("broken", BROKEN_ROUTINES)
@pytest.mark.parametrize("name", ["mine", "facial_mask", "clay_mask"])
def test_a_routine_that_cannot_be_led_through_is_replaced_by_one_that_ships(path: Path, name: str, broken: str) -> None:
    own_path(name).write_text(BROKEN_ROUTINES[broken])
    path.write_text(f'routine = "{name}"\n')
    fallbacks = Fallbacks({})
    routine = fallbacks.routine(fallbacks.settings())
    assert len(routine.steps) > 5
    is_a_language_apart = broken == "another language" and name != "mine"
    assert len(fallbacks.complaints) == (not is_a_language_apart)  # then the shipped one of that name is meant
    assert routine.id == ("facial_mask" if name == "mine" else name)


def test_every_setting_has_been_thought_of() -> None:
    harmless = {"skin", "detail", "minutes", "words_per_minute", "volume", "sensitivity", "nearness", "gain"}
    harmless |= {"mqtt_feeling", "hold_sound", "duck_players"}  # nothing is shown, played or turned down then
    waited_for = {"input", "output", "page", "page_lan", "page_certificate"}
    passed_over = {
        "favourites",
        "voice",
        "channel",
        "wake_word",
        "people",
    }  # no phrase; the standard voice, the channel with a voice and the wake phrase instead
    replaced = {"language", "engine", "routine", "button_pin", "light_pin", "page_key", "page_proxy"}
    replaced |= {"mqtt_url", "mqtt_user", "mqtt_password_file", "mqtt_ca_file", "mqtt_command"}
    assert set(SETTINGS.fields) == harmless | waited_for | passed_over | replaced, "what if it cannot be had?"


def _service(home: Path, card: str, is_enough: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """What a service tells until that is enough."""
    alsa = home / "asound.conf"
    alsa.write_text(card)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": str(alsa)}
    command = [sys.executable, "-m", "voice_coach", "start", "--wait", "--json"]
    told = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as service:
        assert service.stdout is not None
        for line in service.stdout:
            told.append(json.loads(line))
            if is_enough(told[-1]):
                service.terminate()
                return told
    return pytest.fail(f"it ended after {told[-1:]}")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("name", ["a byte that is no text", "a pipe", "a routine with mistakes"])
def test_the_service_itself_goes_on_and_shows_it(path: Path, home: Path, name: str) -> None:
    if name == "a routine with mistakes":
        own_path("mine").write_text("name = 3\n")
        path.write_text('routine = "mine"\n')
    elif name in MAKERS:
        MAKERS[name](path)
    else:
        path.write_bytes(BROKEN_LINES[name])
    note = load_language("en").wording.note(Message.NOTE_DAMAGED_SETTINGS)
    no_card = "pcm.unusable { type file }\n"
    told = _service(home, no_card, lambda one: one["name"] == "Show" and note in one["view"]["faults"])
    assert Fault.DAMAGED_SETTINGS.value in [one["fault"] for one in told if one["name"] == "FaultRaised"]


@pytest.mark.usefixtures("processes")
def test_the_service_says_it_aloud(path: Path, home: Path) -> None:
    path.write_bytes(BROKEN_LINES["a byte that is no text"])
    sentence = load_language("en").wording.say(Message.FAULT_DAMAGED_SETTINGS)
    silent_card = "pcm.!default { type null }\n"
    assert _service(home, silent_card, lambda one: one["name"] == "Speak" and one["text"] == sentence)


@pytest.mark.parametrize("name", BROKEN_LINES)
def test_what_is_changed_by_voice_loses_nothing_of_a_file_with_mistakes(path: Path, name: str) -> None:
    content = GOOD_LINE + BROKEN_LINES[name]
    path.write_bytes(content)
    file = SettingsFile()
    file.save(SavePreferences(Voice(150, 0.9)))
    if file.trouble:
        assert path.read_bytes() == content
    else:
        assert path.read_bytes().splitlines()[1:-1] == content.splitlines()[1:]
        assert read_settings().settings.words_per_minute == 150
