"""`voice-coach devices`: microphones and speakers."""

from __future__ import annotations

import click

from voice_coach.cli.log import keep_libraries_quiet
from voice_coach.errors import CoachError


@click.command(short_help="List microphones and speakers.")
def devices() -> None:
    """List microphones and speakers; * marks the ones that are used by default.

    \b
    voice-coach devices
    voice-coach start --input "USB Audio" --output "HDMI"    a part of a name is enough
    """
    from voice_coach.sound.devices import list_devices

    stdout = keep_libraries_quiet()
    found = list_devices()
    if not found:
        message = "No microphone and no speaker was found: plug one in and try again."
        raise CoachError(message)
    for device in found:
        click.echo(str(device), file=stdout)
