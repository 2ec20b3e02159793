"""`voice-coach fetch-model`: download a recogniser's model."""

from __future__ import annotations

import click


@click.command("fetch-model", short_help="Download the model of a recogniser.")
@click.argument("name", metavar="NAME")
def fetch_model(name: str) -> None:
    """Download the speech model NAME (a language, or a model's own name) for the recogniser Vosk.

    The coach works without it in English. The download is checked before it is used, and goes on where it broke off.

    \b
    voice-coach fetch-model en
    """
    from voice_coach.models import fetch

    with click.progressbar(length=1, label=f"Fetching {name}", show_pos=False) as bar:

        def on_progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        path = fetch(name, on_progress)
    click.echo(f"The model is ready: {path}")
