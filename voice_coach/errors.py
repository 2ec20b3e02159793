"""Errors as one sentence with the remedy, for people; and bystanders, whose failures are logged and end nothing."""

from __future__ import annotations

import difflib
import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class CoachError(Exception):
    """Base of all our errors; its text is one clear sentence that ends with what to do about it."""


class ContentError(CoachError):
    """A routine, phrase book or wording is missing or wrong."""


class EarsError(CoachError):
    """No microphone, or no recogniser."""


class ModelError(EarsError):
    """A recogniser's model is missing, incomplete or damaged."""


class RecordingError(EarsError):
    """A recording cannot be read."""


class MouthError(CoachError):
    """No speaker, or no voice."""


class NoVoiceError(MouthError):
    """What renders sentences cannot start."""

    def __init__(self, sentence: str, fault: str) -> None:
        super().__init__(sentence)
        self.fault = fault
        """Why, as `mouth/synthesis_process.py` names it."""


class FaceError(CoachError):
    """The screen cannot be drawn."""


class SettingsError(CoachError):
    """The settings file or a setting is wrong; one line a mistake."""


class NotesError(CoachError):
    """The session cannot be kept, because another coach keeps its own there."""


class HistoryError(CoachError):
    """The history of earlier masks cannot be read, written or drawn."""


class ServiceError(CoachError):
    """The service cannot be installed, started or removed."""


class RehearsalError(CoachError):
    """The virtual sound card or the scripted person does not work."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest known word as a question that ends a sentence, or an empty string when none is near."""
    spelled = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), spelled, n=1, cutoff=0.5)
    return f'did you mean "{spelled[near[0]]}"?' if near else ""


def shown(value: object) -> str:
    """A value as the person wrote it, short enough for a sentence."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "a number that is far too long"
    except RecursionError:
        return "too many brackets"
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 - half a line of a terminal


_log = logging.getLogger(__name__)


@contextmanager
def bystander(name: str, on_failure: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Log whatever is raised inside, instead of raising it; Ctrl-C and SystemExit still pass.

    Args:
        name: of who it is that acts here.
        on_failure: called then.
    """
    try:
        yield
    except Exception:  # noqa: BLE001 - that is the point
        _log.exception("%s failed, and the coach goes on", name)
        on_failure()
