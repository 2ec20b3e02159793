"""Speech models: which there are, where they lie, whether they are whole, and how they get here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.models.catalogue import find_vosk_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["ENGINES", "fetch", "find_vosk_model"]

ENGINES = ("auto", "moonshine", "vosk")
"""Recognisers that a person can ask for by name."""


def fetch(wanted: str, on_progress: Callable[[int, int], None]) -> Path:
    """Have a model here, downloading it if it is not here yet.

    Args:
        wanted: a model's name or a language, as in models.toml.
        on_progress: told the bytes that are there and the bytes that there will be, now and then.

    Returns:
        The model's folder.

    Raises:
        ModelError: unknown name, no network, wrong file on every mirror, no room, or another fetch is under way.
    """
    from voice_coach.models.fetching import fetch_listed  # noqa: PLC0415  loads HTTP and TLS, for a start that needs none

    return fetch_listed(wanted, on_progress)
