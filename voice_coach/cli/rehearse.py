"""`voice-coach rehearse`: the whole routine on a virtual sound card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from voice_coach.cli.options import Checked, engine_option, language_option, setting, voice_option
from voice_coach.memory.settings import PAGE_PORT
from voice_coach.memory.settings_schema import FOR_EXAMPLE
from voice_coach.schema import Number

_HOLD = Number(15, 3600, example="20", hint=FOR_EXAMPLE)
"""Seconds; in fewer the person could not say what they have to say."""
_SNR = Number(-20, 60, example="20", hint=FOR_EXAMPLE)


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
@voice_option("standard")
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
    voice-coach rehearse --voice natural
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
    beside = load_noise(noise or WATER, DEFAULT_SNR if snr is None else snr, _tell) if is_noisy else None
    is_persons = is_own(routine, language)
    return run(load_language(language), load_routine(routine, language), is_own=is_persons, noise=beside, **options)


def _tell(sentence: str) -> None:
    click.echo(f"voice-coach: {sentence}", err=True)
