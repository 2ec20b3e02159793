"""Writes docs/sample.ogg: what a person hears at the first steps of the demo, in the voice that speaks by default.

The words are those of the real session, the sounds those that the mouth plays; between them a person would act.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine
from voice_coach.models.catalogue import AUTO
from voice_coach.mouth.speaker import synthesise
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.speech_renderer import SpeechRenderer
from voice_coach.mouth.synthesizers import open_voice
from voice_coach.session import new_session, step
from voice_coach.session.commands import Cue, Sound, Speak
from voice_coach.session.events import CommandHeard, EarsReady, SpeechEnded, Started

SAMPLE = Path(__file__).parents[2] / "docs" / "sample.ogg"
_RATE = 24_000
_PAUSE_SECONDS = 0.8
_HOLD_SECONDS = 600.0
_COMMANDS = (Intent.START, Intent.NEXT, Intent.NEXT, Intent.NEXT, Intent.TIME_LEFT)
"""The commands of a person who goes on until the mask is on, and asks how long it stays."""
_LEFT_OUT = (3, 4)
"""The places of the events whose answers are left out, so that the sample stays short: the second and third step."""


def main() -> None:
    """Write the sample."""
    opened, _ = open_voice(AUTO, load_language("en"))
    with contextlib.closing(opened):
        renderer = SpeechRenderer(opened, SpeechCache(), _RATE)
        pause = np.zeros(round(_PAUSE_SECONDS * _RATE), np.float32)
        parts = []
        for command in spoken():
            if isinstance(command, Speak):
                parts += [renderer.get(command.text, command.voice.words_per_minute), pause]
            else:
                parts += [synthesise(command.sound, _RATE), pause]
    soundfile.write(SAMPLE, np.concatenate(parts), _RATE, format="OGG", subtype="VORBIS")


def spoken() -> list[Speak | Cue]:
    """Return everything that sounds, in its order, but for the ticks."""
    session = new_session(load_routine("facial_mask", "en"), load_language("en").wording, hold_seconds=_HOLD_SECONDS)
    found: list[Speak | Cue] = []
    events: tuple[Started | EarsReady | CommandHeard, ...] = (
        Started(is_daytime=True),
        EarsReady(engine="sample"),
        *(CommandHeard(intent=intent, text=session.wording.phrases[intent]) for intent in _COMMANDS),
    )
    for place, event in enumerate(events):
        session, commands = step(session, replace(event, at=10.0 * place))
        for one in commands:
            if isinstance(one, Speak) or (isinstance(one, Cue) and one.sound is Sound.BELL):
                found += [] if place in _LEFT_OUT else [one]
        if session.saying:
            ended = SpeechEnded(utterance_id=session.saying.utterance_id, at=10.0 * place + 8.0)
            session, _ = step(session, ended)
    return found


if __name__ == "__main__":
    main()
