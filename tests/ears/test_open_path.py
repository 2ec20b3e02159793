"""The open path: what nobody has listed is transcribed freely, understood, and weighed like a listed phrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from benches.common.speakers import VOICES, say
from voice_coach.ears import hear_recording, load_recognizers
from voice_coach.ears.closed_grammar import Grammar, TokenAutomaton
from voice_coach.ears.recognizers import open_path
from voice_coach.ears.recognizers.open_path import transcribe
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.recognizers.registry import load_speech_model
from voice_coach.ears.rejection import Accepted, Rejected
from voice_coach.language.intents import Intent
from voice_coach.language.normalization import plain_words
from voice_coach.language.understanding import understand_transcript
from voice_coach.library import load_language
from voice_coach.schema import parse_expression
from voice_coach.session.events import RejectionReason
from voice_coach.session.listening import listening_in

if TYPE_CHECKING:
    from voice_coach.ears.closed_grammar import SpeechModel
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.ears.rejection import Decision

PACK = load_language("en")
UNLISTED = {
    "could you go back one please": Intent.BACK,
    "what am i meant to do after this": Intent.WHATS_NEXT,
    "how long has it got left": Intent.TIME_LEFT,
    "let's crack on with the mask": Intent.START,
}
NUMBERS = {
    ("add forty five minutes", "holding"): (Intent.ADD_TIME, 45),
    ("add fifty minutes", "holding"): (Intent.ADD_TIME, 50),
    ("add fifteen minutes", "holding"): (Intent.ADD_TIME, 15),
    ("about half an hour", "how_long"): (Intent.ON_FOR, 30),
    ("fifty minutes", "how_long"): (Intent.ON_FOR, 50),
}
SPEAKERS = ("rms", "hibari")


@pytest.fixture(scope="module")
def recognizers(models: None, processes: None) -> list[Recognizer]:
    return load_recognizers(("moonshine",), PACK.phrase_book, lambda _done, _of: None, lambda: PACK.understander)


@pytest.fixture(scope="module")
def without_second_ear(models: None, processes: None) -> list[Recognizer]:
    return load_recognizers(("moonshine-alone",), PACK.phrase_book, lambda _done, _of: None, lambda: PACK.understander)


@pytest.fixture(scope="module")
def speech_model(models: None, processes: None) -> SpeechModel:
    return load_speech_model()


@pytest.fixture(scope="module")
def without_open_path(models: None, processes: None) -> list[Recognizer]:
    return load_recognizers(("moonshine",), PACK.phrase_book, lambda _done, _of: None)


def decisions(recognizers: list[Recognizer], text: str, speaker: str, situation: str = "applying") -> list[Decision]:
    """What is decided on a text that is said in a quiet room."""
    voice = next(voice for voice in VOICES if voice.name == speaker)
    sound = np.pad(say(text, voice), SAMPLE_RATE // 2)
    sound += np.random.default_rng(0).normal(0, 1e-4, len(sound)).astype(np.float32)
    heard = hear_recording(sound, recognizers, PACK.phrase_book, listening_in(situation))
    return [one.decision for one in heard]


@pytest.mark.parametrize(
    ("text", "intent"), [("crank it up a notch", Intent.LOUDER), ("what the next part is", Intent.WHATS_NEXT)]
)
def test_a_sentence_of_the_patterns_is_found_though_the_free_transcripts_have_none(
    recognizers: list[Recognizer], speech_model: SpeechModel, text: str, intent: Intent
) -> None:
    voice = next(voice for voice in VOICES if voice.name == "awb")
    free = transcribe(speech_model, np.pad(say(text, voice), SAMPLE_RATE // 4))
    texts = [plain_words(speech_model.tokenizer.decode(tokens)) for tokens, _score in free]
    assert not any(understand_transcript(one, PACK.understander).intent for one in texts)
    (decision,) = decisions(recognizers, text, "awb")
    assert isinstance(decision, Accepted)
    assert decision.phrase.intent is intent


def test_within_sentences_nothing_else_is_transcribed(speech_model: SpeechModel) -> None:
    said = parse_expression("(turn|put) it up [a bit] | i am done")
    grammar = Grammar({"": said}, {("i", "am"): "i'm"})
    voice = next(voice for voice in VOICES if voice.name == "slt")
    for text, best in (("put it up a bit", "put it up a bit"), ("i'm done", "i'm done"), ("turn it off", "turn it up")):
        sentences = TokenAutomaton(grammar, speech_model.tokenizer)
        found = transcribe(speech_model, np.pad(say(text, voice), SAMPLE_RATE // 4), sentences=sentences)
        texts = [plain_words(speech_model.tokenizer.decode(tokens)) for tokens, _score in found]
        assert texts[0] == best
        assert all(grammar.read(tuple(one.split())) for one in texts)
        assert found == sorted(found, key=lambda one: -one[1])


def test_it_hears_the_same_after_it_has_forgotten_its_states(
    recognizers: list[Recognizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = decisions(recognizers, "raise your voice a tad", "awb")
    monkeypatch.setattr(open_path, "_MOST_STATES", 1)
    assert decisions(recognizers, "raise your voice a tad", "awb") == first


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize("text", UNLISTED)
def test_what_nobody_listed_is_heard(
    recognizers: list[Recognizer], without_open_path: list[Recognizer], text: str, speaker: str
) -> None:
    (decision,) = decisions(recognizers, text, speaker)
    assert isinstance(decision, Accepted)
    assert decision.phrase.intent is UNLISTED[text]
    assert decision.phrase.text not in PACK.phrase_book.by_text
    assert not any(isinstance(one, Accepted) for one in decisions(without_open_path, text, speaker))


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize("said", NUMBERS, ids=lambda said: said[0])
def test_a_number_is_heard_as_what_it_is(recognizers: list[Recognizer], said: tuple[str, str], speaker: str) -> None:
    text, situation = said
    (decision,) = decisions(recognizers, text, speaker, situation)
    assert isinstance(decision, Accepted)
    assert (decision.phrase.intent, decision.phrase.minutes) == NUMBERS[said]


def test_a_number_that_may_as_well_be_another_is_asked_about(without_second_ear: list[Recognizer]) -> None:
    """This voice's "sixteen" and "sixty" are too much alike for one ear to be sure."""
    (decision,) = decisions(without_second_ear, "sixteen minutes", "awb", "how_long")
    assert isinstance(decision, Rejected)
    assert decision.reason is RejectionReason.AMBIGUOUS
    assert decision.phrase is not None
    assert decision.other is not None
    assert {decision.phrase.minutes, decision.other.minutes} == {16, 60}


