"""From phrasings that were typed or heard to counts and the targets that they are held against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benches.common.outcomes import Outcomes
from voice_coach.language.intents import Intent
from voice_coach.language.phrases import Phrase
from voice_coach.language.understanding import understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from voice_coach.language.understanding import Understander, Understood

_NO_COMMAND = "none"


@dataclass(frozen=True, slots=True)
class Phrasings:
    """One of the two lists."""

    commands: tuple[Phrase, ...]
    """Phrasings with their meanings."""
    others: tuple[str, ...]
    """Sentences that are no command."""


def read_phrasings(half: str) -> Phrasings:
    """Read the list of a half, "tune" or "test"."""
    lines = Path(__file__).with_name(f"{half}.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return Phrasings(
        tuple(_command(*row) for row in rows if row[0] != _NO_COMMAND),
        tuple(text for meaning, _, text in rows if meaning == _NO_COMMAND),
    )


def _command(meaning: str, value: str, text: str) -> Phrase:
    intent = Intent(meaning)
    minutes, name = number_and_name(value)
    return Phrase(text, intent, minutes, name)


def number_and_name(value: str) -> tuple[int | None, str]:
    """Return the minutes and the name in the value of a phrasing, such as "5 eye_patches"; each may be missing."""
    words = value.split()
    number = int(words.pop(0)) if words and words[0].isdecimal() else None
    return number, " ".join(words)


def outcome(said: Phrase, taken: Sequence[Phrase | Understood]) -> Outcomes:
    """Return the outcome of one phrasing; with another number or another thing named it is wrong."""
    if not taken:
        return Outcomes(missed=1)
    wanted = said.intent, said.minutes, said.slot_value
    is_right = all((one.intent, one.minutes, one.slot_value) == wanted for one in taken)
    return Outcomes(right=1) if is_right else Outcomes(wrong=1)


def typed(phrasings: Phrasings, understander: Understander) -> tuple[Mapping[Phrase, Outcomes], tuple[str, ...]]:
    """Return the outcome of each phrasing as text, and the other sentences that were taken for a command."""
    outcomes = {
        said: outcome(said, [meant] if (meant := understand(said.text, understander)).intent else [])
        for said in phrasings.commands
    }
    return outcomes, tuple(text for text in phrasings.others if understand(text, understander).intent)


def total(outcomes: Iterable[Outcomes]) -> Outcomes:
    """Return the sum of outcomes."""
    return sum(outcomes, Outcomes())


def by_intent(outcomes: Iterable[tuple[Phrase, Outcomes]]) -> Mapping[str, Outcomes]:
    """Return the sums of each intent, in the order of the first phrasing of each."""
    sums: dict[str, Outcomes] = {}
    for said, one in outcomes:
        sums[said.intent.value] = sums.get(said.intent.value, Outcomes()) + one
    return sums
