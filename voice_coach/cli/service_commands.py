"""`voice-coach service`, `voice-coach doctor` and `voice-coach wyoming`."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voice_coach.cli.log import keep_libraries_quiet
from voice_coach.cli.options import (
    UsageSentence,
    channel_option,
    engine_option,
    language_option,
    load_texts,
    setting,
    settings_with,
)
from voice_coach.errors import CoachError
from voice_coach.memory.settings import PAGE_PORT, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.doctor.finding import CheckContext, Finding
    from voice_coach.integrations.wyoming_sentences import RoomEars
    from voice_coach.integrations.wyoming_server import CoachLink
    from voice_coach.language.pack import LanguagePack
    from voice_coach.memory.settings import Settings
    from voice_coach.service.systemd import Network


@click.command(short_help="Find out what is wrong, and what repairs it.")
@click.option("--json", "as_json", is_flag=True, help="Print all findings, as one JSON object.")
@click.option("--loop", "with_loop", is_flag=True, help="Also play three short chirps, and listen for them.")
@language_option()
@engine_option()
@setting("input", "--input", "D", "Microphone, by its number or a part of its name.")
@channel_option()
@setting("output", "--output", "D", "Speaker, by its number or a part of its name.")
def doctor(*, as_json: bool, with_loop: bool, **flags: Any) -> int:  # noqa: ANN401 - the settings, each checked by its rule
    """Check everything that the coach stands on: ok, warning or failure, what it means, and what repairs it.

    It changes nothing, and records one second, which it measures and forgets. The exit status is 0 when the coach can
    work, and 1 when it cannot.

    \b
    voice-coach doctor
    voice-coach doctor --loop    and does the microphone hear the speaker?
    voice-coach doctor --json    for programs: findings, can_work
    """
    from voice_coach.doctor.finding import can_work
    from voice_coach.doctor.runner import context_of
    from voice_coach.library import load_language, load_routine

    settings = _settings_with(flags)
    circumstances = context_of(load_language(settings.language), load_routine, settings)
    texts = circumstances.texts
    if with_loop:
        click.echo(texts.say("report.chirp_follows"), err=True)
    look = _looking if as_json else _showing
    findings = list(look(circumstances, with_loop=with_loop))
    if as_json:
        told = {"findings": [finding.as_json() for finding in findings], "can_work": can_work(findings)}
        click.echo(json.dumps(told, ensure_ascii=False))
    return 0 if can_work(findings) else 1


def _settings_with(flags: dict[str, Any]) -> Settings:
    """The settings file's, as far as it has no mistakes, which a check of its own tells."""
    return replace(read_settings().settings, **{name: value for name, value in flags.items() if value is not None})


def _looking(circumstances: CheckContext, *, with_loop: bool) -> Iterator[Finding]:
    from voice_coach.doctor.runner import checks, run_checks

    for check in checks(with_loop=with_loop):
        yield run_checks(check, circumstances)


def _showing(circumstances: CheckContext, *, with_loop: bool) -> Iterator[Finding]:
    """The findings, each shown when it is there."""
    from voice_coach.doctor.finding import conclusion, lines_of, title_of
    from voice_coach.doctor.runner import checks, run_checks
    from voice_coach.face.console import SafeConsole

    console = SafeConsole(file=sys.stdout, highlight=False, soft_wrap=True)
    width = console.width if console.is_terminal else None
    texts = circumstances.texts
    findings = []
    for check in checks(with_loop=with_loop):
        looking = texts.say("report.looking_at", check=title_of(check.name, texts))
        with console.status(looking) if console.is_terminal else nullcontext():
            finding = run_checks(check, circumstances)
        console.print(lines_of(finding, texts, width))
        findings.append(finding)
        yield finding
    console.print(conclusion(findings, texts))


_NOT_RUNNING_STATUS = 3
"""Exit status when the service is not running, the same as that of systemctl."""


@click.group(short_help="Start it with the machine, and again whenever it ends.")
def service() -> None:
    """Let systemd start the coach with the machine, and start it again whenever it ends or hangs.

    It is a service of yours, not of the system: it needs no root, and it uses your microphone, your speaker and your
    settings. It can write nothing but its own folders, and reach no network unless the settings have the mirror's page.

    \b
    voice-coach service install      again after every move of the program
    voice-coach service status
    voice-coach service uninstall
    """


@service.command(short_help="Start it now and with the machine.")
def install() -> None:
    """Write a systemd unit, start it, and have it started with the machine; tells what was done.

    It may use the network only as far as the settings have the mirror's page: do it again when you change them.

    \b
    voice-coach service install
    """
    from voice_coach.memory.settings import load_settings
    from voice_coach.service.installing import install as run

    _print(run(_network(load_settings())))


@service.command(short_help="Stop it and remove it.")
def uninstall() -> None:
    """Undo what `voice-coach service install` did; settings and sessions stay.

    \b
    voice-coach service uninstall
    """
    from voice_coach.service.installing import uninstall as run

    _print(run())


@service.command(short_help="Tell how it fares.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(*, as_json: bool) -> int:
    """Tell whether the service is installed and running, since when, and how it last ended.

    The exit status is 0 when it is running, else 3.

    \b
    voice-coach service status
    """
    from dataclasses import asdict

    from voice_coach.service.installing import in_words
    from voice_coach.service.installing import status as ask

    found = ask()
    _print([json.dumps(asdict(found) | {"is_running": found.is_running})] if as_json else in_words(found))
    return 0 if found.is_running else _NOT_RUNNING_STATUS


def _network(settings: Settings) -> Network:
    """Who has to reach the coach for its mirror to be seen."""
    from voice_coach.service.systemd import Network

    if settings.page_port is None:
        return Network.NONE
    return Network.LAN if settings.page_lan else Network.LOOPBACK


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)


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

    settings = settings_with(flags)
    pack = load_language(settings.language)
    try:
        from voice_coach.integrations.wyoming_server import WyomingServer, serve
    except ImportError as error:
        message = f"The package for Wyoming cannot be loaded ({error}): run scripts/setup."
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
    from voice_coach.integrations.wyoming_server import CoachLink

    certificate = Path(settings.page_certificate).expanduser() if settings.page_certificate else None
    own = "[::1]" if settings.page_proxy == "127.0.0.1" else "127.0.0.1"  # what a proxy hands on is not this machine's
    scheme = "https" if certificate else "http"
    try:
        return CoachLink(f"{scheme}://{own}:{settings.page_port or PAGE_PORT}", certificate)
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
    from voice_coach.cli.hearing_commands import show_calibration
    from voice_coach.ears import load_recognizers, recognizer_names
    from voice_coach.integrations.wyoming_sentences import CoachEars

    names = recognizer_names(settings.engine, pack.code)
    recognizers = load_recognizers(names, pack.phrase_book, show_calibration, lambda: pack.understander)
    return CoachEars(recognizers, pack.phrase_book, coach.listening)
