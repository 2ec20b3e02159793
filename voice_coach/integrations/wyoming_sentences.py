"""The input of satellites: from bytes to events, and from sound to text.

The ears are the coach's own, or ears for a person's own sentences.

The own sentences are heard with the closed grammar, and stand in a file:

    # a line that begins with # is a remark
    <room> = kitchen | office | bed room
    turn (on | off) [all] [the] lights in the <room>
    set a timer for <number> minutes
    <coach>

Each line is a sentence in the notation of `schema/expressions.py`, or names a part for the lines below it. Two parts
are there from the beginning: <number>, from 0 to 100 in digits, and <coach>, all of two words or more that the coach
listens for ("exit" alone is too much like "Alexa"). A transcript has the words as they stand in the file: "TV" stays
"TV", and where "5" stands, "five" is heard.

What of it is taken is decided by `sentence_of` in `ears/rejection.py`, where its thresholds stand.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import soxr
from wyoming.event import Event

from voice_coach.ears import hear_recording
from voice_coach.ears.closed_grammar import SAMPLE_RATE, Beam, Decoder, Grammar, TokenAutomaton, calibrate_steps
from voice_coach.ears.endpointing import FRAME_SAMPLES, EnergyVad
from voice_coach.ears.recognizers.moonshine import combine, slower
from voice_coach.ears.rejection import Accepted, sentence_of
from voice_coach.errors import ContentError
from voice_coach.language.normalization import with_capital_i
from voice_coach.personal_file import NoTextError, complaint, read_text
from voice_coach.schema import GrammarError, Mistake, parse_expression
from voice_coach.schema.expressions import Alternatives, Slot, Word
from voice_coach.schema.expressions import Sequence as Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from wyoming.audio import AudioChunk

    from voice_coach.ears.closed_grammar import SpeechModel
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.schema import Expression
    from voice_coach.session.commands import Listen

    Sound = NDArray[np.float32]

MOST_PLACES = 20_000
"""Places of the automaton (`StepCalibration`) that a file may need; they take a minute to calibrate at each start."""
_MOST_WORDS = 100_000
"""Words that all lines of a file may have, each part counted wherever it is used."""
_MOST_STATES = 20_000
"""States of the automaton, of a kilobyte each, at which they are forgotten."""
_BEAM = Beam(width=16, prune_margin=12.0)
"""A wider search than for the coach's few phrases, as in the bench of orders: sentences here begin alike."""
_SENTENCE = "said"
"""The slot around each sentence, by which its words are known."""
_PART = re.compile(r"<([\w-]+)>\s*=(.*)")
_SLOTS = re.compile(r"<[\w-]+>")
_LAST_LATIN = 0x24F
_PRE_ROLL_FRAMES, _TRAILING_FRAMES = 9, 15
"""Frames before the first and after the last frame of speech that are heard with it."""
_LATER_FRAMES = (10, 20)
"""Frames that views leave out at the beginning: a satellite's sound often begins with the end of its wake word.

With the last 0.2 s of a loud "computer" before it, a sentence of a synthetic voice had 5.0 nats as it is and 15.8 in
the second of these views. One recording of a real person is understood only so, which is how this was found.
"""
_LONGEST_SAMPLES = 12 * SAMPLE_RATE
"""Samples of speech beyond which nothing is heard: nobody says a command for twelve seconds."""
_TEENS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_HUNDRED = 100


