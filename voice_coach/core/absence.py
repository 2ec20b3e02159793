"""How long the coach was away, from the clocks before and after; None when they can't tell. Pure.

The monotonic clock goes on over a restart of the program and while the computer sleeps, and begins anew when the
computer is started. Wall time bridges that, but a computer without a battery for its clock starts with an old or absurd
time (1970, or that of its last shutdown) until the network has told it the right one.
"""

from __future__ import annotations

from dataclasses import dataclass

EARLIEST_WALL = 1_767_225_600.0
"""2026-01-01 UTC: no coach that keeps notes is older, so an earlier time is wrong."""
LONGEST_BELIEVED_SECONDS = 30 * 86_400.0
"""A longer absence in the middle of a session is more likely a wrong clock."""

_SLACK_SECONDS = 1.0
"""The computer cannot have been started before the notes were made; clocks may differ by so much."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What all clocks say at one moment."""

    boot_id: str
    """Another one after each start of the computer; empty where it can't be known."""
    monotonic: float
    """Seconds since some moment of this boot, the computer's sleep included."""
    wall: float
    """Seconds since 1970, as the system believes."""
    is_wall_trusted: bool
    """Whether the wall clock is kept right by the network, or by a clock with a battery."""


def seconds_between(then: Stamp, now: Stamp) -> float | None:
    """How much time has passed, or None when nobody can know."""
    is_same_boot = bool(then.boot_id) and then.boot_id == now.boot_id
    if is_same_boot and now.monotonic >= then.monotonic:
        return now.monotonic - then.monotonic
    seconds = now.wall - then.wall
    is_believable = (
        then.is_wall_trusted
        and now.is_wall_trusted
        and then.wall >= EARLIEST_WALL
        and max(0.0, now.monotonic - _SLACK_SECONDS) <= seconds <= LONGEST_BELIEVED_SECONDS
    )
    return seconds if is_believable and not is_same_boot else None
