"""A real mirror on a free port. One with a session of the coach behind it is in coaching.py."""

from __future__ import annotations

import http.client
import json
import socket
import tempfile
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.patience import patient
from voice_coach.library import load_language
from voice_coach.mirror.listeners import Address, is_this_machine
from voice_coach.mirror.mirror_face import MirrorFace
from voice_coach.mirror.paired_devices import DevicesFile
from voice_coach.mirror.pairing import Pairing
from voice_coach.mirror.static_files import load_texts

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from voice_coach.mirror.limits import Limits
    from voice_coach.session.events import CommandHeard

"""Of nobody; for a hundred years."""
PATIENCE_SECONDS = patient(20.0)
"""Longer than anything takes here: then something hangs."""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever it says
        """The body, parsed."""
        return json.loads(self.body)


def _connection(host: str, port: int, seconds: float, context: ssl.SSLContext | None) -> http.client.HTTPConnection:
    if context is None:
        return http.client.HTTPConnection(host, port, timeout=seconds)
    return http.client.HTTPSConnection(host, port, timeout=seconds, context=context)


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side ends; fails if it does not."""
    received = bytearray()
    with suppress(ConnectionError):
        while part := connection.recv(65_536):
            received += part
    return bytes(received)


def status_of(answer: bytes) -> int:
    """The status of a raw answer; 0 when there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


@dataclass
class Served:
    """A mirror that runs."""

    face: MirrorFace
    pairing: Pairing
    posted: list[CommandHeard] = field(default_factory=list)
    """All that buttons led to."""
    context: ssl.SSLContext | None = None
    """Of clients, where the mirror is encrypted."""

    @property
    def port(self) -> int:
        """Of 127.0.0.1."""
        return self.face.port

    @property
    def url(self) -> str:
        """The page."""
        return f"http://127.0.0.1:{self.port}/"

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request on a connection of its own."""
        connection = _connection("127.0.0.1", self.port, PATIENCE_SECONDS, self.context)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def tell(self, *parts: bytes, ends: bool = False) -> bytes:
        """Send bytes as they are, and read until the other side ends.

        Args:
            parts: the bytes; {host} in them becomes the right Host.
            ends: whether to end this side then.
        """
        with self.connect() as connection:
            with suppress(ConnectionError):  # it may have had enough
                for part in parts:
                    connection.sendall(part.replace(b"{host}", b"127.0.0.1:%d" % self.port))
                if ends:
                    connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def post_json(self, path: str, content: object, token: str | None = None, **headers: str) -> Answer:
        """Post JSON, with a token if there is one."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.ask("POST", path, json.dumps(content).encode(), {"Content-Type": "application/json", **headers})

    def press(self, intent: str, token: str | None = None, **more: object) -> Answer:
        """Press a button, as the page on this machine does."""
        token = token or self.pairing.local_token()
        return self.post_json("/commands", {"id": uuid.uuid4().hex, "intent": intent, **more}, token)

    def wait_until_served(self) -> None:
        """Wait until it answers."""
        given_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.state()
            except (OSError, AttributeError, http.client.HTTPException):
                assert time.monotonic() < given_up_at
                time.sleep(0.02)
            else:
                return

    def state(self) -> dict[str, Any]:
        """What it shows."""
        found: dict[str, Any] = self.ask("GET", "/state").json
        return found


def command_head(mirror: Served, *lines: bytes) -> bytes:
    """The head of a command with the right token, and further lines."""
    token = mirror.pairing.local_token()
    known = "POST /commands HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    known += f"Authorization: Bearer {token}\r\n"
    return known.encode() + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


@contextmanager
def new_face(  # noqa: PLR0913 - all that a mirror has
    *,
    address: Address | None = None,
    port: int = 0,
    is_on_lan: bool = False,
    limits: Limits | None = None,
    language: str = "en",
    pairing: Pairing | None = None,
    is_here: Callable[[str], bool] = is_this_machine,
    context: ssl.SSLContext | None = None,
    is_patient: bool = False,
    urls: Callable[[], Sequence[str]] | None = None,
) -> Iterator[Served]:
    """A mirror that is not started yet, and forgets its devices afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        pairing = pairing or Pairing(DevicesFile(Path(folder) / "mirror.json"))
        address = address or Address(port, is_on_lan=is_on_lan)
        face = MirrorFace(
            address,
            load_texts(load_language(language)),
            load_language(language).wording,
            pairing,
            is_patient=is_patient,
            urls=urls,
            limits=limits,
            is_here=is_here,
        )
        yield Served(face, pairing, context=context)


@contextmanager
def serving(**options: Any) -> Iterator[Served]:  # noqa: ANN401 - those of new_face
    """Serve a mirror; what its buttons post goes to `posted`."""
    with new_face(**options) as served:
        served.face.start(served.posted.append)
        try:
            served.wait_until_served()
            yield served
        finally:
            served.face.stop()