def read_sentences(path: Path, phrases: Iterable[str]) -> Grammar:
    """Read a file of a person's own sentences.

    Args:
        path: the file.
        phrases: the coach's phrases; the part <coach> stands for those of two words or more.

    Returns:
        A grammar with a rule for each line, whose slot "said" has all its words.

    Raises:
        ContentError: the file cannot be read, or has mistakes; the text has a line for each.
    """
    remedy = "write a sentence a line, as docs/wyoming.md shows"
    try:
        lines = read_text(path).splitlines()
    except NoTextError as error:
        raise ContentError(
            _complaint(path, [Mistake((), "it is not UTF-8 text", "save it as UTF-8", error.line)])
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"{path} cannot be read ({reason}): name a text file with --sentences."
        raise ContentError(message) from error
    reader = _Reader(phrases)
    for number, line in enumerate(lines, 1):
        reader.take(number, line)
    if not reader.rules and not reader.mistakes:
        reader.mistakes.append(Mistake((), "it has no sentence", remedy))
    if reader.mistakes:
        raise ContentError(_complaint(path, reader.mistakes))
    return Grammar(reader.rules)


def _complaint(path: Path, mistakes: list[Mistake]) -> str:
    return complaint(path, mistakes, "Mend the file, then start again.")


class _Reader:
    """Reads a file line by line, and keeps what is wrong."""

    def __init__(self, phrases: Iterable[str]) -> None:
        several = (words for phrase in phrases if len(words := phrase.split()) > 1)
        coach = Alternatives(tuple(Series(tuple(map(Word, words))) for words in several))
        numbers = Alternatives(tuple(Word(str(number)) for number in range(_HUNDRED + 1)))
        self._parts: dict[str, Expression] = {"number": numbers, "coach": coach}
        self._words = 0
        self.rules: dict[str, Expression] = {}
        self.mistakes: list[Mistake] = []

    def take(self, number: int, line: str) -> None:
        """Read the line of that number."""
        text = line.strip()
        if not text or text.startswith("#"):
            return
        part = _PART.fullmatch(text)
        try:
            expression = parse_expression(part[2] if part else text, self._parts)
        except (GrammarError, RecursionError) as error:
            what = "it has too many brackets" if isinstance(error, RecursionError) else str(error)
            self._complain(number, what, "write words, ( | ), [ ] and parts that a line above names")
            return
        size = _word_count(expression)
        self._words += 0 if part else size
        if size > _MOST_WORDS or self._words > _MOST_WORDS:
            self._complain(number, "these are too many sentences", "use fewer alternatives, or smaller parts")
        elif unsayable := next((word for word in _words_of(text) if not _is_sayable(word)), None):
            self._complain(number, f'"{unsayable}" cannot be said', "write words in Latin letters, and digits")
        elif part:
            self._parts[part[1]] = expression
        elif _may_be_empty(expression):
            self._complain(number, "all of it may be left out", "leave a word outside of [ ]")
        else:
            self.rules[text] = Slot(_SENTENCE, expression)

    def _complain(self, number: int, what: str, remedy: str) -> None:
        self.mistakes.append(Mistake((), what, remedy, number))


def _words_of(text: str) -> list[str]:
    return re.split(r"[\s()\[\]|=]+", _SLOTS.sub(" ", text).strip())


def _is_sayable(word: str) -> bool:
    return not word or (any(map(str.isalnum, word)) and max(map(ord, word)) <= _LAST_LATIN)


def _word_count(expression: Expression) -> int:
    """Return how many words an expression has in all, as far as _MOST_WORDS."""
    match expression:
        case Word():
            return 1
        case Slot(_, value):
            return _word_count(value)
        case Series(parts) | Alternatives(parts):
            count = 0
            for part in parts:
                count += _word_count(part)
                if count > _MOST_WORDS:
                    break
            return count


def _may_be_empty(expression: Expression) -> bool:
    match expression:
        case Word():
            return False
        case Slot(_, value):
            return _may_be_empty(value)
        case Series(parts):
            return all(map(_may_be_empty, parts))
        case Alternatives(choices):
            return any(map(_may_be_empty, choices))


def spellings_of(words: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return other spellings of the words of a grammar, by the word: in lower case, capitalised, numbers as words."""
    found = {word: tuple(dict.fromkeys(_others(word))) for word in words}
    return {word: others for word, others in found.items() if others}


def _others(word: str) -> Iterator[str]:
    small = word.lower()
    short = (word.upper(),) if word != small and len(word) <= len("HDMI") else ()
    numbers = _number_words(int(word)) if word.isascii() and word.isdigit() else ()
    for other in (small, small[:1].upper() + small[1:] if word != small else small, *short, *numbers):
        if other != word:
            yield other
    if (capital := with_capital_i(small)) != word:
        yield capital


def _number_words(number: int) -> tuple[str, ...]:
    if number == _HUNDRED:
        return ("one hundred", "a hundred")
    if number > _HUNDRED:
        return ()
    if number < len(_TEENS):
        return (_TEENS[number],)
    tens, ones = divmod(number, 10)
    return (f"{_TENS[tens]} {_TEENS[ones]}", f"{_TENS[tens]}-{_TEENS[ones]}") if ones else (_TENS[tens],)


class RoomEars(Protocol):
    """The ears that the server lends; they are used by one thread at a time."""

    name: str
    """A name for clients."""
    description: str
    """A few words for clients on what the ears hear."""

    def hear(self, sound: Sound) -> str:
        """Return what is said in a sound, shape (samples,), -1...1, at SAMPLE_RATE; "" for nothing that they know."""


class CoachEars:
    """Ears for all that the coach listens for, with its own pipeline.

    Args:
        recognizers: the recognisers, from load_recognizers.
        book: the phrases to listen for.
        listening: returns what the coach would take now.
    """

    name = "voice-coach"
    description = "the commands of the voice coach"

    def __init__(self, recognizers: list[Recognizer], book: PhraseBook, listening: Callable[[], Listen]) -> None:
        self._recognizers, self._book, self._listening = recognizers, book, listening

    def hear(self, sound: Sound) -> str:
        """See RoomEars. Of several commands the first is returned: a satellite sends one sentence."""
        heard = hear_recording(sound, self._recognizers, self._book, self._listening())
        decisions = (one.decision for one in heard)
        return next((one.phrase.text for one in decisions if isinstance(one, Accepted)), "")


class SentenceEars:
    """Ears for the sentences of a grammar. They are used by one thread at a time.

    Args:
        model: the speech model.
        grammar: the sentences, from read_sentences.
        description: a few words for clients on what it holds.

    Raises:
        ContentError: the grammar is too large.
    """

    name = "own-sentences"

    def __init__(self, model: SpeechModel, grammar: Grammar, description: str) -> None:
        self.description = description
        self._model = model
        self._automaton = TokenAutomaton(grammar, model.tokenizer, spellings_of(grammar.words))
        for place in self._automaton.without_slots().expand():
            if place > MOST_PLACES:
                message = "The file of --sentences has too many different sentences: use fewer alternatives."
                raise ContentError(message)
        self._calibration = calibrate_steps(model, self._automaton)
        self._decoder = self._new_decoder()

    def hear(self, sound: Sound) -> str:
        """See RoomEars. The sentence is returned as it stands in the file."""
        speech = speech_in(sound)
        if not 0 < len(speech) <= _LONGEST_SAMPLES:
            return ""
        if len(self._automaton) > _MOST_STATES:
            self._automaton.forget()
            self._decoder = self._new_decoder()
        return sentence_of(combine([self._scores(view) for view in _views(speech)]))

    def _scores(self, sound: Sound) -> dict[str, float]:
        return {one.slots[_SENTENCE]: one.score for one in self._decoder.decode(sound)}

    def _new_decoder(self) -> Decoder:
        """Return a decoder whose table knows no state of the automaton yet but the start."""
        fresh = replace(self._calibration, _place_of={0: 0})
        return Decoder(self._model, self._automaton, fresh, _BEAM)


def speech_in(sound: Sound) -> Sound:
    """Return the part of a sound from its first speech to its last, with a little around it; empty if there is none."""
    vad = EnergyVad()
    frames = range(len(sound) // FRAME_SAMPLES)
    spoken = [frame for frame in frames if vad.is_speech(sound[frame * FRAME_SAMPLES : (frame + 1) * FRAME_SAMPLES])]
    if not spoken:
        return sound[:0]
    start, end = max(0, spoken[0] - _PRE_ROLL_FRAMES), spoken[-1] + _TRAILING_FRAMES
    return sound[start * FRAME_SAMPLES : end * FRAME_SAMPLES]


def _views(speech: Sound) -> list[Sound]:
    """Return the speech as it is, a little slower, and without its beginning."""
    later = [speech[frames * FRAME_SAMPLES :] for frames in _LATER_FRAMES]
    return [speech, slower(speech, speech[:0]), *(view for view in later if len(view) > SAMPLE_RATE // 4)]


@dataclass(frozen=True, slots=True)
class SatelliteLimits:
    """The limits of what clients may do; a house has a few satellites, which say a few words at a time."""

    clients: int = 16
    """Connections at a time; one more ends the one that has been silent for the longest time."""
    header_bytes: int = 200_000
    """Bytes of a line that begins an event, and of the data that may follow it: all names of a home may be in it."""
    payload_bytes: int = 3_000_000
    """Bytes of sound in one event: fifteen seconds at the highest usual rate, in case all comes at once."""
    event_seconds: float = 10.0
    """Seconds in which the rest of an event must follow its first line."""
    idle_seconds: float = 300.0
    """Seconds after which a connection without an event ends."""
    sound_seconds: float = 30.0
    """Seconds of sound that are heard of one request; then the answer comes, and the rest is ignored."""


class BadEventError(Exception):
    """A client has sent what is no event, or more than it may; the text is a sentence for it."""


async def read_event(reader: asyncio.StreamReader, limits: SatelliteLimits) -> Event | None:
    """Read the next event; None at the end. The library's own function would keep whatever a header promises.

    Raises:
        BadEventError: it is none, or too large.
        TimeoutError: it does not come in time.
        EOFError, OSError: the connection was lost in the middle.
    """
    try:
        async with asyncio.timeout(limits.idle_seconds):
            line = await reader.readline()
        if not line:
            return None
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = f"That is no event: a line of JSON of at most {limits.header_bytes} bytes begins one."
        raise BadEventError(message) from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        message = "That is no event: it has no type."
        raise BadEventError(message)
    async with asyncio.timeout(limits.event_seconds):
        further = await _read_part(reader, header.get("data_length"), limits.header_bytes)
        payload = await _read_part(reader, header.get("payload_length"), limits.payload_bytes)
    try:
        data = (header.get("data") or {}) | (json.loads(further) if further else {})
    except (ValueError, TypeError, RecursionError) as error:
        message = "The data of an event must be a JSON object."
        raise BadEventError(message) from error
    return Event(header["type"], data, payload or None)


async def _read_part(reader: asyncio.StreamReader, length: object, most: int) -> bytes:
    if length is None:
        return b""
    if type(length) is not int or not 0 <= length <= most:
        message = f"A part of an event may have 0 to {most} bytes: send more of them, each smaller."
        raise BadEventError(message)
    return await reader.readexactly(length)


_RATES = (4_000, 192_000)
_WIDTHS = (1, 2, 3, 4)
_MOST_CHANNELS = 8
_DEPTHS = {1: "u1", 2: "<i2", 4: "<i4"}


def samples_of(chunk: AudioChunk) -> Sound:
    """Return the sound of a chunk as one channel, the mean of all; shape (samples,), -1...1, at its own rate.

    Raises:
        BadEventError: its format is none that sound can have.
    """
    kinds = (type(chunk.rate), type(chunk.width), type(chunk.channels))
    is_known = kinds == (int, int, int) and _RATES[0] <= chunk.rate <= _RATES[1] and chunk.width in _WIDTHS
    if not (is_known and 1 <= chunk.channels <= _MOST_CHANNELS):
        message = (
            f"Send sound of {_RATES[0]} to {_RATES[1]} Hz, 1 to 4 bytes a sample and 1 to {_MOST_CHANNELS} channels."
        )
        raise BadEventError(message)
    whole = len(chunk.audio) // (chunk.width * chunk.channels) * chunk.width * chunk.channels
    if chunk.width == 3:  # noqa: PLR2004 - put a byte of zeros below each three
        wide = np.zeros((whole // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(chunk.audio[:whole], np.uint8).reshape(-1, 3)
        values, scale = wide.reshape(-1).view("<i4").astype(np.float32), 2.0**31
    else:
        values = np.frombuffer(chunk.audio[:whole], _DEPTHS[chunk.width]).astype(np.float32)
        values, scale = (values - 128, 128.0) if chunk.width == 1 else (values, 2.0 ** (8 * chunk.width - 1))
    mono = values.reshape(-1, chunk.channels).mean(axis=1) / scale
    return np.asarray(mono, np.float32)


class ReceivedSound:
    """The sound of one request so far, as one channel at SAMPLE_RATE, in a buffer of fixed size.

    Args:
        most_seconds: seconds of sound that are kept; what comes after them is dropped.
    """

    def __init__(self, most_seconds: float) -> None:
        self._buffer = np.zeros(round(most_seconds * SAMPLE_RATE), np.float32)
        self._samples = 0
        self._rate = 0
        self._resampler: soxr.ResampleStream | None = None

    @property
    def is_full(self) -> bool:
        """Whether no more is kept."""
        return self._samples == len(self._buffer)

    def add(self, chunk: AudioChunk) -> None:
        """Add a chunk.

        Raises:
            BadEventError: it has no usual form, or another rate than the chunks before.
        """
        sound = samples_of(chunk)
        if self._rate not in {0, chunk.rate}:
            message = "The rate of the sound must stay the same until audio-stop."
            raise BadEventError(message)
        if not self._rate and chunk.rate != SAMPLE_RATE:
            self._resampler = soxr.ResampleStream(chunk.rate, SAMPLE_RATE, 1)
        self._rate = chunk.rate
        self._keep(self._resampler.resample_chunk(sound) if self._resampler else sound)

    def whole(self) -> Sound:
        """Return all of it, shape (samples,); nothing can be added afterwards."""
        if self._resampler is not None:
            self._keep(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True))
            self._resampler = None
        return self._buffer[: self._samples]

    def _keep(self, sound: Sound) -> None:
        kept = sound[: len(self._buffer) - self._samples]
        self._buffer[self._samples : self._samples + len(kept)] = kept
        self._samples += len(kept)
