"""The real program hears itself on the virtual card, as loud as a person, and the person talks over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.patience import patient
from voice_coach.rehearsal.coach_process import CoachProcess, CoachState
from voice_coach.rehearsal.dialogue import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

    Line = dict[str, Any]

READY_SECONDS = patient(60.0)
PATIENCE_SECONDS = patient(20.0)
INTO_SPEECH_SECONDS = 1.0
ATTEMPTS = 8
ANSWER_SECONDS = 5.0
AS_LOUD_AS_A_PERSON = -3.0
"""dB from what is played to its echo."""


def heard(coach: CoachProcess) -> Iterator[str]:
    return (line["intent"] for line in coach.state.lines if line["name"] == "CommandHeard")


def is_well_into_speech(state: CoachState) -> bool:
    return state.has_spoken_for(INTO_SPEECH_SECONDS)


def is_asked_over_the_coach(person: Person, coach: CoachProcess) -> bool:
    """Not each word over a voice as loud is taken (docs/hearing.md counts them), so a person says it again."""
    for _ in range(ATTEMPTS):
        if not coach.wait_until(is_well_into_speech, patient(ANSWER_SECONDS)):
            person.say("slt", "say that again")
            continue
        person.say("awb", "why is that")
        if coach.wait_until(lambda _state: "why" in heard(coach), patient(ANSWER_SECONDS)):
            return True
    return False


def test_its_own_sentences_command_nothing_and_a_person_over_them_does(card: VirtualCard, tmp_path: Path) -> None:
    card.let_microphone_hear_speaker(AS_LOUD_AS_A_PERSON)
    own = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("CONFIG", "DATA", "STATE")}
    environment = {**card.environment, **own}
    try:
        with CoachProcess(["--daytime"], environment, tmp_path / "log", lambda _line: None) as coach:
            person = Person(card, tmp_path)
            person.learn([("slt", "start the mask"), ("awb", "why is that"), ("slt", "say that again")])
            assert coach.wait_until(lambda state: state.is_listening, READY_SECONDS)
            assert coach.wait_until(lambda state: state.is_silent, PATIENCE_SECONDS)
            assert not list(heard(coach))  # though the greeting says: start the mask
            person.say("slt", "start the mask")
            assert is_asked_over_the_coach(person, coach)
            assert set(heard(coach)) <= {"start", "repeat", "why"}
    finally:
        card.deafen_microphone_to_speaker()
