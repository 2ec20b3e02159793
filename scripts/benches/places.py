"""The places of the hearing bench: the five that the targets are stated for, and a sample of wider conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from made_sounds import fan, music, talk
from rooms import FAR, Place, bathroom_response
from speakers import SPEECH_LEVEL

from voice_coach.ears.evidence import SAMPLE_RATE
from voice_coach.sound.water import running_tap, shower

if TYPE_CHECKING:
    from collections.abc import Sequence

    from material import Recordings
    from rooms import Sound
    from speakers import Voice

QUIET, ROOM, TAP_20, TAP_10, ROOM_AND_TAP = (
    "quiet",
    "bathroom response",
    "tap 20 dB",
    "tap 10 dB",
    "room and tap 10 dB",
)
STATED = (QUIET, ROOM, TAP_20, TAP_10, ROOM_AND_TAP)
"""The names of the places that targets are stated for."""
_TELEVISION_SAMPLES = 120 * SAMPLE_RATE
AS_RECORDED = Place("as recorded", keeps_level=True)


@dataclass(frozen=True, slots=True)
class Condition:
    """A place, and how the person speaks there."""

    place: Place
    speed: float = 1.0
    pitch: float = 1.0

    def voice(self, voice: Voice) -> Voice:
        """The voice, speaking so."""
        return replace(voice, speed=voice.speed * self.speed, pitch=voice.pitch * self.pitch)


def stated_places(given: Recordings) -> tuple[Place, ...]:
    """Those of STATED, with the given rooms and water, or ours where none are given."""
    rooms = given.responses() or (bathroom_response(), bathroom_response(FAR))
    tap = _given_or(given.noise_of("water"), running_tap())
    return (
        Place(QUIET),
        Place(ROOM, rooms),
        Place(TAP_20, noise=tap, ratio=20),
        Place(TAP_10, noise=tap, ratio=10),
        Place(ROOM_AND_TAP, rooms, tap, ratio=10),
    )


def wider_conditions(given: Recordings, voices: Sequence[Voice]) -> tuple[Condition, ...]:
    """What else happens in a bathroom, one thing at a time.

    Args:
        given: recordings.
        voices: who talks on the television, where no talk is given.
    """
    noises = {
        "shower": shower(),
        "fan": _given_or(given.noise_of("fan"), fan()),
        "music": _given_or(given.noise_of("music"), music()),
        "television": np.concatenate(given.talk() or talk(voices[:2]))[:_TELEVISION_SAMPLES],
    }
    water = _given_or(given.noise_of("water"), running_tap())
    near = given.responses("near") or (bathroom_response(),)
    far = given.responses("far") or (bathroom_response(FAR),)
    return (
        *(
            Condition(Place(f"{name} {ratio} dB", noise=noise, ratio=ratio))
            for name, noise in noises.items()
            for ratio in (20, 10)
        ),
        Condition(Place("near, in the room", near)),
        Condition(Place("far, in the room", far)),
        Condition(Place("far, in the room, tap 20 dB", far, water, 20)),
        Condition(Place("loud", level=SPEECH_LEVEL + 14)),
        Condition(Place("soft", level=SPEECH_LEVEL - 14)),
        Condition(Place("very soft", level=SPEECH_LEVEL - 24)),
        Condition(Place("fast"), speed=1.3),
        Condition(Place("slow"), speed=0.75),
        Condition(Place("deep"), pitch=0.9),
        Condition(Place("childlike"), pitch=1.2),
    )


def _given_or(given: Sound | None, ours: Sound) -> Sound:
    return ours if given is None else given
