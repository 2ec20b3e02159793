"""The places at which the hearing bench listens, and the sounds that it makes itself.

Targets are stated for five places; a sample of wider conditions is measured beside them. Talk, single words and noises
are made here where no recordings are given; none of them holds a command.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal

from benches.common.acoustics import FAR, SPEECH_LEVEL, AcousticPlace, bathroom_response, with_level
from benches.common.speakers import COACH, say
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.language.understanding import understand
from voice_coach.language.wording import PLACEHOLDERS, Message
from voice_coach.library import load_language, load_routine
from voice_coach.rehearsal.noise import running_tap, shower

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benches.common.speakers import Speaker
    from benches.hearing.recordings import GivenRecordings

    Sound = NDArray[np.float32]

OTHER_TALK = (
    "Did you see the film last night, it was longer than I thought",
    "The train leaves at half past seven from platform two",
    "My sister bought a new bicycle for the holidays",
    "Could you hand me the blue towel please",
    "I think it is going to rain in the afternoon",
    "We are out of milk and there is no bread left",
    "He never told me where he put the keys",
    "The water in the kettle is boiling already",
    "Please remember to feed the cat before you go",
    "That song was number one for a whole summer",
    "I was on the phone with my mother for an hour",
    "Tomorrow we have guests and the kitchen is a mess",
    "Turn left at the church and then straight on",
    "It costs eleven dollars with the discount",
    "The neighbours are painting their garden fence",
    "Somebody left the window open all night",
    "What a lovely colour, is it new",
    "I do not know why the printer is so slow today",
    "Our team lost three games in a row",
    "She wants to learn to play the violin",
)
"""Sentences of a household that are no commands."""
NEAR_WORDS = (
    *("text", "pack", "stark", "cause", "pores", "claws", "note", "nest", "neck", "vex", "six", "bag", "beak", "tack"),
    *("shop", "stoop", "step", "top", "star", "store", "dart", "wall", "wine", "wide", "yelp", "hell", "health"),
    *("louder than", "slow", "lower", "roaster", "past", "faucet", "feet", "heat", "repair", "received", "zoom"),
    *("presume", "kit", "quick", "exit poll", "thing", "string", "burn", "brains", "shorter", "longing", "more"),
)
"""Words that sound like commands and are none."""
NOISE_SECONDS = 60
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
AS_RECORDED = AcousticPlace("as recorded", keeps_level=True)


def talk(voices: Sequence[Speaker]) -> tuple[Sound, ...]:
    """Each voice says OTHER_TALK."""
    return tuple(say(sentence, voice) for voice in voices for sentence in OTHER_TALK)


def near_words(voices: Sequence[Speaker]) -> tuple[Sound, ...]:
    """Each voice says NEAR_WORDS, without those that have become commands meanwhile."""
    understander = load_language("en").understander
    words = [word for word in NEAR_WORDS if understand(word, understander).intent is None]
    return tuple(say(word, voice) for voice in voices for word in words)


def noises() -> tuple[Sound, ...]:
    """A minute each of a tap, a shower, a fan, music, things put down on tiles, and a hum that comes and goes."""
    return running_tap(11, NOISE_SECONDS), shower(12, NOISE_SECONDS), fan(), music(), _knocks(), _hum()


def fan(seed: int = 13) -> Sound:
    """Air, mostly low, and the blades' tone in it."""
    rng = np.random.default_rng(seed)
    air = signal.sosfilt(signal.butter(1, 250, fs=SAMPLE_RATE, output="sos"), rng.standard_normal(len(_time())))
    blades = np.sin(2 * np.pi * 96 * _time()) * (1 + 0.2 * np.sin(2 * np.pi * 1.3 * _time()))
    return with_level(air / air.std() + 0.3 * blades, SPEECH_LEVEL - 6)


def music(seed: int = 14) -> Sound:
    """Plucked chords, two a second, of a handful of harmonies."""
    rng = np.random.default_rng(seed)
    beat = SAMPLE_RATE // 2
    time = np.arange(2 * beat) / SAMPLE_RATE
    played = np.zeros(len(_time()) + 2 * beat)
    for start in range(0, len(_time()), beat):
        root = 110 * 2 ** (rng.choice([0, 2, 4, 5, 7, 9]) / 12)
        for interval in (0, 7, 12, 16):
            tone = signal.sawtooth(2 * np.pi * root * 2 ** (interval / 12) * time) * np.exp(-3 * time)
            played[start : start + len(tone)] += tone
    return with_level(played[: len(_time())], SPEECH_LEVEL - 6)


