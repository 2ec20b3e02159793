"""`voice-coach history`: when there was a mask, and how it was."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voice_coach.cli.options import Checked, UsageSentence, person_option
from voice_coach.memory.settings_schema import FOR_EXAMPLE
from voice_coach.schema import Integer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.memory.history.history_records import RecordedSession
    from voice_coach.memory.history.quarantine import Forgettable
    from voice_coach.memory.report.calendar import Year
    from voice_coach.memory.report.report_texts import Words

    _ParamType = click.ParamType[date]
else:
    _ParamType = click.ParamType

_YEARS = Integer(2000, 2999, example="2026", hint=FOR_EXAMPLE)


class _Day(_ParamType):
    """A date as ISO 8601 writes it."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a date.

        Raises:
            UsageSentence: the text is no date; the sentence says how one is written.
        """
        try:
            return value if isinstance(value, date) else datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError as error:
            label = param.opts[0] if param else self.name
            message = f"{label} must be a day such as 2026-05-31, not {str(value)[:40]!r}; write year-month-day."
            raise UsageSentence(message, ctx) from error


@click.group(invoke_without_command=True, short_help="Show when there was a mask and how it was; or forget it.")
@click.option("--year", type=Checked("year", _YEARS), metavar="Y", help="That year instead of the last twelve months.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
@click.option("--csv", "as_csv", is_flag=True, help="Print everything as CSV, a line a session.")
@click.option("--svg", "picture", metavar="FILE", type=click.Path(path_type=Path), help='Draw the year; "-" prints it.')
@person_option()
@click.pass_context
def history(  # noqa: PLR0913 - all its options
    context: click.Context, *, person: str, year: int | None, as_json: bool, as_csv: bool, picture: Path | None
) -> None:
    """Show a calendar of your masks, how often they were, and how the last one felt.

    What the coach remembers is in one file on this machine, ~/.local/share/voice-coach/history.db, and nowhere else.

    \b
    voice-coach history
    voice-coach history --year 2026
    voice-coach history --svg masks.svg
    voice-coach history --csv > masks.csv
    voice-coach history forget --last       erase it for good; --all, --before 2026-01-01
    """
    chosen = [name for name, given in (("--json", as_json), ("--csv", as_csv), ("--svg", picture)) if given]
    if context.invoked_subcommand:
        if chosen or year:
            raise UsageSentence("`history forget` takes its own options only: leave the others out.", context)
        return
    if len(chosen) > 1:
        raise UsageSentence(f"{' and '.join(chosen)} do not go together: choose one of them.", context)
    from voice_coach.memory.history.history_file import data_folder, read_sessions

    sessions = read_sessions(data_folder(person))
    if as_json or as_csv:
        _print_table([session for session in sessions if year in {None, _year(session)}], as_csv=as_csv)
    elif picture:
        _draw(sessions, year, picture)
    else:
        _print_page(sessions, year)


@history.command(short_help="Erase what the coach remembers.")
@click.option("--last", "is_last", is_flag=True, help="The newest session.")
@click.option("--all", "is_all", is_flag=True, help="Everything, damaged files too.")
@click.option("--before", "day", type=_Day(), metavar="DATE", help="All sessions before that day, such as 2026-05-31.")
@click.option("--yes", "is_agreed", is_flag=True, help="Without being asked.")
@person_option()
@click.pass_context
def forget(  # noqa: PLR0913 - all its options
    context: click.Context, *, person: str, is_last: bool, is_all: bool, day: date | None, is_agreed: bool
) -> None:
    """Erase sessions for good: what they held is overwritten in the file, not only marked as deleted.

    \b
    voice-coach history forget --last
    voice-coach history forget --before 2026-01-01
    voice-coach history forget --all --yes
    """
    if [is_last, is_all, day is not None].count(True) != 1:
        raise UsageSentence("Say what to forget: one of --last, --before DATE and --all.", context)
    from voice_coach.memory.history.history_file import data_folder, read_sessions
    from voice_coach.memory.history.quarantine import Forgettable, before, everything, last_of
    from voice_coach.memory.history.quarantine import forget as erase

    folder, words = data_folder(person), _words()
    if is_all:
        what = everything(folder)
    else:
        sessions = read_sessions(folder)
        what = Forgettable(last_of(sessions) if day is None else before(sessions, day))
    if not what:
        click.echo(words.sentences.nothing)
        return
    if not is_agreed and not _agrees(words.sentences.ask.format(what=_told(what, words)), context):
        click.echo(words.sentences.not_erased)
        return
    erase(folder, what)
    click.echo(words.sentences.erased.format(what=_told(what, words)))
    if not is_all and everything(folder).damaged:
        click.echo(words.sentences.still_damaged)


def _words() -> Words:
    """Return the words of the settings' language, without complaining about mistakes in the settings."""
    from voice_coach.errors import SettingsError
    from voice_coach.library import load_language
    from voice_coach.memory.report.report_texts import load_words
    from voice_coach.memory.settings import Settings, load_settings

    try:
        language = load_settings().language
    except SettingsError:
        language = Settings().language
    return load_words(load_language(language))


