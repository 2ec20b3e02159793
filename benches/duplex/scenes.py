"""The sounds of the computed part: the coach's sentences after an echo path, and a person who talks over them."""

from __future__ import annotations

import functools
import re
import zlib
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soxr
from scipy import signal

from benches.common.acoustics import HISS_LEVEL, SPEECH_LEVEL, louder, with_active_level, with_level
from benches.common.speakers import NATURAL, Speaker, say
from voice_coach.audio.playback import BLOCK_SECONDS
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.language.intents import ANSWERS
from voice_coach.library import load_language, load_routine
from voice_coach.models.catalogue import AUTO
from voice_coach.mouth.speaker import synthesise
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.speech_renderer import SpeechRenderer
from voice_coach.mouth.synthesizers import open_voice
from voice_coach.session import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from voice_coach.language.phrases import Phrase

    Sound = NDArray[np.float32]

RATE = 48_000
"""The speaker's sample rate in Hz."""
BEGUN_AT = 1_000.0
"""Monotonic seconds of the first block."""
_BLOCK = round(BLOCK_SECONDS * RATE)
_WORDS_PER_MINUTE, _VOLUME = 165, 0.8
_PAUSE_SECONDS = 0.6
_JITTER_SECONDS = 0.0015
"""Seconds by which the reported times of a sentence's beginning vary, as measured on the virtual card."""
_LATENCY_SECONDS = 0.03
_INTO_SENTENCE = (0.5, 0.9)
"""Seconds after which a person interrupts."""
_LONG_ENOUGH = 2.2
_LEARNED_FROM = 4
_TICKED_AT = (
    "next step", "pause", "it stings", "how much time is left", "stop", "more time", "i'm done", "repeat that",
)  # fmt: skip
"""What a person says while the clock ticks, each at _MOMENTS moments of the second."""
_MOMENTS = 10
_PATIENT_SECONDS = 2.0
"""Seconds at least between two commands."""
_SPEEDS = (1.0, 0.85, 1.15)
_UNINTERRUPTED = 2
"""SpeechRenderer at the beginning, the greeting being the first."""


@dataclass(frozen=True)
class EchoPath:
    """A path of sound from the speaker to the microphone."""

    name: str
    response: Sound
    drift: float = 0.0
    """Parts per million by which the microphone's clock is faster."""
    wrong_times: float = 0.0
    """Seconds by which the reported times of every other sentence are wrong."""
    is_overloaded: bool = False
    """Whether the microphone cuts off what is louder than a fifth of the echo's peak."""


@dataclass(frozen=True)
class Interruption:
    """A command of the person, with its times in samples of the microphone's sound."""

    phrase: Phrase
    start: int
    end: int


@dataclass(frozen=True)
class Scene:
    """The sound that is played, and the sound that the microphone hears."""

    played: tuple[tuple[Sound, float], ...]
    """Blocks, and the times reported for them."""
    heard: Sound
    sentences: tuple[tuple[float, float, str], ...]
    """The coach's sentences: beginning and end in seconds, and text."""
    commands: tuple[Interruption, ...]

    def speaking_at(self, seconds: float) -> str:
        """The text that the coach is saying at a time; empty when it is silent."""
        return next((text for start, end, text in self.sentences if start <= seconds <= end), "")


def texts() -> Iterator[str]:
    """Everything that the coach says, the placeholders of its sentences filled in somehow; the greeting first."""
    routine, wording = load_routine("facial_mask", "en"), load_language("en").wording
    suggested = {f"say_{intent.value}": phrase for intent, phrase in wording.phrases.items()}
    filled = suggested | {"left": "ten minutes are left", "step": "", "examples": ", ".join(wording.phrases.values())}
    for message, sentence in wording.sentences.items():
        if not message.value.startswith("note_"):
            yield re.sub(r"{(\w+)}", lambda name: filled.get(name[1], "five minutes"), sentence).strip()
    for step in routine.steps:
        yield step.text
        yield from (f"{claim.say} Source: {claim.source.name}." for claim in step.claims())
    yield from routine.hold.reminders if routine.hold else ()


@functools.cache
def spoken() -> tuple[tuple[str, Sound], ...]:
    """The coach's sentences with their sound at RATE, in the voice that it has by default."""
    opened, _ = open_voice(AUTO, load_language("en"))
    with closing(opened) as voice:
        sentences = SpeechRenderer(voice, SpeechCache(), RATE)
        return tuple((text, louder(sentences.get(text, _WORDS_PER_MINUTE), 20 * np.log10(_VOLUME))) for text in texts())


