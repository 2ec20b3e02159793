"""All errors that a person may see: one sentence with the remedy. A class per layer."""

from __future__ import annotations


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


class FaceError(CoachError):
    """The screen cannot be drawn."""


class SettingsError(CoachError):
    """The settings file or a setting is wrong; one line a mistake."""


class RehearsalError(CoachError):
    """The virtual sound card or the scripted person does not work."""
