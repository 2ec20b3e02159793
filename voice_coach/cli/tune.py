"""`voice-coach tune`: the ears set for one person."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from voice_coach.cli.log import keep_libraries_quiet
from voice_coach.cli.options import (
    Checked,
    UsageSentence,
    channel_option,
    engine_option,
    language_option,
    setting,
    settings_with,
)
from voice_coach.memory.settings import keep_settings
from voice_coach.memory.settings_schema import FOR_EXAMPLE
from voice_coach.schema import Integer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from voice_coach.core.phrases import PhraseBook
    from voice_coach.core.sentences import Sentences
    from voice_coach.language.pack import LanguagePack
    from voice_coach.memory.settings import Settings
    from voice_coach.tuning.finding import Finding
    from voice_coach.tuning.live import Interview
    from voice_coach.tuning.script import Script
    from voice_coach.tuning.tuner import Tuner

_FOLDER = click.Path(path_type=Path)
_COMMANDS = Integer(1, 10, example="10", hint=FOR_EXAMPLE)


@click.command(short_help="Let the ears learn how you speak.")
@click.option("--from", "folder", metavar="DIR", type=_FOLDER, help="Tune with recordings instead of by voice.")
@click.option("--keep", "kept_folder", metavar="DIR", type=_FOLDER, help="Keep what was said, for --from.")
@click.option("--yes", "is_agreed", is_flag=True, help="Keep what is proposed, without being asked.")
@click.option("--json", "as_json", is_flag=True, help="Print all that was found out, as one JSON object.")
@language_option()
@engine_option()
@setting("input", "--input", "D", "Microphone, by its number or a part of its name.")
@channel_option()
@setting("output", "--output", "D", "Speaker, by its number or a part of its name.")
@click.option(
    "--commands", type=Checked("commands", _COMMANDS), default=10, hidden=True, help="How many are asked for."
)
def tune(
    *,
    folder: Path | None,
    kept_folder: Path | None,
    is_agreed: bool,
    as_json: bool,
    commands: int,
    **flags: Any,  # noqa: ANN401 - the settings, each checked by its rule
) -> None:
    """Find the sensitivity, the gain and the phrases with which you are understood best; keep them if you agree.

    It takes two minutes: you are asked for ten commands, said normally and then with stiff lips, as under a mask.
    Nothing is proposed with which less of what you said is understood, or with which other people's talk would give
    more false commands than allowed.

    \b
    Recordings do as well: a folder of WAV or FLAC files, of any rate, named by what is said in them:
      next-step.wav, anna_hold_on.flac ...   said normally
      stiff/next-step.wav ...                with stiff lips: "stiff" anywhere in the path
      noise.wav                              the room while nobody speaks, if there is one
    or with a table tune.tsv in it, whose columns are path, phrase and manner (normal or stiff).

    \b
    voice-coach tune
    voice-coach tune --keep my-voice
    voice-coach tune --from my-voice --yes --json
    """
    if folder and kept_folder:
        message = "--keep is for a tuning by voice: leave it out with --from."
        raise UsageSentence(message)
    settings = settings_with(flags)
    pack, script = _loaded(settings.language)
    texts = script.texts
    stdout = keep_libraries_quiet()
    with ExitStack() as until_done:
        interview = None
        if folder is None:
            asked = replace(script, commands=script.commands[:commands])
            interview = until_done.enter_context(_interview(settings, pack, asked, sys.stderr if as_json else stdout))
            folder = kept_folder or Path(until_done.enter_context(TemporaryDirectory(prefix="voice-coach-")))
            interview.record(folder)
        tuner = _tuner(settings, pack.phrase_book)
        finding = _find_out(tuner, folder, pack.phrase_book, texts)
        if not as_json:
            _tell(finding, texts, stdout)
        is_kept = is_agreed or _agrees(finding, tuner, interview, None if as_json else texts.say("shown.keep_this"))
    if is_kept:
        _keep(finding, settings)
    if as_json:
        _tell_programs(finding, stdout, is_kept=is_kept)
    else:
        click.echo(texts.say("shown.kept") if is_kept else texts.say("shown.not_kept"), file=stdout)


@contextmanager
def _interview(settings: Settings, pack: LanguagePack, script: Script, screen: TextIO) -> Iterator[Interview]:
    from voice_coach.core.commands import Voice
    from voice_coach.tuning.live import Interview
    from voice_coach.tuning.room import Room

    voice = Voice(settings.words_per_minute, settings.volume)
    devices = (settings.input, settings.output)
    with Room(pack, voice, *devices, settings.voice, channel=settings.channel) as room:
        yield Interview(room, script, lambda line: click.echo(line, file=screen))


def _loaded(language: str) -> tuple[LanguagePack, Script]:
    from voice_coach.library import load_language
    from voice_coach.tuning.script import load_script

    pack = load_language(language)
    return pack, load_script(pack)


def _tuner(settings: Settings, book: PhraseBook) -> Tuner:
    from voice_coach.ears import Tuning
    from voice_coach.tuning.tuner import Tuner

    today = Tuning(settings.sensitivity, settings.gain)
    return Tuner(settings.engine, book, today)


def _find_out(tuner: Tuner, folder: Path, book: PhraseBook, texts: Sentences) -> Finding:
    from rich.progress import Progress

    from voice_coach.face.console import SafeConsole
    from voice_coach.tuning.recordings import read_folder

    recordings = read_folder(folder, book)
    for sentence in recordings.unused:
        click.echo(f"voice-coach: {texts.say('shown.not_used', reason=sentence)}", err=True)
    for remark in recordings.remarks:
        click.echo(f"voice-coach: {remark}", err=True)
    with Progress(console=SafeConsole(stderr=True), transient=True, redirect_stdout=False) as progress:
        task = progress.add_task(texts.say("shown.hearing"))
        return tuner.find_out(recordings, lambda done, of: progress.update(task, completed=done, total=of))


def _tell(finding: Finding, texts: Sentences, stdout: TextIO) -> None:
    from voice_coach.face.console import SafeConsole
    from voice_coach.tuning.report import tell

    tell(finding, texts, SafeConsole(file=stdout, highlight=False))


def _agrees(finding: Finding, tuner: Tuner, interview: Interview | None, question: str | None) -> bool:
    """By voice first, then by key if there is a question for that."""
    answer = interview.ask_to_keep(finding, tuner.hear_answer) if interview else None
    if answer is None:
        return question is not None and sys.stdin.isatty() and click.confirm(question, default=True)
    return answer


def _keep(finding: Finding, settings: Settings) -> None:
    """Write what is new; what stays as it is need not stand in the file."""
    tuning = finding.after.tuning
    found = {"sensitivity": tuning.sensitivity, "gain": tuning.gain, "favourites": list(finding.favourites)}
    keep_settings({name: value for name, value in found.items() if value != _plain(getattr(settings, name))})


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _tell_programs(finding: Finding, stdout: TextIO, *, is_kept: bool) -> None:
    from voice_coach.tuning.report import summary

    click.echo(json.dumps(summary(finding, is_kept=is_kept), ensure_ascii=False), file=stdout)