def _agrees(question: str, context: click.Context) -> bool:
    if not sys.stdin.isatty():
        message = "Nothing was erased, for there is no terminal on which you could be asked: add --yes if you mean it."
        raise UsageSentence(message, context)
    return click.confirm(question, default=False)


def _told(what: Forgettable, words: Words) -> str:
    """Say how many sessions of which days, and how many damaged files, are meant."""
    parts = []
    if what.sessions:
        count = len(what.sessions)
        sentences = words.sentences
        told = sentences.one_session if count == 1 else sentences.sessions.format(count=count)
        days = [session.day for session in what.sessions if session.day]
        if days:
            first, last = words.short_date(min(days)), words.short_date(max(days))
            told = f"{told}, {last}" if first == last else sentences.span.format(what=told, first=first, last=last)
        parts.append(told)
    if what.damaged:
        parts.append(words.sentences.damaged.format(count=len(what.damaged)))
    return " + ".join(parts)


def _print_table(sessions: Sequence[RecordedSession], *, as_csv: bool) -> None:
    from voice_coach.memory.history.history_records import summarize
    from voice_coach.memory.report.report_texts import to_csv, to_json

    text = to_csv(sessions) if as_csv else to_json(sessions, summarize(sessions, _today())) + "\n"
    click.echo(text.replace("\r\n", "\n"), nl=False)


def _print_page(sessions: Sequence[RecordedSession], number: int | None) -> None:
    from voice_coach.face.console import SafeConsole
    from voice_coach.memory.history.history_records import summarize
    from voice_coach.memory.report.calendar import print_calendar, print_counts

    words = _words()
    if not sessions:
        click.echo(words.sentences.empty)
        return
    year, title = _year_and_title(sessions, number, words)
    console = SafeConsole(highlight=False)
    print_calendar(console, year, title, words)
    print_counts(console, sessions, summarize(sessions, _today()), words)


def _draw(sessions: Sequence[RecordedSession], number: int | None, file: Path) -> None:
    from voice_coach.errors import HistoryError
    from voice_coach.memory.report.history_svg import to_svg

    words = _words()
    year, title = _year_and_title(sessions, number, words)
    picture = to_svg(year, title, words)
    if str(file) == "-":
        click.echo(picture, nl=False)
        return
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as error:
        message = f"The picture cannot be written to {file} ({error.strerror}): name a file in a folder of yours."
        raise HistoryError(message) from error
    click.echo(words.sentences.svg_written.format(file=file))


def _year_and_title(sessions: Sequence[RecordedSession], number: int | None, words: Words) -> tuple[Year, str]:
    from voice_coach.memory.report.calendar import calendar_year, year_of, year_until

    if number:
        return year_of(sessions, calendar_year(number), words), words.sentences.title_year.format(year=number)
    first, last = span = year_until(_today() or _newest_day(sessions))
    title = words.sentences.title.format(first=words.short_date(first), last=words.short_date(last))
    return year_of(sessions, span, words), title


def _newest_day(sessions: Sequence[RecordedSession]) -> date:
    return max((session.day for session in sessions if session.day), default=date(2026, 12, 31))


def _year(session: RecordedSession) -> int | None:
    return session.day.year if session.day else None


def _today() -> date | None:
    """Return today's date; None when the clock cannot be believed."""
    from voice_coach.memory.clocks import date_of, read_stamp

    now = date_of(read_stamp())
    return now.date() if now else None
