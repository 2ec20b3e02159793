"""One HTTP answer, read in a thread of its own: a server may keep that waiting for ever, but not the person.

`urllib` bounds neither the time that an answer takes nor the number of interim answers, and a name is looked up for as
long as the system likes. So the thread that waits is given up when too little has come for too long.
"""

from __future__ import annotations

import http.client
import queue
import ssl
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message

BLOCK_BYTES = 1 << 16
TIMEOUT_SECONDS = 20.0
"""For a server that sends nothing at all."""
PATIENCE_SECONDS = 60.0
LEAST_BYTES = 60_000
"""Must come within the patience: a model would take half a day at this pace, but it would come."""
_WAITING_BLOCKS = 16
_LONGEST_REASON = 100
_HANDLERS = (
    urllib.request.ProxyHandler,
    urllib.request.HTTPHandler,
    urllib.request.HTTPSHandler,
    urllib.request.HTTPRedirectHandler,
    urllib.request.HTTPDefaultErrorHandler,
    urllib.request.HTTPErrorProcessor,
    urllib.request.UnknownHandler,
)
"""All that may be asked, also where a server leads elsewhere: web addresses, neither files nor FTP."""
_FAULTS = (OSError, http.client.HTTPException, ValueError, OverflowError)
"""What `urllib` raises: the last two for malformed addresses and lengths that a server has sent."""


class MirrorError(Exception):
    """One mirror did not deliver; its text says why, as the end of a sentence."""


class Pace:
    """How much has come, and whether it is enough to go on."""

    def __init__(self) -> None:
        self._began, self._bytes = time.monotonic(), 0

    @property
    def seconds_left(self) -> float:
        """How long the rest of what must come may take."""
        return max(0.0, self._began + PATIENCE_SECONDS - time.monotonic())

    def came(self, count: int) -> None:
        """Note that so many bytes came."""
        self._bytes += count
        if self._bytes >= LEAST_BYTES:
            self._began, self._bytes = time.monotonic(), 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Message
    blocks: Iterator[bytes]
    """What comes, until it ends or breaks off. Raises MirrorError when it comes too slowly."""


@contextmanager
def answer_to(url: str, headers: Mapping[str, str], pace: Pace) -> Iterator[Answer]:
    """Ask for an address.

    Args:
        url: begins with https:// or http://.
        headers: of the request.
        pace: that this answer is held to, perhaps begun by others of the same server.

    Raises:
        MirrorError: it cannot be reached, refuses, or is too slow.
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
        reader.is_given_up.set()


def _blocks(reader: _Reader, pace: Pace) -> Iterator[bytes]:
    while isinstance(block := reader.next(pace), bytes) and block:
        pace.came(len(block))
        yield block


class _Reader(threading.Thread):
    """Reads one answer: first the response or a MirrorError, then its blocks, then an empty one."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        super().__init__(name="download", daemon=True)
        self.is_given_up = threading.Event()
        self._request = url, headers
        self._read: queue.Queue[http.client.HTTPResponse | MirrorError | bytes] = queue.Queue(_WAITING_BLOCKS)

    def next(self, pace: Pace) -> http.client.HTTPResponse | MirrorError | bytes:
        """The next that was read."""
        try:
            return self._read.get(timeout=pace.seconds_left)
        except queue.Empty:
            message = f"is too slow: less than {LEAST_BYTES // 1000} kB came in {PATIENCE_SECONDS:.0f} seconds"
            raise MirrorError(message) from None

    def run(self) -> None:
        """Read until the end, or until nobody wants it any more."""
        try:
            response = _open(*self._request)
        except MirrorError as error:
            self._hand_over(error)
            return
        with response:
            self._hand_over(response)
            while self._hand_over(block := _next_block(response)) and block:
                pass

    def _hand_over(self, item: http.client.HTTPResponse | MirrorError | bytes) -> bool:
        while not self.is_given_up.is_set():
            try:
                self._read.put(item, timeout=1.0)
            except queue.Full:
                continue
            return True
        return False


def _next_block(response: http.client.HTTPResponse) -> bytes:
    """What is there; nothing at the end, and where it breaks off."""
    try:
        return response.read1(BLOCK_BYTES)
    except _FAULTS:
        return b""


def _open(url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    opener = urllib.request.OpenerDirector()
    try:
        for handler in _HANDLERS:
            opener.add_handler(handler())
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
    """What a server says, without what would change a terminal, and short."""
    letters = "".join(letter if letter.isprintable() else " " for letter in str(told)[:1000])
    line = " ".join(letters.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}..."