def coach_sentences() -> tuple[str, ...]:
    """What the coach says, every sentence once, as it is filled in in a session; many hold the words of commands."""
    wording, routine = load_language("en").wording, load_routine("facial_mask", "en")
    step = routine.steps[2]
    values = {
        "step": step.text,
        "title": step.title,
        "claim": step.claims()[0].say,
        "source": step.claims()[0].source.name,
        "advice": step.claims()[0].say,
        "name": routine.title,
        "when": wording.days.ago(3, 2),
        "times": wording.days.times_a_week(2),
        "week": wording.days.times(2),
        "month": wording.days.times(7),
        "time": wording.time.duration(600),
        "longest": wording.time.duration(1800),
        "left": wording.time.left(450),
        "number": wording.time.number(3),
        "count": wording.time.number(10),
        "skin": wording.note(Message.NOTE_SKIN_DRY),
        "phrase": "pause",
        "way": "next step",
        "key": "space",
        "names": ", ".join(wording.timers.values()),
        "examples": ", ".join(wording.phrases.values()),
        "language": wording.language_called(wording.language),
        "evening": step.text,
    }
    spoken = [message for message in Message if not message.value.startswith("note_")]
    told = (wording.say(message, **{key: values[key] for key in PLACEHOLDERS.get(message, ())}) for message in spoken)
    steps = (text for one in routine.steps for text in (one.text, *(claim.say for claim in one.claims())))
    return tuple(dict.fromkeys((*told, *steps, *(routine.hold.reminders if routine.hold else ()))))


def spoken_by_the_coach() -> tuple[Sound, ...]:
    """The coach's sentences in its own voice."""
    return tuple(say(sentence, COACH) for sentence in coach_sentences())


def _knocks() -> Sound:
    rng = np.random.default_rng(2)
    knocks = 1e-4 * rng.standard_normal(len(_time()))
    time = np.arange(SAMPLE_RATE // 4) / SAMPLE_RATE
    for start in rng.integers(len(knocks) - SAMPLE_RATE, size=NOISE_SECONDS):
        ring = rng.standard_normal(len(time)) * np.exp(-rng.uniform(20, 80) * time)
        knocks[start : start + len(ring)] += ring * rng.exponential()
    return with_level(knocks, SPEECH_LEVEL - 6)


def _hum() -> Sound:
    hum = signal.sawtooth(2 * np.pi * 120 * _time()) * (np.sin(2 * np.pi * 0.2 * _time()) > 0)
    return with_level(hum, SPEECH_LEVEL - 6)


def _time() -> NDArray[np.float64]:
    """The time of each sample of a noise, in seconds."""
    return np.arange(NOISE_SECONDS * SAMPLE_RATE) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Condition:
    """A place, and how the person speaks there."""

    place: AcousticPlace
    speed: float = 1.0
    pitch: float = 1.0

    def voice(self, voice: Speaker) -> Speaker:
        """The voice, speaking so."""
        return replace(voice, speed=voice.speed * self.speed, pitch=voice.pitch * self.pitch)


def stated_places(given: GivenRecordings) -> tuple[AcousticPlace, ...]:
    """Those of STATED, with the given rooms and water, or ours where none are given."""
    rooms = given.responses() or (bathroom_response(), bathroom_response(FAR))
    tap = _given_or(given.noise_of("water"), running_tap())
    return (
        AcousticPlace(QUIET),
        AcousticPlace(ROOM, rooms),
        AcousticPlace(TAP_20, noise=tap, ratio=20),
        AcousticPlace(TAP_10, noise=tap, ratio=10),
        AcousticPlace(ROOM_AND_TAP, rooms, tap, ratio=10),
    )


def wider_conditions(given: GivenRecordings, voices: Sequence[Speaker]) -> tuple[Condition, ...]:
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
            Condition(AcousticPlace(f"{name} {ratio} dB", noise=noise, ratio=ratio))
            for name, noise in noises.items()
            for ratio in (20, 10)
        ),
        Condition(AcousticPlace("near, in the room", near)),
        Condition(AcousticPlace("far, in the room", far)),
        Condition(AcousticPlace("far, in the room, tap 20 dB", far, water, 20)),
        Condition(AcousticPlace("loud", level=SPEECH_LEVEL + 14)),
        Condition(AcousticPlace("soft", level=SPEECH_LEVEL - 14)),
        Condition(AcousticPlace("very soft", level=SPEECH_LEVEL - 24)),
        Condition(AcousticPlace("fast"), speed=1.3),
        Condition(AcousticPlace("slow"), speed=0.75),
        Condition(AcousticPlace("deep"), pitch=0.9),
        Condition(AcousticPlace("childlike"), pitch=1.2),
    )


def _given_or(given: Sound | None, ours: Sound) -> Sound:
    return ours if given is None else given
