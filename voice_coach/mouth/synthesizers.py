"""The voices, each with the engine that renders it, and the choice of the voice for a person."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING

from voice_coach import reinstall
from voice_coach.errors import MouthError
from voice_coach.models.catalogue import NATURAL, NATURAL_PACKAGE, speaks, voice_for
from voice_coach.mouth.synthesis_process import Hibari
from voice_coach.mouth.synthesizer_client import Engine, ProcessVoice, Speech, SpeechVoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.language.pack import LanguagePack

__all__ = ["EspeakVoice", "FallbackVoice", "NaturalVoice", "Speech", "SpeechVoice", "open_voice"]

_FAILURES_IN_A_ROW = 2
"""Sentences in a row after which a voice that renders none is given up: each failure costs the person seconds."""

_NATURAL_NAME = "heart"
"""The natural voice as its engine names it."""
_PATIENCE_SECONDS = 0.8
"""Seconds after its opening for which a voice that is still loaded is waited for; then another one stands in."""

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
                    "run {set_up}.",
                },
                did_not_render="eSpeak NG did not render “{text}” ({error}): check it with espeak-ng in a terminal.",
            )
        )


class NaturalVoice(ProcessVoice):
    """The natural voice: English, by hibari. It starts in 0.7 s and renders a sentence in 20-110 ms on a busy PC.

    Its name and version are known before it is loaded, so that a sentence in the cache can be said at once.

    Args:
        is_awaited: see ProcessVoice.

    Raises:
        MouthError: the package is missing or broken.
    """

    def __init__(self, *, is_awaited: bool = True) -> None:
        remedy = f"reinstall it with {reinstall(NATURAL_PACKAGE)}."
        super().__init__(
            Engine(
                "hibari",
                _NATURAL_NAME,
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
            ),
            is_awaited=is_awaited,
        )
        if not is_awaited:
            with contextlib.suppress(PackageNotFoundError):
                self.name, self.version = _NATURAL_NAME, Hibari.version()


class FallbackVoice:
    """A voice with a second one that renders what the first cannot, or not yet. Implements SpeechVoice.

    Args:
        voice: the first voice; it may still be loaded. It is used until it has failed twice in a row.
        open_fallback: opens the second voice when it is first needed.
        patience_seconds: seconds from now until which a sentence waits for the first voice to be loaded.
        notice: a sentence for the person, for when the first voice cannot be loaded.
    """

    def __init__(
        self,
        voice: SpeechVoice,
        open_fallback: Callable[[], SpeechVoice],
        patience_seconds: float = _PATIENCE_SECONDS,
        notice: str = "",
    ) -> None:
        self.notice = ""
        """The sentence for the person, since the first voice could not be loaded; else empty."""
        self._notice = notice
        self._voice = voice
        self._open_fallback = open_fallback
        self._fallback: SpeechVoice | None = None
        self._failures = 0
        self._patient_until = time.monotonic() + patience_seconds

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

    def is_ready(self, seconds: float = 0.0) -> bool:
        """Wait until the voice that is asked first is loaded, at most so many seconds; return whether it is.

        Raises:
            MouthError: the first voice cannot be loaded, nor the second.
        """
        try:
            return self._first.is_ready(seconds)
        except MouthError as error:
            if self._first is self._fallback:
                raise
            _log.warning("%s Another voice speaks.", error)
            self._failures, self.notice = _FAILURES_IN_A_ROW, self._notice
        return self._second.is_ready(seconds)

    def render(self, text: str, words_per_minute: int) -> Speech:
        """Render a text that has at least one letter or digit.

        Raises:
            MouthError: neither voice can render it.
        """
        if self._first is self._fallback:
            return self._first.render(text, words_per_minute)
        if not self.is_ready(max(0.0, self._patient_until - time.monotonic())):
            with contextlib.suppress(MouthError):  # if no other one can stand in, the first one is waited for
                return self._stand_in(text, words_per_minute)
        if self._first is self._fallback:  # since just now: whoever asked knew the name of the first voice
            return self._stand_in(text, words_per_minute)
        try:
            speech = self._voice.render(text, words_per_minute)
        except MouthError as error:
            _log.warning("%s Another voice stands in.", error)
            self._failures += 1
            return self._stand_in(text, words_per_minute)
        self._failures = 0
        self._dismiss_second()
        return speech

    def close(self) -> None:
        """End both voices."""
        self._voice.close()
        self._dismiss_second()

    def _dismiss_second(self) -> None:
        if self._fallback:
            self._fallback.close()
        self._fallback = None

    def _stand_in(self, text: str, words_per_minute: int) -> Speech:
        return replace(self._second.render(text, words_per_minute), is_fallback=True)

    @property
    def _second(self) -> SpeechVoice:
        self._fallback = self._fallback or self._open_fallback()
        return self._fallback

    @property
    def _first(self) -> SpeechVoice:
        is_abandoned = self._fallback and self._failures >= _FAILURES_IN_A_ROW
        return self._fallback if self._fallback and is_abandoned else self._voice


def open_voice(name: str, pack: LanguagePack, *, is_awaited: bool = True) -> tuple[SpeechVoice, str]:
    """Return the voice that a person asked for, or the standard voice if that one cannot speak.

    Args:
        name: `models.catalogue.AUTO`, or one of its VOICES.
        pack: the pack of the language to speak.
        is_awaited: whether to wait for the natural voice to be loaded; if not, the standard voice stands in for it
            when it takes long, and when it cannot be loaded its `notice` says so later.

    Returns:
        The voice, and a sentence in that language when it is another one; else an empty text.

    Raises:
        MouthError: the standard voice is needed, and cannot speak either.
    """
    name = voice_for(name, pack.code)
    if name != NATURAL:
        return EspeakVoice(pack), ""
    if not speaks(name, pack.code):
        return _standard(pack, "another_language")
    try:
        natural = NaturalVoice(is_awaited=is_awaited)
    except MouthError as error:
        _log.warning("%s", error)
        return _standard(pack, "broken")
    return FallbackVoice(natural, lambda: EspeakVoice(pack), notice=_sentence(pack, "broken")), ""


def _standard(pack: LanguagePack, why: str) -> tuple[SpeechVoice, str]:
    sentence = _sentence(pack, why)
    return EspeakVoice(pack), sentence


def _sentence(pack: LanguagePack, why: str) -> str:
    return pack.document("voices").text(why)
