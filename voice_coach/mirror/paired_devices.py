"""The file of the paired devices and the unused pairing code.

The age of a code is measured by the coach's clock, which goes on while the machine sleeps and cannot be set: setting
back a wall clock would lengthen the code's life. A restart of the machine ends the code's life.

Two processes use the file: the coach, which pairs devices, and `voice-coach page`. A process that changes it holds a
lock (flock(2)) and replaces the whole file, so that reading it needs no lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import logging
import os
import secrets
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from voice_coach import clock
from voice_coach.errors import FaceError
from voice_coach.memory.clocks import date_of, read_stamp
from voice_coach.memory.folders import open_own, replace_file
from voice_coach.memory.history.quarantine import put_aside
from voice_coach.personal_file import UnfitFileError, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Characters of a code: all digits and capital letters but 0, O, 1, I, L and U, which are easily mistaken."""
LENGTH = 8
"""Characters in a code. 30 to the 8th is 656 thousand million codes, of which a hundred may be tried."""
LIFE_SECONDS = 600.0
"""Seconds for which a code is valid."""
MOST_WRONG = 100
"""Wrong codes after which the right one is void. At the highest allowed rate that takes five minutes, so a stranger who
keeps guessing leaves a person the time to type the right one."""
_COST = {"n": 2**14, "r": 8, "p": 1}
"""Parameters of scrypt: each guess costs 16 MB and about 50 ms, even for a thief of the file."""
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time by the machine's clocks."""

    boot: str
    """An id that changes with each start of the machine."""
    seconds: float
    """Seconds since the machine was started, its sleep included."""
    day: str
    """The date, such as 2026-05-31; empty when no clock can be trusted."""


def read_instant() -> Instant:
    """Return the present time."""
    stamp = read_stamp()
    today = date_of(stamp)
    seconds = clock.now()
    return Instant(stamp.boot_id, seconds, today.date().isoformat() if today else "")


@dataclass(frozen=True, slots=True)
class OpenCode:
    """The record of a code that has not been used yet; it holds a hash, not the code."""

    salt: str
    """The salt of the hash, hexadecimal."""
    code_hash: str
    """The scrypt hash of the code, hexadecimal."""
    boot: str
    """The boot id of the Instant at which the code was made."""
    made_at: float
    """The seconds of that Instant."""
    wrong: int = 0
    """How many wrong codes have been tried since it was made."""

    def is_valid(self, now: Instant) -> bool:
        """Return whether the code can still be used."""
        is_of_now = self.boot == now.boot and 0 <= now.seconds - self.made_at <= LIFE_SECONDS
        return is_of_now and self.wrong < MOST_WRONG

    def fits(self, code: str) -> bool:
        """Return whether this is the right code, in its bare form; the check takes about 50 ms."""
        return hmac.compare_digest(_hash(code, bytes.fromhex(self.salt)), self.code_hash)

    def with_one_more_wrong(self) -> OpenCode | None:
        """Return the record after one more wrong code; None when the code becomes void."""
        return None if self.wrong + 1 >= MOST_WRONG else replace(self, wrong=self.wrong + 1)


def make_code(now: Instant) -> tuple[str, OpenCode]:
    """Make a random code; return it as it is shown to the person, and its record."""
    bare = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    salt = secrets.token_bytes(_SALT_BYTES)
    half = LENGTH // 2
    return f"{bare[:half]}-{bare[half:]}", OpenCode(salt.hex(), _hash(bare, salt), now.boot, now.seconds)


def bare_form(typed: str) -> str | None:
    """Return a typed code in capitals, without spaces and hyphens; None when it cannot be a code."""
    bare = "".join(typed.split()).replace("-", "").upper()
    return bare if len(bare) == LENGTH and set(bare) <= set(ALPHABET) else None


def _hash(bare: str, salt: bytes) -> str:
    return hashlib.scrypt(bare.encode("ascii"), salt=salt, **_COST).hex()


