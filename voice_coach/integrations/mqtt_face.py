"""The face that shows the coach to a smart home over MQTT. A thread of its own talks to the broker.

`show` only puts the latest view down and wakes that thread, so no broker can keep the coach waiting. The thread
connects, publishes whatever differs from what the broker has, and posts the commands that come in. When the broker is
away, wrong or hostile, it says so in the log, in one sentence, and tries again by itself; each try is a new client,
which owes nothing to the last one. A command counts when it is given: what a broker has kept is no command any more.
"""

from __future__ import annotations

import json
import logging
import select
import socket
import ssl
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from voice_coach import clock
from voice_coach.errors import FaceError
from voice_coach.face.base import NO_KEYS, Face
from voice_coach.integrations import mqtt_messages
from voice_coach.integrations.mqtt_messages import ViewFollower
from voice_coach.personal_file import read_text
from voice_coach.routines import Phase
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from paho.mqtt.client import MQTTMessage, SocketLike
    from paho.mqtt.reasoncodes import ReasonCode

    from voice_coach.face.base import KeyNames, PostHeard
    from voice_coach.integrations.mqtt_messages import HomeDevice
    from voice_coach.memory.settings import Settings

PORTS: Mapping[str, int] = {"mqtt": 1883, "mqtts": 8883}
"""The usual ports of an MQTT broker, by the scheme of its address; the second one is encrypted."""
_EXAMPLE = "mqtt://homeassistant.local"
_LARGEST_LINE = 1_000
_MACHINE_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))

