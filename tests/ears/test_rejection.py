"""The decision: from the scores of an utterance to a command, or to the reason for none."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.ears.recognizers import recognizer
from voice_coach.ears.recognizers.recognizer import Hypothesis, UtteranceScores
from voice_coach.ears.rejection import (
    DEFAULT,
    THRESHOLDS,
    Accepted,
    Decision,
    Incomplete,
    Rejected,
    Thresholds,
    Tuning,
    decide,
    may_be_silencer,
)
from voice_coach.language.intents import ANSWERS, Intent
from voice_coach.language.phrases import Phrase, PhraseBook
from voice_coach.session.commands import Listen
from voice_coach.session.events import RejectionReason

BOOK = PhraseBook(
    "en",
    (
        Phrase("next", Intent.NEXT),
        Phrase("next step", Intent.NEXT),
        Phrase("go back", Intent.BACK),
        Phrase("start", Intent.START),
        Phrase("start over", Intent.START_OVER),
        Phrase("yes", Intent.YES),
        Phrase("stop", Intent.PAUSE),
        Phrase("quiet", Intent.QUIETER),
        Phrase("goodbye", Intent.QUIT),
        Phrase("it stings", Intent.STINGS),
        Phrase("add five minutes", Intent.ADD_TIME, 5),
        Phrase("add nine minutes", Intent.ADD_TIME, 9),
    ),
)
RUNNING = Listen(frozenset(Intent) - ANSWERS)
ASKED = Listen(frozenset(Intent), question_is_open=True)
IDLE = Listen(frozenset(Intent) - ANSWERS, shortest_words=2)


def heard(
    *candidates: tuple[str, float],
    listen: Listen = RUNNING,
    is_final: bool = True,
    second: str | None = None,
) -> Decision:
    """The decision on what the first recogniser, and perhaps a second one, understood."""
    n_bests = [recognizer.NBest("first", tuple(Hypothesis(text, score) for text, score in candidates))]
    if second is not None:
        n_bests.append(recognizer.NBest("second", (Hypothesis(second, 0.0),), has_scale=False))
    return decide(UtteranceScores(tuple(n_bests), listen, is_final), BOOK)


def said(text: str, score: float) -> tuple[recognizer.NBest, ...]:
    """What one recogniser says that understood one phrase."""
    return (recognizer.NBest("first", (Hypothesis(text, score),)),)


def reason(decision: Decision) -> RejectionReason:
    assert isinstance(decision, Rejected)
    return decision.reason


def test_a_probable_phrase_is_accepted() -> None:
    decision = heard(("next step", 9.0), ("go back", 1.0))
    assert isinstance(decision, Accepted)
    assert decision.phrase.intent is Intent.NEXT
    assert decision.is_confident


def test_just_above_the_threshold_a_command_is_not_certain() -> None:
    decision = heard(("next step", THRESHOLDS.command + 0.1))
    assert isinstance(decision, Accepted)
    assert not decision.is_confident


def test_a_single_word_must_be_more_probable() -> None:
    between = (THRESHOLDS.command + THRESHOLDS.single_word) / 2
    assert isinstance(heard(("go back", between)), Accepted)
    assert reason(heard(("next", between))) is RejectionReason.UNCLEAR


def unlisted(text: str, intent: Intent, score: float, *, is_hint: bool = False) -> Decision:
    """The decision on a text that no book lists."""
    hypothesis = Hypothesis(text, score, Phrase(text, intent), is_hint=is_hint)
    return decide(UtteranceScores((recognizer.NBest("first", (hypothesis,)),), RUNNING, is_final=True), BOOK)


def test_what_is_not_listed_must_be_more_probable() -> None:
    between = (THRESHOLDS.command + THRESHOLDS.unlisted) / 2
    assert reason(unlisted("now go one back", Intent.BACK, between)) is RejectionReason.UNCLEAR
    decision = unlisted("now go one back", Intent.BACK, THRESHOLDS.unlisted + 0.1)
    assert isinstance(decision, Accepted)
    assert decision.phrase == Phrase("now go one back", Intent.BACK)


def test_a_sentence_of_two_or_three_words_must_be_heard_the_better_except_of_pain() -> None:
    score = THRESHOLDS.unlisted + THRESHOLDS.short
    for text in ("one back", "go one back"):
        assert reason(unlisted(text, Intent.BACK, score - 0.1)) is RejectionReason.UNCLEAR
        assert isinstance(unlisted(text, Intent.BACK, score + 0.1), Accepted)
    assert isinstance(unlisted("it burned", Intent.STINGS, score - 0.1), Accepted)


def test_a_hint_is_asked_about_and_never_obeyed() -> None:
    decision = unlisted("that hurt somehow", Intent.STINGS, 30.0, is_hint=True)
    assert isinstance(decision, Rejected)
    assert decision.is_borderline
    far = unlisted("that hurt somehow", Intent.STINGS, THRESHOLDS.unlisted - 3.0, is_hint=True)
    assert isinstance(far, Rejected)
    assert not far.is_borderline


def doubtful(certainty: float, score: float) -> Decision:
    """The decision on a text whose meaning the intent classifier has found."""
    text = "now go one back"
    hypothesis = Hypothesis(text, score, Phrase(text, Intent.BACK), certainty)
    return decide(UtteranceScores((recognizer.NBest("first", (hypothesis,)),), RUNNING, is_final=True), BOOK)


def test_a_doubtful_meaning_must_be_heard_the_better() -> None:
    score = THRESHOLDS.unlisted + THRESHOLDS.guess + 0.7
    almost_sure = math.exp(-0.5 / THRESHOLDS.doubt)
    assert isinstance(doubtful(almost_sure, score), Accepted)
    assert isinstance(doubtful(1.0, score - THRESHOLDS.guess), Accepted)
    assert reason(doubtful(almost_sure, score - THRESHOLDS.guess)) is RejectionReason.UNCLEAR
    assert reason(doubtful(0.5, score)) is RejectionReason.UNCLEAR
    assert isinstance(doubtful(0.5, score + THRESHOLDS.doubt), Accepted)


@pytest.mark.parametrize("text", ["back", "back back"])
def test_a_word_with_a_learned_threshold_needs_that_and_no_other(text: str) -> None:
    def needed(score: float, sensitivity: float = 0.5) -> bool:
        hypothesis = Hypothesis(text, score, Phrase(text, Intent.BACK))
        scores = UtteranceScores((recognizer.NBest("first", (hypothesis,)),), RUNNING, is_final=True)
        book = replace(BOOK, word_thresholds={"back": 6.0})
        return isinstance(decide(scores, book, Thresholds.at(sensitivity)), Accepted)

    assert not needed(5.9)
    assert needed(6.1)
    assert needed(5.9, sensitivity=0.6)
    assert not needed(6.1, sensitivity=0.4)


def test_what_may_be_the_rest_of_a_sentence_must_be_heard_the_better() -> None:
    def is_taken(text: str, score: float, *, follows_speech: bool = False) -> bool:
        n_best = recognizer.NBest("first", (Hypothesis(text, score),))
        scores = UtteranceScores((n_best,), RUNNING, is_final=True, follows_speech=follows_speech)
        return isinstance(decide(scores, BOOK), Accepted)

    clear = THRESHOLDS.command + THRESHOLDS.following + 0.1
    assert is_taken("next step", clear - 0.2)
    assert not is_taken("next step", clear - 0.2, follows_speech=True)
    assert is_taken("next step", clear, follows_speech=True)
    assert is_taken("it stings", clear - 0.2, follows_speech=True), "pain is never made to wait"


def said_softly(softer: float, score: float, tuning: Tuning = DEFAULT) -> bool:
    """Whether a command is taken from a voice so many decibels softer than the person's."""
    n_best = recognizer.NBest("first", (Hypothesis("next step", score),))
    scores = UtteranceScores((n_best,), RUNNING, is_final=True, level=-30.0 - softer, usual_level=-30.0)
    return isinstance(decide(scores, BOOK, Thresholds.of(tuning)), Accepted)


