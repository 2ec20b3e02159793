"""`voice-coach commands`: what may be said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from voice_coach.cli.options import language_option

if TYPE_CHECKING:
    from voice_coach.core.phrases import Phrase, PhraseBook

_EXAMPLES = 5
"""Phrases of an intent in the table; the rest are counted."""


@click.command(short_help="Show what may be said.")
@language_option("en")
@click.option("--json", "as_json", is_flag=True, help="Print all phrases, as one list of objects.")
def commands(language: str, *, as_json: bool) -> None:
    """Show what may be said, as a table: what you want, and how you may put it.

    \b
    voice-coach commands
    voice-coach commands --json    every phrase: intent, text, minutes
    """
    from voice_coach.library import load_language

    book = load_language(language).phrase_book
    if as_json:
        phrases = [_as_json(phrase) for phrase in book.phrases]
        click.echo(json.dumps(phrases, ensure_ascii=False, indent=1))
    else:
        _print_table(book)


def _as_json(phrase: Phrase) -> dict[str, object]:
    described: dict[str, object] = {"intent": phrase.intent.value, "text": phrase.text, "minutes": phrase.minutes}
    if phrase.about:
        described["about"] = phrase.about
    if phrase.then:
        described["then"] = phrase.then.value
    return described


def _print_table(book: PhraseBook) -> None:
    from rich.table import Table

    from voice_coach.face.console import SafeConsole

    table = Table("you want", "you may say", "", box=None, header_style="bold cyan", pad_edge=False)
    by_intent: dict[str, list[str]] = {}
    for phrase in book.phrases:
        by_intent.setdefault(phrase.intent.value.replace("_", " "), []).append(phrase.text)
    for intent, texts in by_intent.items():
        more = len(texts) - _EXAMPLES
        table.add_row(f"[bold]{intent}", ", ".join(texts[:_EXAMPLES]), f"[dim]+{more}" if more > 0 else "")
    SafeConsole().print(table)
