"""The intent classifier: finds the intent of a text in words that no phrase and no pattern foresaw.

It is a multinomial logistic regression over the words of a text, pairs of them, and the letters in them, as in
fastText (Joulin et al., 2016, https://arxiv.org/abs/1607.01759), trained by `scripts/train-intents` on phrasings that
people might use (models/intents). Numbers and the words of slots are replaced by their kind before, so that what was
learned of one step's name holds for all. A text is no command unless one intent is probable enough.
"""

from __future__ import annotations

import math
import re
from array import array
from base64 import b64decode
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING, cast

from voice_coach.language.intents import Intent
from voice_coach.schema import Array, Choice, Field, Number, Table, Text, read_document

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence


NUMBER = "<number>"
"""The kind of any number of minutes."""
NO_COMMAND = "none"
"""The name of the class of all texts that are no command."""
_BEGIN, _END = "^", "$"
_DENIED_TERMS = 4
"""The terms after a negation that it denies."""
_LETTERS = 3
"""Letters of each piece of a word: enough to know "starting" by "start"."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a text, or several words that name a number or the value of a slot."""

    kind: str
    """The word itself; NUMBER; or the slots that have the words, such as "<mask|step>"."""
    words: str
    """The words of the text."""
    is_denied: bool = False
    """Whether it comes soon after a word such as "not": "don't go back" is not like "go back"."""

    @property
    def is_word(self) -> bool:
        """Whether the term is no more than a word."""
        return self.kind == self.words

    @property
    def name(self) -> str:
        """The term in features."""
        return f"not-{self.kind}" if self.is_denied else self.kind


@dataclass(frozen=True)
class Delexicalizer:
    """Divides texts in normal form into terms."""

    numbers: Collection[str]
    """Words of numbers."""
    slots: Mapping[str, Collection[str]]
    """The words of each slot's values, by the slot's name."""
    ambiguous: frozenset[str]
    """Words of numbers that are other words, too, such as "one"; they are numbers only before a unit."""
    units: frozenset[str]
    """Words that follow a number, such as "minutes"."""
    negations: frozenset[str]
    """Words that deny what follows, such as "not" and "no need"."""
    clauses: frozenset[str]
    """Words with which something new begins that is not denied, such as "but"."""

    @cached_property
    def _most_words(self) -> int:
        return max(len(name.split()) for name in chain(self.numbers, self.negations, *self.slots.values()))

    def terms(self, words: Sequence[str]) -> list[Term]:
        """Divide a text; of several names that begin at a word, the longest one counts."""
        terms: list[Term] = []
        at = 0
        while at < len(words):
            ends = range(min(at + self._most_words, len(words)), at, -1)
            end, kind = next(((end, kind) for end in ends if (kind := self._kind(words, at, end))), (at + 1, words[at]))
            terms.append(Term(kind, " ".join(words[at:end])))
            at = end
        return list(self._with_denials(terms))

    def _with_denials(self, terms: Sequence[Term]) -> Iterator[Term]:
        """Mark what is denied, as sentiment analysis does (Pang et al., 2002, https://arxiv.org/abs/cs/0205070)."""
        still_denied = 0
        for term in terms:
            still_denied = 0 if term.words in self.clauses else max(0, still_denied - 1)
            yield replace(term, is_denied=still_denied > 0)
            if term.words in self.negations:
                still_denied = _DENIED_TERMS + 1

    def _kind(self, words: Sequence[str], start: int, end: int) -> str:
        name = " ".join(words[start:end])
        is_before_unit = end < len(words) and words[end] in self.units
        if name in self.numbers and (is_before_unit or name not in self.ambiguous):
            return NUMBER
        slots = sorted(slot for slot, names in self.slots.items() if name in names)
        return f"<{'|'.join(slots)}>" if slots else name if name in self.negations else ""


def features(terms: Sequence[Term]) -> frozenset[str]:
    """Return what the classifier looks at: words, pairs of words, words two apart, and pieces of words.

    Args:
        terms: the terms of a text; their names stand for them.
    """
    names = [_BEGIN, *(term.name for term in terms), _END]
    pairs = (f"{one} {other}" for one, other in pairwise(names))
    apart = (f"{one} _ {other}" for one, other in zip(names, names[2:], strict=False))
    return frozenset({*names, *pairs, *apart, *(piece for term in terms for piece in _pieces(term))})


