"""Downloads files over HTTP: a download can be resumed, is limited in size and time, and is verified.

`urllib` limits neither the time of an answer nor the number of interim answers, and looking up a server's name may take
as long as the system likes. So a thread of its own reads the answer, and is abandoned when too little has come for too
long.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import queue
import re
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from voice_coach import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message
    from pathlib import Path

    from voice_coach.models.catalogue import Model

    OnProgress = Callable[[int, int], None]
    """A function that is called with the bytes that have come and the bytes of the whole download."""


BLOCK_BYTES = 1 << 16
TIMEOUT_SECONDS = 20.0
"""Seconds to wait for a server that sends nothing at all."""
PATIENCE_SECONDS = 60.0
"""Seconds within which LEAST_BYTES must come; a slower server is given up."""
LEAST_BYTES = 60_000
"""Bytes that must come within PATIENCE_SECONDS; at this pace a model takes half a day."""
_WAITING_BLOCKS = 16
_LONGEST_REASON = 100
_HANDLERS = (
    urllib.request.ProxyHandler,
    urllib.request.HTTPRedirectHandler,
    urllib.request.HTTPDefaultErrorHandler,
    urllib.request.HTTPErrorProcessor,
    urllib.request.UnknownHandler,
)
"""The handlers beside those of HTTP and HTTPS: only web addresses may be opened, neither files nor FTP."""
_FAULTS = (OSError, http.client.HTTPException, ValueError, OverflowError)
"""The exceptions that `urllib` raises; the last two are for malformed addresses and lengths from a server."""


class MirrorError(Exception):
    """A server did not deliver the file; the text says why, as the end of a sentence."""


class Pace:
    """A check that a download is not too slow: LEAST_BYTES must come in each PATIENCE_SECONDS."""

    def __init__(self) -> None:
        self._began, self._bytes = time.monotonic(), 0

    @property
    def seconds_left(self) -> float:
        """Seconds that are left until LEAST_BYTES must have come."""
        return max(0.0, self._began + PATIENCE_SECONDS - time.monotonic())

    def came(self, count: int) -> None:
        """Count bytes that have come; the time starts again after LEAST_BYTES."""
        self._bytes += count
        if self._bytes >= LEAST_BYTES:
            self._began, self._bytes = time.monotonic(), 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a server to a request."""

    status: int
    headers: Message
    blocks: Iterator[bytes]
    """The content in blocks, until it ends or breaks off; raises MirrorError when it comes too slowly."""


@contextmanager
def answer_to(url: str, headers: Mapping[str, str], pace: Pace) -> Iterator[Answer]:
    """Request a web address, and give the answer to the `with` block.

    Args:
        url: the address; it begins with https:// or http://.
        headers: the headers of the request.
        pace: the check of the answer's speed; several answers of one server may share it.

    Raises:
        MirrorError: the server cannot be reached, refuses, or is too slow.
    """
    reader = _Reader(url, headers)
    reader.start()
    try:
        first = reader.next(pace)
        if isinstance(first, MirrorError):
            raise first
        response = cast("http.client.HTTPResponse", first)
        yield Answer(response.status, response.headers, _blocks(reader, pace))
    finally:
        reader.abandon()


def _blocks(reader: _Reader, pace: Pace) -> Iterator[bytes]:
    while isinstance(block := reader.next(pace), bytes) and block:
        pace.came(len(block))
        yield block


