"""`voice-coach doctor`: can the coach work here, and if not, what repairs it?"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from voice_coach.cli.options import channel_option, engine_option, language_option, setting
from voice_coach.memory.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.doctor.finding import Circumstances, Finding
    from voice_coach.memory.settings import Settings


@click.command(short_help="Find out what is wrong, and what repairs it.")
@click.option("--json", "as_json", is_flag=True, help="Print all findings, as one JSON object.")
@click.option("--loop", "with_loop", is_flag=True, help="Also play a short chirp, and listen for it.")
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
    from voice_coach.doctor.examine import circumstances_of
    from voice_coach.doctor.report import can_work
    from voice_coach.library import load_language, load_routine

    settings = _settings_with(flags)
    circumstances = circumstances_of(load_language(settings.language), load_routine, settings)
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


def _looking(circumstances: Circumstances, *, with_loop: bool) -> Iterator[Finding]:
    from voice_coach.doctor.examine import checks, examine

    for check in checks(with_loop=with_loop):
        yield examine(check, circumstances)


def _showing(circumstances: Circumstances, *, with_loop: bool) -> Iterator[Finding]:
    """The findings, each shown when it is there."""
    from voice_coach.doctor.examine import checks, examine
    from voice_coach.doctor.report import conclusion, lines_of, title_of
    from voice_coach.face.console import SafeConsole

    console = SafeConsole(file=sys.stdout, highlight=False, soft_wrap=True)
    width = console.width if console.is_terminal else None
    texts = circumstances.texts
    findings = []
    for check in checks(with_loop=with_loop):
        looking = texts.say("report.looking_at", check=title_of(check.name, texts))
        with console.status(looking) if console.is_terminal else nullcontext():
            finding = examine(check, circumstances)
        console.print(lines_of(finding, texts, width))
        findings.append(finding)
        yield finding
    console.print(conclusion(findings, texts))
