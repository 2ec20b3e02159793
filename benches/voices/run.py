"""Runs the comparison of the voices."""

from __future__ import annotations

import json
import time
import tomllib
from typing import TYPE_CHECKING, Any

import numpy as np
import soxr

from benches.common.acoustics import active_level
from benches.common.process_tree import usage
from benches.common.publishing import ROOT, parser_of
from benches.hearing.places import coach_sentences
from voice_coach.ears import hear_recording
from voice_coach.ears.recognizers.open_path import transcribe
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.recognizers.registry import PUBLISHED_MOONSHINE, load_recognizers, load_speech_model
from voice_coach.ears.rejection import Accepted
from voice_coach.language.normalization import plain_words
from voice_coach.library import load_language
from voice_coach.mouth.speech_renderer import trimmed
from voice_coach.mouth.synthesizers import EspeakVoice, NaturalVoice
from voice_coach.session.listening import listening_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.mouth.synthesizer_client import ProcessVoice, Speech


CONTENT = ROOT / "voice_coach" / "content" / "en"
NORMAL = 165
PACES = (80, 120, 165, 220, 300)
EVERY_PHRASE = 7
"""One phrase in so many is said to the ears."""
LEAD_SECONDS = 0.5
_SAID = {"say", "how", "why", "title", "reminders", "milestones"}
"""Keys of a routine whose texts are said."""
_MOST_WORDS = 60
"""Words from which a text counts as none: one is made to hold every phrase at once."""
_SPELLINGS = {"makeup": "make up", "ageing": "aging", "dr": "doctor"}
"""Other spellings of the same words."""


def main() -> None:
    """Measure each voice."""
    parser_of("voices").parse_args()
    texts = sentences()
    makers: tuple[Callable[[], ProcessVoice], ...] = (lambda: EspeakVoice(load_language("en")), NaturalVoice)
    for make in makers:
        began = time.perf_counter()
        with make() as voice:
            started = time.perf_counter() - began
            print(json.dumps({"voice": voice.name, "start_ms": round(started * 1e3), **measured(voice, texts)}))


def sentences() -> list[str]:
    """The sentences that the coach says in English, each once; those with gaps as in the usual routine."""
    wording, intents = (_table(name) for name in ("wording.toml", "phrases.toml"))
    told = [text for name, text in wording["sentences"].items() if not name.startswith("note_")]
    answers = [intent["answer"] for intent in intents["intents"].values() if "answer" in intent]
    routines = [_table(f"routines/{file.name}") for file in sorted((CONTENT / "routines").glob("*.toml"))]
    found = [*texts_in(told), *texts_in(answers), *said_in(routines), *coach_sentences()]
    return [text for text in dict.fromkeys(found) if 1 < len(text.split()) < _MOST_WORDS and "{" not in text]


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))


def said_in(value: object) -> Iterator[str]:
    """All texts of a routine that are said, and not only shown or understood."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from texts_in(item) if key in _SAID else said_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from said_in(item)


def texts_in(value: object) -> Iterator[str]:
    """All texts in tables and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts_in(item)


def measured(voice: ProcessVoice, texts: list[str]) -> dict[str, object]:
    """Everything about one voice."""
    spoken, took = [], []
    for text in texts:
        before = time.perf_counter()
        spoken.append(trimmed(voice.render(text, NORMAL)))
        took.append(1e3 * (time.perf_counter() - before))
    memory = usage(voice.pid)
    levels = [active_level(as_ears_take_it(speech)) for speech in spoken]
    return {
        "version": voice.version,
        "sentences": len(texts),
        "render_ms": [round(float(np.percentile(took, share)), 1) for share in (50, 95, 100)],
        "own_memory_mb": round(memory.anonymous_bytes / 1e6),
        "memory_mb": round(memory.pss_bytes / 1e6),
        "dbfs": round(float(np.mean(levels)), 1),
        "dbfs_spread": round(float(np.std(levels)), 1),
        "peak": round(float(max(np.abs(speech.samples / 32768).max() for speech in spoken)), 2),
        "longest_seconds": round(max(seconds(speech) for speech in spoken), 1),
        "seconds": {pace: round(sum(seconds(trimmed(voice.render(text, pace))) for text in texts)) for pace in PACES},
        "understood": understood(voice),
        **transcribed(texts, spoken),
    }


def seconds(speech: Speech) -> float:
    """Seconds that it lasts."""
    return len(speech.samples) / speech.rate


def as_ears_take_it(speech: Speech) -> NDArray[np.float32]:
    """The sound at the ears' rate, shape (samples,)."""
    samples: NDArray[np.float32] = soxr.resample(
        speech.samples.astype(np.float32) / np.float32(32768), speech.rate, SAMPLE_RATE
    )
    return samples


def understood(voice: ProcessVoice) -> dict[int, str]:
    """The share of the coach's phrases, said by the voice, that its ears take for the same phrase, by pace."""
    book = load_language("en").phrase_book
    recognizers = load_recognizers(("moonshine",), book, lambda _done, _of: None)
    texts = [phrase.text for phrase in book.phrases if phrase.intent.value not in {"yes", "no"}][::EVERY_PHRASE]
    right = dict.fromkeys(PACES, 0)
    for pace in PACES:
        for text in texts:
            sound = np.pad(as_ears_take_it(voice.render(text, pace)), round(LEAD_SECONDS * SAMPLE_RATE))
            heard = hear_recording(sound, recognizers, book, listening_in("applying"))
            taken = [judged.decision.phrase.text for judged in heard if isinstance(judged.decision, Accepted)]
            right[pace] += text in taken
    return {pace: f"{count} of {len(texts)}" for pace, count in right.items()}


def transcribed(texts: Sequence[str], spoken: Sequence[Speech]) -> dict[str, object]:
    """The words that a recogniser which has never learned anything of the coach gets wrong, dry, and where.

    It is Moonshine's tiny model as it was published, which writes down whatever it hears.
    """
    model = load_speech_model(PUBLISHED_MOONSHINE)
    number = load_language("en").wording.time.number
    wrong, words, misheard = 0, 0, {}
    for text, speech in zip(texts, spoken, strict=True):
        sound = np.pad(as_ears_take_it(speech), round(LEAD_SECONDS * SAMPLE_RATE))
        found = transcribe(model, sound)
        heard = model.tokenizer.decode(found[0][0]) if found else ""
        said = compared_words(text, number)
        errors = words_wrong(said, compared_words(heard, number))
        wrong, words = wrong + errors, words + len(said)
        if errors:
            misheard[text] = heard.strip()
    share = round(100 * wrong / words, 1)
    return {"words_wrong": f"{wrong} of {words}", "words_wrong_percent": share, "misheard": misheard}


def compared_words(text: str, number: Callable[[int], str]) -> list[str]:
    """The words of a text for a comparison: in lower case, figures as words, compounds apart, no apostrophes."""
    words = plain_words(text.replace("%", " percent")).replace("'", "").split()
    read = (number(int(word)) if word.isdecimal() else _SPELLINGS.get(word, word) for word in words)
    return [part for word in read for part in plain_words(word).split()]


def words_wrong(said: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words that have to be replaced, added or left out to turn one text into the other."""
    row = list(range(len(heard) + 1))
    for count, word in enumerate(said, 1):
        diagonal, row[0] = row[0], count
        for place, other in enumerate(heard, 1):
            diagonal, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, diagonal + (word != other))
    return row[-1]


if __name__ == "__main__":
    main()
