"""Phrases held against what a recogniser wrote."""

from __future__ import annotations

import numpy as np
import pytest

from voice_coach.ears.recognizers.registry import misheard_table
from voice_coach.ears.recognizers.vosk import spell_out, split_syllables
from voice_coach.ears.recognizers.vosk_scoring import GRAMMARS, ConfusionScorer, NoisyChannel, VoskScorer, letters
from voice_coach.ears.rejection import THRESHOLDS

PHRASES = ("다음 단계", "이전 단계", "다시 말해 줘", "얼마나 남았어요")


def test_a_syllable_is_taken_apart_into_its_sounds() -> None:
    assert len(letters("남 았")) == 6


@pytest.mark.parametrize("name", GRAMMARS)
@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_written_rightly_is_the_likeliest_however_it_is_spaced(name: str, phrase: str) -> None:
    for channel in (NoisyChannel.load(misheard_table("ko"), name), NoisyChannel.unlearned(PHRASES)):
        scores = ConfusionScorer(PHRASES, channel).scores(phrase.replace(" ", ""))
        assert PHRASES[int(np.argmax(scores))] == phrase
        assert scores.max() > 0


def test_each_mistake_costs_something() -> None:
    misheard = ConfusionScorer(PHRASES, NoisyChannel.unlearned(PHRASES))
    scores = [misheard.scores(text)[0] for text in ("다음 단계", "다음 단게", "다음 단", "마음 안게")]
    assert scores == sorted(scores, reverse=True)


def test_letters_that_were_never_seen_are_mistakes_like_others() -> None:
    assert np.isfinite(ConfusionScorer(PHRASES, NoisyChannel.unlearned(PHRASES)).scores("xyz 다음 단계")).all()


def test_the_beginning_of_a_phrase_is_likelier_than_the_whole_until_all_is_written() -> None:
    misheard = ConfusionScorer(PHRASES, NoisyChannel.unlearned(PHRASES))
    assert misheard.beginnings("다음")[0] > misheard.scores("다음")[0]
    assert misheard.beginnings("다음 단계")[0] < misheard.scores("다음 단계")[0]


def test_a_phrase_that_may_go_on_as_another_is_ambiguous_until_the_end() -> None:
    likeness = VoskScorer(("다음 단계", "다음 단계는 뭐예요", "얼마나 남았어요"), misheard_table("ko"))
    (first, second, *_), (sure, far, *_) = (
        likeness.candidates([("다음 단계", "다 음 단 계")], is_final=is_final) for is_final in (False, True)
    )
    assert first.text == sure.text == "다음 단계"
    assert first.score - second.score < THRESHOLDS.margin < sure.score - far.score


def test_nothing_written_is_no_candidate() -> None:
    assert VoskScorer(PHRASES).candidates([("", "")]) == ()


def test_a_phrase_that_both_grammars_wrote_beats_one_of_a_single_grammar() -> None:
    likeness = VoskScorer(PHRASES, misheard_table("ko"))
    both, one = (likeness.candidates([("다음 단계", second)])[0].score for second in ("다 음 단 계", "가 나 다"))
    assert both > one


def test_words_are_put_together_of_those_that_are_known_the_stem_first() -> None:
    known = {"남", "았어요", "남았", "어요", "얼마나", "았", "어", "요"}
    assert spell_out("얼마나 남았어요", known.__contains__)[:2] == ("얼마나 남 았어요", "얼마나 남았 어요")


def test_a_phrase_that_is_known_is_spelled_as_it_is() -> None:
    assert spell_out("next step", {"next", "step", "ne", "xt"}.__contains__) == ("next step",)


def test_a_phrase_with_a_word_that_cannot_be_put_together_is_not_spelled() -> None:
    assert spell_out("next stop", {"next", "st"}.__contains__) == ()


def test_only_a_script_of_syllables_has_syllables() -> None:
    assert split_syllables(["next step"], lambda _: True) == frozenset()
    assert split_syllables(["다음"], {"다"}.__contains__) == {"다"}
