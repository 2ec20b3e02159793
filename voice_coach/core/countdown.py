"""A countdown to an absolute deadline."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Countdown:
    """Time that runs out. It knows no clock: every question brings `now`, in monotonic seconds."""

    total_seconds: float
    """All of it, with what was added and without what was cut."""
    left_seconds: float
    """What was left when it was last started, stopped or changed."""
    ends_at: float | None
    """The deadline; None while it stands still."""

    @classmethod
    def start(cls, seconds: float, at: float) -> Countdown:
        """Let `seconds` run from `at` on, which may lie ahead."""
        return cls(total_seconds=seconds, left_seconds=seconds, ends_at=at + seconds)

    def remaining(self, now: float) -> float:
        """Seconds left, 0 or more; never more than when it was last changed, even if the clock goes backwards."""
        if self.ends_at is None:
            return self.left_seconds
        return min(self.left_seconds, max(0.0, self.ends_at - now))

    def pause(self, now: float) -> Countdown:
        """Stand still."""
        return replace(self, left_seconds=self.remaining(now), ends_at=None)

    def resume(self, now: float) -> Countdown:
        """Run again towards a new deadline; nothing changes when it runs already."""
        return self if self.ends_at is not None else replace(self, ends_at=now + self.left_seconds)

    def extend(self, seconds: float, now: float) -> Countdown:
        """Put the deadline off."""
        return Countdown(
            total_seconds=self.total_seconds + seconds,
            left_seconds=self.remaining(now) + seconds,
            ends_at=None if self.ends_at is None else max(self.ends_at, now) + seconds,
        )

    def cut(self, seconds: float, now: float) -> Countdown:
        """Bring the deadline nearer, at most to `now`."""
        remaining = self.remaining(now)
        seconds = min(seconds, remaining)
        return Countdown(
            total_seconds=self.total_seconds - seconds,
            left_seconds=remaining - seconds,
            ends_at=None if self.ends_at is None else self.ends_at - seconds,
        )

    def with_left(self, seconds: float, now: float) -> Countdown:
        """Bring the deadline so near that no more than `seconds` are left, of the same total."""
        left = min(seconds, self.remaining(now))
        return replace(self, left_seconds=left, ends_at=None if self.ends_at is None else now + left)