def test_a_voice_much_softer_than_the_persons_must_be_heard_the_better() -> None:
    barely = THRESHOLDS.command + 0.1
    assert said_softly(-20.0, barely)
    assert said_softly(THRESHOLDS.softer_from - 0.1, barely)
    assert not said_softly(THRESHOLDS.softer_from + 4.0, barely)
    assert said_softly(THRESHOLDS.softer_from + 4.0, barely + 1.0)


def test_a_clear_command_is_obeyed_from_anywhere() -> None:
    assert said_softly(60.0, THRESHOLDS.command + THRESHOLDS.softer_most + 0.1)
    assert not said_softly(60.0, THRESHOLDS.command + THRESHOLDS.softer_most - 0.1)


def test_how_near_a_voice_must_be_is_a_setting() -> None:
    softer, score = THRESHOLDS.softer_from + 4.0, THRESHOLDS.command + 1.5
    assert said_softly(60.0, THRESHOLDS.command + 0.1, Tuning(nearness=0.0))
    assert said_softly(softer, score)
    assert not said_softly(softer, score, Tuning(nearness=1.0))


def over_speech(*candidates: tuple[str, float], echo: float | None) -> Decision:
    """The decision on what is heard while the coach says something else."""
    n_best = recognizer.NBest("first", tuple(Hypothesis(text, score) for text, score in candidates))
    listen = replace(RUNNING, speaking="Spread the mask evenly.")
    return decide(UtteranceScores((n_best,), listen, is_final=True, echo=echo), BOOK)


