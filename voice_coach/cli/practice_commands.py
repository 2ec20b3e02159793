"""`voice-coach demo`, `voice-coach rehearse` and `voice-coach tune`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from voice_coach.cli.log import keep_libraries_quiet, tell
from voice_coach.cli.mirror_commands import open_mirror
from voice_coach.cli.options import (
    Checked,
    UsageSentence,
    channel_option,
    engine_option,
    language_option,
    person_option,
    setting,
    settings_with,
    voice_option,
)
from voice_coach.cli.start_command import Screen, faces_of
from voice_coach.errors import NoVoiceError
from voice_coach.face.base import NO_NOTICE
from voice_coach.memory.settings import PAGE_PORT, keep_settings, read_settings, settings_path
from voice_coach.memory.settings_schema import FOR_EXAMPLE
from voice_coach.schema import Integer, Number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.language.wording import Sentences
    from voice_coach.memory.settings import Settings
    from voice_coach.mouth import SpeakingMouth
    from voice_coach.rehearsal.rehearsal_script import DemoScript
    from voice_coach.tuning.interview import Interview, TuningScript
    from voice_coach.tuning.tuner import Tuner, TuningResult


_DEVNULL = subprocess.DEVNULL


@click.command(short_help="Watch it at work for forty seconds.")
@language_option()
@voice_option()
@setting("output", "--output", "D", "Speaker, by its number or a part of its name.")
@click.option("--plain", is_flag=True, help="Plain lines instead of a page.")
@click.option("--browser/--no-browser", "opens_browser", default=True, help="Whether to open the page in a browser.")
def demo(*, plain: bool, opens_browser: bool, **flags: Any) -> None:  # noqa: ANN401 - settings, each checked by its rule
    """See and hear the coach for forty seconds: four steps, and a mask of ten seconds.

    It is the real coach, with its page; only a script says the commands for you. Without a speaker you read what it
    says. Nothing of it is kept: no history, no settings.

    \b
    voice-coach demo
    voice-coach demo --voice natural
    voice-coach demo --lang ko
    """
    from voice_coach.library import load_language
    from voice_coach.rehearsal.rehearsal_script import load_demo

    chosen = {name: value for name, value in flags.items() if value is not None}
    settings = replace(read_settings().settings, **chosen)
    pack = load_language(settings.language)
    script = load_demo(pack)
    stdout = keep_libraries_quiet()
    with TemporaryDirectory(prefix="voice-coach-demo-") as folder:
        screen = Screen(stdout, plain=plain)
        _show_demo(_for_demo(settings), pack, script, screen, Path(folder), opens_browser=opens_browser)
    click.echo(script.ended.rstrip(), file=stdout)


def _for_demo(settings: Settings) -> Settings:
    """Return the settings with a page that only this machine sees, at a port that is free, and without pins."""
    alone: dict[str, Any] = dict.fromkeys(("page_certificate", "page_key", "page_proxy", "button_pin", "light_pin"))
    return replace(settings, page=_free_port(), page_lan=False, **alone)


def _free_port() -> int:
    """Return a port that the system does not give away twice in a row; the usual one may be a running coach's."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _show_demo(  # noqa: PLR0913 - all that is put together here, once
    settings: Settings, pack: LanguagePack, script: DemoScript, screen: Screen, folder: Path, *, opens_browser: bool
) -> None:
    """Run the coach with the script as its ears; what it would keep goes into a folder that is thrown away."""
    from voice_coach.library import load_shipped_routine
    from voice_coach.loop import Edges, run
    from voice_coach.memory.session_store import SessionStore
    from voice_coach.memory.settings import SettingsFile
    from voice_coach.rehearsal.dry_run import DEMO_HOLD_SECONDS, DemoOverError, ScriptedPerson, SilentMouth
    from voice_coach.rehearsal.rehearsal_script import DEMO_ROUTINE, demo_routine
    from voice_coach.session import new_session
    from voice_coach.session.commands import Voice
    from voice_coach.session.events import Started

    routine = demo_routine(load_shipped_routine(DEMO_ROUTINE, pack.code))
    memory = SessionStore(SettingsFile(folder / "settings.toml"), None, pack.code, folder)
    memory.begin(is_daytime=True)
    page, notice = open_mirror(settings, pack, is_attended=True, devices_path=folder / "devices") or (None, NO_NOTICE)
    mouth = _mouth_of_demo(settings, pack)
    lines = [script.notice, *([] if mouth else [script.written]), *notice.lines]
    faces = faces_of(screen, settings, pack, page, replace(notice, lines=tuple(lines)))
    person = ScriptedPerson(script, lambda: _open_page(settings) if opens_browser else None)
    session = new_session(
        routine,
        pack.wording,
        voice=Voice(settings.words_per_minute, settings.volume),
        hold_seconds=DEMO_HOLD_SECONDS,
        keys=faces.keys,
        is_brief=True,
    )
    with suppress(DemoOverError):
        first = Started(is_daytime=True, is_greeting=False)
        run(session, Edges(person, mouth or SilentMouth(), faces, memory, observers=[person]), first)


