"""`voice-coach routine`: a person's own routines, made, checked, read and tried."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voice_coach.cli.options import UsageSentence, language_option, load_texts, settings_with
from voice_coach.content_index import languages, shipped_names
from voice_coach.ears.recognizers.registry import words_unknown_to
from voice_coach.errors import CoachError
from voice_coach.library import load_language, load_routine, own_files
from voice_coach.models import find_vosk_model
from voice_coach.rehearsal.dry_run import simulate_routine
from voice_coach.routine_folder import own_folder, own_names, read_own
from voice_coach.routines import USUAL_LONGEST_SECONDS
from voice_coach.session import new_session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.step_names import StepNames
    from voice_coach.language.wording import Sentences, Wording
    from voice_coach.routine_folder import RoutineFile
    from voice_coach.routines import Claim, Hold, Routine, Step

    Row = dict[str, str | int | float | None]


def what_is_not_heard(file: RoutineFile) -> Iterator[str]:
    """A line for each name that cannot be used, and by which recogniser; and the names that can."""
    language = str(file.content["language"])
    if language not in languages():
        yield f'The coach does not speak the language "{language}"; it speaks {", ".join(languages())}.'
        return
    pack = load_language(language)
    routine = file.routine(pack.own_source)
    names = pack.step_names(routine)
    yield from _left_out(routine, names)
    yield from _unknown(names, language)
    said = ", ".join(f'"{name}"' for found in names.by_step.values() for name in found)
    yield f"Its steps can be named: {said}." if said else "Its steps cannot be named by voice."


def _left_out(routine: Routine, names: StepNames) -> Iterator[str]:
    """Names that the person wrote, and steps that got none; what was only tried is nobody's concern."""
    written = {(step.id, word.lower()) for step in routine.steps for word in step.words}
    for one in names.left_out:
        if (one.step, one.name) in written or one.step not in names.by_step:
            yield f'The step "{one.step}" cannot be called "{one.name}": {one.reason}. Give it other `words`.'


def _unknown(names: StepNames, language: str) -> Iterator[str]:
    words = sorted({word for found in names.by_step.values() for name in found for word in name.split()})
    for engine in ("moonshine", "vosk"):
        if engine == "vosk" and find_vosk_model(language) is None:
            continue
        try:
            unknown = words_unknown_to(engine, language, words)
        except CoachError as error:
            yield f"{engine.capitalize()} could not be asked: {error}"
            continue
        if unknown:
            listed = ", ".join(f'"{word}"' for word in unknown)
            yield f"{engine.capitalize()} does not know {listed}: it cannot hear names with it. Give other `words`."


_MINUTE = 60.0
OVERNIGHT = "overnight"
"""Stands in `routine list --json` for the minutes of a mask that stays on overnight."""


def summaries(language: str) -> list[Row]:
    """Return a summary of every routine of a language, shipped ones first."""
    own = own_files(language)
    return [_summary(name, language, own.get(name)) for name in dict.fromkeys((*shipped_names(language), *own))]


def _summary(name: str, language: str, file: RoutineFile | None) -> Row:
    row: Row = {"name": name, "title": "", "minutes": None, "steps": 0, "mask": "", "own": file is not None}
    if file is not None and file.mistakes:
        return {**row, "mistakes": len(file.mistakes)}
    routine = load_routine(name, language)
    minutes: str | float | None = None
    if routine.hold is not None:
        minutes = OVERNIGHT if routine.is_overnight else routine.hold_seconds(None) / _MINUTE
    found: Row = {"title": routine.title, "minutes": minutes, "steps": len(routine.steps), "mask": routine.mask}
    return {**row, **found, "mistakes": 0}


def print_list(rows: Sequence[Row], texts: Sentences) -> None:
    """Print the table of all routines."""
    from voice_coach.face.console import SafeConsole, table, words

    listed = table(*(texts.say(f"routine.{head}") for head in ("name", "title", "minutes", "steps", "mask")), "")
    for row in rows:
        minutes = row["minutes"]
        shown = f"{minutes:g}" if isinstance(minutes, float) else "-"
        if minutes == OVERNIGHT:
            shown = texts.say("routine.overnight")
        note = texts.say("routine.own") if row["own"] else ""
        if row["mistakes"]:
            note = texts.say("routine.own_with_mistakes", name=row["name"])
        cells = (str(row["title"]), shown, str(row["steps"] or "-"), str(row["mask"] or "-"))
        listed.add_row(words(row["name"], "bold"), *map(words, cells), words(note, "dim"))
    SafeConsole().print(listed)


