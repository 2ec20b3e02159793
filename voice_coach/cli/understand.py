"""`voice-coach understand`: what words mean to the coach."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from voice_coach.cli.options import UsageSentence, language_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.core.understanding import Understood

_LONGEST_LINE = 100_000
"""Characters; nobody says more at a time."""


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
    from voice_coach.core.understanding import understand as understand_text
    from voice_coach.library import load_language

    understander = load_language(language).understander
    for text in _lines(texts):
        line = {"text": text, **_described(understand_text(text, understander))}
        click.echo(json.dumps(line, ensure_ascii=False))


def _described(meaning: Understood) -> dict[str, object]:
    from voice_coach.core.intents import SLOTS

    slots: dict[str, int | str] = {} if meaning.minutes is None else {"minutes": meaning.minutes}
    if meaning.intent and meaning.about:
        slots[SLOTS[meaning.intent]] = meaning.about
    described: dict[str, object] = {"intent": meaning.intent and meaning.intent.value, "slots": slots}
    return described | ({"then": _described(meaning.then)} if meaning.then else {})


def _lines(texts: tuple[str, ...]) -> Iterator[str]:
    for text in texts:
        if text == "-":
            yield from _read_lines()
        else:
            yield text


def _read_lines() -> Iterator[str]:
    """The lines of standard input, however many.

    Raises:
        UsageSentence: one is too long to be a sentence.
    """
    while line := sys.stdin.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            message = f"a line of the input has more than {_LONGEST_LINE:,} characters: give a sentence a line."
            raise UsageSentence(message)
        yield line.rstrip("\r\n")
