"""`voice-coach routine`: a person's own routines, and those that ship."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voice_coach.cli.options import UsageSentence, language_option, settings_with

if TYPE_CHECKING:
    from voice_coach.routine_folder import RoutineFile
    from voice_coach.routines import Routine

_NAME = re.compile(r"\w[\w-]{0,39}")
_SCHEMA_NAME = "routine.schema.json"
_SCHEMA_LINE = f"#:schema ./{_SCHEMA_NAME}\n"
"""By this editors find the schema, beside the file (Taplo, Even Better TOML)."""
_WRONG = 2


@click.group(short_help="Your own routines: write, check, try.")
def routine() -> None:
    """List the routines, and write your own: a text file, no program.

    \b
    voice-coach routine new mine        an example with comments, to be changed
    voice-coach routine edit mine       opens your editor, and checks afterwards
    voice-coach routine check mine      every mistake with its line
    voice-coach routine try mine        what the coach says, and at which minute
    voice-coach start --routine mine
    """


@routine.command(short_help="Write an example to change.")
@click.argument("name")
@click.option("--from", "source", metavar="ROUTINE", help="Begin with a routine that ships instead.")
@language_option()
def new(name: str, source: str | None, language: str | None) -> None:
    """Write the file of a new routine NAME: an example with comments, or a copy of one that ships.

    \b
    voice-coach routine new mine
    voice-coach routine new mine --from clay_mask
    """
    from voice_coach.library import load_language, shipped_text
    from voice_coach.routine_folder import own_path

    language = language or settings_with({}).language
    if not _NAME.fullmatch(name):
        message = f'the name "{name}" cannot be one of a file: use up to 40 letters, digits, "_" and "-".'
        raise UsageSentence(message)
    if source is None:
        title = name.replace("_", " ").replace("-", " ").strip().capitalize()
        template = load_language(language).document("own_routine").text("template")
        text = template.lstrip().replace("{title}", title or name)
    else:
        text = shipped_text(source, language)
    path = own_path(name)
    _write(path, _SCHEMA_LINE + text)
    click.echo(f"{path}\nChange it with: voice-coach routine edit {name}\nThen try: voice-coach routine try {name}")


def _write(path: Path, text: str) -> None:
    from voice_coach.memory.folders import replace_file

    try:
        if os.path.lexists(path):
            message = f"{path} is there already: choose another name, or `voice-coach routine edit {path.stem}`."
            raise UsageSentence(message)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path.parent / _SCHEMA_NAME, _schema())  # whatever was there: to write into a pipe would never end
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        message = f"{path} cannot be written ({error.strerror}): mend that, and try again."
        raise click.ClickException(message) from error


@routine.command("list", short_help="Show which routines there are.")
@language_option()
@click.option("--json", "as_json", is_flag=True, help="Print one list of objects.")
def list_(language: str | None, *, as_json: bool) -> None:
    """Show all routines of the language, the shipped ones and your own, as a table."""
    from voice_coach.cli.routine_pages import note_on_unread, print_list, summaries

    rows = summaries(language or settings_with({}).language)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        print_list(rows)
    if note := note_on_unread():
        click.echo(f"voice-coach: {note}", err=True)


@routine.command(short_help="Show a routine's steps.")
@click.argument("name")
@language_option()
def show(name: str, language: str | None) -> None:
    """Show every step of a routine: what is said, why, and who says so."""
    from voice_coach.cli.routine_pages import print_routine

    print_routine(_chosen(name, language))


@routine.command(short_help="Find every mistake.")
@click.argument("name", metavar="NAME|FILE")
def check(name: str) -> int:
    """Tell every mistake of a routine, with its line and what is allowed; and what a recogniser cannot hear.

    The exit status is 2 when there are mistakes.
    """
    return _check(_file(name))


@routine.command(short_help="Change your own routine.")
@click.argument("name")
def edit(name: str) -> int:
    """Open your own routine in $VISUAL or $EDITOR, and check it afterwards."""
    from voice_coach.routine_folder import has_own, own_path, read_routine_file

    if not has_own(name):
        message = f'there is no routine of your own called "{name}": write one with `voice-coach routine new`.'
        raise UsageSentence(message)
    path = own_path(name)
    if not sys.stdin.isatty() and not {"VISUAL", "EDITOR"} & os.environ.keys():
        message = f"there is neither a terminal nor $EDITOR: change {path}, then `voice-coach routine check {name}`."
        raise UsageSentence(message)
    click.edit(filename=str(path))
    return _check(read_routine_file(path))


@routine.command("try", short_help="Read it through, without sound.")
@click.argument("name")
@language_option()
@click.option("--daytime/--evening", "is_daytime", default=True, help="At which time of day.  [default: daytime]")
def try_(name: str, language: str | None, *, is_daytime: bool) -> None:
    """Tell what the coach says and at which minute, if you said "next step" after each: all in a second."""
    from voice_coach.cli.routine_pages import print_reading
    from voice_coach.library import load_language

    language = language or settings_with({}).language
    print_reading(_chosen(name, language), load_language(language).wording, is_daytime=is_daytime)


@routine.command(short_help="Print the JSON schema, for editors.")
def schema() -> None:
    """Print the JSON schema of routines: editors that know it tell mistakes while you type."""
    click.echo(_schema().rstrip())


def _schema() -> str:
    from voice_coach.routines import routine_json_schema

    return json.dumps(routine_json_schema(), ensure_ascii=False, indent=1) + "\n"


def _chosen(name: str, language: str | None) -> Routine:
    from voice_coach.library import load_routine

    return load_routine(name, language or settings_with({}).language)


def _file(name: str) -> RoutineFile:
    """The file that is meant: a path, the person's own, or one that ships."""
    from voice_coach.content_index import all_routine_names
    from voice_coach.errors import did_you_mean
    from voice_coach.library import shipped_path
    from voice_coach.routine_folder import SUFFIX, has_own, own_path, read_routine_file

    if name.endswith(SUFFIX) or "/" in name:
        return read_routine_file(Path(name))
    if has_own(name):
        return read_routine_file(own_path(name))
    if (path := shipped_path(name)) is not None:
        return read_routine_file(path)
    known = all_routine_names()
    remedy = did_you_mean(name, known) or f"there are {', '.join(known)}."
    message = f'there is no routine "{name}"; {remedy}'
    raise UsageSentence(message)


def _check(file: RoutineFile) -> int:
    from voice_coach.cli.routine_hearing import what_is_not_heard

    if file.mistakes:
        click.echo(file.complaint, err=True)
        return _WRONG
    click.echo(f"{file.path} has no mistakes.")
    for line in what_is_not_heard(file):
        click.echo(line)
    return 0
