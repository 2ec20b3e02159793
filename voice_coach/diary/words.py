"""What the history is told with."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from voice_coach.schema import Array, Field, Table, Text

if TYPE_CHECKING:
    import datetime as dt

    from voice_coach.core.past import Feeling
    from voice_coach.language.pack import LanguagePack
    from voice_coach.memory.history.kept import KeptSession


@dataclass(frozen=True, slots=True)
class Sentences:
    """Texts by name; {placeholders} are filled in."""

    empty: str
    title: str
    title_year: str
    date: str
    short_date: str
    unknown_date: str
    in_week: str
    in_month: str
    total: str
    shown: str
    last: str
    felt: str
    done: str
    left: str
    stung: str
    under_way: str
    left_mark: str
    undated: str
    no_mask: str
    facial: str
    clay: str
    sheet: str
    gel: str
    peel_off: str
    exfoliating: str
    sleeping: str
    other: str
    feeling_good: str
    feeling_stung: str
    feeling_tight: str
    feeling_dry: str
    svg_written: str
    one_session: str
    sessions: str
    span: str
    damaged: str
    ask: str
    erased: str
    nothing: str
    not_erased: str
    still_damaged: str


@dataclass(frozen=True, slots=True)
class Words:
    """Texts and names of one language."""

    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    sentences: Sentences

    def date(self, day: dt.date) -> str:
        """A day with its weekday."""
        return self._fill(self.sentences.date, day)

    def short_date(self, day: dt.date) -> str:
        """A day."""
        return self._fill(self.sentences.short_date, day)

    def when(self, session: KeptSession) -> str:
        """The day of a session, or that nobody knows it."""
        return self.date(session.day) if session.day else self.sentences.unknown_date

    def ending(self, session: KeptSession) -> str:
        """How it ended, as the person said or did it."""
        name = session.ending.value if session.ending else "under_way"
        text: str = getattr(self.sentences, name)
        return text

    def feeling(self, feeling: Feeling) -> str:
        """How the skin felt."""
        text: str = getattr(self.sentences, f"feeling_{feeling.value}")
        return self.sentences.felt.format(feeling=text)

    def outcome(self, session: KeptSession) -> str:
        """Routine, end and feeling in one line."""
        feelings = [self.feeling(feeling) for feeling in session.feelings[-1:]]
        return ", ".join((printable(session.name or session.routine), self.ending(session), *feelings))

    def _fill(self, text: str, day: dt.date) -> str:
        weekday, month = self.weekdays[day.weekday()], self.months[day.month - 1]
        return text.format(weekday=weekday, day=day.day, month=month, year=day.year)


_NAMES = tuple(field.name for field in fields(Sentences))
_HISTORY = Table(
    {
        "language": Field(Text(2), is_required=True),
        "months": Field(Array(Text(), 12, 12), is_required=True),
        "weekdays": Field(Array(Text(), 7, 7), is_required=True),
        "sentences": Field(Table({name: Field(Text(), is_required=True) for name in _NAMES}), is_required=True),
    }
)


def printable(text: str) -> str:
    """One line that commands no terminal and turns no text around; names are the person's own."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip() or "?"


def load_words(pack: LanguagePack) -> Words:
    """Read a language's words.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    file = pack.document("history", _HISTORY)
    table = file.table("sentences")
    sentences = Sentences(**{name: table.text(name) for name in _NAMES})
    return Words(file.texts("months"), file.texts("weekdays"), sentences)
