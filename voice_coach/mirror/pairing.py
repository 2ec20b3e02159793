"""Pairing of devices: a short code is exchanged for a token, and wrong codes are counted.

A token has 256 random bits, so a fast hash of it is safe to keep. A code is short, so its hash is slow and only a few
guesses are allowed.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
from collections import deque
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from voice_coach.errors import FaceError
from voice_coach.mirror.client_auth import network_of
from voice_coach.mirror.paired_devices import DevicesContents, PairedDevice, bare_form, make_code, read_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from voice_coach.mirror.paired_devices import DevicesFile, Instant


_MACHINES = {
    "iPad": "iPad",
    "iPhone": "iPhone",
    "Android": "Android",
    "CrOS": "Chromebook",
    "Windows": "Windows",
    "Macintosh": "Mac or iPad",  # an iPad calls itself a Mac
    "Linux": "Linux",
}
"""Names of machines by their marks in a user agent. The order counts: an Android calls itself Linux as well."""
_PROGRAMS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
    "curl": "curl",
    "HomeAssistant": "Home Assistant",
}
"""Names of programs by their marks in a user agent. The order counts: most call themselves Chrome and Safari too."""
_UNKNOWN = "a device"


def device_name(user_agent: str) -> str:
    """Return a name for a device, such as "iPad, Safari"; "a device" when its user agent is unknown."""
    found = (_first(user_agent, known) for known in (_MACHINES, _PROGRAMS))
    return ", ".join(name for name in found if name) or _UNKNOWN


def unique(name: str, taken: Container[str]) -> str:
    """Return the name, with a number added if it is taken."""
    number, own = 1, name
    while own in taken:
        number += 1
        own = f"{name} {number}"
    return own


def _first(text: str, known: dict[str, str]) -> str:
    return next((name for mark, name in known.items() if mark in text), "")


MOST_DEVICES = 32
"""Devices that may be paired at the same time."""
WRONG_PER_ADDRESS = 5
"""Wrong codes that one address may send in WINDOW_SECONDS; all IPv6 addresses in a /64 count as one."""
WRONG_IN_ALL = 20
"""Wrong codes that all other machines together may send in WINDOW_SECONDS."""
WINDOW_SECONDS = 60.0
_TOKEN_BYTES = 32

_log = logging.getLogger(__name__)


class TooManyTries(Exception):  # noqa: N818 - it is refused, nothing went wrong
    """Too many wrong codes were tried, so no code is checked for a while.

    Attributes:
        seconds: seconds until a code is checked again.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Too many wrong codes: wait {ceil(seconds)} seconds, then try again.")
        self.seconds = seconds


