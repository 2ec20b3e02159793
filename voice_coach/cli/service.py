"""`voice-coach service`: the coach starts with the machine and comes back by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from voice_coach.memory.settings import Settings
    from voice_coach.service.unit import Network

_NOT_RUNNING_STATUS = 3
"""As systemctl says it."""


@click.group(short_help="Let the coach start with the machine, and come back by itself.")
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

    from voice_coach.service.status import in_words
    from voice_coach.service.status import status as ask

    found = ask()
    _print([json.dumps(asdict(found) | {"is_running": found.is_running})] if as_json else in_words(found))
    return 0 if found.is_running else _NOT_RUNNING_STATUS


def _network(settings: Settings) -> Network:
    """Who has to reach the coach for its mirror to be seen."""
    from voice_coach.service.unit import Network

    if settings.page_port is None:
        return Network.NONE
    return Network.LAN if settings.page_lan else Network.LOOPBACK


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)
