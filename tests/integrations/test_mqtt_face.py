"""The coach in a house with a real MQTT broker: shown, pressed, chosen, cut off and found again."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benches.home_assistant.house import (
    MOSQUITTO,
    NODE,
    TITLES,
    HomeCoach,
    Mosquitto,
    coaching,
    device,
    free_port,
)
from tests.integrations.house import PASSWORD, USER, Listener
from tests.patience import patient
from voice_coach.errors import FaceError
from voice_coach.integrations import mqtt_face
from voice_coach.integrations.mqtt_face import Broker, MqttFace, broker_of
from voice_coach.integrations.mqtt_messages import BUTTONS, EVENTS
from voice_coach.language.intents import Intent
from voice_coach.memory.settings import Settings
from voice_coach.routines import Phase
from voice_coach.session.events import Via
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is missing: scripts/setup --dev installs it")
TO_THE_HOLD = ("start", "next", "next", "next")


@pytest.fixture
def broker(tmp_path: Path, processes: None) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
def home(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker) as listener:
        yield listener


@pytest.fixture
def coach(broker: Mosquitto, home: Listener) -> Iterator[HomeCoach]:
    with coaching(broker.address) as running:
        home.wait_for(lambda state: state["hearing"] == "listening")
        yield running


def posted(coach: HomeCoach) -> list[Intent]:
    return [heard.intent for heard in coach.posted]


def test_every_entity_is_there_with_a_unique_id_and_one_device(home: Listener, coach: HomeCoach) -> None:
    home.wait_until(lambda: len(home.configs()) >= 11 + len(BUTTONS))
    configs = home.configs()
    assert {name for name in configs if not name.startswith("button.")} == {
        "sensor.step", "sensor.phase", "sensor.ends", "sensor.time_left", "sensor.hearing", "binary_sensor.running",
        "sensor.command", "select.mask", "number.minutes", "event.milestone", "sensor.timers",
    }  # fmt: skip
    assert {f"button.{intent.value}" for intent in BUTTONS} <= configs.keys()
    assert len({config["unique_id"] for config in configs.values()}) == len(configs)
    assert {tuple(config["device"]["identifiers"]) for config in configs.values()} == {(NODE,)}
    assert configs["sensor.command"]["entity_category"] == "diagnostic"
    assert configs["select.mask"]["options"] == list(TITLES.values())
    assert configs["button.next"]["name"] == "Next step"


def test_a_press_reaches_the_session_within_a_second(home: Listener, coach: HomeCoach) -> None:
    before = time.monotonic()
    home.press("start")
    state = home.wait_for(lambda state: state["running"] == "ON")
    assert time.monotonic() - before < patient(1)
    assert (state["phase"], state["step_number"], state["command"]) == ("briefing", 1, "start")
    assert coach.posted[0].via is Via.PROGRAM


def test_a_mask_is_chosen_by_its_title_or_its_id(home: Listener, coach: HomeCoach) -> None:
    before = time.monotonic()
    home.press("mask", TITLES["clay_mask"])
    home.wait_for(lambda state: state["mask"] == TITLES["clay_mask"])
    assert time.monotonic() - before < patient(1)
    home.say("mask", "gel_mask")
    home.wait_for(lambda state: state["mask"] == TITLES["gel_mask"])


def test_a_routine_is_followed_to_its_end(broker: Mosquitto, home: Listener) -> None:
    with coaching(broker.address, hold_seconds=2) as coach:
        home.wait_for(lambda state: state["phase"] == "idle")
        for count, key in enumerate(TO_THE_HOLD, start=1):
            home.press(key)
            home.wait_for(lambda state, count=count: state["step_number"] == count)  # type: ignore[misc]
        state = home.wait_for(lambda state: state["phase"] == "holding")
        assert state["ends"].endswith("+00:00")
        assert state["time_left"] == state["minutes"] == 1
        home.wait_for(lambda state: state["phase"] == "removing" and state["ends"] is None)
        for _ in range(10):
            if home.state["phase"] == "done":
                break
            before = home.state
            home.press("next")
            home.wait_for(lambda state, before=before: state != before)  # type: ignore[misc]
        home.wait_for(lambda state: state["running"] == "OFF" and state["phase"] == "done")
        home.wait_until(lambda: "finished" in home.events)
        assert set(posted(coach)) == {Intent.START, Intent.NEXT}
    assert [event for event in EVENTS if event in home.events] == home.events, "each once, in their order"
    assert {"started", "hold_begun", "time_is_up", "mask_off", "finished"} <= set(home.events)


def test_the_length_of_a_hold_is_a_number(home: Listener, coach: HomeCoach) -> None:
    for count, key in enumerate(TO_THE_HOLD, start=1):
        home.press(key)
        home.wait_for(lambda state, count=count: state["step_number"] == count)  # type: ignore[misc]
    minutes = home.wait_for(lambda state: state["minutes"])["minutes"]
    home.press("minutes", minutes + 2)
    home.wait_for(lambda state: state["minutes"] == minutes + 2)
    home.press("minutes", minutes - 1)
    home.wait_for(lambda state: state["minutes"] == minutes - 1)


def test_the_words_are_never_published_and_pain_only_when_asked_for(home: Listener, coach: HomeCoach) -> None:
    coach.say(Intent.START, "a secret sentence")
    home.wait_for(lambda state: state["command"] == "start")
    coach.say(Intent.STINGS, "it burns like fire")
    home.wait_for(lambda state: state["command"] is None)
    everything = " ".join(text for topic, text in home.texts.items() if not topic.startswith("homeassistant/"))
    assert not any(word in everything for word in ("secret", "fire", "sting", "pain", "All right", "all right"))
    assert "feeling" not in home.state


def test_what_is_not_to_be_shown_is_taken_away(broker: Mosquitto, home: Listener, coach: HomeCoach) -> None:
    coach.stop()
    with coaching(broker.address, shown=device(has_command=False, has_feeling=True)) as other:
        other.say(Intent.HELP)
        home.wait_for(lambda state: "feeling" in state and "command" not in state)
        home.wait_until(lambda: "sensor.feeling" in home.configs() and "sensor.command" not in home.configs())


def test_a_coach_that_ends_is_not_available_and_neither_is_one_that_dies(broker: Mosquitto, home: Listener) -> None:
    with coaching(broker.address):
        home.wait_for(lambda state: state["phase"] == "idle")
    home.wait_until(lambda: home.availability == "offline")
    face = MqttFace(broker.address, device())
    face.start(lambda _heard: None)
    home.wait_until(lambda: home.availability == "online")
    face.stop()
    home.wait_until(lambda: home.availability == "offline")


def test_it_is_published_again_when_home_assistant_comes_up(home: Listener, coach: HomeCoach) -> None:
    home.wait_until(lambda: len(home.configs()) >= 11 + len(BUTTONS))
    home.texts.clear()
    home.publish("homeassistant/status", "online")
    home.wait_for(lambda state: state["phase"] == "idle")
    assert len(home.configs()) >= 11 + len(BUTTONS)


def test_old_presses_and_second_copies_are_not_obeyed(broker: Mosquitto, home: Listener, coach: HomeCoach) -> None:
    coach.stop()
    home.say("start", "PRESS", is_retained=True)
    home.wait_until(lambda: f"voice-coach/{NODE}/do/start" in home.texts)
    home.wait_until(lambda: home.availability == "offline")
    with coaching(broker.address) as other:
        home.wait_for(lambda state: state["hearing"] == "listening")
        for _ in range(3):
            home.say("help", '{"value": "PRESS", "id": "the same"}')
        home.press("which_step")
        home.wait_for(lambda state: state["command"] == "which_step")
        assert posted(other) == [Intent.HELP, Intent.WHICH_STEP]


NONSENSE = [
    b"", b"press", b"\xff\xfe", b"[" * 900, b"{}", b'{"value": null}', b'{"value": {"a": 1}}', b"1e999", b"NaN", b"-5",
    b"0", b"61", b"2.5", b'{"id": 5, "value": "x"}', b"A" * 5_000, "클레이".encode(), b'{"value": "PRESS", "id": [1]}x',
]  # fmt: skip


@pytest.mark.parametrize("key", ["mask", "minutes", "start", "on_for", "go_to", "no_such_thing", "x/y"])
def test_nonsense_is_passed_over(home: Listener, coach: HomeCoach, key: str) -> None:
    for payload in NONSENSE:
        home.say(key, payload)
    home.press("which_step")
    home.wait_for(lambda state: state["command"] == "which_step")
    assert posted(coach) == [Intent.WHICH_STEP]


def test_a_broker_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing(
    broker: Mosquitto, home: Listener, coach: HomeCoach, caplog: pytest.LogCaptureFixture
) -> None:
    for count in range(1, 4):
        broker.kill()
        coach.say(Intent.HELP if count % 2 else Intent.WHICH_STEP)  # the coach goes on meanwhile
        home.texts.clear()
        broker.start()
        wanted = "help" if count % 2 else "which_step"
        home.wait_for(lambda state, wanted=wanted: state["command"] == wanted, 20)  # type: ignore[misc]
        home.wait_until(lambda: len(home.configs()) >= 11 + len(BUTTONS), 20)
        home.press("repeat")
        home.wait_for(lambda state: state["command"] == "repeat")
        assert posted(coach) == [Intent.REPEAT] * count
    away = [record.getMessage() for record in caplog.records if "cannot be reached" in record.getMessage()]
    assert len(away) <= 3, "one sentence each time"
    assert "Traceback" not in caplog.text


def test_a_broker_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, processes: None, caplog: pytest.LogCaptureFixture
) -> None:
    broker = Mosquitto(tmp_path, port=free_port())
    with coaching(broker.address) as coach:
        coach.say(Intent.START)
        give_up_at = time.monotonic() + patient(10)
        while not caplog.records and time.monotonic() < give_up_at:
            time.sleep(0.01)
        (record,) = caplog.records
        assert record.getMessage() == (
            f"The MQTT broker at 127.0.0.1:{broker.port} cannot be reached (Connection refused): start it, or check "
            "mqtt_url; the coach goes on, and tries again by itself."
        )
        with broker, Listener(broker) as home:
            assert home.wait_for(lambda state: state["running"] == "ON", 30)["phase"] == "briefing"


@pytest.fixture
def locked(tmp_path: Path, processes: None) -> Iterator[Mosquitto]:
    """A broker that lets in who knows the password."""
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, USER, PASSWORD], check=True, capture_output=True)
    passwords.chmod(0o644)
    with Mosquitto(tmp_path, f"allow_anonymous false\npassword_file {passwords}\nuser root") as running:
        yield running


def test_a_wrong_password_is_one_sentence_and_a_mended_one_is_taken_by_itself(
    locked: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "password"
    file.write_text("wrong\n")
    address = replace(locked.address, user=USER, password_file=str(file))
    with coaching(address) as coach, Listener(locked, USER, PASSWORD) as home:
        coach.say(Intent.START)
        home.wait_until(lambda: "refuses the coach" in caplog.text)
        assert "check mqtt_user and mqtt_password_file" in caplog.text
        assert "wrong" not in caplog.text, "no password in a log"
        file.write_text(PASSWORD)
        home.wait_for(lambda state: state["running"] == "ON", 30)
        assert len([one for one in caplog.records if "refuses" in one.getMessage()]) == 1


_MAKE_CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
    "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem"
)


def test_an_encrypted_broker_is_used_when_it_can_be_trusted_and_else_not(
    tmp_path: Path, processes: None, caplog: pytest.LogCaptureFixture
) -> None:
    subprocess.run(_MAKE_CERTIFICATE.split(), cwd=tmp_path, check=True, capture_output=True)
    plain = free_port()
    (tmp_path / "key.pem").chmod(0o644)
    configuration = (
        f"certfile {tmp_path}/certificate.pem\nkeyfile {tmp_path}/key.pem\n"
        f"listener {plain} 127.0.0.1\nallow_anonymous true\nuser root"
    )
    with Mosquitto(tmp_path, configuration) as broker:
        encrypted = replace(broker.address, is_encrypted=True)
        with coaching(encrypted):
            give_up_at = time.monotonic() + patient(10)
            while "cannot be trusted" not in caplog.text and time.monotonic() < give_up_at:
                time.sleep(0.01)
            assert "check mqtt_url and mqtt_ca_file" in caplog.text
        trusting = replace(encrypted, ca_file=str(tmp_path / "certificate.pem"))
        listening = Mosquitto(tmp_path, port=plain)
        with Listener(listening) as home, coaching(trusting) as coach:
            home.wait_for(lambda state: state["phase"] == "idle", 20)
            home.press("start")
            home.wait_for(lambda state: state["running"] == "ON")
            assert posted(coach) == [Intent.START]


@contextmanager
def hostile(answer: bytes) -> Iterator[tuple[Broker, list[int]]]:
    """A broker that says this to everybody; gives its address, and for each who has come how much they have sent."""
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                came.append(0)
                threading.Thread(target=talk, args=(client, len(came) - 1), daemon=True).start()

        def talk(client: socket.socket, place: int) -> None:
            with client:
                try:
                    client.recv(1_000)
                    client.sendall(answer)
                    while taken := client.recv(65_536):
                        came[place] += len(taken)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield Broker("127.0.0.1", server.getsockname()[1]), came
        server.shutdown(socket.SHUT_RDWR)


WELCOME = b"\x20\x02\x00\x00"


def publish(topic: bytes, payload: bytes) -> bytes:
    rest = len(topic).to_bytes(2, "big") + topic + payload
    return b"\x30" + bytes([len(rest)]) + rest


HOSTILE = {
    "no answer at all": b"",
    "no MQTT": b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20,
    "a huge packet": WELCOME + b"\x30\xff\xff\xff\x7f" + b"A" * 100_000,
    "a length without an end": WELCOME + b"\x30\xff\xff\xff\xff\xff\xff",
    "a topic that is no text": WELCOME + publish(b"\xff\xfe", b"PRESS"),
    "a topic that is longer than its packet": WELCOME + b"\x30\x05\xff\xffabc",
    "an empty message": WELCOME + b"\x30\x00",
    "confirmations of nothing": WELCOME + b"\x40\x02\xff\xff" * 50 + b"\x90\x01\x00" + b"\x62\x00",
    "a welcome without an end": b"\x20\x01\x00",
    "a flood": WELCOME + publish(f"voice-coach/{NODE}/do/help".encode(), b"PRESS") * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_broker_delays_nothing_and_is_left_alone(name: str) -> None:
    with hostile(HOSTILE[name]) as (address, came), coaching(address) as coach:
        give_up_at = time.monotonic() + patient(5)
        while not came and time.monotonic() < give_up_at:
            time.sleep(0.01)
        assert came
        time.sleep(0.2)
        slowest = 0.0
        for _ in range(200):
            before = time.monotonic()
            coach.show(View(phase=Phase.HOLDING))
            slowest = max(slowest, time.monotonic() - before)
        assert slowest < patient(0.1), "show never waits"
        assert len(coach.posted) <= 50


def test_a_broker_that_confirms_nothing_gets_the_first_state_and_no_pile() -> None:
    with hostile(WELCOME) as (address, came), coaching(address) as coach:
        give_up_at = time.monotonic() + patient(10)
        while (not came or came[0] < 10_000) and time.monotonic() < give_up_at:
            time.sleep(0.01)
        time.sleep(0.3)
        before = came[0]
        for number in range(1_000):
            coach.show(View(phase=tuple(Phase)[number % len(Phase)], routine=str(number)))
        time.sleep(0.5)
        assert came[0] - before < 3_000, "but for the milestones, of which there are sixteen at most"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"mqtt_user": "mirror"}, 'name no broker: write mqtt_url = "mqtt://homeassistant.local" too.'),
        ({"mqtt_url": "mqtt://me:secret@x"}, "no user or password: write them as mqtt_user and mqtt_password_file."),
        ({"mqtt_url": "http://x"}, "mqtt_url must be an address such as"),
        ({"mqtt_url": "mqtt://x:99999"}, "mqtt_url must be an address such as"),
        ({"mqtt_url": "mqtt://[x"}, "mqtt_url must be an address such as"),
        ({"mqtt_url": "mqtt://x/topic"}, "mqtt_url must be an address such as"),
        ({"mqtt_url": "homeassistant.local"}, "mqtt_url must be an address such as"),
        ({"mqtt_url": "mqtt://x", "mqtt_password_file": "/x"}, "needs a user as well: write mqtt_user."),
        ({"mqtt_url": "mqtt://x", "mqtt_ca_file": "/x"}, "write mqtts:// in mqtt_url."),
        ({"mqtt_url": "mqtts://x", "mqtt_ca_file": "/no/ca"}, "The file of mqtt_ca_file, /no/ca, cannot be used (No "),
        (
            {"mqtt_url": "mqtt://x", "mqtt_user": "a", "mqtt_password_file": "/no/file"},
            "/no/file, cannot be used (No such file or directory): write the password of the MQTT broker into it, as ",
        ),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_one_sentence_without_a_secret(wrong: dict[str, str], told: str) -> None:
    with pytest.raises(FaceError) as caught:
        broker_of(Settings(**wrong))  # type: ignore[arg-type] # texts, all of them
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_address_has_the_usual_port_unless_it_names_one(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("secret\n")
    assert not Settings().names_broker
    assert broker_of(Settings(mqtt_url="mqtt://x")) == Broker("x", 1883)
    assert broker_of(Settings(mqtt_url="mqtts://x")) == Broker("x", 8883, is_encrypted=True)
    found = broker_of(Settings(mqtt_url="mqtt://[::1]:1/", mqtt_user="me", mqtt_password_file=str(file)))
    assert (found.host, found.port, found.password(), found.place) == ("::1", 1, "secret", "[::1]:1")


def test_this_machine_always_has_the_same_id() -> None:
    assert mqtt_face.id_of_this_machine() == mqtt_face.id_of_this_machine() != ""