class Pairing:
    """Gives devices tokens in exchange for codes, and checks the tokens. Safe to call from any thread.

    `pair` takes about 50 ms and writes to the disk, so a server calls it in a thread of its own. `is_paired` reads the
    file again only when it has changed, for example by `voice-coach page unpair`.

    Args:
        file: the file in which the devices are kept.
        now: returns the present time.
    """

    def __init__(self, file: DevicesFile, now: Callable[[], Instant] = read_instant) -> None:
        self._file = file
        self._now = now
        self._lock = threading.Lock()
        self._wrong: deque[tuple[float, str]] = deque(maxlen=WRONG_IN_ALL)
        """The times and networks of the last wrong codes, WRONG_IN_ALL at most."""
        self._local_token = secrets.token_urlsafe(_TOKEN_BYTES)
        """The token for pages on this machine."""
        self._noted: dict[str, str] = {}
        """The day on which each device was seen last, by the hash of its token, even if the file could not be
        written."""

    def new_code(self) -> str:
        """Make a pairing code, such as "ABCD-2345", and return it; any earlier code becomes void.

        Raises:
            FaceError: the code cannot be written to the file, or too many devices are paired.
        """
        shown, code = make_code(self._now())

        def opened(contents: DevicesContents) -> DevicesContents:
            _demand_room(contents)
            return replace(contents, code=code)

        self._file.change(opened)
        return shown

    def pair(self, code: str, address: str | None, user_agent: str) -> str | None:
        """Pair a device if its code is right, and return its token.

        Args:
            code: the code as it was typed.
            address: the network address of the device; None for this machine, which may try as often as it likes and
                never has to wait because of others.
            user_agent: the User-Agent header of the request; the device is named after it.

        Returns:
            The token; None if the code is wrong, used or too old.

        Raises:
            TooManyTries: too many wrong codes came lately; this one was not checked.
            FaceError: the device cannot be written to the file, or too many are paired; the code stays valid.
        """
        if not code.strip():  # a page that asks whether it needs one
            return None
        with self._lock:
            if address is None:
                return self._try(code, user_agent)
            network = network_of(address)
            self._refuse_too_many(network)
            self._wrong.append((self._now().seconds, network))
            token = self._try(code, user_agent)
            if token:
                self._wrong.pop()
            return token

    def is_paired(self, token: str) -> bool:
        """Return whether a token belongs to a device that is paired now."""
        try:
            devices = self._file.read().devices
        except FaceError as error:
            _log.warning("%s", error)
            return False
        given = _hash(token)
        found = [device for device in devices if hmac.compare_digest(device.token_hash, given)]
        for device in found:
            self._note_seen(device)
        return bool(found)

    def has_devices(self) -> bool:
        """Return whether any device is paired; also True when that cannot be read, so that nobody is invited then."""
        try:
            return bool(self._file.read().devices)
        except FaceError as error:
            _log.warning("%s", error)
            return True

    def local_token(self) -> str:
        """Return the token for pages on this machine; it is never written down, and each start makes a new one."""
        return self._local_token

    def is_local(self, token: str) -> bool:
        """Return whether a token is the one for pages on this machine."""
        return hmac.compare_digest(_hash(token), _hash(self._local_token))

    def _refuse_too_many(self, network: str) -> None:
        now = self._now().seconds
        in_all = [when for when, _ in self._wrong]
        own = [when for when, where in self._wrong if where == network]
        limits = ((own, WRONG_PER_ADDRESS), (in_all, WRONG_IN_ALL))
        left = [times[-most] + WINDOW_SECONDS - now for times, most in limits if len(times) >= most]
        if (longest := max(left, default=0.0)) > 0:
            raise TooManyTries(longest)

    def _try(self, typed: str, user_agent: str) -> str | None:
        bare = bare_form(typed)
        if bare is None:
            return None
        token, now, name = secrets.token_urlsafe(_TOKEN_BYTES), self._now(), device_name(user_agent)

        def tried(contents: DevicesContents) -> DevicesContents:
            code = contents.code
            if code is None or not code.is_valid(now):
                return replace(contents, code=None)
            if not code.fits(bare):
                return replace(contents, code=code.with_one_more_wrong())
            _demand_room(contents)
            own = unique(name, {device.name for device in contents.devices})
            return DevicesContents((*contents.devices, PairedDevice(own, _hash(token), now.day, now.day)))

        after = self._file.change(tried)
        return token if any(device.token_hash == _hash(token) for device in after.devices) else None

    def _note_seen(self, device: PairedDevice) -> None:
        """Write into the file that a device was seen today, once a day; in a thread, as a request cannot wait."""
        today = self._now().day
        if today in {"", device.seen_on, self._noted.get(device.token_hash)}:
            return
        self._noted[device.token_hash] = today
        threading.Thread(target=self._write_seen, args=(device.token_hash, today), daemon=True).start()

    def _write_seen(self, token_hash: str, today: str) -> None:
        def seen(contents: DevicesContents) -> DevicesContents:
            devices = contents.devices
            renewed = (replace(each, seen_on=today) if each.token_hash == token_hash else each for each in devices)
            return replace(contents, devices=tuple(renewed))

        try:
            self._file.change(seen)
        except FaceError as error:
            _log.warning("%s", error)


def unpair(file: DevicesFile, names: set[str] | None) -> tuple[str, ...]:
    """Remove paired devices; a page that is open on one of them loses its stream at the next heartbeat.

    Args:
        file: the file in which the devices are kept.
        names: names of the devices; None for all devices and the unused code.

    Returns:
        The names of the devices that were removed.

    Raises:
        FaceError: the file cannot be read or written.
    """
    gone: list[str] = []

    def without(contents: DevicesContents) -> DevicesContents:
        if names is None:
            gone.extend(device.name for device in contents.devices)
            return DevicesContents()
        gone.extend(device.name for device in contents.devices if device.name in names)
        return replace(contents, devices=tuple(device for device in contents.devices if device.name not in names))

    file.change(without)
    return tuple(gone)


def _demand_room(contents: DevicesContents) -> None:
    if len(contents.devices) >= MOST_DEVICES:
        message = f"{MOST_DEVICES} devices are paired already: remove one with `voice-coach page unpair NAME`."
        raise FaceError(message)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
