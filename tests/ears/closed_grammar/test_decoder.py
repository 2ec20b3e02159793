"""The decoder: the search finds what exact scoring finds, and calibration makes the scores comparable."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.ears.closed_grammar import (
    Beam,
    Decoder,
    Grammar,
    SpeechModel,
    TokenAutomaton,
    calibrate,
    load,
)
from voice_coach.ears.closed_grammar.calibration import NoBackground, score_all
from voice_coach.ears.closed_grammar.decoder import search
from voice_coach.ears.recognizers.registry import model_and_automaton, moonshine_folder, shipped_table, table_key
from voice_coach.library import load_language
from voice_coach.schema import parse_expression

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Speak = Callable[[str], NDArray[np.float32]]

PHRASES = (
    "next step", "go back", "say that again", "pause", "carry on", "how much time is left",
    "what comes next", "start over", "louder", "it stings", "yes", "no",
)  # fmt: skip


@pytest.fixture(scope="module")
def automaton(model: SpeechModel) -> TokenAutomaton:
    return TokenAutomaton(Grammar.of_phrases(PHRASES), model.tokenizer)


@pytest.mark.parametrize("phrase", PHRASES)
def test_the_search_finds_the_phrase_that_exact_scoring_finds(
    phrase: str, model: SpeechModel, automaton: TokenAutomaton, speak: Speak
) -> None:
    sound = speak(phrase)
    exact = score_all(model, automaton, sound).sentences
    found = search(model, automaton, sound, NoBackground(), Beam())
    best = max(exact, key=lambda sentence: exact[sentence])
    assert automaton.grammar.rule_at(best) == phrase
    assert max(found, key=lambda sentence: found[sentence]) == best
    assert found[best] == pytest.approx(exact[best], abs=0.5)


def test_all_beginnings_and_sentences_share_the_probability_of_one(
    model: SpeechModel, automaton: TokenAutomaton, speak: Speak
) -> None:
    totals = score_all(model, automaton, speak("next step"))
    assert np.logaddexp.reduce(list(totals.sentences.values())) <= 1e-3
    assert max(totals.states.values()) <= 1e-3


def test_a_batch_scores_like_its_transcripts_one_by_one(model: SpeechModel, speak: Speak) -> None:
    """Up to the rounding of the quantised model, whose scale is that of the whole batch."""
    start = model.listen(speak("next step"))
    tokens = np.array([model.tokenizer.encode_word(word) for word in ("next", "Next", "go")])
    together = model.extend(start, np.zeros(3, int), tokens).log_probabilities
    alone = np.concatenate([model.extend(start, np.zeros(1, int), row[np.newaxis]).log_probabilities for row in tokens])
    is_likely = alone > -10
    assert together[is_likely] == pytest.approx(alone[is_likely], abs=0.5)


def test_several_tokens_at_once_score_like_one_after_the_other(model: SpeechModel, speak: Speak) -> None:
    start = model.listen(speak("how much time is left"))
    tokens = np.array([[model.tokenizer.encode_word(word)[0] for word in ("How", "much", "time", "is")]])
    together = model.extend(start, np.zeros(1, int), tokens).steps[0]
    one_by_one, alone = start, []
    for token in tokens[0]:
        one_by_one = model.extend(one_by_one, np.zeros(1, int), np.array([[token]]))
        alone.append(one_by_one.log_probabilities[0])
    assert together.argmax(axis=1).tolist() == np.argmax(alone, axis=1).tolist()
    is_likely = np.array(alone) > -5
    assert together[is_likely] == pytest.approx(np.array(alone)[is_likely], abs=0.5)


def test_every_spelling_of_a_sentence_ends_in_the_same_sentence(model: SpeechModel) -> None:
    automaton = TokenAutomaton(Grammar.of_phrases(["go back"]), model.tokenizer, {"back": ("bak",)})
    ends = set()
    for spelling in ("go back", "Go back.", "Go bak!", "go back?", "Go back,"):
        state = 0
        for word in spelling.split():
            for token in model.tokenizer.encode_word(word):
                arcs = automaton.arcs(state)
                state = int(arcs.targets[list(arcs.tokens).index(token)])
        ends.add(automaton.sentence_at(state))
    assert len(ends) == 1
    assert None not in ends


def test_calibration_takes_off_what_is_heard_in_silence(
    model: SpeechModel, automaton: TokenAutomaton, speak: Speak
) -> None:
    told: list[tuple[int, int]] = []
    calibration = calibrate(model, automaton, lambda done, of: told.append((done, of)))
    decoder = Decoder(model, automaton, calibration)
    assert told[-1] == (12, 12)
    assert decoder.decode(speak("next step"))[0].rule == "next step"
    assert decoder.decode(speak("next step"))[0].score > 6.0
    noise = np.random.default_rng(1).normal(0, 0.01, 16_000).astype(np.float32)
    assert all(one.score < 3.0 for one in decoder.decode(noise))


def test_a_table_is_found_again_for_its_key_only(model: SpeechModel, tmp_path: Path) -> None:
    automaton = TokenAutomaton(Grammar.of_phrases(["yes", "no"]), model.tokenizer)
    made = calibrate(model, automaton)
    path = tmp_path / "table.npz"
    made.save(path, "this key")
    found = load(path, "this key", automaton)
    assert found is not None
    assert found.by_state == pytest.approx(made.by_state)
    assert load(path, "another key", automaton) is None
    path.write_bytes(path.read_bytes()[:-40])
    assert load(path, "this key", automaton) is None
    assert load(tmp_path / "none.npz", "this key", automaton) is None


@pytest.mark.usefixtures("models")
def test_the_shipped_table_fits_the_automaton_of_the_shipped_phrases() -> None:
    """That it is made for these phrases: test_shipped_table.py."""
    book = load_language("en").phrase_book
    _, automaton = model_and_automaton(book)
    assert load(shipped_table("en"), table_key(book), automaton) is not None


def test_an_expression_grammar_is_searched_without_being_expanded(model: SpeechModel, speak: Speak) -> None:
    numbers = parse_expression("one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty")
    slots = {"hours": numbers, "minutes": numbers, "seconds": numbers}
    expression = parse_expression(
        "set a timer for [<hours> hours] [<minutes> minutes] [and] [<seconds> seconds] [please]", slots
    )
    automaton = TokenAutomaton(Grammar({"timer": expression}), model.tokenizer)
    found = search(model, automaton, speak("set a timer for five minutes and twenty seconds"), NoBackground(), Beam(16))
    assert {automaton.grammar.rule_at(sentence) for sentence in found} == {"timer"}
    assert len(automaton) < 3_000


@pytest.mark.usefixtures("models")
def test_a_damaged_or_missing_model_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    for file in moonshine_folder().iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "encoder_model.ort").write_bytes(b"not a model")
    with pytest.raises(ValueError, match=r"encoder_model\.ort is damaged"):
        SpeechModel(tmp_path)
    (tmp_path / "encoder_model.ort").unlink()
    with pytest.raises(FileNotFoundError):
        SpeechModel(tmp_path)
