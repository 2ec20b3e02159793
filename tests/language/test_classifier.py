"""The intent classifier: what it looks at, what it takes, and whether the shipped one has learned from them all."""

from __future__ import annotations

import math
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.intents.train import example, fingerprint, phrasings, train
from voice_coach.content_index import languages
from voice_coach.errors import ContentError
from voice_coach.language.classifier import NUMBER, Delexicalizer, Term, features, parse_classifier
from voice_coach.language.intents import Intent
from voice_coach.language.pack import LEARNED
from voice_coach.library import load_language

DELEXICALIZER = Delexicalizer(
    numbers=frozenset({"one", "two", "twenty", "twenty two"}),
    slots={
        "step": frozenset({"mask", "the toner"}),
        "mask": frozenset({"mask", "clay mask"}),
    },
    ambiguous=frozenset({"one"}),
    units=frozenset({"minutes"}),
    negations=frozenset({"not", "no need"}),
    clauses=frozenset({"but"}),
)


def row(**weights: int) -> str:
    """Weights of the classes none, next and back, as the file of a classifier has them."""
    return b64encode(bytes(weights.get(name, 0) % 256 for name in ("none", "next", "back"))).decode()


DOCUMENT = {
    "language": "en",
    "learned_from": "a test",
    "classes": ["none", "next", "back"],
    "biases": [0.0, 0.0, -1.0],
    "scale": 0.1,
    "least": 0.6,
    "words": {"go": [], "on": ["next"], "back": ["back"]},
    "weights": {"on": row(next=100), "back": row(back=100, none=-20), "go": row(next=10, back=10), "hat": row(none=90)},
}


def names(text: str) -> list[str]:
    return [term.name for term in DELEXICALIZER.terms(text.split())]


def classified(text: str) -> Intent | None:
    found = parse_classifier(DOCUMENT).classify([Term(word, word) for word in text.split()])
    return found[0] if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("add twenty two minutes", ["add", NUMBER, "minutes"]),
        ("this one takes one minutes", ["this", "one", "takes", NUMBER, "minutes"]),
        ("skip the toner for the clay mask", ["skip", "<step>", "for", "the", "<mask>"]),
        ("my mask", ["my", "<mask|step>"]),
    ],
)
def test_numbers_and_names_stand_for_their_kind_and_the_longest_counts(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("do not go back to the mask now", ["do", "not", *(f"not-{word}" for word in ["go", "back", "to", "the"]),
                                           "<mask|step>", "now"]),
        ("not back but on", ["not", "not-back", "but", "on"]),
        ("no need to go", ["no need", "not-to", "not-go"]),
        ("no go", ["no", "go"]),
    ],
)  # fmt: skip
def test_the_four_terms_after_a_negation_are_denied_unless_a_clause_begins(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_the_features_are_words_and_pairs_of_them_and_pieces_of_words_but_not_of_names() -> None:
    assert features(DELEXICALIZER.terms(["go", "two", "minutes"])) == {
        "^", "go", NUMBER, "minutes", "$",
        "^ go", f"go {NUMBER}", f"{NUMBER} minutes", "minutes $",
        f"^ _ {NUMBER}", "go _ minutes", f"{NUMBER} _ $",
        "^go-", "go$-", "^mi-", "min-", "inu-", "nut-", "ute-", "tes-", "es$-",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "intent"), [("go on", Intent.NEXT), ("go back", Intent.BACK), ("go", None), ("", None)]
)
def test_a_text_is_the_most_probable_intent_if_that_is_probable_enough(text: str, intent: Intent | None) -> None:
    assert classified(text) is intent


def test_a_text_with_a_word_that_no_command_has_is_none() -> None:
    assert classified("go on please") is None


def test_a_text_with_a_word_that_only_other_intents_have_is_none() -> None:
    texts = [Term(word, word) for word in ("go", "on", "back")]
    assert parse_classifier(DOCUMENT).classify(texts) is None
    found = parse_classifier(DOCUMENT | {"words": {"go": [], "on": [], "back": []}}).classify(texts)
    assert found is not None
    assert found[0] is Intent.NEXT


def test_what_is_most_probably_no_command_is_none() -> None:
    learned = parse_classifier(DOCUMENT | {"words": {"hat": []}})
    assert learned.classify([Term("hat", "hat")]) is None
    assert max(learned.probabilities({"hat"})) == learned.probabilities({"hat"})[0]


def test_probabilities_are_those_of_the_weights() -> None:
    none, forwards, backwards = parse_classifier(DOCUMENT).probabilities({"go", "on", "never met", "neither"})
    step = 0.1 / math.sqrt(4)
    shares = [math.exp(0), math.exp(110 * step), math.exp(10 * step - 1)]
    assert [none, forwards, backwards] == pytest.approx([share / sum(shares) for share in shares])


@given(st.lists(st.sampled_from([*DOCUMENT["weights"], "unknown"]), unique=True))  # type: ignore[misc]
def test_probabilities_of_any_features_add_up_to_one(found: list[str]) -> None:
    assert sum(parse_classifier(DOCUMENT).probabilities(found)) == pytest.approx(1)


@pytest.mark.parametrize(
    "change",
    [
        {"biases": [0.0, 0.0]},
        {"weights": {"on": "AAA"}},
        {"weights": {"on": "!!!!"}},
        {"classes": ["none", "next", "up"]},
    ],
)
def test_a_classifier_that_does_not_fit_together_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ContentError, match="intent classifier"):
        parse_classifier(DOCUMENT | change)


@pytest.mark.parametrize("language", languages())
def test_the_shipped_classifier_has_learned_from_the_phrasings_of_today(language: str) -> None:
    learned = load_language(language).read(LEARNED)
    assert learned["learned_from"] == fingerprint(language), "run scripts/train-intents"


@pytest.mark.parametrize("language", languages())
def test_the_shipped_classifier_knows_every_intent(language: str) -> None:
    classifier = load_language(language).understander.classifier
    assert set(classifier.meanings) == {None, *Intent}, "run scripts/train-intents"


@pytest.mark.parametrize("language", languages())
def test_no_phrasing_is_learned_with_two_meanings(language: str) -> None:
    normaliser = load_language(language).understander.normaliser
    meanings: dict[str, set[str]] = {}
    for meaning, text in phrasings(language):
        meanings.setdefault(normaliser.normalise(text), set()).add(meaning)
    assert {text: found for text, found in meanings.items() if len(found) > 1} == {}


def test_training_finds_what_tells_the_examples_apart_in_any_order() -> None:
    texts = [
        ("next", "go on"),
        ("next", "go on now"),
        ("back", "go back"),
        ("back", "now back"),
        ("none", "hats on"),
    ] * 5
    examples = [example(meaning, [Term(word, word) for word in text.split()]) for meaning, text in 5 * texts]
    for learned in (examples, examples[::-1]):
        classifier = parse_classifier(train(learned).document("en"))
        terms = [Term(word, word) for word in ("back", "now")]
        found = classifier.classify(terms)
        assert found is not None
        assert found[0] is Intent.BACK
