"""Runs the bench of commands to a smart home."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from benches.common.publishing import MEASURED, as_json, describe, parser_of, publish
from voice_coach.audio.recordings import read_recording
from voice_coach.ears import hear_recording, load_recognizers
from voice_coach.ears.rejection import Accepted
from voice_coach.errors import CoachError, ContentError
from voice_coach.language.intents import Intent
from voice_coach.language.phrases import Phrase, PhraseBook
from voice_coach.session.listening import listening_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from voice_coach.ears.recognizers.recognizer import Recognizer

TABLE = "speech_to_phrase.tsv"
REAL, MADE, FOREIGN = KINDS = ("real", "made", "foreign")
"""What the recordings hold: a person's commands, those of synthetic voices, and sentences that are no command."""
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class HomeCommand:
    """A recording, and the sentence in it."""

    path: Path
    said: str
    """Empty for one that holds no sentence of the list."""
    kind: str
    """One of KINDS."""
    written: str
    """The same sentence as the table has it, with figures."""


def main() -> int:
    """Print a JSON line for each kind, and keep them in docs/measured/smart_home.json."""
    parser = parser_of("smart_home")
    parser.add_argument("--data", type=Path, required=True, help=f"folder of {TABLE} and of what it names")
    options = parser.parse_args()
    try:
        commands = read_commands(options.data / TABLE)
        book = book_of(one.said for one in commands if one.said)
        kinds = measure(commands, book)
    except CoachError as error:
        sys.exit(f"scripts/bench smart-home: {error}")
    for kind, counts in kinds.items():
        print(json.dumps({"kind": kind, **counts}))
    machine = describe("moonshine-voice", "onnxruntime", "numpy")
    figures = {"machine": machine, "sentences": len(book.phrases), "kinds": kinds}
    publish(lambda: {MEASURED / "smart_home.json": as_json(figures)}, ())
    return 0


def read_commands(table: Path) -> tuple[HomeCommand, ...]:
    """Read the table of recordings, whose paths are relative to its folder. Raises ContentError."""
    try:
        text = table.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{table} cannot be read. Give the folder of the recordings with --data."
        raise ContentError(message) from error
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    if missing := {"path", "said", "kind"} - set(rows.fieldnames or ()):
        message = f'{table} has no column "{min(missing)}". Its first line must name the columns path, said and kind.'
        raise ContentError(message)
    return tuple(
        HomeCommand(table.parent / row["path"], in_words(row["said"]), row["kind"], row["said"]) for row in rows
    )


def measure(commands: Sequence[HomeCommand], book: PhraseBook) -> dict[str, dict[str, int]]:
    """Hear all recordings, and count by kind what was taken rightly, as another sentence, or not at all.

    Args:
        commands: the recordings.
        book: the sentences to listen for.

    Raises:
        CoachError: a recording is missing or damaged, or there is no speech model.
    """
    counts = {kind: {"right": 0, "another": 0, "none": 0} for kind in KINDS if kind in {one.kind for one in commands}}
    with Progress(console=Console(stderr=True), redirect_stdout=False) as progress:
        calibrating = progress.add_task("calibrating the sentences")
        recognizers = load_recognizers(
            ("moonshine",), book, lambda done, of: progress.update(calibrating, completed=done, total=of)
        )
        for command in progress.track(commands, description="listening"):
            counts[command.kind][_outcome(command, recognizers, book)] += 1
    return counts


def book_of(sentences: Iterable[str]) -> PhraseBook:
    """A phrase book of these sentences, each with a meaning of its own."""
    return PhraseBook("en", tuple(Phrase(text, Intent.GO_TO, slot_value=text) for text in dict.fromkeys(sentences)))


def _outcome(command: HomeCommand, recognizers: list[Recognizer], book: PhraseBook) -> str:
    heard = hear_recording(read_recording(command.path), recognizers, book, listening_in("applying"))
    taken = {one.decision.phrase.text for one in heard if isinstance(one.decision, Accepted)}
    if not taken:
        return "none"
    return "right" if taken == {command.said} else "another"


def in_words(text: str) -> str:
    """Return a sentence in lower case, with its numbers up to a hundred as words."""
    return " ".join(_number(int(word)) if word.isdigit() else word for word in text.lower().split())


def _number(number: int) -> str:
    if number == _HUNDRED:
        return "one hundred"
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]} {_ONES[ones]}" if ones else _TENS[tens]


if __name__ == "__main__":
    sys.exit(main())
