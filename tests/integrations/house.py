"""A house for the coach: a real MQTT broker, somebody who listens there, and a coach that runs with the real session.

with Mosquitto(folder) as broker, Listener(broker) as home, coaching(broker) as coach:
    home.press("start")
    home.wait_for(lambda state: state["running"] == "ON")
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.patience import patient
from voice_coach.errors import CoachError
from voice_coach.integrations.mqtt_face import Broker, MqttFace
from voice_coach.integrations.mqtt_messages import HomeDevice, device_of
from voice_coach.library import load_language, load_routines
from voice_coach.loop import Edges, run
from voice_coach.session import new_session
from voice_coach.session.events import CommandHeard, EarsReady, Event, SpeechEnded, Started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voice_coach.face import PostHeard
    from voice_coach.language.intents import Intent
    from voice_coach.session import commands

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
USER, PASSWORD = "mirror", "clay and water"
NODE = "voice_coach_test"
TITLES = {name: routine.title for name, routine in load_routines("en").items()}


def device(*, has_command: bool = True, has_feeling: bool = False) -> HomeDevice:
    """Return the coach as a device, in English."""
    return device_of(NODE, load_language("en"), TITLES, has_command=has_command, has_feeling=has_feeling)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


class Mosquitto:
    """A real broker on a port of its own, which can be killed and started again."""

    def __init__(self, folder: Path, configuration: str = "allow_anonymous true", port: int | None = None) -> None:
        if MOSQUITTO is None:
            pytest.skip("mosquitto is missing: scripts/setup --dev installs it")
        self.port = port or free_port()
        self.folder = folder
        self._file = folder / f"mosquitto-{self.port}.conf"
        self._file.write_text(f"listener {self.port} 127.0.0.1\npersistence false\n{configuration}\n")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        assert MOSQUITTO
        command = [MOSQUITTO, "-c", str(self._file)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        given_up_at = time.monotonic() + patient(10)
        while True:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            assert self._process.poll() is None, "mosquitto has ended"
            assert time.monotonic() < given_up_at
            time.sleep(0.02)

    def kill(self) -> None:
        """Let it end without a word, as in a power cut."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def address(self) -> Broker:
        """Where it is, for the face."""
        return Broker("127.0.0.1", self.port)