def test_two_ears_tell_the_number_that_one_was_not_sure_of(recognizers: list[Recognizer]) -> None:
    (decision,) = decisions(recognizers, "sixteen minutes", "awb", "how_long")
    assert isinstance(decision, Accepted)
    assert decision.phrase.minutes == 16


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_a_word_of_pain_in_any_sentence_is_asked_about(recognizers: list[Recognizer], speaker: str) -> None:
    (decision,) = decisions(recognizers, "this stuff near my lip has started hurting somehow", speaker)
    assert isinstance(decision, Rejected)
    assert decision.is_borderline
    assert decision.phrase is not None
    assert decision.phrase.intent is Intent.STINGS


@pytest.mark.parametrize("text", ["who drank all the orange juice", "my sister wants to go back to college in may"])
def test_a_sentence_without_a_meaning_is_none(recognizers: list[Recognizer], text: str) -> None:
    for decision in decisions(recognizers, text, "hibari"):
        assert isinstance(decision, Rejected)
        assert not decision.is_borderline


def test_what_is_not_legal_now_is_understood_and_refused(recognizers: list[Recognizer]) -> None:
    (decision,) = decisions(recognizers, "about half an hour", "hibari", "applying")
    assert not isinstance(decision, Accepted)


def test_of_an_utterance_whose_beginning_is_gone_nothing_is_understood(recognizers: list[Recognizer]) -> None:
    (recognizer,) = recognizers
    voice = next(voice for voice in VOICES if voice.name == "hibari")
    command = say("could you go back one please", voice)
    long_ago = np.zeros(6 * SAMPLE_RATE, np.float32)
    for sound, has_open in ((command, True), (np.concatenate([long_ago, command]), False)):
        recognizer.begin(np.zeros(SAMPLE_RATE, np.float32))
        for start in range(0, len(sound), 320):
            recognizer.feed(sound[start : start + 320])
        found = recognizer.hypotheses(is_final=True).hypotheses
        assert any(one.phrase is not None for one in found) is has_open


def test_what_was_decoded_in_advance_counts_unless_the_person_goes_on(recognizers: list[Recognizer]) -> None:
    (recognizer,) = recognizers
    voice = next(voice for voice in VOICES if voice.name == "hibari")
    silence = np.zeros(round(0.1 * SAMPLE_RATE), np.float32)
    recognizer.begin(silence)
    recognizer.feed(say("could you go back", voice))
    recognizer.feed(silence)
    recognizer.foresee()
    recognizer.feed(silence)
    in_advance = recognizer.hypotheses(is_final=True)
    assert recognizer.hypotheses(is_final=True) is in_advance
    recognizer.feed(say("one please", voice))
    assert recognizer.hypotheses(is_final=True) != in_advance
    recognizer.begin(silence)
    assert recognizer.hypotheses(is_final=True) != in_advance
