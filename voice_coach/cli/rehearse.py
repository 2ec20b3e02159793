"""`voice-coach rehearse`: the whole routine on a virtual sound card."""

from __future__ import annotations

from pathlib import Path

import click

from voice_coach.cli.options import Checked, engine_option
from voice_coach.memory.rules import Number

_HOLD = Number(15, 3600, is_whole=False, example="20")
"""Seconds; in fewer the person could not say what they have to say."""


@click.command(short_help="Watch a whole routine, without a microphone.")
@click.option(
    "--hold",
    "hold_seconds",
    metavar="S",
    type=Checked("hold", _HOLD),
    default=20.0,
    show_default=True,
    help="Seconds of the countdown.",
)
@engine_option("auto")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines; the last one is the summary.")
@click.option(
    "--recording",
    "recording_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Keep what was heard as a WAV file: left the microphone, right the speaker.",
)
def rehearse(hold_seconds: float, engine: str, *, as_json: bool, recording_path: Path | None) -> int:
    """Rehearse: a scripted person with a synthetic voice speaks to the real program, which hears, answers and shows.

    It needs no microphone: a private PulseAudio with a virtual sound card is started, and ended afterwards.

    \b
    voice-coach rehearse
    voice-coach rehearse --hold 30 --json | tail -1
    voice-coach rehearse --recording rehearsal.wav
    """
    from voice_coach.rehearsal.rehearse import rehearse as run

    return run(hold_seconds=hold_seconds, engine=engine, as_json=as_json, recording_path=recording_path)
