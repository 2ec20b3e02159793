"""Durations, numbers, days and frequencies as words, in the forms that each language needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_coach.schema import Array, Field, Table, Template, Text

if TYPE_CHECKING:
    from collections.abc import Mapping


_ONE_MINUTE = 60
_EXACT_SECONDS = 10
_NEARLY_SECONDS = 6.0
"""Seconds that a rounded duration may differ from the exact one without the word "about"."""
_HALVES_UNTIL_SECONDS = 600
"""Seconds from which a duration is rounded to whole minutes, no longer to half minutes."""
_LARGEST_NUMBER = 60
_ALL_NUMBERS = Array(
    Text(), _LARGEST_NUMBER + 1, _LARGEST_NUMBER + 1, hint=f"list the words for 0 to {_LARGEST_NUMBER}"
)
_TEXT = Field(Template(), is_required=True)
_WITH_NUMBER = Field(Template(frozenset({"number"})), is_required=True)
_WITH_TIME = Field(Template(frozenset({"time"})), is_required=True)
TIME_WORDS = Table(
    {
        "one_second": _TEXT,
        "seconds": _WITH_NUMBER,
        "one_minute": _TEXT,
        "one_and_a_half_minutes": _TEXT,
        "minutes": _WITH_NUMBER,
        "minutes_and_a_half": _WITH_NUMBER,
        "about": _WITH_TIME,
        "one_left": _WITH_TIME,
        "more_left": _WITH_TIME,
        "numbers": Field(_ALL_NUMBERS, is_required=True),
        "counts": Field(_ALL_NUMBERS),
        "named": Field(Table({str(minutes): Field(Template()) for minutes in range(1, _LARGEST_NUMBER + 1)})),
    }
)
"""The schema of the table [time] in a language's wording.toml."""


@dataclass(frozen=True, slots=True)
class TimeWords:
    """The words for durations and numbers in one language; {number} and {time} in them are filled in."""

    one_second: str
    seconds: str
    one_minute: str
    one_and_a_half_minutes: str
    minutes: str
    minutes_and_a_half: str
    about: str
    one_left: str
    more_left: str
    numbers: tuple[str, ...]
    """The words for 0 to 60."""
    named: Mapping[int, str] = field(default_factory=dict)
    """Numbers of minutes with a name of their own, such as "half an hour" for 30. They take a verb in the singular."""
    counts: tuple[str, ...] = ()
    """The number words that count things ("세 단계"), where a language has special ones; else empty."""

    def number(self, number: int) -> str:
        """Word a whole number from 0 on; numbers above 60 in digits."""
        return self.numbers[number] if number <= _LARGEST_NUMBER else str(number)

    def count(self, number: int) -> str:
        """Word a number of things, from 0 on; numbers above 60 in digits."""
        return self.counts[number] if number < len(self.counts) else self.number(number)

    def duration(self, seconds: float) -> str:
        """Word a duration, such as "about seven and a half minutes"."""
        return self._about(seconds)[0]

    def left(self, seconds: float) -> str:
        """Word a remaining duration with its verb, such as "one minute is left"."""
        time, is_one = self._about(seconds)
        return (self.one_left if is_one else self.more_left).format(time=time)

    def _about(self, seconds: float) -> tuple[str, bool]:
        """Return the words of a duration, and whether they take a verb in the singular."""
        rounded = _rounded(seconds)
        words = self._exactly(rounded)
        is_one = rounded in {1, _ONE_MINUTE} or self._name_of(rounded) is not None
        is_near = rounded < _ONE_MINUTE or abs(rounded - seconds) < _NEARLY_SECONDS
        return (words if is_near else self.about.format(time=words)), is_one

    def _exactly(self, seconds: int) -> str:
        minutes, rest = divmod(seconds, _ONE_MINUTE)
        if name := self._name_of(seconds):
            return name
        if minutes == 0:
            return self.one_second if rest == 1 else self.seconds.format(number=self.number(rest))
        if minutes == 1:
            return self.one_and_a_half_minutes if rest else self.one_minute
        return (self.minutes_and_a_half if rest else self.minutes).format(number=self.number(minutes))

    def _name_of(self, seconds: int) -> str | None:
        minutes, rest = divmod(seconds, _ONE_MINUTE)
        return None if rest else self.named.get(minutes)


def _rounded(seconds: float) -> int:
    """Round a duration as people do, and return it in seconds.

    It is rounded up to whole seconds if it is at most ten seconds, and to the nearest five seconds below a minute, half
    minute below ten minutes, or minute above.
    """
    if seconds <= _EXACT_SECONDS:
        return math.ceil(seconds)
    grain = 5 if seconds < _ONE_MINUTE else 30 if seconds < _HALVES_UNTIL_SECONDS else 60
    return grain * math.floor(seconds / grain + 0.5)


_WEEK_DAYS = 7
_LONG_AGO_DAYS = 60
DAY_WORDS = Table(
    {
        "today": _TEXT,
        "yesterday": _TEXT,
        "weekdays": Field(Array(Text(), _WEEK_DAYS, _WEEK_DAYS, hint="list seven, Monday first"), is_required=True),
        "days_ago": _WITH_NUMBER,
        "weeks_ago": _WITH_NUMBER,
        "long_ago": _TEXT,
        "tomorrow": _TEXT,
        "in_days": _WITH_NUMBER,
        "never": _TEXT,
        "once": _TEXT,
        "twice": _TEXT,
        "many_times": _WITH_NUMBER,
        "once_a_week": _TEXT,
        "twice_a_week": _TEXT,
        "many_times_a_week": _WITH_NUMBER,
    }
)
"""The schema of the table [days] in a language's wording.toml."""


@dataclass(frozen=True, slots=True)
class DayWords:
    """The words for days and frequencies in one language; {number} in them is filled in."""

    today: str
    yesterday: str
    weekdays: tuple[str, ...]
    """Seven phrases, from "on Monday" to "on Sunday"."""
    days_ago: str
    weeks_ago: str
    long_ago: str
    tomorrow: str
    in_days: str
    never: str
    once: str
    twice: str
    many_times: str
    once_a_week: str
    twice_a_week: str
    many_times_a_week: str
    numbers: tuple[str, ...] = ()
    """The words for 0 to 60, the same as in `TimeWords`."""
    counts: tuple[str, ...] = ()
    """The number words that count things; empty where a language has no special ones."""

    def ago(self, days: int, weekday: int) -> str:
        """Word a past day, such as "today", "yesterday", "on Tuesday" or "three weeks ago".

        Args:
            days: the number of midnights since then.
            weekday: the weekday of the past day, 0 for Monday.
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

    def ahead(self, days: int) -> str:
        """Word a day to come, such as "today", "tomorrow" or "in three days"."""
        if days <= 0:
            return self.today
        return self.tomorrow if days == 1 else self.in_days.format(number=self._number(days))

    def times(self, number: int) -> str:
        """Word how often something was done, such as "never", "once", "twice" or "three times"."""
        exact = (self.never, self.once, self.twice)
        return exact[number] if number < len(exact) else self.many_times.format(number=self._count(number))

    def times_a_week(self, number: int) -> str:
        """Word how often a week something is done, such as "once a week" or "three times a week"."""
        exact = {1: self.once_a_week, 2: self.twice_a_week}
        return exact.get(number) or self.many_times_a_week.format(number=self._count(number))

    def _number(self, number: int) -> str:
        return self.numbers[number] if number < len(self.numbers) else str(number)

    def _count(self, number: int) -> str:
        return self.counts[number] if number < len(self.counts) else self._number(number)
