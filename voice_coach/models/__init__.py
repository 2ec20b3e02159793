"""Models for speech recognition: a list of them, and how they are downloaded, checked and found on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.models.catalogue import find_vosk_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["ENGINES", "WAKE_WORDS", "fetch", "find_vosk_model"]

ENGINES = ("auto", "moonshine", "moonshine-alone", "moonshine-published", "vosk")
"""The names of recognisers that a person can choose."""
WAKE_WORDS = ("okay_nabu", "hey_jarvis", "hey_mycroft", "alexa")
"""The names of the trained wake words that a person can choose."""


def fetch(wanted: str, on_progress: Callable[[int, int], None]) -> Path:
    """Return the folder of a model, after downloading the model if it is not on this machine yet.

    Args:
        wanted: a model's name or a language, as in models.toml.
        on_progress: a function that is called now and then with the bytes that have come and the bytes of the whole
            download.

    Returns:
        The model's folder.

    Raises:
        ModelError: the name is unknown, no mirror delivers the right file, the disk is full or cannot be written to, or
            another fetch of the model is running.
    """
    from voice_coach.models.fetching import fetch_listed  # noqa: PLC0415  loads HTTP and TLS, which a start does not need

    return fetch_listed(wanted, on_progress)