_CONNECT_SECONDS = 5.0
_KEEPALIVE_SECONDS = 30
"""Seconds after which a broker that is silent is asked whether it is there, and left when it does not answer."""
_WAIT_SECONDS, _LONGEST_WAIT_SECONDS, _DOUBLINGS = 1.0, 60.0, 6
"""Seconds before the next try; they double while the broker cannot be reached, up to the longest."""
_IDLE_SECONDS, _TICK_SECONDS = 10.0, 1.0
"""Seconds between two looks at the connection while nothing changes, and at a countdown that runs."""
_STOP_SECONDS, _FAREWELL_SECONDS = 2.0, 1.0
"""Seconds to wait for the thread to end, and those of them in which it may say goodbye to the broker."""
_LARGEST_PACKET = 10_000
"""Bytes of one packet of the broker; a command has a hundred or so, and MQTT would allow 256 MB."""
_BURST, _PER_SECOND = 40.0, 10.0
"""Messages that may come at once, and how many a second in the long run; more than a house can want."""
_MOST_UNCONFIRMED = 200
"""Messages that a broker may leave unconfirmed; all entities and the state are some forty."""
_LATEST_EVENT_SECONDS, _MOST_EVENTS = 60.0, 16
"""Seconds for which milestones are kept for a broker that is away, and how many at most."""
_REMEMBERED, _MOST_WAKES = 100, 4096
"""Ids of commands that are remembered, so that one that comes twice is done once; bytes of wakes that are read."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Broker:
    """The MQTT broker of the house, and how to log in there."""

    host: str
    port: int
    is_encrypted: bool = False
    ca_file: str | None = None
    """Path of the certificates to trust (PEM); None for those of the system."""
    user: str | None = None
    password_file: str | None = None

    @property
    def place(self) -> str:
        """Where it is, for a sentence."""
        return f"{self.host}:{self.port}" if ":" not in self.host else f"[{self.host}]:{self.port}"

    def password(self) -> str | None:
        """Read the password; None when there is none.

        Raises:
            FaceError: the file is missing, cannot be read, or is empty.
        """
        if self.password_file is None:
            return None
        try:
            password, reason = read_text(Path(self.password_file), _LARGEST_LINE).strip("\n"), "it is empty"
        except (OSError, ValueError) as error:
            password, reason = "", _reason(error)
        if not password:
            remedy = "write the password of the MQTT broker into it, as its only line."
            raise _unusable("mqtt_password_file", self.password_file, reason, remedy)
        return password

    def encryption(self) -> ssl.SSLContext | None:
        """Return the encryption of the connection; None when it is not encrypted.

        Raises:
            FaceError: the certificates to trust cannot be read.
        """
        if not self.is_encrypted:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ValueError) as error:
            remedy = "give the certificate of the broker's authority, in PEM."
            raise _unusable("mqtt_ca_file", self.ca_file, _reason(error), remedy) from error


def broker_of(settings: Settings) -> Broker:
    """Return the broker that the settings name.

    Raises:
        FaceError: they name none, or the address, the password or the certificates cannot be used.
    """
    user, password_file, ca_file = settings.mqtt_user, settings.mqtt_password_file, settings.mqtt_ca_file
    try:
        parts = urlsplit(settings.mqtt_url or "")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    is_address = parts.scheme in PORTS and host and port != 0 and parts.path in {"", "/"}
    mistakes = {
        f'The settings of MQTT name no broker: write mqtt_url = "{_EXAMPLE}" too.': settings.mqtt_url is None,
        "mqtt_url must hold no user or password: write them as mqtt_user and mqtt_password_file.": "@" in parts.netloc,
        f'mqtt_url must be an address such as "{_EXAMPLE}" or "mqtts://broker.lan:8883": write it so.': not is_address,
        "mqtt_password_file needs a user as well: write mqtt_user.": password_file and not user,
        "mqtt_ca_file is for an encrypted broker: write mqtts:// in mqtt_url.": ca_file and parts.scheme != "mqtts",
    }
    for message, is_made in mistakes.items():
        if is_made:
            raise FaceError(message)
    broker = Broker(host or "", port or PORTS[parts.scheme], parts.scheme == "mqtts", ca_file, user, password_file)
    broker.password()
    broker.encryption()
    return broker


def _unusable(setting: str, path: str | None, reason: str, remedy: str) -> FaceError:
    return FaceError(f"The file of {setting}, {path}, cannot be used ({reason}): {remedy}")


def _reason(error: Exception) -> str:
    return getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error) or "no answer"


def id_of_this_machine() -> str:
    """Return the id of this machine (machine-id(5)), or its name where it has none."""
    for path in _MACHINE_IDS:
        with suppress(OSError, ValueError):
            if found := read_text(path, _LARGEST_LINE).strip():
                return found
    return socket.gethostname()


class _LinkError(FaceError):
    """The connection to the broker has failed.

    Args:
        place: where the broker is.
        trouble: the failure, so that it completes "The MQTT broker at ...".
        remedy: the remedy.
        is_mere_absence: whether the broker is only not there: then more of the same is no news.
    """

    def __init__(self, place: str, trouble: str, remedy: str, *, is_mere_absence: bool = False) -> None:
        go_on = "the coach goes on, and tries again by itself."
        super().__init__(f"The MQTT broker at {place} {trouble}: {remedy}; {go_on}")
        self.is_mere_absence = is_mere_absence


class _LimitedClient(Client):
    """A client that takes no packet of more than _LARGEST_PACKET bytes: the connection ends instead."""

    def _sock_recv(self, bufsize: int) -> bytes:
        if bufsize > _LARGEST_PACKET:
            raise ConnectionAbortedError
        return super()._sock_recv(bufsize)


class _Link:
    """One connection to the broker, from its opening to its end. It is used by the thread of the face alone.

    Args:
        broker: the broker.
        device: the coach as a device.
        on_message: is given the topic and the payload of each message that came just now, for this coach.
    """

    def __init__(self, broker: Broker, device: HomeDevice, on_message: Callable[[str, bytes], None]) -> None:
        self._broker = broker
        self._device = device
        self._on_message = on_message
        name = device.node.replace("_", "-")
        self._client = _LimitedClient(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv311)
        self._kept: dict[str, str] = {}
        self._unconfirmed: set[int] = set()
        self._allowance = _BURST
        self._counted_at = time.monotonic()
        self._failure: _LinkError | None = None
        self.is_welcome = False
        """Whether the broker has accepted the coach."""
        self.is_proven = False
        """Whether the broker has taken a message, too, and does not flood the coach: one that works has done both."""

    def open(self) -> None:
        """Connect to the broker, within some seconds.

        Raises:
            FaceError: it cannot be reached, or the settings of the connection cannot be used.
        """
        broker, client = self._broker, self._client
        client.connect_timeout = _CONNECT_SECONDS
        client.will_set(self._device.availability_topic, mqtt_messages.OFFLINE, qos=1, retain=True)
        if (context := broker.encryption()) is not None:
            client.tls_set_context(context)
        if broker.user:
            client.username_pw_set(broker.user, broker.password())
        client.on_connect = self._connected
        client.on_message = self._received
        client.on_publish = self._confirmed
        try:
            client.connect(broker.host, broker.port, _KEEPALIVE_SECONDS)
        except ssl.SSLError as error:
            trouble = f"cannot be trusted ({_reason(error)})"
            raise _LinkError(broker.place, trouble, "check mqtt_url and mqtt_ca_file") from error
        except (OSError, ValueError) as error:
            raise self._away(_reason(error)) from error

    def wait(self, waker: socket.socket, seconds: float) -> None:
        """Wait until the broker sends something or takes more, until the waker is readable, or for so many seconds."""
        connection = self._connection()
        pending = getattr(connection, "pending", None)
        if pending is None or not pending():  # select does not tell of bytes that were decrypted already
            select.select([connection, waker], [connection] if self._client.want_write() else [], [], seconds)

    def work(self) -> None:
        """Read and write what can be read and written now.

        Raises:
            FaceError: the broker refuses the coach, has gone, or sends too much.
        """
        self._connection()
        self._client.loop_read()
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()
        self._connection()

    def publish(self, state: str) -> None:
        """Publish whatever differs from what the broker has.

        It is left till later while the broker has not confirmed the last messages: a slow one gets only the latest.
        """
        if self._unconfirmed:
            return
        online = {self._device.availability_topic: mqtt_messages.ONLINE}
        for topic, payload in {**self._device.discovery, self._device.state_topic: state, **online}.items():
            if self._kept.get(topic) != payload:
                self._send(topic, payload, is_retained=True)
                self._kept[topic] = payload

    def tell(self, event: str) -> None:
        """Publish an event, which is not retained; nothing where the broker has long confirmed nothing."""
        if len(self._unconfirmed) < _MOST_UNCONFIRMED:
            self._send(self._device.event_topic, json.dumps({"event_type": event}), is_retained=False)

    def say_goodbye(self) -> None:
        """Publish that the coach is gone, and end the connection in order, as far as that takes no time."""
        self._send(self._device.availability_topic, mqtt_messages.OFFLINE, is_retained=True)
        until = time.monotonic() + _FAREWELL_SECONDS
        while self._unconfirmed and (left := until - time.monotonic()) > 0:
            select.select([self._connection()], [], [], left)
            self.work()
        self._client.disconnect()

    def close(self) -> None:
        """End the connection, whatever state it is in."""
        with suppress(OSError):
            if (connection := self._client.socket()) is not None:
                connection.close()

    def _connection(self) -> SocketLike:
        """Return the open socket.

        Raises:
            FaceError: there is none, or the connection has failed otherwise.
        """
        connection = self._client.socket()
        if self._failure is not None or connection is None:
            raise self._failure or self._away("the connection was lost")
        return connection

    def _away(self, reason: str) -> _LinkError:
        trouble, remedy = f"cannot be reached ({reason})", "start it, or check mqtt_url"
        return _LinkError(self._broker.place, trouble, remedy, is_mere_absence=True)

    def _send(self, topic: str, payload: str, *, is_retained: bool) -> None:
        self._unconfirmed.add(self._client.publish(topic, payload, qos=1, retain=is_retained).mid)

    def _connected(self, client: Client, _data: object, _flags: object, code: ReasonCode, _more: object) -> None:
        if code.is_failure:
            trouble = f"refuses the coach ({str(code).lower()})"
            self._failure = _LinkError(self._broker.place, trouble, "check mqtt_user and mqtt_password_file")
            return
        client.subscribe([(topic, 1) for topic in (self._device.command_topics, mqtt_messages.BIRTH_TOPIC)])
        self.is_welcome = True

    def _confirmed(self, _client: Client, _data: object, mid: int, _code: object, _more: object) -> None:
        self.is_proven = self.is_proven or mid in self._unconfirmed
        self._unconfirmed.discard(mid)

    def _received(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        now = time.monotonic()
        self._allowance = min(_BURST, self._allowance + _PER_SECOND * (now - self._counted_at)) - 1
        self._counted_at = now
        if self._allowance < 0:
            trouble, remedy = "sends too many messages", "find out who publishes them"
            self._failure, self.is_proven = _LinkError(self._broker.place, trouble, remedy), False
        if self._failure or message.retain or message.dup:  # what is retained or sent again is an old press
            return
        with suppress(UnicodeDecodeError):  # the topic may be no text
            if message.topic == mqtt_messages.BIRTH_TOPIC and message.payload == mqtt_messages.BIRTH:
                self._kept.clear()
            else:
                self._on_message(message.topic, bytes(message.payload))


class MqttFace(Face):
    """The face that publishes the coach as a device of Home Assistant, and takes what is pressed and chosen there.

    Args:
        broker: the broker.
        device: the coach as a device.
    """

    keys: KeyNames = NO_KEYS

    def __init__(self, broker: Broker, device: HomeDevice) -> None:
        self._broker = broker
        self._device = device
        self._view = View(phase=Phase.IDLE)
        self._follower = ViewFollower()
        self._events: deque[tuple[float, str]] = deque(maxlen=_MOST_EVENTS)
        self._done: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._complaint: str | None = None
        self._is_stopping = threading.Event()
        self._woken, self._waker = socket.socketpair()
        self._woken.settimeout(0.0)
        self._waker.settimeout(0.0)
        self._thread: threading.Thread | None = None

    def start(self, post: PostHeard) -> None:
        """Begin to look for the broker.

        Args:
            post: Takes a CommandHeard for each press and choice, in the thread of this face.
        """
        self._post = post
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._thread.start()

    def show(self, view: View) -> None:
        """Show a view from now on."""
        self._view = view
        self._wake()

    def tell_loading(self, done: int, total: int) -> None:
        """Do nothing: the view says that the coach is loading."""

    def stop(self) -> None:
        """Tell the smart home that the coach is gone, and end the connection; may be called again."""
        self._is_stopping.set()
        self._wake()
        if self._thread is None:
            return
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            _log.warning("the connection to the smart home does not end; it is left behind")
        self._thread = None

    def _wake(self) -> None:
        with suppress(OSError):  # it has been woken often enough already
            self._waker.send(b"\0")

    def _run(self) -> None:
        failures = 0
        while not self._is_stopping.is_set():
            link = _Link(self._broker, self._device, self._take)
            try:
                self._talk(link)
            except FaceError as error:
                self._complain(error)
            except Exception:  # noqa: BLE001 - whatever it is, the coach goes on
                _log.exception("the connection to the smart home has failed")
            link.close()
            failures = 0 if link.is_proven else failures + 1
            self._rest(min(_WAIT_SECONDS * 2 ** min(failures, _DOUBLINGS), _LONGEST_WAIT_SECONDS))
        self._woken.close()
        self._waker.close()

    def _complain(self, error: FaceError) -> None:
        """Log one sentence, until the broker is there again or something else is wrong with it."""
        is_mere_absence = isinstance(error, _LinkError) and error.is_mere_absence
        if self._complaint is None or not (is_mere_absence or str(error) == self._complaint):
            self._complaint = str(error)
            _log.warning("%s", self._complaint)

    def _talk(self, link: _Link) -> None:
        """Connect, and publish what changes, until the coach ends.

        Raises:
            FaceError: the broker cannot be reached, refuses the coach, has gone, or sends too much.
        """
        link.open()
        while not self._is_stopping.is_set():
            view = self._look()
            if link.is_welcome:
                self._publish(link, view)
            link.wait(self._woken, self._seconds())
            self._calm()
            link.work()
        if link.is_welcome:
            self._publish(link, self._look())
            link.say_goodbye()

    def _publish(self, link: _Link, view: View) -> None:
        now = clock.now()
        if self._complaint is not None and link.is_proven:
            _log.warning("The MQTT broker at %s is there again.", self._broker.place)
            self._complaint = None
        link.publish(self._device.state(view, now, self._follower.ends, self._follower.command, self._follower.timers))
        while self._events:
            at, event = self._events.popleft()
            if now - at <= _LATEST_EVENT_SECONDS:
                link.tell(event)

    def _look(self) -> View:
        """Return the latest view, and note what has happened since the last look."""
        view, now = self._view, clock.now()
        self._events.extend((now, event) for event in self._follower.follow(view, now, time.time()))
        return view

    def _seconds(self) -> float:
        return _IDLE_SECONDS if self._follower.ends is None else _TICK_SECONDS

    def _rest(self, seconds: float) -> None:
        """Wait before the next try; what happens meanwhile is noted."""
        until = time.monotonic() + seconds
        while not self._is_stopping.is_set() and (left := until - time.monotonic()) > 0:
            self._look()
            select.select([self._woken], [], [], min(left, self._seconds()))
            self._calm()

    def _calm(self) -> None:
        """Forget how often the thread was woken."""
        with suppress(OSError):
            self._woken.recv(_MOST_WAKES)

    def _take(self, topic: str, payload: bytes) -> None:
        """Post the command of a message, unless it came before."""
        command = self._device.read(topic, payload, self._view)
        if command is None or (topic, command.id) in self._done:
            return
        if command.id:
            self._done.append((topic, command.id))
        if command.heard is not None:
            self._post(command.heard)