def test_a_command_for_silence_needs_less_while_the_coach_speaks_if_its_own_voice_is_known() -> None:
    enough = THRESHOLDS.silencing + 0.1
    for echo in (0.1, THRESHOLDS.own_voice - 0.01):
        decision = over_speech(("stop", enough), echo=echo)
        assert isinstance(decision, Accepted)
        assert decision.phrase.intent is Intent.PAUSE
    assert reason(over_speech(("stop", THRESHOLDS.silencing - 0.1), echo=0.1)) is RejectionReason.UNCLEAR
    assert reason(over_speech(("goodbye", enough), echo=0.1)) is RejectionReason.UNCLEAR
    assert reason(over_speech(("stop", enough), echo=THRESHOLDS.own_voice)) is RejectionReason.OWN_WORDS
    assert reason(over_speech(("stop", enough), echo=None)) is RejectionReason.UNCLEAR
    assert reason(over_speech(("next", enough), echo=0.1)) is RejectionReason.UNCLEAR
    assert reason(heard(("stop", enough))) is RejectionReason.UNCLEAR


@pytest.mark.parametrize("word", ["stop", "quiet", "goodbye"])
def test_what_may_have_been_a_command_for_silence_in_another_voice_is_borderline(word: str) -> None:
    def is_borderline(*candidates: tuple[str, float], echo: float | None) -> bool:
        decision = over_speech(*candidates, echo=echo)
        return isinstance(decision, Rejected) and decision.is_borderline

    little = THRESHOLDS.hushing + 0.1
    assert is_borderline((word, little), echo=0.1)
    assert is_borderline(("start over", little + 3.0), (word, little), echo=0.1)
    assert not is_borderline((word, THRESHOLDS.hushing - 0.1), echo=0.1)
    assert not is_borderline((word, little), echo=THRESHOLDS.own_words)
    assert not is_borderline((word, little), echo=None)
    assert not is_borderline(("next step", little), echo=0.1)


def test_a_word_for_silence_that_was_spotted_only_breaks_the_speech_off() -> None:
    def decision(score: float, *, echo: float | None, heard: str = "next", clearly: float = 1.0) -> Decision:
        n_best = recognizer.NBest("first", (Hypothesis(heard, clearly),))
        found = Hypothesis("stop", score, Phrase("stop", Intent.PAUSE))
        listen = replace(RUNNING, speaking="Spread the mask evenly.")
        return decide(UtteranceScores((n_best,), listen, is_final=True, echo=echo, silencer=found), BOOK)

    def hushes(one: Decision) -> bool:
        return isinstance(one, Rejected) and one.is_hush

    enough = THRESHOLDS.silencer + 0.1
    assert hushes(decision(enough, echo=0.1))
    assert not hushes(decision(THRESHOLDS.silencer - 0.1, echo=0.1))
    assert not hushes(decision(enough, echo=THRESHOLDS.own_words))
    assert not hushes(decision(enough, echo=None))
    assert isinstance(decision(9.0, echo=0.1, clearly=20.0), Accepted)


def test_it_is_worth_looking_for_a_word_for_silence_only_in_another_voice_over_the_coachs() -> None:
    def is_worth(*candidates: tuple[str, float], echo: float | None, speaking: str = "Spread it.") -> bool:
        n_best = recognizer.NBest("first", tuple(Hypothesis(text, score) for text, score in candidates))
        listen = replace(RUNNING, speaking=speaking)
        scores = UtteranceScores((n_best,), listen, is_final=True, echo=echo)
        return may_be_silencer(decide(scores, BOOK), scores)

    assert is_worth(("next", 1.0), echo=0.1)
    assert is_worth(echo=0.1)
    assert not is_worth(("next", 20.0), echo=0.1)
    assert not is_worth(("stop", 1.0), echo=0.1)
    assert not is_worth(("next", 1.0), echo=THRESHOLDS.own_words)
    assert not is_worth(("next", 1.0), echo=None)
    assert not is_worth(("next", 1.0), echo=0.1, speaking="")