def weight_of_a_feature(found: Collection[str]) -> float:
    """Return how much each feature of a text counts, so that long and short texts weigh the same.

    Args:
        found: the text's features. Those that training has not met count, too: unknown words are like no class.
    """
    return 1 / math.sqrt(max(1, len(found)))


def _pieces(term: Term) -> list[str]:
    if not term.is_word:
        return []
    letters = f"{_BEGIN}{term.words}{_END}"
    return [f"{letters[at : at + _LETTERS]}-" for at in range(len(letters) - _LETTERS + 1)]


@dataclass(frozen=True, slots=True)
class IntentClassifier:
    """A trained classifier."""

    meanings: tuple[Intent | None, ...]
    """The classes; None is that of texts that are no command."""
    biases: tuple[float, ...]
    """The logit of each class for a text without any known feature."""
    weights: Mapping[str, str]
    """For each feature the weight of each class: signed bytes in base64, decoded when the feature is met."""
    scale: float
    """The logit of a weight of 1."""
    least: float
    """The probability that an intent must have, 0 to 1."""
    words: Mapping[str, frozenset[Intent]]
    """The words of commands, each with the intents that it is used for; with none if it is used for many. A text that
    has any other word speaks of something else ("more cheese")."""

    def classify(self, terms: Sequence[Term]) -> tuple[Intent, float] | None:
        """Return the intent of a text and its probability; None if the text is no command, or not clearly one.

        Args:
            terms: the terms of the text.
        """
        words = {term.words for term in terms if term.is_word}
        if not terms or not words <= self.words.keys():
            return None
        probabilities = self.probabilities(features(terms))
        probability, meaning = max(zip(probabilities, self.meanings, strict=True), key=lambda one: one[0])
        if meaning is None or probability < self.least:
            return None
        is_explained = all(not (intents := self.words[word]) or meaning in intents for word in words)
        return (meaning, probability) if is_explained else None

    def probabilities(self, found: Collection[str]) -> list[float]:
        """Return the probability of each class, 0 to 1.

        Args:
            found: the text's features.
        """
        rows = [array("b", b64decode(self.weights[feature])) for feature in found if feature in self.weights]
        step = self.scale * weight_of_a_feature(found)
        sums = map(sum, zip(*rows, strict=True)) if rows else [0] * len(self.biases)
        logits = [bias + step * total for bias, total in zip(self.biases, sums, strict=True)]
        highest = max(logits)
        shares = [math.exp(logit - highest) for logit in logits]
        whole = sum(shares)
        return [share / whole for share in shares]


_INTENT = Choice([intent.value for intent in Intent])
CLASSIFIER = Table(
    {
        "language": Field(Text(2), is_required=True),
        "learned_from": Field(Text(), is_required=True),
        "classes": Field(Array(Choice([NO_COMMAND, *(intent.value for intent in Intent)])), is_required=True),
        "biases": Field(Array(Number(-100.0, 100.0)), is_required=True),
        "scale": Field(Number(0.0, 10.0), is_required=True),
        "least": Field(Number(0.0, 1.0), is_required=True),
        "words": Field(Table(others=Array(_INTENT, least=0)), is_required=True),
        "weights": Field(Table(others=Text()), is_required=True),
    }
)
"""The schema of a trained classifier's file."""


def parse_classifier(learned: Mapping[str, object]) -> IntentClassifier:
    """Make a classifier from its parsed file.

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    file = read_document(learned, CLASSIFIER, "the intent classifier")
    biases = tuple(cast("list[float]", file.content["biases"]))
    weights = file.table("weights").texts_by_name()
    words = file.table("words")
    row = re.compile(rf"[A-Za-z0-9+/]{{{math.ceil(4 * len(biases) / 3)}}}={{0,2}}")
    if len(file.texts("classes")) != len(biases) or not all(map(row.fullmatch, weights.values())):
        raise file.error("biases or weights do not fit the classes; run scripts/train-intents")
    return IntentClassifier(
        meanings=tuple(None if name == NO_COMMAND else Intent(name) for name in file.texts("classes")),
        biases=biases,
        weights=weights,
        scale=file.number("scale") or 0.0,
        least=file.number("least") or 1.0,
        words={word: frozenset(map(Intent, words.texts(word))) for word in words.content},
    )