class _Connections:
    """The connections of one request, one for each redirection; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._are_shut = False

    def add(self, one: socket.socket) -> None:
        """Add the next one; it is shut down at once if the others were."""
        with self._lock:
            self._sockets.append(one)
            if self._are_shut:
                self._shut_down(one)

    def shut_down(self) -> None:
        """Let nothing more come from any of them, nor from those that are added later."""
        with self._lock:
            self._are_shut = True
            for one in self._sockets:
                self._shut_down(one)

    @staticmethod
    def _shut_down(one: socket.socket) -> None:
        with suppress(OSError):  # it may be closed already
            one.shutdown(socket.SHUT_RDWR)


class _Reader(threading.Thread):
    """A thread that reads one answer: first the response or a MirrorError, then the blocks, then an empty block."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        super().__init__(name="download", daemon=True)
        self._is_abandoned = threading.Event()
        self._connections = _Connections()
        self._request = url, headers
        self._read: queue.Queue[http.client.HTTPResponse | MirrorError | bytes] = queue.Queue(_WAITING_BLOCKS)

    def next(self, pace: Pace) -> http.client.HTTPResponse | MirrorError | bytes:
        """Wait for the next thing that the thread reads.

        Raises:
            MirrorError: it comes too slowly.
        """
        try:
            return self._read.get(timeout=pace.seconds_left)
        except queue.Empty:
            message = f"is too slow: less than {LEAST_BYTES // 1000} kB came in {PATIENCE_SECONDS:.0f} seconds"
            raise MirrorError(message) from None

    def abandon(self) -> None:
        """Read no further; a server that never stops sending would keep the thread, and a core, busy for ever."""
        self._is_abandoned.set()
        self._connections.shut_down()

    def run(self) -> None:
        """Read the answer until it ends or is given up."""
        try:
            response = _open(*self._request, self._connections)
        except MirrorError as error:
            self._hand_over(error)
            return
        with response:
            self._hand_over(response)
            while self._hand_over(block := _next_block(response)) and block:
                pass

    def _hand_over(self, item: http.client.HTTPResponse | MirrorError | bytes) -> bool:
        while not self._is_abandoned.is_set():
            try:
                self._read.put(item, timeout=1.0)
            except queue.Full:
                continue
            return True
        return False


def _next_block(response: http.client.HTTPResponse) -> bytes:
    """Read the bytes that have come; none at the end, or when the connection breaks off."""
    try:
        return response.read1(BLOCK_BYTES)
    except _FAULTS:
        return b""


class _Remembering(urllib.request.AbstractHTTPHandler):
    """A handler that remembers the socket of each connection, as soon as it is connected."""

    connections: _Connections

    def do_open(self, http_class: Any, req: urllib.request.Request, **arguments: Any) -> http.client.HTTPResponse:  # noqa: ANN401  as in urllib
        """Open a connection, and send the request over it."""
        connections = self.connections

        class Connection(http_class):  # type: ignore[misc] # plain or with TLS
            def connect(self) -> None:
                super().connect()
                connections.add(self.sock)

        return super().do_open(Connection, req, **arguments)


class _HTTPHandler(_Remembering, urllib.request.HTTPHandler):
    pass


class _HTTPSHandler(_Remembering, urllib.request.HTTPSHandler):
    pass


def _open(url: str, headers: Mapping[str, str], connections: _Connections) -> http.client.HTTPResponse:
    """Request an address, and remember the connections."""
    opener = urllib.request.OpenerDirector()
    try:
        for handler in _HANDLERS:
            opener.add_handler(handler())
        for remembering in (_HTTPHandler(), _HTTPSHandler()):
            remembering.connections = connections
            opener.add_handler(remembering)
        request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310  the catalogue takes http(s) only
        return cast("http.client.HTTPResponse", opener.open(request, timeout=TIMEOUT_SECONDS))
    except urllib.error.HTTPError as error:
        error.close()
        message = f"answered {error.code} {_in_a_line(error.reason)}"
        raise MirrorError(message) from error
    except _FAULTS as error:
        raise MirrorError(_why_unreachable(error)) from error


