"""The voices that a person can choose by name; how they are made to speak is the mouth's affair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STANDARD, NATURAL = "standard", "natural"
NATURAL_PACKAGE = "hibari-tts==0.2.1"
"""As it is installed; of a known version, for it is young."""


@dataclass(frozen=True, slots=True)
class VoiceOffer:
    """A voice that can be chosen."""

    package: str
    """The Python package that renders it."""
    engine: str
    """What renders it, as people know it."""
    languages: tuple[str, ...] = ()
    """That it speaks; all if there is none."""


VOICES: Mapping[str, VoiceOffer] = {
    STANDARD: VoiceOffer("pyttsx3", "eSpeak NG through pyttsx3"),
    NATURAL: VoiceOffer("hibari-tts", "hibari, a neural voice", ("en",)),
}
"""All of them, the default first."""


def speaks(name: str, language: str) -> bool:
    """Whether a voice speaks a language."""
    languages = VOICES[name].languages
    return not languages or language in languages