def test_a_single_word_silences_even_a_coach_that_it_would_not_wake() -> None:
    n_best = said("stop", 20.0)
    speaking = replace(IDLE, speaking="Hello! I am your mask coach.")
    assert isinstance(decide(UtteranceScores(n_best, speaking, is_final=True, echo=0.1), BOOK), Accepted)
    assert reason(decide(UtteranceScores(n_best, IDLE, is_final=True), BOOK)) is RejectionReason.TOO_SHORT


def test_a_command_for_silence_is_found_below_what_sounds_more_like_it() -> None:
    enough = THRESHOLDS.silencing + 0.1
    decision = over_speech(("start", enough + 0.5), ("stop", enough), echo=0.1)
    assert isinstance(decision, Accepted)
    assert decision.phrase.intent is Intent.PAUSE
    clear = over_speech(("start over", 20.0), ("stop", enough), echo=0.1)
    assert isinstance(clear, Accepted)
    assert clear.phrase.intent is Intent.START_OVER
    assert reason(over_speech(("start", enough), ("next", 1.0), echo=0.1)) is RejectionReason.UNCLEAR


def test_two_numbers_that_are_about_as_probable_are_asked_about() -> None:
    near, far = THRESHOLDS.number_margin - 0.1, THRESHOLDS.number_margin + 0.1
    decision = heard(("add five minutes", 20.0), ("add nine minutes", 20.0 - near))
    assert isinstance(decision, Rejected)
    assert decision.reason is RejectionReason.AMBIGUOUS
    assert decision.other == BOOK.by_text["add nine minutes"]
    assert isinstance(heard(("add five minutes", 20.0), ("add nine minutes", 20.0 - far)), Accepted)
    assert isinstance(heard(("next step", 20.0), ("add nine minutes", 20.0 - near)), Accepted)


@pytest.mark.parametrize(("listed_score", "is_asked"), [(THRESHOLDS.command + 0.1, True), (1.0, False)])
def test_a_transcript_that_may_have_lost_its_number_is_asked_about(listed_score: float, is_asked: bool) -> None:  # noqa: FBT001 - a case
    lost = Hypothesis("add my minutes", 18.0, Phrase("add my minutes", Intent.ADD_TIME))
    n_best = recognizer.NBest("first", (lost, Hypothesis("add nine minutes", listed_score)))
    decision = decide(UtteranceScores((n_best,), RUNNING, is_final=True), BOOK)
    assert isinstance(decision, Rejected if is_asked else Accepted)


@pytest.mark.parametrize("behind", [1.0, THRESHOLDS.listed_margin - 0.1])
def test_a_listed_phrase_that_is_near_an_unlisted_sentence_is_asked_about(behind: float) -> None:
    sentence = Hypothesis("one before me", 15.0, Phrase("one before me", Intent.BACK))
    n_best = recognizer.NBest("first", (sentence, Hypothesis("next step", sentence.score - behind)))
    decision = decide(UtteranceScores((n_best,), RUNNING, is_final=True), BOOK)
    assert reason(decision) is RejectionReason.AMBIGUOUS


@pytest.mark.parametrize(
    ("other", "behind"),
    [("next step", THRESHOLDS.listed_margin + 0.1), ("go back", 1.0)],
    ids=["another intent far behind", "the same intent"],
)
def test_an_unlisted_sentence_far_from_other_intents_is_accepted(other: str, behind: float) -> None:
    sentence = Hypothesis("one before me", 15.0, Phrase("one before me", Intent.BACK))
    n_best = recognizer.NBest("first", (sentence, Hypothesis(other, sentence.score - behind)))
    assert isinstance(decide(UtteranceScores((n_best,), RUNNING, is_final=True), BOOK), Accepted)


def test_after_a_number_the_end_is_waited_for() -> None:
    scores = UtteranceScores(said("add nine minutes", 20.0), RUNNING, is_final=False)
    assert isinstance(decide(scores, BOOK), Incomplete)
    assert isinstance(decide(replace(scores, is_final=True), BOOK), Accepted)


