"""Runs the comparison of the voices."""

from __future__ import annotations

import json
import time
import tomllib
from typing import TYPE_CHECKING

import numpy as np
import soxr

from benches.common.acoustics import active_level
from benches.common.process_tree import usage
from benches.common.publishing import ROOT, parser_of
from voice_coach.ears import hear_recording
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.recognizers.registry import load_recognizers
from voice_coach.ears.rejection import Accepted
from voice_coach.library import load_language
from voice_coach.mouth.speech_renderer import trimmed
from voice_coach.mouth.synthesizers import EspeakVoice, NaturalVoice
from voice_coach.session.listening import listening_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from voice_coach.mouth.synthesizer_client import ProcessVoice, Speech


CONTENT = ROOT / "voice_coach" / "content" / "en"
NORMAL = 165
PACES = (80, 120, 165, 220, 300)
EVERY_PHRASE = 7
"""One phrase in so many is said to the ears."""
LEAD_SECONDS = 0.5


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
    """The sentences that the coach says in English, each once."""
    files = [CONTENT / "wording.toml", *sorted((CONTENT / "routines").glob("*.toml"))]
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    intents = tomllib.loads((CONTENT / "phrases.toml").read_text(encoding="utf-8"))["intents"].values()
    said = [intent[key] for key in ("answer", "suggested") for intent in intents if key in intent]
    found = texts_in([*tables, *said])
    return [text for text in dict.fromkeys(found) if " " in text and "{" not in text and "://" not in text]


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


if __name__ == "__main__":
    main()