def _why_unreachable(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "shows a certificate that is not trusted here (is the clock right, and ca-certificates installed?)"
    return f"cannot be reached ({_in_a_line(getattr(reason, 'strerror', None) or reason)})"


def _in_a_line(told: object) -> str:
    """Return a server's text on one short line, without characters that could control a terminal."""
    letters = "".join(letter if letter.isprintable() else " " for letter in str(told)[:1000])
    line = " ".join(letters.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}..."


PARTIAL_CONTENT = 206
_NUMBER = r"[0-9]{1,18}"
"""A regular expression for lengths that a server may send; Python rejects numbers of more than 4,300 digits."""
CONTENT_RANGE = re.compile(rf"bytes ({_NUMBER})-{_NUMBER}/({_NUMBER}|\*)")
_LONGEST_VALIDATOR = 200


@dataclass(frozen=True, slots=True)
class Partial:
    """The file of a download that may be unfinished, and beside it a note of the version that the server named."""

    path: Path

    @property
    def size(self) -> int:
        """The number of bytes that have been downloaded."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def _note(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    def validator(self, url: str) -> str | None:
        """Return the ETag or date by which the server of this URL named the version that was begun; None if unknown."""
        try:
            note = json.loads(self._note.read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        validator = note.get("validator") if isinstance(note, dict) and note.get("url") == url else None
        return validator if isinstance(validator, str) and _can_be_sent(validator) else None

    def remember(self, url: str, headers: Message) -> None:
        """Note the version that the server names, for the header If-Range.

        Weak ETags are left out, since If-Range does not take them (RFC 9110, 13.1.5).
        """
        tag = headers.get("ETag", "")
        validator = headers.get("Last-Modified") if not tag or tag.startswith("W/") else tag
        if validator and _can_be_sent(validator):
            self._note.write_text(json.dumps({"url": url, "validator": validator}), "utf-8")
        else:
            self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete the file and the note of its version."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def download(model: Model, partial: Partial, on_progress: OnProgress) -> None:
    """Download the archive of a model into `partial`, and verify it.

    Raises:
        MirrorError: no server delivered it; the part that has come is kept, and the next call continues from there.
        OSError: the file cannot be written.
    """
    if partial.size >= model.size and not is_genuine(model, partial.path):
        partial.discard()
    failures = []
    for url in model.urls:
        if is_genuine(model, partial.path):
            break
        try:
            _download_from(url, model, partial, on_progress)
        except MirrorError as failure:
            failures.append(f"{url} {failure}")
        else:
            break
    else:
        if not is_genuine(model, partial.path):
            raise MirrorError("; ".join(failures) or "no address is listed")
    on_progress(model.size, model.size)


def is_genuine(model: Model, path: Path) -> bool:
    """Whether a file is the model's archive, by size and SHA-256."""
    if not path.is_file() or path.stat().st_size != model.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == model.sha256


def _can_be_sent(validator: str) -> bool:
    return validator.isascii() and validator.isprintable() and len(validator) <= _LONGEST_VALIDATOR


def _download_from(url: str, model: Model, partial: Partial, on_progress: OnProgress) -> None:
    """Download from one server, continuing after breaks as long as each attempt brings some bytes, fast enough.

    If the checksum of a download that continued an earlier one is wrong, it is downloaded once more from the start.

    Raises:
        MirrorError: the server did not deliver the archive.
        OSError: the file cannot be written.
    """
    was_resumed = partial.size > 0
    pace = Pace()
    while partial.size < model.size:
        size_before = partial.size
        with answer_to(url, _headers(url, partial), pace) as answer:
            _append(answer, url, model, partial, on_progress)
        if partial.size <= size_before:
            message = f"broke off at {partial.size:,} of {model.size:,} bytes"
            raise MirrorError(message)
    if is_genuine(model, partial.path):
        return
    partial.discard()
    if was_resumed:
        _download_from(url, model, partial, on_progress)
        return
    message = "delivers another file than the one listed (its SHA-256 differs)"
    raise MirrorError(message)


def _headers(url: str, partial: Partial) -> dict[str, str]:
    headers = {"User-Agent": f"voice-coach/{__version__}", "Accept-Encoding": "identity"}
    if partial.size:
        headers["Range"] = f"bytes={partial.size}-"
        if validator := partial.validator(url):
            headers["If-Range"] = validator
    return headers


def _append(answer: Answer, url: str, model: Model, partial: Partial, on_progress: OnProgress) -> None:
    """Write the content of an answer into the file until it ends or breaks off; the caller checks the size."""
    start = _start_of(answer, partial, model)
    partial.remember(url, answer.headers)
    with partial.path.open("ab" if start else "wb") as file:
        for block in answer.blocks:
            room = model.size - file.tell()
            file.write(block[:room])
            on_progress(file.tell(), model.size)
            if len(block) >= room:
                return


def _start_of(answer: Answer, partial: Partial, model: Model) -> int:
    """Return the position in the archive at which an answer begins.

    Raises:
        MirrorError: the answer is another part than the one requested, or the file has another size than the archive.
    """
    start, total = 0, answer.headers.get("Content-Length", "*")
    if answer.status == PARTIAL_CONTENT:
        said = CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if not said or int(said[1]) != partial.size:
            message = "answered with another part than the one asked for"
            raise MirrorError(message)
        start, total = partial.size, said[2]
    if total != "*" and (not re.fullmatch(_NUMBER, total) or int(total) != model.size):
        offered = f"{int(total):,} bytes" if re.fullmatch(_NUMBER, total) else "a size that is none"
        message = f"offers a file of {offered}, not {model.size:,}"
        raise MirrorError(message)
    return start
