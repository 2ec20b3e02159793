"""The engines that the hearing bench compares, and how they hear a clip. Runs in worker processes."""

from __future__ import annotations

import functools
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benches.common.acoustics import AcousticPlace
from benches.common.speakers import say
from voice_coach.ears import load_recognizers, recognizer_names
from voice_coach.ears.endpointing import FRAME_SAMPLES
from voice_coach.ears.pipeline import RecognitionPipeline
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.recognizers.registry import PUBLISHED_MOONSHINE, load_speech_model
from voice_coach.errors import ModelError
from voice_coach.library import load_language
from voice_coach.rehearsal.recorder import end_of_speech
from voice_coach.routines import Phase
from voice_coach.session.listening import listening, listening_in, listening_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from benches.common.speakers import Speaker
    from voice_coach.ears.pipeline import Recognition
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.language.phrases import Phrase, PhraseBook
    from voice_coach.session.commands import Listen

    Sound = NDArray[np.float32]

LANGUAGE = "en"
OURS = "moonshine"
POCKETSPHINX, TRANSCRIPTION, KOREAN_VOSK = "pocketsphinx", "transcription", "vosk-ko"
BASELINES = (POCKETSPHINX, TRANSCRIPTION)
"""The baselines, in English and with the coach's own phrases."""
RUNNING = listening_in("applying")
LEAD_IN_SECONDS = 2.0
BEFORE_SECONDS = 0.4
AFTER_SECONDS = 1.0
_FIRST_COMMANDS = ("next step", "say that again", "how much time is left", "speak up", "next step")
"""What a person says near the microphone, so often that the ears know how loud that is."""


def engines_here() -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The coach's engines that can be measured here, and why the others cannot."""
    try:
        recognizer_names("vosk", LANGUAGE)
    except ModelError:
        return (OURS,), {"vosk": "its English model is missing here", "auto": "without that the same as moonshine"}
    return (OURS, "vosk", "auto"), {}


@functools.cache
def recognizers_of(engine: str) -> list[Recognizer]:
    """The recognisers of an engine or baseline, loaded once a process."""
    book = book_of(engine)
    match engine:
        case "pocketsphinx":
            from benches.hearing.baselines import PocketSphinxRecognizer  # noqa: PLC0415  loaded when it is measured

            return [PocketSphinxRecognizer(book.texts)]
        case "transcription":
            from benches.hearing.baselines import TranscriptionRecognizer  # noqa: PLC0415  the same

            model = load_speech_model(PUBLISHED_MOONSHINE)
            return [TranscriptionRecognizer(model, load_language(LANGUAGE).understander, book)]
        case "vosk-ko":
            return load_recognizers(("vosk",), book, lambda _done, _of: None)
        case _:
            names = recognizer_names(engine, LANGUAGE)
            return load_recognizers(names, book, lambda _done, _of: None, lambda: load_language(LANGUAGE).understander)


def book_of(engine: str) -> PhraseBook:
    """The phrases that an engine listens for."""
    return load_language("ko" if engine == KOREAN_VOSK else LANGUAGE).phrase_book


@dataclass(frozen=True, slots=True)
class TimedRecognition:
    """A decision about an utterance, and when it was made."""

    judged: Recognition
    """The decision with its scores, which suffice to decide again at another sensitivity."""
    at_seconds: float
    """Seconds of sound from the clip's first sample to the end of the frame that brought the decision."""
    deciding_seconds: float
    """Processor time that this frame took: all the decoding that the decision waited for."""


@dataclass(frozen=True, slots=True)
class HeardClip:
    """A piece of sound that was heard, and what the ears made of it."""

    seconds: float
    """Length of what is said or played in it, without the pauses around it and the room's ringing."""
    answers: tuple[TimedRecognition, ...]
    said: Phrase | None = None
    """The command in it."""

    @property
    def word_end(self) -> float:
        """Seconds from the clip's first sample to the end of the command."""
        return BEFORE_SECONDS + self.seconds


@dataclass(frozen=True)
class Commands:
    """Task: one voice says phrases at one place, and the ears hear them in one stream, as from a microphone."""

    engine: str
    place: AcousticPlace
    voice: Speaker
    phrases: tuple[Phrase, ...]

    def hear(self) -> tuple[HeardClip, ...]:
        """A clip for each phrase. Answers are said while they are asked for, all others while no question is open."""
        rng = np.random.default_rng(zlib.crc32(f"{self.place.name} {self.voice.name}".encode()))
        stream = _Stream(self.engine, self.place, rng)
        clips = []
        for phrase in self.phrases:
            speech = say(phrase.text, self.voice)
            listen = listening_to(phrase.intent)
            seconds = end_of_speech(speech, SAMPLE_RATE) or 0.0
            clips.append(stream.hear(self.place.reach(speech, rng), seconds, listen, phrase))
        return tuple(clips)


@dataclass(frozen=True)
class Others:
    """Task: sounds that hold no command, in one stream with pauses between them."""

    engine: str
    kind: str
    sounds: tuple[Sound, ...]
    place: AcousticPlace
    speaking: tuple[str, ...] = ()
    """The text that the coach is known to say in each sound, if it speaks."""
    person: Speaker | None = None
    """Who has said commands near the microphone before, so that the ears know how loud a person is."""

    def hear(self) -> tuple[HeardClip, ...]:
        """A clip for each sound."""
        rng = np.random.default_rng(zlib.crc32(f"{self.place.name} {self.kind}".encode()))
        stream = _Stream(self.engine, self.place, rng)
        for text in _FIRST_COMMANDS if self.person else ():
            stream.hear(AcousticPlace("").reach(say(text, self.person), rng), 0.0, RUNNING)
        said = self.speaking or ("",) * len(self.sounds)
        return tuple(
            stream.hear(
                self.place.reach(sound, rng), len(sound) / SAMPLE_RATE, listening(Phase.APPLYING, speaking=text)
            )
            for sound, text in zip(self.sounds, said, strict=True)
        )


class _Stream:
    """A stream of sound at one place, heard piece by piece."""

    def __init__(self, engine: str, place: AcousticPlace, rng: np.random.Generator) -> None:
        self._hearing = RecognitionPipeline(recognizers_of(engine), book_of(engine))
        self._place = place
        self._rng = rng
        self._take(place.background(_samples(LEAD_IN_SECONDS), rng), RUNNING)

    def hear(self, arriving: Sound, seconds: float, listen: Listen, said: Phrase | None = None) -> HeardClip:
        """Hear a piece that arrives after a pause, and a pause after it.

        Args:
            arriving: shape (samples,).
            seconds: how long it is without the room's ringing.
            listen: what may be taken.
            said: the command in it.
        """
        sound = np.pad(arriving, (_samples(BEFORE_SECONDS), _samples(AFTER_SECONDS)))
        sound = sound + self._place.background(len(sound), self._rng)
        return HeardClip(seconds, self._take(sound, listen), said)

    def _take(self, sound: Sound, listen: Listen) -> tuple[TimedRecognition, ...]:
        answers = []
        for start in range(0, len(sound), FRAME_SAMPLES):
            begun = time.process_time()
            for judged in self._hearing.feed(sound[start : start + FRAME_SAMPLES], listen):
                at = (start + FRAME_SAMPLES) / SAMPLE_RATE
                answers.append(TimedRecognition(judged, at, time.process_time() - begun))
        return tuple(answers)


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
