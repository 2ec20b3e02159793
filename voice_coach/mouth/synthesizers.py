"""The voices, each with the engine that renders it, and the choice of the voice for a person."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.errors import MouthError
from voice_coach.models.catalogue import NATURAL, NATURAL_PACKAGE, speaks
from voice_coach.mouth.synthesizer_client import Engine, ProcessVoice, Speech, SpeechVoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.language.pack import LanguagePack

__all__ = ["EspeakVoice", "FallbackVoice", "NaturalVoice", "Speech", "SpeechVoice", "open_voice"]

_FAILURES_IN_A_ROW = 2
"""Sentences in a row after which a voice that renders none is given up: each failure costs the person seconds."""

_log = logging.getLogger(__name__)


class EspeakVoice(ProcessVoice):
    """The standard voice: eSpeak NG through pyttsx3. It starts in 0.1 s and renders a sentence in 11-40 ms.

    Raises:
        MouthError: eSpeak NG or a voice for the language is missing, or it cannot be loaded.
    """

    def __init__(self, pack: LanguagePack) -> None:
        super().__init__(
            Engine(
                "pyttsx3",
                ",".join(pack.espeak_voices),
                start_seconds=15.0,
                restart_seconds=2.5,
                render_seconds=2.0,
                does_not_start="The speech synthesiser does not start: "
                "reinstall it with apt install --reinstall espeak-ng.",
                faults={
                    "voice": f"eSpeak NG has no voice for the language “{pack.code}”: choose another with --lang.",
                    "library": "The coach has no voice, because eSpeak NG is missing: "
                    "install it with apt install espeak-ng.",
                    "broken": "The coach has no voice, because eSpeak NG cannot be loaded ({error}): "
                    "reinstall it with apt install --reinstall espeak-ng libespeak-ng1 espeak-ng-data.",
                    "memory": "The coach has no voice, because there is too little memory for eSpeak NG ({error}): "
                    "close other programs and start again.",
                    "package": "The coach has no voice, because the Python package pyttsx3 cannot be loaded ({error}): "
                    "run scripts/setup again.",
                },
                did_not_render="eSpeak NG did not render “{text}” ({error}): check it with espeak-ng in a terminal.",
            )
        )


class NaturalVoice(ProcessVoice):
    """The natural voice: English, by hibari. It starts in 0.7 s and renders a sentence in 20-110 ms on a busy PC.

    Raises:
        MouthError: the package is missing or broken.
    """

    def __init__(self) -> None:
        remedy = f"reinstall it with pip install --force-reinstall --no-deps {NATURAL_PACKAGE}."
        super().__init__(
            Engine(
                "hibari",
                "heart",
                start_seconds=20.0,
                restart_seconds=8.0,  # a Raspberry Pi 4 may be eight times as slow as what this was measured on
                render_seconds=4.0,
                does_not_start=f"The natural voice does not start: {remedy}",
                faults={
                    **dict.fromkeys(
                        ("voice", "library", "broken", "package"),
                        f"The natural voice cannot be loaded ({{error}}): {remedy}",
                    ),
                    "memory": "There is too little memory for the natural voice ({error}): close other programs.",
                },
                did_not_render="The natural voice did not render “{text}” ({error}).",
            )
        )


class FallbackVoice:
    """A voice with a second one that renders the sentences that the first cannot. Implements SpeechVoice.

    Args:
        voice: the first voice, used until it has failed twice in a row.
        open_fallback: opens the second voice when it is first needed.
    """

    def __init__(self, voice: SpeechVoice, open_fallback: Callable[[], SpeechVoice]) -> None:
        self._voice = voice
        self._open_fallback = open_fallback
        self._fallback: SpeechVoice | None = None
        self._failures = 0

    @property
    def name(self) -> str:
        """The name of the voice that is asked first."""
        return self._first.name

    @property
    def version(self) -> str:
        """The version of the voice that is asked first."""
        return self._first.version

    @property
    def pid(self) -> int:
        """The number of the process of the voice that is asked first."""
        return self._first.pid

    def render(self, text: str, words_per_minute: int) -> Speech:
        """Render a text that has at least one letter or digit.

        Raises:
            MouthError: neither voice can render it.
        """
        if self._first is self._fallback:
            return self._first.render(text, words_per_minute)
        try:
            speech = self._voice.render(text, words_per_minute)
        except MouthError as error:
            _log.warning("%s Another voice stands in.", error)
            self._failures += 1
            self._fallback = self._fallback or self._open_fallback()
            return replace(self._fallback.render(text, words_per_minute), is_fallback=True)
        self._failures = 0
        return speech

    def close(self) -> None:
        """End both voices."""
        self._voice.close()
        if self._fallback:
            self._fallback.close()

    @property
    def _first(self) -> SpeechVoice:
        is_abandoned = self._fallback and self._failures >= _FAILURES_IN_A_ROW
        return self._fallback if self._fallback and is_abandoned else self._voice


def open_voice(name: str, pack: LanguagePack) -> tuple[SpeechVoice, str]:
    """Return the voice that a person asked for, or the standard voice if that one cannot speak.

    Args:
        name: one of `models.catalogue.VOICES`.
        pack: the pack of the language to speak.

    Returns:
        The voice, and a sentence in that language when it is another one; else an empty text.

    Raises:
        MouthError: the standard voice is needed, and cannot speak either.
    """
    if name != NATURAL:
        return EspeakVoice(pack), ""
    if not speaks(name, pack.code):
        return _standard(pack, "another_language")
    try:
        natural = NaturalVoice()
    except MouthError as error:
        _log.warning("%s", error)
        return _standard(pack, "broken")
    return FallbackVoice(natural, lambda: EspeakVoice(pack)), ""


def _standard(pack: LanguagePack, why: str) -> tuple[SpeechVoice, str]:
    sentence = pack.document("voices").text(why)
    return EspeakVoice(pack), sentence
