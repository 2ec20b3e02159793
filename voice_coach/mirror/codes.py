"""The short code that pairs a device: made here, read to a phone by a person or a QR code, and kept only as a hash.

The clock of a code is the coach's, which goes on while the machine sleeps and cannot be set: a wall clock that is put
back would lengthen its life. A restart of the machine ends it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

from voice_coach import clock
from voice_coach.memory.clocks import read_stamp
from voice_coach.memory.history.dates import date_of

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without what is taken for something else: 0 and O, 1 and I and L, U and V."""
LENGTH = 8
"""30 to the 8th is 656 thousand million codes, of which a hundred may be tried."""
LIFE_SECONDS = 600.0
MOST_WRONG = 100
"""So many wrong ones void a code. As fast as anybody may try that takes five minutes, so a stranger who tries and tries
leaves a person the time to type the right one."""
_COST = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt: 16 MB and about 50 ms a guess, also for a thief of the file."""
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment, as the machine's clocks tell it."""

    boot: str
    """Another one after each start of the machine."""
    seconds: float
    """Since the machine was started, its sleep included."""
    day: str
    """Such as 2026-05-31; empty when no clock can be believed."""


def read_instant() -> Instant:
    """What the clocks say now."""
    stamp = read_stamp()
    today = date_of(stamp)
    seconds = clock.now()
    return Instant(stamp.boot_id, seconds, today.date().isoformat() if today else "")


@dataclass(frozen=True, slots=True)
class OpenCode:
    """What is kept of a code that nobody has used yet."""

    salt: str
    """Hexadecimal, as the next."""
    code_hash: str
    boot: str
    made_at: float
    """Seconds, as Instant has them."""
    wrong: int = 0
    """How many wrong ones were tried on it."""

    def is_valid(self, now: Instant) -> bool:
        """Whether it can still be used."""
        is_of_now = self.boot == now.boot and 0 <= now.seconds - self.made_at <= LIFE_SECONDS
        return is_of_now and self.wrong < MOST_WRONG

    def fits(self, code: str) -> bool:
        """Whether this is the code, in its bare form; takes about 50 ms."""
        return hmac.compare_digest(_hash(code, bytes.fromhex(self.salt)), self.code_hash)

    def with_one_more_wrong(self) -> OpenCode | None:
        """After a wrong one; None when that voids it."""
        return None if self.wrong + 1 >= MOST_WRONG else replace(self, wrong=self.wrong + 1)


def make_code(now: Instant) -> tuple[str, OpenCode]:
    """Draw a code; returns it as it is shown, and what is kept of it."""
    bare = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    salt = secrets.token_bytes(_SALT_BYTES)
    half = LENGTH // 2
    return f"{bare[:half]}-{bare[half:]}", OpenCode(salt.hex(), _hash(bare, salt), now.boot, now.seconds)


def bare_form(typed: str) -> str | None:
    """What was typed, without case, spaces and hyphens; None when it cannot be a code."""
    bare = "".join(typed.split()).replace("-", "").upper()
    return bare if len(bare) == LENGTH and set(bare) <= set(ALPHABET) else None


def _hash(bare: str, salt: bytes) -> str:
    return hashlib.scrypt(bare.encode("ascii"), salt=salt, **_COST).hex()