def make_scene(path: EchoPath, echo_db: float, person_db: float | None, count: int | None = None) -> Scene:
    """The coach says its sentences one after the other; a person, if there is one, interrupts the longer ones.

    Args:
        path: what happens to its voice on the way.
        echo_db: level of the echo at the microphone, against a person's usual level.
        person_db: level of this person against the echo's; None: nobody is there.
        count: only so many of the sentences.
    """
    rng = np.random.default_rng(zlib.crc32(path.name.encode()))
    pause = np.zeros(round(_PAUSE_SECONDS * RATE) // _BLOCK * _BLOCK, np.float32)
    pieces: list[Sound] = []
    blocks: list[tuple[Sound, float]] = []
    sentences: list[tuple[float, float, str]] = []
    said: list[tuple[Phrase, int, Sound]] = []
    place = 0
    for number, (text, sound) in enumerate(spoken()[:count]):
        piece = np.concatenate([np.pad(sound, (0, -len(sound) % _BLOCK)), pause])
        error = rng.normal(0, _JITTER_SECONDS) + (path.wrong_times if number % 2 else 0.0)
        begin, end = place / RATE, (place + len(sound)) / RATE
        times = BEGUN_AT + begin + error + np.arange(0, len(piece), _BLOCK) / RATE
        blocks += [(piece[i * _BLOCK : (i + 1) * _BLOCK], float(at)) for i, at in enumerate(times)]
        sentences.append((begin + _LATENCY_SECONDS, end + _LATENCY_SECONDS, text))
        if person_db is not None and number >= _UNINTERRUPTED and end - begin > _LONG_ENOUGH:
            phrase, voice = _person(number, rng)
            at = round((begin + _LATENCY_SECONDS + rng.uniform(*_INTO_SENTENCE)) * SAMPLE_RATE)
            said.append((phrase, at, louder(say(phrase.text, voice), echo_db + person_db)))
        pieces.append(piece)
        place += len(piece)
    heard = _echo(np.concatenate(pieces), path, SPEECH_LEVEL + echo_db)
    heard += with_level(rng.standard_normal(len(heard)), HISS_LEVEL)
    for _, at, sound in said:
        heard[at : at + len(sound)] += sound[: len(heard) - at]
    if path.is_overloaded:
        limit = 0.2 * float(np.abs(heard).max())
        heard = np.clip(heard, -limit, limit)
    commands = tuple(Interruption(phrase, at, at + len(sound)) for phrase, at, sound in said)
    return Scene(tuple(blocks), heard, tuple(sentences), commands)


def make_ticking_scene(path: EchoPath, echo_db: float) -> Scene:
    """The coach says a few sentences, from which the echo can be learned; then its clock ticks, and a person talks.

    Args:
        path: what happens to the coach's sounds on the way.
        echo_db: level of the echo of its voice at the microphone, against the person's.
    """
    rng = np.random.default_rng(zlib.crc32(path.name.encode()))
    pause = np.zeros(round(_PAUSE_SECONDS * RATE), np.float32)
    sentences = np.concatenate([piece for _, sound in spoken()[:_LEARNED_FROM] for piece in (sound, pause)])
    first = -(-len(sentences) // RATE)
    said = list(_said_between_ticks(first + 1.0))
    played = np.zeros((said[-1].end // SAMPLE_RATE + 2) * RATE, np.float32)
    played[: len(sentences)] = sentences
    tick = _VOLUME * synthesise(commands.Sound.TICK, RATE)
    blocks: list[tuple[Sound, float]] = []
    for begin in range(0, len(played), RATE):
        if begin >= first * RATE:
            played[begin : begin + len(tick)] += tick
        error = rng.normal(0, _JITTER_SECONDS)
        blocks += [
            (played[at : at + _BLOCK], BEGUN_AT + at / RATE + error) for at in range(begin, begin + RATE, _BLOCK)
        ]
    heard = _echo(played, path, SPEECH_LEVEL + echo_db)
    heard += with_level(rng.standard_normal(len(heard)), HISS_LEVEL)
    for number, one in enumerate(said):
        heard[one.start : one.end] += _ticked_at(one.phrase.text, number)
    return Scene(tuple(blocks), heard, (), tuple(said))


def _said_between_ticks(seconds: float) -> Iterator[Interruption]:
    """Each command, at each moment of a second, from a time in seconds on."""
    phrases = load_language("en").phrase_book.by_text
    for number, text in enumerate(_TICKED_AT * _MOMENTS):
        begin = np.ceil(seconds) + number // len(_TICKED_AT) / _MOMENTS
        start = round(begin * SAMPLE_RATE)
        end = start + len(_ticked_at(text, number))
        yield Interruption(phrases[text], start, end)
        seconds = end / SAMPLE_RATE + _PATIENT_SECONDS


def _ticked_at(text: str, number: int) -> Sound:
    return say(text, NATURAL[(number + number // len(_TICKED_AT)) % len(NATURAL)])


def _person(number: int, rng: np.random.Generator) -> tuple[Phrase, Speaker]:
    phrases = [phrase for phrase in load_language("en").phrase_book.phrases if phrase.intent not in ANSWERS]
    usual = NATURAL[number % len(NATURAL)]
    speed = _SPEEDS[number // len(NATURAL) % len(_SPEEDS)]
    voice = Speaker(f"{usual.name} x {speed}", usual.engine, usual.speaker, usual.half, speed=speed)
    return phrases[rng.integers(len(phrases))], voice


def _echo(played: Sound, path: EchoPath, wanted: float) -> Sound:
    echo = signal.fftconvolve(soxr.resample(played, RATE, SAMPLE_RATE), path.response)
    if path.drift:
        echo = soxr.resample(echo, SAMPLE_RATE, SAMPLE_RATE * (1 + path.drift * 1e-6))
    late = np.zeros(round(_LATENCY_SECONDS * SAMPLE_RATE), np.float32)
    return np.concatenate([late, with_active_level(np.asarray(echo, np.float32), wanted)])
