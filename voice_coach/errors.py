"""Errors, each told in one sentence with its remedy; and `bystander`, which logs a failure and lets the coach go on."""

from __future__ import annotations

import difflib
import json
import logging
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class CoachError(Exception):
    """The base class of all errors of the coach; the text is one sentence that ends with the remedy."""


class ContentError(CoachError):
    """A content file (a routine, phrases, a wording) is missing or has mistakes."""


class DeviceProblem(Enum):
    """The reason why a microphone or a speaker cannot be used."""

    ABSENT = "absent"
    """None is plugged in."""
    UNKNOWN = "unknown"
    """One was asked for, by name, number or channel, that does not exist."""
    UNUSABLE = "unusable"
    """It is there, or there is no way to know, but it cannot be used."""


class DeviceError(CoachError):
    """A microphone or a speaker cannot be used."""

    def __init__(self, sentence: str, problem: DeviceProblem = DeviceProblem.UNUSABLE) -> None:
        super().__init__(sentence)
        self.problem = problem


class EarsError(CoachError):
    """The coach cannot listen: no microphone or no recogniser works."""


class MicrophoneError(DeviceError, EarsError):
    """No microphone can be used."""


class ModelError(EarsError):
    """A recogniser's model is missing, incomplete or damaged."""


class RecordingError(EarsError):
    """A recording cannot be read."""


class MouthError(CoachError):
    """The coach cannot speak: no speaker or no voice works."""


class SpeakerError(DeviceError, MouthError):
    """No speaker can be used."""


class NoVoiceError(MouthError):
    """The process that synthesizes speech cannot start."""

    def __init__(self, sentence: str, fault: str) -> None:
        super().__init__(sentence)
        self.fault = fault
        """The reason, by its name in `mouth/synthesis_process.py`."""


class FaceError(CoachError):
    """The screen cannot be drawn."""


class SettingsError(CoachError):
    """The settings file or a single setting is wrong; the text has a line for each mistake."""


class NotesError(CoachError):
    """The session cannot be saved, because another running coach saves its own in the same place."""


class HistoryError(CoachError):
    """The history of earlier masks cannot be read, written or drawn."""


class ServiceError(CoachError):
    """The service cannot be installed, started or removed."""


class RehearsalError(CoachError):
    """The virtual sound card or the scripted person does not work."""


def problem_with(look: Callable[[], object]) -> DeviceError | None:
    """Return the error with which a device is looked for in vain; None when it is found.

    Raises:
        DeviceError: one was asked for that does not exist: then nothing else is taken instead.
    """
    try:
        look()
    except DeviceError as error:
        if error.problem is DeviceProblem.UNKNOWN:
            raise
        return error
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question such as `did you mean "serum"?` with the most similar known word, or ""."""
    spelled = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), spelled, n=1, cutoff=0.5)
    return f'did you mean "{spelled[near[0]]}"?' if near else ""


def shown(value: object) -> str:
    """Return a value as JSON, cut to at most 40 characters, so that a sentence can quote it."""
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
    """Log any exception that is raised inside, instead of raising it; KeyboardInterrupt and SystemExit are raised.

    Args:
        name: the name of the part of the coach that runs inside, for the log.
        on_failure: a function that is called after an exception was logged.
    """
    try:
        yield
    except Exception:  # noqa: BLE001 - that is the point
        _log.exception("%s failed, and the coach goes on", name)
        on_failure()
