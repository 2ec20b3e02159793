"""The sounds that the encoder is trained with: clean speech, and the same as it comes through a bathroom.

All of them belong to the tuning half of the hearing bench: its voices, and of recordings its speakers and noises. Rooms
and most noises are drawn anew for each example. An example depends on the seed and its number only, so that training is
the same again however quickly examples are made.
"""

from __future__ import annotations

import difflib
import functools
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import soxr
from scipy import signal

from benches.common.acoustics import SPEECH_LEVEL, louder, with_active_level
from benches.common.speakers import TUNE, VOICES, Speaker, say
from benches.hearing.grammar_sample import unlisted_sentences
from scripts.encoder.noises import draw_noise
from scripts.encoder.rooms import RATE, draw_response
from voice_coach.ears.closed_grammar.speech_model import BEGIN, END
from voice_coach.ears.recognizers.registry import PUBLISHED_MOONSHINE, load_speech_model, moonshine_folder
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import SpeechModel

    Sound = NDArray[np.float32]

INTENTS = Path(__file__).parents[2] / "models" / "intents" / "en.tsv"
SAMPLES_PER_FRAME = 384
"""Samples between two hidden states of the encoder."""
LENGTHS = (1.3, 2.0, 3.0)
"""Seconds of sound that an example may have."""
SECONDS_IN_A_BATCH = 30.0
TOKENS = 14
"""The most tokens of a transcript that are looked at."""
PADDING = 0
_PERSONS = (
    *((voice, 4) for voice in VOICES if voice.half == TUNE),
    (Speaker("kal", "flite", "kal16", TUNE), 1),
    *(
        (Speaker(name, "espeak-ng", name, TUNE), 1)
        for name in ("en-us+f2", "en-gb+m3", "en-gb-scotland+f4", "en-us+m7")
    ),
)
"""Who speaks, and how often against others."""
_SPEEDS, _PITCHES = (0.8, 0.9, 1.0, 1.1, 1.25), (0.92, 1.0, 1.0, 1.08)
_LAST_RATIO, _HIGHEST_RATIO = 0.0, 26.0
"""dB between speech and noise: the least from the middle of a stage on, and the most."""
_LEVELS = (-44.0, -14.0)
"""dBFS of the speech as it arrives, over its active frames."""
_HISS_LEVELS = (-80.0, -60.0)
_OTHER_FRAMES = 0.25
"""The weight of frames in which nobody speaks, against that of the others."""
_NOBODY = 0.13
"""The share of examples in which nobody speaks."""
_REAL, _SINGLE_WORDS = 0.3, 0.05
"""Shares of examples of real people; the others are said by voices."""
_LOOKED_AT = 48
"""Phrases from which the one that is most like a sentence is taken as its rival."""
_PIECES, _SHORTEST, _LONGEST = 1_500, 0.7, 2.8
"""The number of pieces that real people's talk is cut into, and their seconds."""


@dataclass(frozen=True)
class Mixture:
    """How the examples of a stage of the training are mixed."""

    disturbed: float
    """The share of examples that come through a room, and of those with noise."""
    first_ratio: float
    """The least dB between speech and noise at the beginning; it falls until the middle of the stage."""
    confusable: float = 0.0
    """The share of examples that are easily taken for another."""
    wrong: float | None = 0.3
    """The share of examples with a wrong transcript, the others having the right one; None to give both to each."""

    @property
    def transcripts(self) -> int:
        """The number of transcripts of each example."""
        return 2 if self.wrong is None else 1


@dataclass(frozen=True, slots=True)
class Utterance:
    """Clean speech and what is said."""

    sound: Sound
    text: str
    is_sure: bool
    """Whether the text is known; else it is what the shipped model has understood."""
    rivals: tuple[str, ...] = ()
    """The sentences that it is easily taken for, where they are known."""


@dataclass(frozen=True)
class Corpus:
    """Clean speech, and recorded noise."""

    spoken: tuple[Utterance, ...]
    """Sentences and commands that voices say."""
    talk: tuple[Utterance, ...]
    """Pieces of what real people say; without recordings, the voices."""
    words: tuple[Utterance, ...]
    noises: tuple[Sound, ...]
    rivals: tuple[str, ...]
    """Phrases and sentences that may be heard where they are not said."""
    confusable: tuple[Utterance, ...] = ()
    """What voices say and is easily taken for something else."""


@dataclass(frozen=True)
class Batch:
    """Examples of the same length."""

    heard: NDArray[np.float32]
    """What comes to the microphone, shape (examples, samples)."""
    wanted: NDArray[np.float32]
    """The hidden states that the shipped encoder has of the clean sound, shape (examples, frames, 288)."""
    weight: NDArray[np.float32]
    """How much each frame counts, shape (examples, frames)."""
    tokens: NDArray[np.int32]
    """Transcripts from the token that begins them on; shape (examples, transcripts, TOKENS + 1)."""
    is_right: NDArray[np.float32]
    """1 where the transcript is known to be right, else 0; shape (examples, transcripts)."""
    is_said: NDArray[np.float32]
    """1 where the first of two transcripts is more probable than the second, else 0; shape (examples,)."""