class Listener:
    """Somebody in the house who reads everything and presses buttons, with a client of their own."""

    def __init__(self, broker: Mosquitto, user: str | None = None, password: str | None = None) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_message = self._take
        if user:
            self._client.username_pw_set(user, password)
        self._port = broker.port
        self._presses = 0
        self.texts: dict[str, str] = {}
        """The last text of each topic, as long as this listens or since it forgot."""
        self.events: list[str] = []

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def state(self) -> dict[str, Any]:
        """The state of the coach; empty while there is none."""
        found: dict[str, Any] = json.loads(self.texts.get(f"voice-coach/{NODE}/state", "{}"))
        return found

    @property
    def availability(self) -> str:
        """Whether the coach is there, in its own word."""
        return self.texts.get(f"voice-coach/{NODE}/availability", "")

    def configs(self) -> dict[str, dict[str, Any]]:
        """Return the configurations of all entities by component and key, such as "sensor.step"."""
        found = {}
        for topic, text in list(self.texts.items()):
            parts = topic.split("/")
            if parts[0] == "homeassistant" and parts[-1] == "config" and text:
                found[f"{parts[1]}.{parts[3]}"] = json.loads(text)
        return found

    def press(self, key: str, value: object = "PRESS") -> None:
        """Do what Home Assistant does when a button is pressed, or something chosen: the message has an id."""
        self._presses += 1
        self.say(key, json.dumps({"value": value, "id": f"press {self._presses}"}))

    def say(self, key: str, payload: str | bytes, *, is_retained: bool = False) -> None:
        """Publish anything on the topic of a command."""
        self.publish(f"voice-coach/{NODE}/do/{key}", payload, is_retained=is_retained)

    def publish(self, topic: str, payload: str | bytes, *, is_retained: bool = False) -> None:
        """Publish anything anywhere."""
        self._client.publish(topic, payload, qos=1, retain=is_retained)

    def wait_for(self, what: Callable[[dict[str, Any]], object], seconds: float = 10) -> dict[str, Any]:
        """Wait until the state of a coach that is there is such, and return it."""
        self.wait_until(lambda: self.availability == "online" and self.state and what(self.state), seconds)
        return self.state

    def wait_until(self, is_so: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something is so."""
        given_up_at = time.monotonic() + patient(seconds)
        while not is_so():
            assert time.monotonic() < given_up_at, (self.availability, self.state)
            time.sleep(0.01)

    def _take(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        text = bytes(message.payload).decode(errors="replace")
        if message.topic.endswith("/event"):
            self.events.append(json.loads(text)["event_type"])
        self.texts[message.topic] = text


class _Ears:
    def start(self, post: Callable[[Event | CoachError], None]) -> None:
        self.post = post
        post(EarsReady(engine="test"))

    def listen(self, listen: commands.Listen) -> None: ...
    def stop(self) -> None: ...


class _Mouth:
    """It needs no time for a sentence."""

    def start(self, post: Callable[[Event | CoachError], None]) -> None:
        self._post = post

    def speak(self, speak: commands.Speak) -> None:
        self._post(SpeechEnded(utterance_id=speak.utterance_id))

    def prepare(self, prepare: commands.Prepare) -> None: ...
    def cue(self, cue: commands.Cue) -> None: ...
    def hush(self) -> None: ...
    def stop(self) -> None: ...


class _Memory:
    def start(self, post: Callable[[Event | CoachError], None]) -> None: ...
    def save(self, save: commands.SavePreferences) -> None: ...
    def keep(self, keep: commands.SaveSnapshot) -> None: ...
    def record(self, record: commands.AppendHistory) -> None: ...
    def recall(self) -> None: ...
    def stop(self) -> None: ...


class HomeCoach:
    """A coach that runs; what its smart home posts is kept."""

    def __init__(self, face: MqttFace) -> None:
        self._face = face
        self._ears = _Ears()
        self.posted: list[CommandHeard] = []
        self.keys = face.keys
        self.show = face.show
        self.tell_loading = face.tell_loading
        self.stop = face.stop

    def start(self, post: PostHeard) -> None:
        """Start the face as the loop does."""

        def posting(heard: CommandHeard) -> None:
            self.posted.append(replace(heard, at=time.monotonic()))
            post(heard)

        self._face.start(posting)

    def say(self, intent: Intent, text: str = "two words") -> None:
        """Let the person say something that is heard."""
        self._ears.post(CommandHeard(intent=intent, text=text))

    def live(self, hold_seconds: float | None) -> None:
        """Run until the test is over."""
        routines = load_routines("en")
        session = new_session(
            routines["facial_mask"], load_language("en").wording, hold_seconds=hold_seconds, routines=routines
        )
        edges = Edges(self._ears, _Mouth(), self, _Memory())
        with suppress(CoachError):
            run(session, edges, Started(is_daytime=True))

    def end(self) -> None:
        """End it as an error would."""
        self._ears.post(CoachError("The test is over."))


@contextmanager
def coaching(
    broker: Broker, *, hold_seconds: float | None = None, shown: HomeDevice | None = None
) -> Iterator[HomeCoach]:
    """Start a coach that is shown to the house."""
    coach = HomeCoach(MqttFace(broker, shown or device()))
    thread = threading.Thread(target=coach.live, args=(hold_seconds,), daemon=True)
    thread.start()
    given_up_at = time.monotonic() + patient(10)
    while not hasattr(coach._ears, "post"):  # noqa: SLF001 - it is up when its ears are
        assert time.monotonic() < given_up_at
        time.sleep(0.01)
    try:
        yield coach
    finally:
        coach.end()
        thread.join(patient(10))
