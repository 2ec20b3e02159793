"""The voice: eSpeak NG through pyttsx3, in the process of its own that the coach uses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import failure, ok, warning
from voice_coach.errors import MouthError

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding

REINSTALL = "sudo apt install --reinstall espeak-ng libespeak-ng1"
_SENTENCE = "Can you hear me?"
_SLOW_SECONDS = 1.0


def look_at_voice(circumstances: Circumstances) -> Finding:
    """Whether a sentence can be rendered, and how fast."""
    from voice_coach.mouth.voice import EspeakVoice

    settings = circumstances.settings
    try:
        with EspeakVoice(settings.language) as voice:
            began = time.monotonic()
            speech = voice.render(_SENTENCE, settings.words_per_minute)
            seconds = time.monotonic() - began
            figures = {"voice": voice.name, "version": voice.version, "render_seconds": round(seconds, 3)}
    except MouthError as error:
        return failure("voice", str(error), REINSTALL)
    if not speech.samples.any():
        return failure("voice", f"The voice {figures['voice']} renders silence.", REINSTALL, **figures)
    if seconds > _SLOW_SECONDS:
        meaning = f"A sentence took {seconds:.1f} s to render: this machine is slow or busy."
        return warning("voice", meaning, "Close other programs; `top` shows the busiest.", **figures)
    meaning = f"The voice {figures['voice']} said a sentence after {seconds * 1000:.0f} ms ({figures['version']})."
    return ok("voice", meaning, **figures)