def test_more_is_asked_before_the_end_and_most_of_a_sound_that_goes_on() -> None:
    end, pause, window = (
        UtteranceScores(said("next step", THRESHOLDS.command + more), RUNNING, is_final, is_window)
        for more, is_final, is_window in (
            (0.1, True, False),
            (THRESHOLDS.early + 0.1, False, False),
            (THRESHOLDS.passing + 0.1, False, True),
        )
    )
    assert all(isinstance(decide(one, BOOK), Accepted) for one in (end, pause, window))
    assert reason(decide(replace(end, is_final=False), BOOK)) is RejectionReason.UNCLEAR
    assert reason(decide(replace(pause, is_window=True), BOOK)) is RejectionReason.UNCLEAR


def test_at_a_pause_a_phrase_must_have_had_the_time_that_its_letters_take() -> None:
    """The beginning of "skip the serum" is more like "skip this step" than like any other phrase."""
    letters = len("nextstep")
    clear = THRESHOLDS.command + THRESHOLDS.early + 1.0
    hurried = letters * (THRESHOLDS.fastest_at_pause - 0.001)
    for seconds, is_final, is_taken in ((hurried, False, False), (hurried, True, True), (0.5, False, True)):
        scores = UtteranceScores(said("next step", clear), RUNNING, is_final, seconds=seconds)
        assert isinstance(decide(scores, BOOK), Accepted) is is_taken


def test_a_command_is_as_confident_at_a_pause_as_it_would_be_at_the_end() -> None:
    score = THRESHOLDS.command + max(THRESHOLDS.early, THRESHOLDS.confident) + 0.1
    for is_final in (False, True):
        decision = decide(UtteranceScores(said("it stings", score), RUNNING, is_final), BOOK)
        assert isinstance(decision, Accepted)
        assert decision.is_confident


@pytest.mark.parametrize(("missing", "is_near"), [(0.1, True), (THRESHOLDS.borderline + 0.1, False)])
def test_a_command_nearly_understood_is_worth_asking_for(missing: float, is_near: bool) -> None:  # noqa: FBT001 - a case
    decision = heard(("next step", THRESHOLDS.command - missing))
    assert isinstance(decision, Rejected)
    assert decision.is_borderline is is_near


def test_nobody_says_a_phrase_in_a_moment() -> None:
    spoken = UtteranceScores(said("add five minutes", 20.0), RUNNING, is_final=True, seconds=0.9)
    assert isinstance(decide(spoken, BOOK), Accepted)
    assert reason(decide(replace(spoken, seconds=0.2), BOOK)) is RejectionReason.UNCLEAR


def test_between_a_sting_and_something_else_the_sting_is_asked_for() -> None:
    decision = heard(("next step", 8.0), ("it stings", 7.9))
    assert isinstance(decision, Rejected)
    assert decision.reason is RejectionReason.AMBIGUOUS
    assert decision.text == "it stings"


def test_wordings_of_one_intent_add_up() -> None:
    below = THRESHOLDS.command - 0.4
    assert reason(heard(("next step", below))) is RejectionReason.UNCLEAR
    assert isinstance(heard(("next step", below), ("next", below)), Accepted)


def test_two_intents_equally_likely_are_refused() -> None:
    assert reason(heard(("next step", 8.0), ("go back", 7.9))) is RejectionReason.AMBIGUOUS


def test_two_numbers_equally_likely_are_refused() -> None:
    assert reason(heard(("add five minutes", 8.0), ("add nine minutes", 7.9))) is RejectionReason.AMBIGUOUS
    assert isinstance(heard(("add five minutes", 9.0), ("add nine minutes", 6.0)), Accepted)


def test_yes_counts_only_while_a_question_is_open_and_then_needs_less() -> None:
    assert reason(heard(("yes", 9.0))) is RejectionReason.NOT_NOW
    assert isinstance(heard(("yes", THRESHOLDS.answer + 0.1), listen=ASKED), Accepted)


def test_a_single_word_does_not_wake_the_coach() -> None:
    assert reason(heard(("start", 9.0), listen=IDLE)) is RejectionReason.TOO_SHORT
    assert isinstance(heard(("next step", 9.0), listen=IDLE), Accepted)


def test_a_second_recognizer_adds_but_never_accepts_alone() -> None:
    unclear = THRESHOLDS.command - 1.0
    assert isinstance(heard(("next step", unclear), second="next"), Accepted)
    assert reason(heard(("next step", unclear), second="go back")) is RejectionReason.UNCLEAR
    assert reason(heard(second="next")) is RejectionReason.NOTHING_HEARD