def _mouth_of_demo(settings: Settings, pack: LanguagePack) -> SpeakingMouth | None:
    """Return the mouth; None where there is no speaker, or no voice, which is told.

    Raises:
        DeviceError: a speaker was asked for that does not exist.
    """
    from voice_coach.mouth import open_mouth

    try:
        mouth = open_mouth(pack, settings.output, voice=settings.voice, wait_for_device=True)
    except NoVoiceError as error:
        tell(str(error))
        return None
    with ExitStack() as unless_it_speaks:
        unless_it_speaks.callback(mouth.stop)
        if mouth.find_speaker() is None:
            unless_it_speaks.pop_all()
            return mouth
    return None


def _open_page(settings: Settings) -> None:
    """Show the page in a browser where there is a screen for one; it runs in a process of its own, and may be slow."""
    if {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        url = f"http://127.0.0.1:{settings.page}/"
        with suppress(OSError):
            subprocess.Popen(  # noqa: S603 - Python itself, with an address that is ours
                [sys.executable, "-m", "webbrowser", url],
                stdin=_DEVNULL, stdout=_DEVNULL, stderr=_DEVNULL, start_new_session=True,
            )  # fmt: skip


_HOLD = Number(15, 3600, example="20", hint=FOR_EXAMPLE)
"""Seconds; in fewer the person could not say what they have to say."""
_SNR = Number(-20, 60, example="20", hint=FOR_EXAMPLE)


@click.command(short_help="Test a whole routine by voice, without a microphone.")
@click.option(
    "--hold",
    "hold_seconds",
    metavar="S",
    type=Checked("hold", _HOLD),
    default=20.0,
    show_default=True,
    help="Seconds of the countdown.",
)
@click.option(
    "--noise",
    metavar="[FILE]",
    is_flag=False,
    flag_value="water",
    help='Let a WAV or FLAC file be heard all the time, or the project\'s own "water" (a tap) or "shower".',
)
@click.option(
    "--snr",
    metavar="DB",
    type=Checked("snr", _SNR),
    help="How far the noise is below the person's voice, at the microphone.  [default: 20; without --noise: of water]",
)
@engine_option("auto")
@language_option("en")
@voice_option("auto")
@setting("routine", "--routine", "NAME", "Which routine; `voice-coach routine list` shows them.", "facial_mask")
@setting("page", "--page", "[PORT]", "Show the coach's page to browsers on this machine too.", alone=PAGE_PORT)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines; the last one is the summary.")
@click.option(
    "--recording",
    "recording_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Keep what was heard as a WAV file: left the microphone, right the speaker.",
)
@click.option(
    "--lines",
    "lines_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Keep the coach's events and commands as JSON lines.",
)
def rehearse(
    *,
    noise: str | None,
    snr: float | None,
    language: str,
    routine: str,
    **options: Any,  # noqa: ANN401 - each checked by its type above
) -> int:
    """Rehearse: a scripted person with a synthetic voice speaks to the real program, which hears, answers and shows.

    It needs no microphone: a private PulseAudio with a virtual sound card is started, and ended afterwards.

    \b
    voice-coach rehearse
    voice-coach rehearse --hold 30 --json | tail -1
    voice-coach rehearse --voice standard
    voice-coach rehearse --page
    voice-coach rehearse --recording rehearsal.wav
    voice-coach rehearse --noise tap.wav --snr 10
    voice-coach rehearse --lang ko --engine vosk
    voice-coach rehearse --routine mine

    All must go well, and of the commands at most one may be missed; beside a noise one in ten.
    """
    from voice_coach.library import is_own, load_language, load_routine
    from voice_coach.rehearsal.noise import DEFAULT_SNR, WATER, load_noise
    from voice_coach.rehearsal.rehearse import rehearse as run

    is_noisy = noise is not None or snr is not None
    beside = load_noise(noise or WATER, DEFAULT_SNR if snr is None else snr, _tell_progress) if is_noisy else None
    is_persons = is_own(routine, language)
    return run(load_language(language), load_routine(routine, language), is_own=is_persons, noise=beside, **options)


def _tell_progress(sentence: str) -> None:
    click.echo(f"voice-coach: {sentence}", err=True)


_FOLDER = click.Path(path_type=Path)
_COMMANDS = Integer(1, 10, example="10", hint=FOR_EXAMPLE)


@click.command(short_help="Let it learn in two minutes how you speak.")
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
@person_option()
def tune(  # noqa: PLR0913 - all its options
    *,
    folder: Path | None,
    kept_folder: Path | None,
    is_agreed: bool,
    as_json: bool,
    commands: int,
    person: str,
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
    settings = settings_with(flags, person)
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
        tuner = _tuner(settings, pack)
        finding = _find_out(tuner, folder, pack.phrase_book, texts)
        if not as_json:
            _tell(finding, texts, stdout)
        is_kept = is_agreed or _agrees(finding, tuner, interview, None if as_json else texts.say("shown.keep_this"))
    if is_kept:
        _keep(finding, settings, person)
    if as_json:
        _tell_programs(finding, stdout, is_kept=is_kept)
    else:
        click.echo(texts.say("shown.kept") if is_kept else texts.say("shown.not_kept"), file=stdout)


@contextmanager
def _interview(settings: Settings, pack: LanguagePack, script: TuningScript, screen: TextIO) -> Iterator[Interview]:
    from voice_coach.session.commands import Voice
    from voice_coach.tuning.interview import Interview, Room

    voice = Voice(settings.words_per_minute, settings.volume)
    devices = (settings.input, settings.output)
    with Room(pack, voice, *devices, settings.voice, channel=settings.channel) as room:
        yield Interview(room, script, lambda line: click.echo(line, file=screen))


def _loaded(language: str) -> tuple[LanguagePack, TuningScript]:
    from voice_coach.library import load_language
    from voice_coach.tuning.interview import load_script

    pack = load_language(language)
    return pack, load_script(pack)


def _tuner(settings: Settings, pack: LanguagePack) -> Tuner:
    from voice_coach.ears import Tuning
    from voice_coach.tuning.tuner import Tuner

    today = Tuning(settings.sensitivity, settings.gain)
    return Tuner(settings.engine, pack.phrase_book, lambda: pack.understander, today)


def _find_out(tuner: Tuner, folder: Path, book: PhraseBook, texts: Sentences) -> TuningResult:
    from rich.progress import Progress

    from voice_coach.face.console import SafeConsole
    from voice_coach.tuning.clip_recordings import read_folder

    recordings = read_folder(folder, book)
    for sentence in recordings.unused:
        click.echo(f"voice-coach: {texts.say('shown.not_used', reason=sentence)}", err=True)
    for remark in recordings.remarks:
        click.echo(f"voice-coach: {remark}", err=True)
    with Progress(console=SafeConsole(stderr=True), transient=True, redirect_stdout=False) as progress:
        task = progress.add_task(texts.say("shown.hearing"))
        return tuner.find_out(recordings, lambda done, of: progress.update(task, completed=done, total=of))


def _tell(finding: TuningResult, texts: Sentences, stdout: TextIO) -> None:
    from voice_coach.face.console import SafeConsole
    from voice_coach.tuning.tuner import tell

    tell(finding, texts, SafeConsole(file=stdout, highlight=False))


def _agrees(finding: TuningResult, tuner: Tuner, interview: Interview | None, question: str | None) -> bool:
    """By voice first, then by key if there is a question for that."""
    answer = interview.ask_to_keep(finding, tuner.hear_answer) if interview else None
    if answer is None:
        return question is not None and sys.stdin.isatty() and click.confirm(question, default=True)
    return answer


def _keep(finding: TuningResult, settings: Settings, person: str) -> None:
    """Write what is new; what stays as it is need not stand in the file."""
    tuning = finding.after.tuning
    found = {"sensitivity": tuning.sensitivity, "gain": tuning.gain, "favourites": list(finding.favourites)}
    new = {name: value for name, value in found.items() if value != _plain(getattr(settings, name))}
    keep_settings(new, settings_path(person))


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _tell_programs(finding: TuningResult, stdout: TextIO, *, is_kept: bool) -> None:
    from voice_coach.tuning.tuner import summary

    click.echo(json.dumps(summary(finding, is_kept=is_kept), ensure_ascii=False), file=stdout)
