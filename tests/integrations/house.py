"""Somebody in the house who reads all that the broker has, and presses buttons.

with Mosquitto(folder) as broker, Listener(broker) as home, coaching(broker.address) as coach:
    home.press("start")
    home.wait_for(lambda state: state["running"] == "ON")
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from benches.home_assistant.house import NODE
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.home_assistant.house import Mosquitto

USER, PASSWORD = "mirror", "clay and water"


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
