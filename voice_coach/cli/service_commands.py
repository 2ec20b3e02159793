"""`voice-coach service` and `voice-coach doctor`."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from voice_coach.cli.options import channel_option, engine_option, language_option, setting
from voice_coach.memory.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from voice_coach.doctor.finding import CheckContext, Finding
    from voice_coach.doctor.runner import Check
    from voice_coach.memory.settings import Settings
    from voice_coach.service.systemd import Network

    _ParamType = click.ParamType[str]
else:
    _ParamType = click.ParamType


class _CheckName(_ParamType):
    """The name of a check, written as the doctor shows it in English (microphone level) or with underscores."""

    name = "check"

    @staticmethod
    def _known() -> list[str]:
        from voice_coach.doctor.runner import CHECKS

        return [check.name for check in CHECKS]

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name; refuse one that no check has."""
        name, known = value.lower().replace(" ", "_"), self._known()
        if name not in known:
            self.fail(f"there is no check “{value}”; there are {', '.join(known)}.", param, ctx)
        return name

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the names that begin so."""
        return [CompletionItem(name) for name in self._known() if name.startswith(incomplete)]


@click.command(short_help="Find out what is wrong, and what repairs it.")
@click.argument("names", metavar="[CHECK]...", nargs=-1, type=_CheckName())
@click.option("--json", "as_json", is_flag=True, help="Print all findings, as one JSON object.")
@click.option("--loop", "with_loop", is_flag=True, help="Also play three short chirps, and listen for them.")
@language_option()
@engine_option()
@setting("input", "--input", "D", "Microphone, by its number or a part of its name.")
@channel_option()
@setting("output", "--output", "D", "Speaker, by its number or a part of its name.")
def doctor(*, names: tuple[str, ...], as_json: bool, with_loop: bool, **flags: Any) -> int:  # noqa: ANN401 - the settings
    """Check everything that the coach stands on: ok, warning or failure, what it means, and what repairs it.

    It changes nothing, and records one second, which it measures and forgets. The exit status is 0 when the coach can
    work, as far as was looked, and 1 when it cannot.

    \b
    voice-coach doctor
    voice-coach doctor microphone speaker    only these two, as often as a plug is tried
    voice-coach doctor --loop    and does the microphone hear the speaker?
    voice-coach doctor --json    for programs: findings, can_work
    """
    from voice_coach.doctor.finding import can_work
    from voice_coach.doctor.runner import checks, context_of
    from voice_coach.library import load_language, load_routine

    settings = _settings_with(flags)
    circumstances = context_of(load_language(settings.language), load_routine, settings)
    texts = circumstances.texts
    if with_loop:
        click.echo(texts.say("report.chirp_follows"), err=True)
    look = _looking if as_json else _showing
    findings = list(look(circumstances, checks(names, with_loop=with_loop)))
    if as_json:
        told = {"findings": [finding.as_json() for finding in findings], "can_work": can_work(findings)}
        click.echo(json.dumps(told, ensure_ascii=False))
    return 0 if can_work(findings) else 1


def _settings_with(flags: dict[str, Any]) -> Settings:
    """The settings file's, as far as it has no mistakes, which a check of its own tells."""
    return replace(read_settings().settings, **{name: value for name, value in flags.items() if value is not None})


def _looking(circumstances: CheckContext, checks: Iterable[Check]) -> Iterator[Finding]:
    from voice_coach.doctor.runner import run_checks

    for check in checks:
        yield run_checks(check, circumstances)


def _showing(circumstances: CheckContext, checks: Collection[Check]) -> Iterator[Finding]:
    """The findings, each shown when it is there, and what follows from them where everything was looked at."""
    from voice_coach.doctor.finding import conclusion, lines_of, title_of
    from voice_coach.doctor.runner import CHECKS, run_checks
    from voice_coach.face.console import SafeConsole

    console = SafeConsole(file=sys.stdout, highlight=False, soft_wrap=True)
    width = console.width if console.is_terminal else None
    texts = circumstances.texts
    findings = []
    for check in checks:
        looking = texts.say("report.looking_at", check=title_of(check.name, texts))
        with console.status(looking) if console.is_terminal else nullcontext():
            finding = run_checks(check, circumstances)
        console.print(lines_of(finding, texts, width))
        findings.append(finding)
        yield finding
    if set(CHECKS) <= set(checks):
        console.print(conclusion(findings, texts))


_NOT_RUNNING_STATUS = 3
"""Exit status when the service is not running, the same as that of systemctl."""


@click.group(short_help="Start it with the machine, and again whenever it ends.")
def service() -> None:
    """Let systemd start the coach with the machine, and start it again whenever it ends or hangs.

    It is a service of yours, not of the system: it needs no root, and it uses your microphone, your speaker and your
    settings. It can write nothing but its own folders, and reach no network unless the settings have the mirror's page
    or a smart home.

    \b
    voice-coach service install      again after every move of the program
    voice-coach service status
    voice-coach service uninstall
    """


@service.command(short_help="Start it now and with the machine.")
def install() -> None:
    """Write a systemd unit, start it, and have it started with the machine; tells what was done.

    It may use the network only as far as the settings have the mirror's page or the MQTT broker of a smart home: do it
    again when you change them.

    \b
    voice-coach service install
    """
    from voice_coach.memory.settings import load_settings
    from voice_coach.service.installing import install as run

    settings = load_settings()
    _print(run(_network(settings), _broker(settings)))


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


def _broker(settings: Settings) -> str | None:
    """Return the host of the MQTT broker that the coach asks.

    Raises:
        FaceError: its settings cannot be used.
    """
    if not settings.names_broker:
        return None
    from voice_coach.integrations.mqtt_face import broker_of

    return broker_of(settings).host


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)
