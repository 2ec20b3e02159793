"""`voice-coach hear`, `understand`, `commands`, `devices` and `wyoming`."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from voice_coach import set_up_again
from voice_coach.cli.log import keep_libraries_quiet
from voice_coach.cli.options import (
    Checked,
    UsageSentence,
    engine_option,
    gain_option,
    language_option,
    load_texts,
    sensitivity_option,
    setting,
    settings_with,
)
from voice_coach.errors import CoachError, RecordingError
from voice_coach.memory.settings import PAGE_PORT
from voice_coach.memory.settings_schema import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice_coach.ears import Tuning
    from voice_coach.ears.pipeline import Recognition
    from voice_coach.integrations.wyoming_sentences import RoomEars
    from voice_coach.integrations.wyoming_server import CoachLink
    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.phrases import Phrase
    from voice_coach.language.understanding import Understood
    from voice_coach.memory.settings import Settings
    from voice_coach.session.commands import Listen


_EXAMPLES = 5
"""Phrases of an intent in the table; the rest are counted."""


@click.command(short_help="Show what you can say.")
@language_option("en")
@click.option("--json", "as_json", is_flag=True, help="Print all phrases, as one list of objects.")
def commands(language: str, *, as_json: bool) -> None:
    """Show what may be said, as a table: what you want, and how you may put it.

    \b
    voice-coach commands
    voice-coach commands --json    every phrase: intent, text, minutes
    """
    from voice_coach.library import load_language

    pack = load_language(language)
    if as_json:
        phrases = [_as_json(phrase) for phrase in pack.phrase_book.phrases]
        click.echo(json.dumps(phrases, ensure_ascii=False, indent=1))
    else:
        _print_table(pack)


def _as_json(phrase: Phrase) -> dict[str, object]:
    described: dict[str, object] = {"intent": phrase.intent.value, "text": phrase.text, "minutes": phrase.minutes}
    if phrase.slot_value:
        described["about"] = phrase.slot_value
    if phrase.next_command:
        described["then"] = phrase.next_command.value
    return described


def _print_table(pack: LanguagePack) -> None:
    from voice_coach.face.console import SafeConsole, table, words

    texts, purposes = load_texts(pack), pack.purposes
    rows = table(texts.say("commands.purpose"), texts.say("commands.phrases"), "")
    by_intent: dict[str, list[str]] = {}
    for phrase in pack.phrase_book.phrases:
        by_intent.setdefault(phrase.intent.value, []).append(phrase.text)
    for intent, phrases in by_intent.items():
        more = len(phrases) - _EXAMPLES
        purpose, shown = words(purposes[intent], "bold"), words(", ".join(phrases[:_EXAMPLES]))
        rows.add_row(purpose, shown, words(f"+{more}", "dim") if more > 0 else "")
    SafeConsole().print(rows)


@click.command(short_help="List microphones and speakers.")
def devices() -> None:
    """List microphones and speakers; * marks the ones that are used by default.

    \b
    voice-coach devices
    voice-coach start --input "USB Audio" --output "HDMI"    a part of a name is enough
    """
    from voice_coach.audio.devices import list_devices

    stdout = keep_libraries_quiet()
    found = list_devices()
    if not found:
        message = (
            "No microphone and no speaker was found: plug in a headset, or a USB microphone and a speaker. Until then, "
            "`voice-coach start` works with keys, and `voice-coach start --page` with the buttons of a page."
        )
        raise CoachError(message)
    for device in found:
        click.echo(str(device), file=stdout)


def _situations() -> tuple[str, ...]:
    from voice_coach.session.listening import SITUATIONS

    return SITUATIONS


@click.command(short_help="Hear commands in recordings.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@engine_option("auto")
@language_option("en")
@sensitivity_option(0.5)
@gain_option(0.0)
@click.option(
    "--phase",
    "situation",
    type=Checked("phase", word(_situations)),
    metavar="P",
    default="applying",
    show_default="applying: a running routine, no question open",
    help="What the coach would be doing, which decides what may be said: idle, applying, holding, question ...",
)
def hear(files: tuple[Path, ...], engine: str, language: str, situation: str, **tuning: float) -> int:
    """Hear FILEs as if they came from the microphone, as fast as it goes: a JSON line for each command accepted.

    WAV or FLAC, any rate, up to four hours; of several channels the one with the voice is heard. Yes and no are heard
    with --phase question only, and single words count for nothing with --phase idle, as when the coach runs.

    \b
    Examples:
      voice-coach hear recording.wav
      voice-coach hear --engine vosk --phase question *.flac
    """
    from voice_coach.ears import Tuning
    from voice_coach.session.listening import listening_in

    stdout = keep_libraries_quiet()
    listen_to = _ears(engine, language, listening_in(situation), Tuning(**tuning))
    status = 0
    for path in files:
        try:
            for judged in listen_to(path):
                _print(path, judged, stdout)
        except RecordingError as error:
            click.echo(f"voice-coach: {error}", err=True)
            status = 2
    return status


def _ears(engine: str, language: str, listen: Listen, tuning: Tuning) -> Callable[[Path], Iterator[Recognition]]:
    """Ears for any number of files; the recognisers are loaded when the first file has been read."""
    from voice_coach.audio.recordings import read_recording
    from voice_coach.ears import hear_recording, load_recognizers, recognizer_names
    from voice_coach.library import load_language

    pack = load_language(language)
    book, names = pack.phrase_book, recognizer_names(engine, language)
    recognizers = cache(lambda: load_recognizers(names, book, _show_calibration, lambda: pack.understander))
    return lambda path: hear_recording(read_recording(path, _tell), recognizers(), book, listen, tuning)


def _tell(sentence: str) -> None:
    click.echo(f"voice-coach: {sentence}", err=True)


def _show_calibration(done: int, total: int) -> None:
    click.echo(f"voice-coach: learning how the phrases sound when nobody speaks, {done} of {total}", err=True)


def _print(path: Path, judged: Recognition, stdout: TextIO) -> None:
    from voice_coach.ears.rejection import Accepted

    decision = judged.decision
    if not isinstance(decision, Accepted):
        return
    line = {
        "file": str(path),
        "start_s": round(judged.start_seconds, 3),
        "end_s": round(judged.end_seconds, 3),
        "intent": decision.phrase.intent.value,
        "text": decision.phrase.text,
        "engine": decision.recognizer,
        "score": round(decision.score, 3),
    }
    if decision.phrase.minutes is not None:
        line["minutes"] = decision.phrase.minutes
    if decision.phrase.slot_value:
        line["about"] = decision.phrase.slot_value
    click.echo(json.dumps(line, ensure_ascii=False), file=stdout)


_LONGEST_LINE = 100_000
"""Characters that a line may have; nobody says more at a time."""


@click.command(short_help="Tell what words mean to the coach.")
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@language_option("en")
def understand(texts: tuple[str, ...], language: str) -> None:
    """Print a JSON line for each TEXT: text, intent (or null) and slots. "-" reads lines from standard input.

    What is wished in the same breath follows as "then".

    \b
    voice-coach understand "next step" "give me two more minutes"
    voice-coach understand - < sentences.txt
    """
    from voice_coach.language.understanding import understand as understand_text
    from voice_coach.library import load_language

    understander = load_language(language).understander
    for text in _lines(texts):
        line = {"text": text, **_described(understand_text(text, understander))}
        click.echo(json.dumps(line, ensure_ascii=False))


def _described(meaning: Understood) -> dict[str, object]:
    from voice_coach.language.intents import SLOTS

    slots: dict[str, int | str] = {} if meaning.minutes is None else {"minutes": meaning.minutes}
    if meaning.intent and meaning.slot_value:
        slots[SLOTS[meaning.intent]] = meaning.slot_value
    described: dict[str, object] = {"intent": meaning.intent and meaning.intent.value, "slots": slots}
    return described | ({"then": _described(meaning.next_command)} if meaning.next_command else {})


def _lines(texts: tuple[str, ...]) -> Iterator[str]:
    for text in texts:
        if text == "-":
            yield from _read_lines()
        else:
            yield text


def _read_lines() -> Iterator[str]:
    """Yield the lines of standard input.

    Raises:
        UsageSentence: one is too long to be a sentence.
    """
    while line := sys.stdin.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            message = f"a line of the input has more than {_LONGEST_LINE:,} characters: give a sentence a line."
            raise UsageSentence(message)
        yield line.rstrip("\r\n")


_WYOMING_PORT = 10310
"""Near the ports that the Wyoming projects have for their own services, and none of them."""


@click.command(short_help="Lend its ears to voice satellites in other rooms.")
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="PORT", default=_WYOMING_PORT, show_default=True, help="Its port."
)
@click.option(
    "--sentences", type=click.Path(path_type=Path), metavar="FILE", help="Hear the sentences of this file instead."
)
@setting("page", "--page", "PORT", f"Where the coach has its page [the settings file's, else {PAGE_PORT}].")
@language_option()
@engine_option()
@click.option("--no-zeroconf", is_flag=True, help="Don't tell the home network where this is.")
def wyoming(*, host: str, port: int, sentences: Path | None, no_zeroconf: bool, **flags: Any) -> None:  # noqa: ANN401 - settings
    """Serve the Wyoming protocol, for Home Assistant and its satellites: speech to text, and the coach's commands.

    Only this machine reaches it. With --host 0.0.0.0 everybody in your home network does: the protocol has no password,
    so whoever is in it can have sounds transcribed, and can tell the coach what a voice could. It tells zeroconf then.

    \b
    voice-coach wyoming                                   commands to a coach that runs with --page
    voice-coach wyoming --host 0.0.0.0                    for the home network
    voice-coach wyoming --sentences home.txt              your own sentences: docs/wyoming.md has the notation
    """
    from voice_coach.library import load_language

    if not host:
        message = "--host must be an address, such as 127.0.0.1 for this machine alone; leave it out or write one."
        raise UsageSentence(message)
    settings = settings_with(flags)
    pack = load_language(settings.language)
    try:
        from voice_coach.integrations.wyoming_server import WyomingServer, serve
    except ImportError as error:
        message = f"The package for Wyoming cannot be loaded ({error}): run {set_up_again('wyoming zeroconf')}."
        raise CoachError(message) from error
    stdout = keep_libraries_quiet()
    texts, coach = load_texts(pack), _coach_link(settings)
    ears = _sentence_ears(sentences, pack) if sentences else _coach_ears(settings, pack, coach)

    def tell(bound: int, is_announced: bool) -> None:  # noqa: FBT001 - a callback
        here = texts.say("wyoming.serving", address=f"{host}:{bound}", hears=ears.description, coach=coach.url)
        click.echo(here, file=stdout)
        if not _is_loopback(host):
            click.echo(texts.say("wyoming.open"), file=stdout)
        if is_announced:
            click.echo(texts.say("wyoming.announced"), file=stdout)

    server = WyomingServer(ears, pack, coach, texts)
    try:
        serve(server, host, port, tell, announce=not (no_zeroconf or _is_loopback(host)))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"{host}:{port} cannot be listened at ({reason}): choose others with --host and --port."
        raise CoachError(message) from error


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _coach_link(settings: Settings) -> CoachLink:
    from voice_coach.client import Coach
    from voice_coach.integrations.wyoming_server import CoachLink

    certificate = Path(settings.page_certificate).expanduser() if settings.page_certificate else None
    own = "[::1]" if settings.page_proxy == "127.0.0.1" else "127.0.0.1"  # what a proxy hands on is not this machine's
    scheme = "https" if certificate else "http"
    try:
        url = f"{scheme}://{own}:{settings.page_port or PAGE_PORT}"
        return CoachLink(Coach(url, certificate=certificate))
    except OSError as error:
        message = f"{certificate} cannot be used ({error}): page_certificate must name a certificate (PEM)."
        raise CoachError(message) from error


def _sentence_ears(path: Path, pack: LanguagePack) -> RoomEars:
    """Ears for the sentences of a file.

    Raises:
        UsageSentence: they cannot be heard in this language.
    """
    from voice_coach.ears.recognizers.registry import load_speech_model
    from voice_coach.integrations.wyoming_sentences import SentenceEars, read_sentences

    if pack.code != "en":
        message = f"sentences of your own are heard in English only: leave out --sentences or --lang {pack.code}."
        raise UsageSentence(message)
    grammar = read_sentences(path, pack.phrase_book.texts)
    click.echo(f"voice-coach: learning how the sentences of {path} sound when nobody speaks", err=True)
    return SentenceEars(load_speech_model(), grammar, f"the sentences of {path.name}")


def _coach_ears(settings: Settings, pack: LanguagePack, coach: CoachLink) -> RoomEars:
    from voice_coach.ears import load_recognizers, recognizer_names
    from voice_coach.integrations.wyoming_sentences import CoachEars

    names = recognizer_names(settings.engine, pack.code)
    recognizers = load_recognizers(names, pack.phrase_book, _show_calibration, lambda: pack.understander)
    return CoachEars(recognizers, pack.phrase_book, coach.listening)