def note_on_unread() -> str:
    """A sentence about the own files that no list shows; empty when all are shown."""
    names, read = own_names(), read_own()
    if len(names) == len(read):
        return ""
    unread = len(names) - len(read)
    return f"{own_folder()} holds {unread} more: move there what you do not use, or name one to `routine show`."


def print_routine(routine: Routine, pack: LanguagePack) -> None:
    """Print a routine with all that it says."""
    from voice_coach.face.console import SafeConsole, table, words
    from voice_coach.mirror.static_files import load_texts as load_mirror_texts

    texts, parts = load_texts(pack), load_mirror_texts(pack)

    console = SafeConsole(highlight=False)
    console.print(f"{routine.title}\n", style="bold", markup=False)
    for claim in (routine.warning, routine.often):
        if claim:
            console.print(f"{_told(claim)}\n", markup=False)
    rows = table("", *(texts.say(f"routine.{head}") for head in ("step", "part", "said")))
    for number, step in enumerate(routine.steps, start=1):
        part = words(parts.texts[f"phase.{step.phase.value}"])
        rows.add_row(str(number), words(step.title), part, words(_said(step, routine, texts)))
    console.print(rows)


def _said(step: Step, routine: Routine, texts: Sentences) -> str:
    lines = [step.text]
    hold = routine.hold if routine.hold_position is not None and routine.steps[routine.hold_position] is step else None
    if hold is not None:
        lines.append(_stays_on(hold, texts))
    if step.only is not None:
        lines.append(texts.say(f"routine.only_{step.only.value}", instead=step.instead).rstrip())
    if step.is_optional:
        lines.append(texts.say("routine.optional"))
    lines += [texts.say("routine.why", claim=_told(step.why))] if step.why else []
    lines += [texts.say(f"routine.for_{skin.value}", claim=_told(claim)) for skin, claim in step.how_by_skin.items()]
    lines += [texts.say("routine.more", claim=_told(claim)) for claim in step.more]
    return "\n".join(lines) + "\n"


def _stays_on(hold: Hold, texts: Sentences) -> str:
    if hold.seconds is None:
        return texts.say("routine.hold_overnight")
    minutes = f"{hold.seconds / _MINUTE:g}"
    if hold.longest_seconds == USUAL_LONGEST_SECONDS:
        return texts.say("routine.hold", minutes=minutes)
    return texts.say("routine.hold_at_most", minutes=minutes, longest=f"{hold.longest_seconds / _MINUTE:g}")


def _told(claim: Claim) -> str:
    return f"{claim.say} ({claim.source.name})"


def print_reading(routine: Routine, wording: Wording, *, is_daytime: bool) -> None:
    """Print what the coach says in the whole routine, and when."""
    from voice_coach.face.console import SafeConsole

    console = SafeConsole(highlight=False)
    title = ""
    for spoken in simulate_routine(new_session(routine, wording), is_daytime=is_daytime):
        if spoken.title != title:
            title = spoken.title
            console.print(f"\n{spoken.step_number}. {title}" if title else "", style="bold", markup=False)
        minutes, seconds = divmod(int(spoken.at), 60)
        text = spoken.text or f"({spoken.sound.value})" if spoken.sound else spoken.text
        console.print(f"  {minutes:3}:{seconds:02}  {text}", markup=False, soft_wrap=True)


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
    language = language or settings_with({}).language
    rows = summaries(language)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        print_list(rows, load_texts(load_language(language)))
    if note := note_on_unread():
        click.echo(f"voice-coach: {note}", err=True)


@routine.command(short_help="Show a routine's steps.")
@click.argument("name")
@language_option()
def show(name: str, language: str | None) -> None:
    """Show every step of a routine: what is said, why, and who says so."""
    language = language or settings_with({}).language
    print_routine(_chosen(name, language), load_language(language))


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

    if file.mistakes:
        click.echo(file.complaint, err=True)
        return _WRONG
    click.echo(f"{file.path} has no mistakes.")
    for line in what_is_not_heard(file):
        click.echo(line)
    return 0