def sentences(count: int, seed: int = 0) -> list[str]:
    """Draw what the voices say: listed phrases, sentences of the grammar, and what people said to train the intents."""
    pack = load_language("en")
    rng = random.Random(seed)  # noqa: S311 - a draw, and no secret
    grammar = [phrase.text for phrase in unlisted_sentences(pack, count // 3, seed + 1000)]
    lines = INTENTS.read_text(encoding="utf-8").splitlines()
    others = [line.rpartition("\t")[2] for line in rng.sample(lines, min(len(lines), count // 3))]
    listed = rng.choices(pack.phrase_book.texts, k=count - len(grammar) - len(others))
    return [*grammar, *others, *listed]


def spoken_by(number: int, text: str, rivals: tuple[str, ...] = ()) -> Utterance:
    """A sentence, said by the person, at the speed and pitch that its number draws."""
    rng = random.Random(number)  # noqa: S311 - as above
    (person,) = rng.choices([person for person, _often in _PERSONS], [often for _person, often in _PERSONS])
    pitch = person.pitch * rng.choice(_PITCHES)
    return Utterance(
        say(text, replace(person, speed=rng.choice(_SPEEDS), pitch=pitch)), text, is_sure=True, rivals=rivals
    )


def pieces(talk: Sequence[Sound], seed: int = 0) -> list[Sound]:
    """Cut real people's talk into pieces, at any point."""
    rng = np.random.default_rng(seed)
    lengths = np.array([len(sound) for sound in talk], float)
    cut = []
    for number in rng.choice(len(talk), _PIECES, p=lengths / lengths.sum()):
        samples = min(len(talk[number]), int(rng.uniform(_SHORTEST, _LONGEST) * RATE))
        start = int(rng.integers(len(talk[number]) - samples + 1))
        cut.append(talk[number][start : start + samples])
    return cut


def understood(sound: Sound) -> Utterance:
    """A sound with the shipped model's greedy transcript of it."""
    model = speech_model()
    transcript, tokens = model.listen(sound), []
    for _ in range(TOKENS):
        token = int(transcript.log_probabilities[0].argmax())
        if token == END:
            break
        tokens.append(token)
        transcript = model.extend(transcript, np.array([0]), np.array([[token]]))
    return Utterance(sound, model.tokenizer.decode(tuple(tokens)), is_sure=False)


@functools.cache
def speech_model() -> SpeechModel:
    """The model with the encoder as it was published."""
    return load_speech_model(PUBLISHED_MOONSHINE)


@functools.cache
def tokens_of(text: str) -> tuple[int, ...]:
    """The tokens of a transcript, with those that begin and end it, padded or cut to TOKENS + 1."""
    spelled = text if text[-1:] in {".", "?", "!", ","} else f"{text[:1].upper()}{text[1:]}."
    tokenizer = speech_model().tokenizer
    tokens = [BEGIN, *(token for word in spelled.split() for token in tokenizer.encode_word(word)), END]
    return tuple((tokens + [PADDING] * TOKENS)[: TOKENS + 1])


@functools.cache
def _teacher() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(moonshine_folder() / "encoder_model.ort"), options)


def taught(sound: Sound) -> NDArray[np.float32]:
    """The hidden states of the shipped encoder, shape (frames, 288)."""
    mask = np.ones((1, len(sound)), np.int64)
    (hidden,) = _teacher().run(None, {"input_values": sound[np.newaxis], "attention_mask": mask})
    return np.asarray(hidden[0])


def batch(corpus: Corpus, mixture: Mixture, seed: int, number: int, progress: float) -> Batch:
    """Make a batch of examples.

    Args:
        corpus: what they are made of.
        mixture: of the stage.
        seed: of the stage.
        number: of the batch.
        progress: how much of the stage is done, 0 to 1: the noise grows louder until half of it.
    """
    rng = np.random.default_rng([seed, number])
    samples = int(rng.choice(LENGTHS) * RATE)
    count = round(SECONDS_IN_A_BATCH * RATE / samples)
    made = [_example(corpus, mixture, rng, samples, progress) for _ in range(count)]
    wanted = np.stack([taught(one.clean) for one in made])
    return Batch(
        np.stack([one.heard for one in made]),
        wanted,
        np.stack([one.weight[: wanted.shape[1]] for one in made]),
        np.array([[tokens_of(text) for text in one.texts] for one in made], np.int32),
        np.array([one.are_right for one in made], np.float32),
        np.array([one.is_said for one in made], np.float32),
    )


@dataclass(frozen=True, slots=True)
class _Example:
    heard: Sound
    clean: Sound
    weight: Sound
    texts: tuple[str, ...]
    are_right: tuple[bool, ...]
    is_said: bool = True


def _example(corpus: Corpus, mixture: Mixture, rng: np.random.Generator, samples: int, progress: float) -> _Example:
    hiss = louder(rng.standard_normal(samples), rng.uniform(*_HISS_LEVELS))
    noise = draw_noise(rng, samples, corpus.noises, [one.sound for one in corpus.talk])
    weight = np.ones(samples // SAMPLES_PER_FRAME, np.float32)
    level = rng.uniform(*_LEVELS)
    if rng.random() < _NOBODY:
        texts = tuple(_like(corpus, rng, "") for _ in range(mixture.transcripts))
        return _Example(hiss + louder(noise, level), hiss, weight, texts, (False,) * len(texts), is_said=False)
    said = _drawn(corpus, mixture, rng, samples)
    clean, start = _placed(said.sound, samples, rng)
    heard = signal.fftconvolve(clean, draw_response(rng))[:samples] if rng.random() < mixture.disturbed else clean
    heard = with_active_level(heard, 0.0)
    if rng.random() < mixture.disturbed:
        least = mixture.first_ratio + (_LAST_RATIO - mixture.first_ratio) * min(1.0, 2 * progress)
        heard = heard + noise * 10 ** (-rng.uniform(least, _HIGHEST_RATIO) / 20)
    heard = louder(_through_a_microphone(heard, rng), level) + hiss
    weight *= _OTHER_FRAMES
    weight[max(0, start // SAMPLES_PER_FRAME - 2) : (start + len(said.sound)) // SAMPLES_PER_FRAME + 5] = 1.0
    texts, are_right = _transcripts(corpus, mixture, rng, said)
    return _Example(np.asarray(heard, np.float32).clip(-1, 1), clean + hiss, weight, texts, are_right)


def _transcripts(
    corpus: Corpus, mixture: Mixture, rng: np.random.Generator, said: Utterance
) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """The transcripts that are looked at, and whether each is known to be right."""
    if mixture.wrong is None:
        return (said.text, _rival(corpus, rng, said)), (said.is_sure, False)
    if rng.random() < mixture.wrong:
        return (_rival(corpus, rng, said),), (False,)
    return (said.text,), (said.is_sure,)


def _rival(corpus: Corpus, rng: np.random.Generator, said: Utterance) -> str:
    """What an utterance may be taken for."""
    if said.rivals:
        return said.rivals[int(rng.integers(len(said.rivals)))]
    return _like(corpus, rng, said.text)


def _like(corpus: Corpus, rng: np.random.Generator, text: str) -> str:
    """A phrase that is not said, but sounds somewhat like what is."""
    drawn = [corpus.rivals[int(number)] for number in rng.integers(len(corpus.rivals), size=_LOOKED_AT)]
    said = text.lower().rstrip(".?!,")
    others = [phrase for phrase in drawn if phrase != said] or drawn
    return max(others, key=lambda phrase: difflib.SequenceMatcher(None, said, phrase).ratio())


def _drawn(corpus: Corpus, mixture: Mixture, rng: np.random.Generator, samples: int) -> Utterance:
    """Draw an utterance that is no longer than the sound will be."""
    drawn = rng.random()
    kind = corpus.talk if drawn < _REAL else corpus.words if drawn < _REAL + _SINGLE_WORDS else corpus.spoken
    if mixture.confusable and rng.random() < mixture.confusable:
        kind = corpus.confusable
    by_voices = kind is corpus.spoken or kind is corpus.confusable
    while True:
        said = kind[int(rng.integers(len(kind)))]
        if not by_voices:
            faster = rng.uniform(0.87, 1.15)
            said = replace(said, sound=np.asarray(soxr.resample(said.sound, faster * RATE, RATE), np.float32))
        if said.text and len(said.sound) <= samples and said.sound.any():
            return said


def _placed(speech: Sound, samples: int, rng: np.random.Generator) -> tuple[Sound, int]:
    """Put speech somewhere in a silence of a length, at the usual level; return where it begins, too."""
    start = int(rng.integers(samples - len(speech) + 1))
    placed = np.zeros(samples, np.float32)
    placed[start : start + len(speech)] = speech
    return with_active_level(placed, SPEECH_LEVEL), start


def _through_a_microphone(sound: NDArray[np.floating[Any]], rng: np.random.Generator) -> NDArray[np.float64]:
    """Give a sound the colour of some microphone: up to a few decibels at each frequency."""
    frequencies = np.linspace(0, 1, 33)
    decibels = np.interp(frequencies, np.linspace(0, 1, 7), rng.normal(0, 2.5, 7))
    return np.asarray(signal.fftconvolve(sound, signal.firwin2(65, frequencies, 10 ** (decibels / 20)), "same"))
