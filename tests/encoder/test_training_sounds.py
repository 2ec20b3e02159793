"""The sounds that the encoder is trained with: rooms, noises, and what is asked for of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benches.common.speakers import TUNE
from benches.hearing.places import NEAR_WORDS
from scripts.encoder import examples
from scripts.encoder.confusable import SOUND_ALIKE, single_words, with_numbers
from scripts.encoder.examples import PADDING, TOKENS, Corpus, Mixture, Utterance
from scripts.encoder.noises import coloured, draw_noise, machine, music, things, voices, water
from scripts.encoder.rooms import RATE, draw_response, draw_room, response
from voice_coach.ears.closed_grammar.speech_model import BEGIN, END
from voice_coach.language.understanding import understand
from voice_coach.library import load_language

if TYPE_CHECKING:
    from numpy.typing import NDArray


ONE_OF_BOTH = Mixture(disturbed=0.75, first_ratio=12.0)


def decay_seconds(sound: NDArray[np.float32]) -> float:
    """The seconds in which what is left of a response falls by 60 dB, from its fall between 5 and 25 dB (ISO 3382)."""
    left = np.cumsum(sound[::-1].astype(float) ** 2)[::-1]
    decibels = 10 * np.log10(left / left[0] + 1e-12)
    return float(3 * ((decibels < -25).argmax() - (decibels < -5).argmax()) / RATE)


def test_bathrooms_are_as_small_as_bathrooms_and_ring_as_long() -> None:
    rng = np.random.default_rng(0)
    areas = [room.size[0] * room.size[1] for room in (draw_room(rng) for _ in range(200))]
    assert min(areas) >= 3
    assert max(areas) <= 12
    seconds = np.sort([decay_seconds(draw_response(rng)) for _ in range(100)])
    assert 0.35 < np.median(seconds) < 0.75
    assert seconds[5] > 0.15
    assert seconds[-5] < 1.3


def test_the_direct_sound_comes_first_so_that_the_voice_keeps_its_place_in_time() -> None:
    rng = np.random.default_rng(1)
    near = []
    for _ in range(20):
        room = draw_room(rng)
        person = room.microphone + np.array((0.25, 0, 0.1))
        near.append(int(np.abs(response(room, person, rng)).argmax()))
    assert max(near) <= 1


def test_farther_from_the_microphone_there_is_more_of_the_room() -> None:
    rng = np.random.default_rng(2)
    shares: dict[float, list[float]] = {0.3: [], 1.2: []}
    for _ in range(30):
        room = draw_room(rng)
        for distance, found in shares.items():
            sound = response(room, room.microphone + np.array((distance, 0, 0.1)), rng)
            found.append(float((sound[:40] ** 2).sum() / (sound**2).sum()))
    assert np.median(shares[0.3]) > 2 * np.median(shares[1.2])


@pytest.mark.parametrize("kind", [water, machine, music, things, coloured])
def test_each_noise_is_another_one_each_time_and_the_same_for_the_same_seed(kind: object) -> None:
    assert callable(kind)
    once, again = (kind(np.random.default_rng(3), RATE) for _ in range(2))
    other = kind(np.random.default_rng(4), RATE)
    assert once.shape == other.shape == (RATE,)
    assert np.isfinite(once).all()
    assert (once == again).all()
    assert abs(np.corrcoef(once, other)[0, 1]) < 0.5


def test_a_noise_has_always_the_same_power() -> None:
    rng = np.random.default_rng(5)
    talk = [rng.standard_normal(2 * RATE).astype(np.float32)]
    powers = [np.mean(draw_noise(rng, RATE, talk, talk) ** 2) for _ in range(40)]
    assert powers == pytest.approx([1.0] * len(powers), rel=0.01)
    assert np.isfinite(voices(rng, RATE, talk)).all()


def test_nobody_of_the_testing_half_speaks() -> None:
    assert {person.half for person, _often in examples._PERSONS} == {TUNE}  # noqa: SLF001 - what the card promises
    assert not {"rms", ""} & {person.speaker for person, _often in examples._PERSONS}  # noqa: SLF001 - as above


def test_what_is_said_comes_from_the_phrases_the_grammar_and_the_training_phrasings_in_equal_shares() -> None:
    drawn = examples.sentences(90)
    assert len(drawn) == 90
    assert drawn == examples.sentences(90)
    lines = {line.rpartition("\t")[2] for line in examples.INTENTS.read_text().splitlines()}
    assert sum(text in lines for text in drawn) >= 30


def test_sentences_with_a_number_have_rivals_with_another_that_sounds_alike_where_there_is_one() -> None:
    drawn = with_numbers(200)
    assert drawn == with_numbers(200)
    assert all(rival != one.text for one in drawn for rival in one.rivals)
    assert all(one.rivals for one in drawn)
    assert {("fifty minutes", ("fifteen minutes",))} <= {(one.text, one.rivals) for one in drawn}
    assert sum("{}" in one.text for one in drawn) == 0


def test_words_that_sound_like_commands_are_none_and_the_bench_does_not_try_them() -> None:
    understander = load_language("en").understander
    for command, words in SOUND_ALIKE.items():
        assert understand(command, understander).intent is not None, command
        for word in words.split():
            assert understand(word, understander).intent is None, word
            assert word not in NEAR_WORDS
    drawn = single_words(100)
    assert {one.text in SOUND_ALIKE for one in drawn} == {True, False}


@pytest.fixture
def corpus(models: None) -> Corpus:
    """Two utterances whose sounds are noise."""
    rng = np.random.default_rng(6)
    sounds = [rng.standard_normal(int(seconds * RATE)).astype(np.float32) * 0.1 for seconds in (0.8, 1.2)]
    sure, unsure = Utterance(sounds[0], "next step", is_sure=True), Utterance(sounds[1], "Hello there.", is_sure=False)
    return Corpus((sure,), (unsure,), (unsure,), (), ("pause", "go back", "next step please"))


def test_a_batch_depends_on_its_number_alone_and_has_a_transcript_for_each_sound(corpus: Corpus) -> None:
    made, again, other = (examples.batch(corpus, ONE_OF_BOTH, 1, number, 0.5) for number in (7, 7, 8))
    assert (made.heard == again.heard).all()
    assert (made.tokens == again.tokens).all()
    assert made.heard.shape != other.heard.shape or (made.heard != other.heard).any()
    count = len(made.heard)
    assert len(made.wanted) == len(made.weight) == len(made.tokens) == len(made.is_right) == count
    assert made.wanted.shape[:2] == made.weight.shape
    assert np.abs(made.heard).max() <= 1
    assert set(made.tokens[:, :, 0].ravel()) == {BEGIN}


def test_a_wrong_transcript_is_never_taken_for_what_is_said(corpus: Corpus) -> None:
    texts = {examples.tokens_of(text): text for text in ("next step", "Hello there.", *corpus.rivals)}
    said = [
        (texts[tuple(tokens)], bool(right))
        for number in range(8)
        for made in [examples.batch(corpus, ONE_OF_BOTH, 2, number, 0.0)]
        for ((tokens,), (right,)) in zip(made.tokens.tolist(), made.is_right, strict=True)
    ]
    assert {text for text, right in said if right} == {"next step"}
    assert {text for text, right in said if not right} == {"Hello there.", *corpus.rivals}


def test_what_was_said_comes_first_and_its_rival_second_where_both_are_looked_at(corpus: Corpus) -> None:
    both = Mixture(disturbed=0.5, first_ratio=0.0, confusable=1.0, wrong=None)
    said = Utterance(corpus.spoken[0].sound, "fifty minutes", is_sure=True, rivals=("fifteen minutes",))
    made = examples.batch(replace(corpus, confusable=(said,)), both, 3, 0, 1.0)
    is_said = made.is_said.astype(bool)
    assert 0 < is_said.sum() <= len(is_said)
    pair = [examples.tokens_of(text) for text in ("fifty minutes", "fifteen minutes")]
    assert (made.tokens[is_said] == pair).all()
    assert (made.is_right[is_said] == (1, 0)).all()
    assert not made.is_right[~is_said].any()


def test_a_transcript_is_spelled_as_the_model_spells_it_and_padded(corpus: Corpus) -> None:
    tokens = examples.tokens_of("next step")
    assert len(tokens) == TOKENS + 1
    assert tokens[0] == BEGIN
    end = tokens.index(END)
    assert set(tokens[end + 1 :]) == {PADDING}
    assert examples.speech_model().tokenizer.decode(tokens[1:end]) == "Next step."
