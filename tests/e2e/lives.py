"""One store on one card: coaches that live there one after the other, and a person who leads them by voice."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from tests.patience import patient
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import Person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from voice_coach.language.intents import Intent
    from voice_coach.rehearsal.coach_process import CoachState
    from voice_coach.rehearsal.virtual_card import VirtualCard

Line = dict[str, Any]

READY_SECONDS = patient(60.0)
PATIENCE_SECONDS = patient(30.0)
HEARING_SECONDS = 2.0
ENDING_SECONDS = 10.0
INTO_SPEECH_SECONDS = 0.5
SPEAKS_FAST = ("--words-per-minute", "300")
"""Arguments of `start` for a coach whose sentences have to be over before a test can go on."""
_TRIES = 4


class Store:
    """A store and who uses it."""

    def __init__(self, card: VirtualCard, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self.folder = folder / "state" / "voice-coach"
        self.environment = {
            **card.environment,
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            **(variables or {}),
        }
        self.log = folder / "log"
        self._person = Person(card, folder)

    def coach(self, hold_seconds: float, *further: str) -> CoachProcess:
        """One more coach, with further arguments of `start`."""
        arguments = ["--daytime", "--hold-seconds", f"{hold_seconds:g}", *further]
        return CoachProcess(arguments, self.environment, self.log, lambda _line: None)

    def lead(self, coach: CoachProcess, commands: Mapping[str, Intent]) -> None:
        """Say each until the coach tells what came of it, without waiting for its last word."""
        assert coach.wait_until(lambda state: state.is_listening, READY_SECONDS), coach.complaint()
        for text, intent in commands.items():
            assert any(self._is_answered(coach, text, intent) for _ in range(_TRIES)), text

    def _is_answered(self, coach: CoachProcess, text: str, intent: Intent) -> bool:
        coach.wait_until(lambda state: state.is_silent or state.has_spoken_for(INTO_SPEECH_SECONDS), PATIENCE_SECONDS)
        before = len(all_of(coach.state, "CommandHeard"))
        self._person.say("slt", text)

        def is_told(state: CoachState) -> bool:
            heard = [line["at"] for line in all_of(state, "CommandHeard")[before:] if line["intent"] == intent.value]
            return bool(heard) and any(line["at"] >= heard[0] for line in all_of(state, "Show"))

        return coach.wait_until(is_told, patient(HEARING_SECONDS))


def kill(coach: CoachProcess) -> None:
    """As a power cut would; all that it told is read then."""
    os.kill(coach.pid, signal.SIGKILL)
    assert coach.exit_status(ENDING_SECONDS) == -signal.SIGKILL
    assert coach.wait_until_read(ENDING_SECONDS)


def all_of(state: CoachState, name: str) -> list[Line]:
    """All events or commands of a name so far."""
    return [line for line in state.lines if line["name"] == name]


def first_sight(coach: CoachProcess) -> tuple[Line, Line]:
    """Its first event, and its first page with the moment `at` which it was made."""
    assert coach.wait_until(lambda state: bool(all_of(state, "Show")), READY_SECONDS), coach.complaint()
    show = all_of(coach.state, "Show")[0]
    return coach.state.lines[0], show["view"] | {"at": show["at"]}


def last_view(coach: CoachProcess) -> Line:
    """The page as it was told last."""
    view: Line = all_of(coach.state, "Show")[-1]["view"]
    return view


def spoken(coach: CoachProcess) -> list[str]:
    """Its sentences so far."""
    return [line["text"] for line in all_of(coach.state, "Speak")]
