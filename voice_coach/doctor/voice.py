"""The voice that was chosen, in the process of its own that the coach uses."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import failure, ok, warning
from voice_coach.errors import MouthError, NoVoiceError
from voice_coach.models.voices import NATURAL_PACKAGE, STANDARD, speaks

if TYPE_CHECKING:
    from voice_coach.core.sentences import Sentences
    from voice_coach.doctor.finding import Circumstances, Finding
    from voice_coach.memory.settings import Settings

REINSTALL = "sudo apt install --reinstall espeak-ng libespeak-ng1 espeak-ng-data"
_SLOW_SECONDS = 1.0


def look_at_voice(circumstances: Circumstances) -> Finding:
    """Whether a sentence can be rendered, and how fast."""
    from voice_coach.mouth.synthesizers import open_voice

    settings, texts = circumstances.settings, circumstances.texts
    try:
        voice, fallback_notice = open_voice(settings.voice, circumstances.pack)
        with closing(voice):
            began = time.monotonic()
            speech = voice.render(texts.say("voice.sample"), settings.words_per_minute)
            seconds = time.monotonic() - began
            figures = {"voice": voice.name, "version": voice.version, "render_seconds": round(seconds, 3)}
    except MouthError as error:
        return failure("voice", texts.say("voice.unusable", reason=error), _remedy(error, texts))
    if not speech.samples.any():
        return failure("voice", texts.say("voice.silent", voice=figures["voice"]), REINSTALL, **figures)
    if fallback_notice:
        return warning("voice", fallback_notice, _use_standard_or_mend(settings), **figures)
    if seconds > _SLOW_SECONDS:
        meaning = texts.say("voice.slow", seconds=f"{seconds:.1f}")
        return warning("voice", meaning, texts.say("check.close_programs"), **figures)
    milliseconds = f"{seconds * 1000:.0f}"
    meaning = texts.say("voice.fine", voice=voice.name, milliseconds=milliseconds, version=voice.version)
    return ok("voice", meaning, **figures)


def _remedy(error: MouthError, texts: Sentences) -> str:
    remedies = {"package": "scripts/setup", "memory": texts.say("check.close_programs")}
    return remedies.get(error.fault, REINSTALL) if isinstance(error, NoVoiceError) else REINSTALL


def _use_standard_or_mend(settings: Settings) -> str:
    if not speaks(settings.voice, settings.language):
        return f"voice-coach voices use {STANDARD}"
    return f"'{sys.executable}' -m pip install --force-reinstall --no-deps {NATURAL_PACKAGE}"
