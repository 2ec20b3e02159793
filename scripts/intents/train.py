"""Trains the intent classifiers of voice_coach/language/classifier.py; see scripts/train-intents."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from voice_coach.content_index import languages
from voice_coach.language.classifier import NO_COMMAND, features, parse_classifier, weight_of_a_feature
from voice_coach.language.understanding import parse_understander
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from voice_coach.language.classifier import Term

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models" / "intents"
"""The phrasings, and the classifiers that were trained on them."""
_PENALTY = 1 / 250
"""The cost of a squared weight, in nats of a phrasing's probability: rare features are believed less."""
_WORTHLESS = 0.02
"""The share of the largest weight that a feature must reach for a place in the file."""
_LEAST = 0.6
"""The probability from which an intent is taken."""
_MANY_INTENTS = 6
"""Intents for which a word must be used to be a word of any command."""
_BYTE = 127


@dataclass(frozen=True)
class Example:
    """A phrasing as the classifier sees it."""

    meaning: str
    """An intent's value, or NO_COMMAND."""
    features: frozenset[str]
    words: frozenset[str]
    """The words of a command; none of another text."""


def phrasings(language: str) -> Iterator[tuple[str, str]]:
    """Yield the meaning and the text of each phrasing that may be learned from, but for those in the phrase book."""
    for path in sources(language):
        for line in path.read_text("utf-8").splitlines():
            columns = line.split("\t")
            if columns[0] in {"half", "held_out"} or line.startswith("#"):
                continue
            meaning, text = columns[-3], columns[-1]
            if "+" not in meaning:
                yield meaning, text


def sources(language: str) -> list[Path]:
    """Return the files with phrasings that may be learned from."""
    shared = [MODELS / f"{language}.tsv", ROOT / "tests" / "language" / "phrasings" / f"{language}.tsv"]
    own = [ROOT / "benches" / "phrasings" / "tune.tsv"] if language == "en" else []
    return [path for path in (*shared, *own) if path.exists()]


def fingerprint(language: str) -> str:
    """Return a checksum of all phrasings that the classifier of a language is trained on."""
    lines = "\n".join("\t".join(one) for one in phrasings(language))
    return sha256(lines.encode()).hexdigest()[:16]


_UNTRAINED = {
    "language": "en", "learned_from": "nothing", "classes": [NO_COMMAND], "biases": [0.0],
    "scale": 1.0, "least": 1.0, "words": {}, "weights": {},
}  # fmt: skip
"""The file of a classifier that takes nothing."""


def examples(language: str) -> list[Example]:
    """Return all phrasings, those of the phrase book among them."""
    pack = load_language(language)
    understander = parse_understander(pack.read("phrases"), pack.read("understanding"), parse_classifier(_UNTRAINED))
    listed = pack.phrase_book.phrases
    texts = [(one.intent.value, one.text) for one in listed if one.next_command is None]
    texts += phrasings(language)
    return [example(meaning, understander.terms(text)) for meaning, text in texts]


def example(meaning: str, terms: Sequence[Term]) -> Example:
    """Return a phrasing as the classifier sees it.

    Args:
        meaning: an intent's value, or NO_COMMAND.
        terms: the terms of the text.
    """
    words = {term.words for term in terms if term.is_word and meaning != NO_COMMAND}
    return Example(meaning, features(terms), frozenset(words))


@dataclass(frozen=True)
class Regression:
    """A trained multinomial logistic regression."""

    classes: tuple[str, ...]
    features: tuple[str, ...]
    weights: NDArray[np.float64]
    """Shape (features, classes), in nats for a text with that one feature."""
    biases: NDArray[np.float64]
    """Shape (classes,), in nats."""
    words: Mapping[str, list[str]]
    """The words of all commands, each with its intents, or none if there are _MANY_INTENTS."""

    def document(self, language: str) -> dict[str, object]:
        """Return the file of the classifier (see CLASSIFIER in voice_coach/language/classifier.py)."""
        largest = float(np.abs(self.weights).max())
        whole = np.rint(self.weights / largest * _BYTE).astype(np.int8)
        kept = np.flatnonzero(np.abs(whole).max(axis=1) >= _WORTHLESS * _BYTE)
        return {
            "language": language,
            "learned_from": fingerprint(language),
            "classes": list(self.classes),
            "biases": [round(bias, 3) for bias in self.biases.tolist()],
            "scale": round(largest / _BYTE, 6),
            "least": _LEAST,
            "words": self.words,
            "weights": {self.features[row]: b64encode(whole[row].tobytes()).decode() for row in kept},
        }


def train(learned: Sequence[Example]) -> Regression:
    """Find the weights that make the meanings of all examples most probable, at the penalty of large weights.

    Args:
        learned: the examples; the result does not depend on their order.
    """
    names = tuple(sorted({feature for one in learned for feature in one.features}))
    classes = tuple(sorted({one.meaning for one in learned}))
    matrix = _matrix(learned, {name: column for column, name in enumerate(names)})
    wanted = np.eye(len(classes))[[classes.index(one.meaning) for one in learned]]
    shape = len(names) + 1, len(classes)

    def cost(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        parameters = flat.reshape(shape)
        weights = parameters[:-1]
        logits = matrix @ weights + parameters[-1]
        logits -= np.logaddexp.reduce(logits, axis=1, keepdims=True)
        residual = np.exp(logits) - wanted
        slopes = np.vstack([matrix.T @ residual + 2 * _PENALTY * weights, residual.sum(axis=0)])
        return float(_PENALTY * (weights**2).sum() - (wanted * logits).sum()), slopes.ravel()

    found = minimize(cost, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 150})
    parameters = found.x.reshape(shape)
    return Regression(classes, names, parameters[:-1], parameters[-1], _words(learned))


def _words(learned: Sequence[Example]) -> dict[str, list[str]]:
    uses: dict[str, set[str]] = {}
    for one in learned:
        for word in one.words:
            uses.setdefault(word, set()).add(one.meaning)
    return {word: sorted(uses[word]) if len(uses[word]) < _MANY_INTENTS else [] for word in sorted(uses)}


def _matrix(learned: Sequence[Example], columns: dict[str, int]) -> csr_matrix:
    rows = [
        (row, columns[feature], weight_of_a_feature(one.features))
        for row, one in enumerate(learned)
        for feature in sorted(one.features)
    ]
    at, column, value = zip(*rows, strict=True)
    return csr_matrix((value, (at, column)), shape=(len(learned), len(columns)))


def main() -> None:
    """Train and write the classifiers."""
    for language in languages():
        learned = examples(language)
        print(f"Training on {len(learned)} phrasings of {language} ...", flush=True)
        path = MODELS / f"{language}.json"
        document = train(learned).document(language)
        path.write_text(json.dumps(document, ensure_ascii=False, indent=0) + "\n", "utf-8")
        print(f"Wrote {path.relative_to(ROOT)}: {path.stat().st_size} bytes.", flush=True)


if __name__ == "__main__":
    main()
