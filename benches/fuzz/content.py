"""The coach's sentences and phrases from any document: loaded, or refused with our error, and no surprise later."""

from __future__ import annotations

import time
import tomllib
from functools import partial
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from hypothesis import strategies as st

from benches.fuzz.targets import Target, demand, demand_sentence, documents
from voice_coach.errors import ContentError
from voice_coach.language.classifier import parse_classifier
from voice_coach.language.intents import Intent
from voice_coach.language.pack import LEARNED
from voice_coach.language.phrases import parse_phrases
from voice_coach.language.understanding import parse_understander, understand
from voice_coach.language.wording import parse_wording, placeholders_in, sayable
from voice_coach.library import load_language, shipped_text
from voice_coach.routine_folder import read_routine_file
from voice_coach.routines import parse_routine
from voice_coach.session import new_session, step
from voice_coach.session.events import CommandHeard, Started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


_SLOWEST_SECONDS = 10.0
_MARKS = ("[", "]", "[[", "{", "}", '"', "'", '"""', "=", ".", ",", "#", "\\", "\0", "\r", "\ufeff", "9" * 5000)
_STEPS = 60
"""Number of events that lead through a routine of usual length."""


def targets() -> tuple[Target, ...]:
    """Routines, wordings, phrases, the understanding, its classifier, and texts to be understood."""
    meant = _read("understanding")
    words = sorted({word for phrase in load_language("en").phrase_book.phrases for word in phrase.text.split()})
    spoken = st.lists(st.one_of(st.sampled_from(words), st.text(max_size=5)), max_size=30).map(" ".join)
    return (
        Target("routine files", documents(_read("routines", "facial_mask")), _check(_routine), weight=2),
        Target("routine texts", _texts(shipped_text("facial_mask", "en")), _routine_text, weight=2),
        Target("wordings", documents(_read("wording")), _check(partial(_wording, _read("phrases")))),
        Target("phrases", documents(_read("phrases")), _check(_phrases)),
        Target("understanding", documents(meant), _check(partial(_understander, _read("phrases")))),
        Target("classifiers", documents(_small_classifier()), _check(_classifier)),
        Target("texts", st.one_of(st.text(max_size=400), spoken, spoken), _understand, weight=2),
    )


def _check(use: Callable[[Any], None]) -> Callable[[Any, Path], None]:
    """Load a document; any error but our own fails the target."""

    def check(document: Any, _folder: Path) -> None:  # noqa: ANN401 - a document of any kind
        try:
            use(document)
        except ContentError as error:
            demand_sentence(error)

    return check


def _routine(document: dict[str, Any]) -> None:
    """Demand that a document that is accepted as a routine can be walked through."""
    session = new_session(parse_routine(document, "fuzzed"), load_language("en").wording)
    session, _ = step(session, Started(at=1.0, is_daytime=True))
    for number in range(_STEPS):
        intent = Intent.YES if session.question else Intent.NEXT if number else Intent.START
        session, _ = step(session, CommandHeard(at=2.0 + 1000.0 * number, intent=intent, text="next"))


@st.composite
def _texts(draw: st.DrawFn, known: str) -> bytes:
    """A file as a person breaks it: lines lost, doubled, moved and cut, marks put anywhere, other encodings."""
    lines = known.split("\n")
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(("drop", "double", "cut", "mark", "text"))):
            case "drop":
                lines[at] = ""
            case "double":
                lines.insert(at, lines[at])
            case "cut":
                lines[at] = lines[at][: draw(st.integers(0, 80))]
            case "mark":
                place = draw(st.integers(0, 80))
                lines[at] = lines[at][:place] + draw(st.sampled_from(_MARKS)) + lines[at][place:]
            case _:
                lines[at] = draw(st.text(max_size=40))
    text = "\n".join(lines).encode("utf-8", "surrogatepass")
    return draw(st.one_of(st.just(text), st.just(text), st.binary(max_size=60)))


def _routine_text(text: bytes, folder: Path) -> None:
    """Demand that each mistake names a line and a remedy, and that a text without mistakes gives a routine."""
    path = folder / "fuzzed.toml"
    path.write_bytes(text)
    file = read_routine_file(path)
    lines = text.count(b"\n") + text.count(b"\r") + 1
    for mistake in file.mistakes:
        demand(0 <= mistake.line <= lines, f"line {mistake.line} of {lines}")
        told = mistake.sentence
        demand(told.endswith((".", "?")) and ";" in told, f"no remedy: {told!r}")
    if not file.mistakes:
        demand(file.routine("me").steps, "a routine without steps")


def _wording(phrases: dict[str, Any], document: dict[str, Any]) -> None:
    """Demand that a document that is accepted as a wording can say everything."""
    wording = parse_wording(document, phrases)
    for message in sayable():
        said = wording.say(message, **dict.fromkeys(placeholders_in(message), "this"))
        demand(isinstance(said, str), f"{message} is not said")
    for seconds in (0.0, 1.0, 59.6, 89.0, 100.0, 1800.0):
        wording.time.left(seconds)


def _phrases(document: dict[str, Any]) -> None:
    for phrase in parse_phrases(document).phrases:
        demand(phrase.text, "a phrase without words")


def _understander(phrases: dict[str, Any], document: dict[str, Any]) -> None:
    understander = parse_understander(phrases, document, parse_classifier(_small_classifier()))
    understand("could you please give me two more minutes", understander)


def _small_classifier() -> dict[str, Any]:
    """Return the shipped classifier with a few of its features."""
    learned = dict(load_language("en").read(LEARNED))
    weights = cast("dict[str, str]", learned["weights"])
    return learned | {"weights": dict(islice(weights.items(), 20))}


def _classifier(document: dict[str, Any]) -> None:
    classifier = parse_classifier(document)
    probabilities = classifier.probabilities(list(islice(classifier.weights, 5)))
    demand(min(probabilities) >= 0 and max(probabilities) <= 1, f"probabilities of {probabilities}")


def _understand(text: str, _folder: Path) -> None:
    """Demand that any text means one thing or nothing, within a short time."""
    begun = time.monotonic()
    meaning = understand(text, load_language("en").understander)
    demand(meaning.intent is None or meaning.intent in Intent, "no intent")
    demand(meaning.minutes is None or meaning.minutes > 0, "no number of minutes")
    demand(time.monotonic() - begun < _SLOWEST_SECONDS, "understanding takes too long")


def _read(*path: str) -> dict[str, Any]:
    file = (files("voice_coach") / "content" / "en").joinpath(*path[:-1], f"{path[-1]}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
