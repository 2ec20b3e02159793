"""When something was and how often it is, as people say it."""

from __future__ import annotations

from dataclasses import dataclass

from voice_coach.schema import Array, Field, Table, Template, Text

_WEEK_DAYS = 7
_LONG_AGO_DAYS = 60
_TEXT = Field(Template(), is_required=True)
_WITH_NUMBER = Field(Template(frozenset({"number"})), is_required=True)
DAY_WORDS = Table(
    {
        "today": _TEXT,
        "yesterday": _TEXT,
        "weekdays": Field(Array(Text(), _WEEK_DAYS, _WEEK_DAYS, hint="list seven, Monday first"), is_required=True),
        "days_ago": _WITH_NUMBER,
        "weeks_ago": _WITH_NUMBER,
        "long_ago": _TEXT,
        "never": _TEXT,
        "once": _TEXT,
        "twice": _TEXT,
        "many_times": _WITH_NUMBER,
        "once_a_week": _TEXT,
        "twice_a_week": _TEXT,
        "many_times_a_week": _WITH_NUMBER,
    }
)
"""The table [days] of a wording."""


@dataclass(frozen=True, slots=True)
class DayWords:
    """The words of one language; {number} in them is filled in."""

    today: str
    yesterday: str
    weekdays: tuple[str, ...]
    """From "on Monday" to "on Sunday"."""
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
