"""When something was and how often it is, as people say it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from voice_coach.core.gaps import gaps_of

_WEEK_DAYS = 7
_LONG_AGO_DAYS = 60
_NUMBERED = frozenset({"days_ago", "weeks_ago", "many_times", "many_times_a_week"})
"""The texts with a number in them."""


@dataclass(frozen=True, slots=True)
class DayWords:
    """The words of one language; {number} in them is filled in.

    Raises:
        ValueError: a text has another gap than it should, or the week has not seven days.
    """

    today: str
    yesterday: str
    weekdays: tuple[str, ...]
    """On Monday ... on Sunday."""
    days_ago: str
    weeks_ago: str
    long_ago: str
    never: str
    once: str
    twice: str
    many_times: str
    once_a_week: str
    twice_a_week: str
    many_times_a_week: str
    numbers: tuple[str, ...] = ()
    """The words for 0 to 60, as the times have them."""
    counts: tuple[str, ...] = ()
    """The same as things are counted; empty where they are the same."""

    def __post_init__(self) -> None:
        if len(self.weekdays) != _WEEK_DAYS:
            message = f"there are {len(self.weekdays)} weekdays; list seven, Monday first"
            raise ValueError(message)
        for field in fields(self):
            value = getattr(self, field.name)
            expected = frozenset({"number"}) if field.name in _NUMBERED else frozenset[str]()
            if isinstance(value, str) and gaps_of(value) != expected:
                message = (
                    f"{field.name} must have {'{number}' if expected else 'no name in braces'} in it, and no other"
                )
                raise ValueError(message)

    def ago(self, days: int, weekday: int) -> str:
        """When it was: today, yesterday, on Tuesday, three weeks ago.

        Args:
            days: midnights since then.
            weekday: of that day, 0 for Monday.
        """
        if days <= 0:
            return self.today
        if days == 1:
            return self.yesterday
        if days < _WEEK_DAYS:
            return self.weekdays[weekday]
        if days < 2 * _WEEK_DAYS:
            return self.days_ago.format(number=self._number(days))
        if days < _LONG_AGO_DAYS:
            return self.weeks_ago.format(number=self._number(round(days / _WEEK_DAYS)))
        return self.long_ago

    def times(self, number: int) -> str:
        """How often: never, once, twice, three times."""
        exact = (self.never, self.once, self.twice)
        return exact[number] if number < len(exact) else self.many_times.format(number=self._count(number))

    def times_a_week(self, number: int) -> str:
        """How often a week: once a week, three times a week."""
        exact = {1: self.once_a_week, 2: self.twice_a_week}
        return exact.get(number) or self.many_times_a_week.format(number=self._count(number))

    def _number(self, number: int) -> str:
        return self.numbers[number] if number < len(self.numbers) else str(number)

    def _count(self, number: int) -> str:
        return self.counts[number] if number < len(self.counts) else self._number(number)