def test_the_beginning_of_a_longer_phrase_of_another_intent_waits_for_the_end() -> None:
    assert isinstance(heard(("start", 9.0), is_final=False), Incomplete)
    assert isinstance(heard(("start", 9.0), is_final=True), Accepted)
    assert isinstance(heard(("next", 9.0), is_final=False), Accepted)


def test_what_may_be_the_coachs_own_words_is_not_taken() -> None:
    speaking = Listen(RUNNING.intents, speaking="Say: next step, when you are ready.")
    assert reason(heard(("next step", 20.0), listen=speaking)) is RejectionReason.OWN_WORDS
    assert isinstance(heard(("go back", 20.0), listen=speaking), Accepted)
    assert reason(heard(("go back", THRESHOLDS.command + 1.0), listen=speaking)) is RejectionReason.UNCLEAR


@pytest.mark.parametrize(
    ("heard_as", "is_own"),
    [
        ("when you are ready to say start the mask", True),
        ("you are quite ready start please", False),
        ("start over now please", False),
        ("ready please", False),
    ],
)
def test_a_sentence_of_the_coach_with_a_misheard_word_is_still_its_own(heard_as: str, *, is_own: bool) -> None:
    listen = replace(RUNNING, speaking="When you are ready, say: start the mask. Now.")
    n_best = recognizer.NBest("first", (Hypothesis(heard_as, 20.0, Phrase(heard_as, Intent.START)),))
    assert isinstance(decide(UtteranceScores((n_best,), listen, is_final=True), BOOK), Accepted) is not is_own


@pytest.mark.parametrize(
    ("text", "speaking", "is_own"),
    [
        ("다음 단계", "다음은 두 번째 단계예요.", True),
        ("다음 단계", '"다음 단계" 하고 말해 주세요.', True),
        ("이전 단계", "다음은 두 번째 단계예요.", False),
        ("네", "네모난 화장솜이에요.", False),
        ("start", "It started well.", False),
    ],
)
def test_own_words_are_known_with_particles_behind_them(text: str, speaking: str, *, is_own: bool) -> None:
    book = PhraseBook("ko", (Phrase(text, Intent.NEXT),))
    listen = replace(RUNNING, speaking=speaking)
    decision = decide(UtteranceScores(said(text, 20.0), listen, is_final=True), book)
    assert isinstance(decision, Accepted) is not is_own


def test_a_recognizer_without_a_scale_is_believed_when_it_is_the_first() -> None:
    unscaled = recognizer.NBest("vosk", (Hypothesis("next step", 0.0),), has_scale=False)
    decision = decide(UtteranceScores((unscaled,), RUNNING, is_final=True), BOOK)
    assert isinstance(decision, Accepted)
    assert decision.phrase.intent is Intent.NEXT


@given(
    st.dictionaries(st.sampled_from(BOOK.texts), st.floats(-30, 30), max_size=8),
    st.sampled_from([RUNNING, ASKED, IDLE]),
    st.booleans(),
)
def test_nothing_is_ever_accepted_that_may_not_be_taken(
    scores: dict[str, float],
    listen: Listen,
    is_final: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    decision = heard(*scores.items(), listen=listen, is_final=is_final)
    if isinstance(decision, Accepted):
        assert decision.phrase.intent in listen.intents
        assert decision.phrase.word_count >= listen.shortest_words
        assert decision.score >= THRESHOLDS.answer


@pytest.mark.parametrize("n_bests", [(), (recognizer.NBest("first", ()),)])
def test_no_scores_mean_nothing_was_heard(n_bests: tuple[recognizer.NBest, ...]) -> None:
    assert reason(decide(UtteranceScores(n_bests, RUNNING, is_final=True), BOOK)) is RejectionReason.NOTHING_HEARD


@given(st.floats(-5, 20), st.floats(0, 1), st.floats(0, 1))
def test_what_is_taken_at_a_low_sensitivity_is_taken_at_a_higher_one(score: float, one: float, other: float) -> None:
    about = UtteranceScores(said("next step", score), RUNNING, is_final=True)
    cautious, eager = (Thresholds.at(sensitivity) for sensitivity in sorted((one, other)))
    if isinstance(decide(about, BOOK, cautious), Accepted):
        assert isinstance(decide(about, BOOK, eager), Accepted)


def test_the_middle_sensitivity_is_the_working_point() -> None:
    assert Thresholds.at(0.5) == THRESHOLDS
