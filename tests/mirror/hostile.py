"""Attack the mirror as a client in the home network that wants every seat; print how others are served, as JSON.

Runs in a network namespace of its own (`unshare --net python -m tests.mirror.hostile`), where the hostile client
has 60 addresses of IPv6 in the network of a paired phone, and four of IPv4. Nothing leaves the namespace.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from tests.mirror.serving import PATIENCE_SECONDS, Served, serving
from voice_coach.mirror.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

COACH = {4: "10.77.0.1", 6: "fd77::1"}
PHONE = {4: "10.77.0.2", 6: "fd77::2"}
HOSTILE = {4: [f"10.77.0.{host}" for host in range(66, 70)], 6: [f"fd77::66:{host:x}" for host in range(60)]}
TRIES = 130
_CONNECTIONS = 240
"""Connections that the hostile client tries to hold, all the time."""
_PAUSE_SECONDS = 0.2
"""Seconds before the hostile client connects again where it was turned away."""


def make_network() -> None:
    """Give the namespace all addresses, on the one card that is always there; none of them is a loopback address."""
    commands = ["link set lo up"]
    commands += [f"addr add {one}/24 dev lo" for one in (COACH[4], PHONE[4], *HOSTILE[4])]
    commands += [f"addr add {one}/64 dev lo nodad" for one in (COACH[6], PHONE[6], *HOSTILE[6])]
    for command in commands:
        subprocess.run(["ip", *command.split()], check=True)


def ask(port: int, path: str, *, to: str, by: str = "", **headers: str) -> int:
    """The status of one request on a connection of its own; 0 when there is no answer."""
    connection = HTTPConnection(to, port, timeout=PATIENCE_SECONDS, source_address=(by, 0) if by else None)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def guess(mirror: Served, code: str, *, to: str, by: str = "") -> int:
    """The status of a try to be paired."""
    connection = HTTPConnection(to, mirror.port, timeout=PATIENCE_SECONDS, source_address=(by, 0) if by else None)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/pair", json.dumps({"code": code} if code else {}), headers)
        return connection.getresponse().status
    finally:
        connection.close()


class _HostileClient:
    """Many connections from many addresses, again and again; what each begins with it never ends."""

    def __init__(self, port: int, addresses: Sequence[str], coach: str, begins_with: bytes) -> None:
        self._port = port
        self._addresses = addresses
        self._coach = coach
        self._begins_with = begins_with
        self._loop = asyncio.new_event_loop()
        self.is_everywhere = threading.Event()
        """Whether each address has had a connection."""

    def run(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._push())

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(self._loop)])

    async def _push(self) -> None:
        seen: set[str] = set()
        each = _CONNECTIONS // len(self._addresses)
        await asyncio.gather(*(self._hold(one, seen) for one in self._addresses for _ in range(each)))

    async def _hold(self, address: str, seen: set[str]) -> None:
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(self._coach, self._port, local_addr=(address, 0))
                seen.add(address)
                if len(seen) == len(self._addresses):
                    self.is_everywhere.set()
                writer.write(self._begins_with)
                with suppress(OSError):
                    await reader.read()
                writer.close()
            await asyncio.sleep(_PAUSE_SECONDS)


@contextmanager
def pushing(port: int, kind: int, begins_with: bytes) -> Iterator[None]:
    """Let the hostile client attack, from all its addresses of IPv4 or of IPv6, while the block runs."""
    hostile = _HostileClient(port, HOSTILE[kind], COACH[kind], begins_with)
    thread = threading.Thread(target=hostile.run)
    thread.start()
    assert hostile.is_everywhere.wait(PATIENCE_SECONDS)
    try:
        yield
    finally:
        hostile.stop()
        thread.join()


def tries(one: Callable[[], int], count: int = TRIES) -> Mapping[str, int]:
    """How often one try has which status."""
    return Counter(str(one()) for _ in range(count))


def seats(mirror: Served, kind: int, begins_with: bytes) -> dict[str, object]:
    """Everybody wants seats."""
    key = {"Authorization": f"Bearer {paired(mirror)}"}
    with pushing(mirror.port, kind, begins_with):
        own = tries(lambda: ask(mirror.port, "/state", to="127.0.0.1"))
        first = 0
        while ask(mirror.port, "/state", to=COACH[kind], by=PHONE[kind], **key) != 200 and first < TRIES:
            first += 1
        phone = tries(lambda: ask(mirror.port, "/state", to=COACH[kind], by=PHONE[kind], **key), 40)
    return {"own": own, "phone": phone, "phone_waited": first}


def paired(mirror: Served) -> str:
    """The key of a phone."""
    token = mirror.pairing.pair(mirror.pairing.new_code(), None, "phone")
    assert token
    return token


def codes(mirror: Served) -> dict[str, object]:
    """Everybody tries codes."""
    code = mirror.pairing.new_code()
    guesses_of_six = [guess(mirror, "2222-2222", to=COACH[6], by=one) for one in HOSTILE[6][:12]]
    guesses_of_four = [guess(mirror, "2222-2222", to=COACH[4], by=one) for one in HOSTILE[4] for _ in range(6)]
    return {
        "guesses_of_six": guesses_of_six,
        "guesses_of_four": Counter(map(str, guesses_of_four)),
        "own_without_code": guess(mirror, "", to="127.0.0.1"),
        "own_wrong": [guess(mirror, "3333-3333", to="127.0.0.1") for _ in range(7)],
        "own_with_code": guess(mirror, code, to="127.0.0.1"),
    }


def requests(mirror: Served) -> dict[str, object]:
    """Everybody asks as fast as he can."""
    key = {"Authorization": f"Bearer {paired(mirror)}"}
    fast = Counter(str(ask(mirror.port, "/", to=COACH[6], by=one)) for one in HOSTILE[6] for _ in range(5))
    return {
        "hostile": fast,
        "phone": tries(lambda: ask(mirror.port, "/state", to=COACH[6], by=PHONE[6], **key), 20),
        "own": tries(lambda: ask(mirror.port, "/state", to="127.0.0.1"), 20),
    }


def main() -> None:
    """Do it all."""
    make_network()
    found: dict[str, object] = {}
    for name, kind, begins_with in (
        ("silent, with 60 addresses of IPv6", 6, b""),
        ("half a request, with 60 addresses of IPv6", 6, b"GET /state HTTP/1.1\r\nX: "),
        ("silent, with four addresses of IPv4", 4, b""),
    ):
        with serving(is_on_lan=True, limits=Limits(requests_per_second=1000)) as mirror:
            found[name] = seats(mirror, kind, begins_with)
    with serving(is_on_lan=True) as mirror:
        found["codes"] = codes(mirror)
    with serving(is_on_lan=True, limits=Limits(requests_per_second=4)) as mirror:
        found["requests"] = requests(mirror)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