VERSION = 1
"""Version of the file's format."""
_LARGEST_BYTES = 65_536
"""Bytes that the file may have: more than the largest number of devices takes."""
_LOCK_SECONDS = 3.0
"""Seconds to wait for the lock: longer than a process that works holds it."""
_TRY_AGAIN_SECONDS = 0.02
"""Seconds between two attempts to get the lock."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PairedDevice:
    """A device that is paired."""

    name: str
    token_hash: str
    """SHA-256 of its token, hexadecimal."""
    paired_on: str
    """The date of pairing, such as 2026-05-31; empty when no clock could be trusted."""
    seen_on: str
    """The date on which it was last seen, in the same form."""


@dataclass(frozen=True, slots=True)
class DevicesContents:
    """The contents of the file."""

    devices: tuple[PairedDevice, ...] = ()
    code: OpenCode | None = None


class _DamageError(Exception):
    """The file is damaged."""


def devices_path() -> Path:
    """Return the path of the file; it need not exist."""
    from platformdirs import user_data_path  # noqa: PLC0415 - only who has a mirror pays for it

    return user_data_path("voice-coach") / "mirror.json"


class DevicesFile:
    """The file of paired devices. Any thread may read it; any thread and process may change it.

    A damaged file is renamed, with the time in its new name, and from then on no device is paired.

    Args:
        path: the path of the file; its folder is made when first needed. None for the usual path.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or devices_path()
        self._known: tuple[object, DevicesContents] = (None, DevicesContents())

    def read(self) -> DevicesContents:
        """Return the contents; the file is read again only if it has changed.

        Raises:
            FaceError: the file cannot be read.
        """
        with self._telling("read"):
            signature = self._signature()
            if signature is not None and signature == self._known[0]:
                return self._known[1]
            try:
                contents = self._load()
            except _DamageError:
                contents = self._after_damage()
        self._known = (signature, contents)
        return contents

    def change(self, changed: Callable[[DevicesContents], DevicesContents]) -> DevicesContents:
        """Replace the contents by what `changed` returns for them, under the lock, and return the new contents.

        Raises:
            FaceError: the file cannot be read or written.
        """
        with self._telling("changed"), self._locked():
            try:
                before = self._load()
            except _DamageError:
                self._put_aside()
                before = DevicesContents()
            after = changed(before)
            if after != before:
                replace_file(self._path, _to_text(after))
        return after

    def _signature(self) -> object:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def _load(self) -> DevicesContents:
        try:
            return _from_bytes(read_bytes(self._path, _LARGEST_BYTES))
        except FileNotFoundError:
            return DevicesContents()
        except UnfitFileError as error:  # a pipe, a device, or far too large
            raise _DamageError from error

    def _after_damage(self) -> DevicesContents:
        """Rename the damaged file, and return no devices; return the new file's if another process was faster."""
        with suppress(OSError, FaceError), self._locked():
            try:
                return self._load()
            except _DamageError:
                self._put_aside()
        return DevicesContents()

    def _put_aside(self) -> None:
        aside = put_aside(self._path)
        _log.warning("the file of paired devices was damaged and is kept as %s", aside)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = open_own(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
        try:
            self._lock(file)
            yield
        finally:
            os.close(file)

    def _lock(self, file: int) -> None:
        given_up_at = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > given_up_at:
                    message = f"Another voice-coach does not let go of {self._path}: end it, then try again."
                    raise FaceError(message) from None
                time.sleep(_TRY_AGAIN_SECONDS)
            except OSError:  # a file system without locks
                return
            else:
                return

    @contextmanager
    def _telling(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"The paired devices cannot be {done} ({error.strerror}): look at {self._path}."
            raise FaceError(message) from error


def _to_text(contents: DevicesContents) -> str:
    return json.dumps({"version": VERSION, **asdict(contents)}, indent=1) + "\n"


def _from_bytes(content: bytes) -> DevicesContents:
    """Return the contents that the bytes of the file encode.

    Raises:
        _DamageError: the bytes are not what `_to_text` writes.
    """
    try:
        found: Any = json.loads(content)
        if found.pop("version") != VERSION:
            raise _DamageError
        code = found.pop("code")
        devices = tuple(_device(**device) for device in found.pop("devices"))
        if found or len({device.name for device in devices}) != len(devices):
            raise _DamageError
        return DevicesContents(devices, None if code is None else _open_code(**code))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise _DamageError from error


def _device(*, name: str, token_hash: str, paired_on: str, seen_on: str) -> PairedDevice:
    if not all(text.isprintable() for text in (name, paired_on, seen_on)):
        raise ValueError
    if len(bytes.fromhex(token_hash)) != sha256().digest_size:
        raise ValueError
    return PairedDevice(name, token_hash, paired_on, seen_on)


def _open_code(*, salt: str, code_hash: str, boot: str, made_at: float, wrong: int) -> OpenCode:
    bytes.fromhex(salt), bytes.fromhex(code_hash)
    if not (isinstance(boot, str) and type(made_at) in {int, float} and type(wrong) is int):
        raise ValueError
    return OpenCode(salt, code_hash, boot, float(made_at), wrong)
