"""Every child process of the running coach is stopped at once: it works again within five seconds."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.e2e.lives import SPEAKS_FAST
from tests.patience import patient
from voice_coach import clock
from voice_coach.language.intents import Intent
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import Person
from voice_coach.session.events import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.rehearsal.coach_process import CoachState, Line
    from voice_coach.rehearsal.virtual_card import VirtualCard

RECOVERY_SECONDS = 5.0
PATIENT_SECONDS = patient(30.0)
AUDIBLE = 0.02
SOUND = {Fault.NO_MICROPHONE.value, Fault.NO_SPEAKER.value}


@contextmanager
def coach_on(card: VirtualCard, folder: Path) -> Iterator[CoachProcess]:
    own = {f"XDG_{kind}_HOME": str(folder) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
    with CoachProcess(
        ["--daytime", *SPEAKS_FAST], {**card.environment, **own}, folder / "log", lambda _line: None
    ) as coach:
        assert coach.wait_until(lambda state: state.is_listening and state.is_silent, PATIENT_SECONDS)
        yield coach


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def lines_named(state: CoachState, name: str) -> list[Line]:
    return [line for line in list(state.lines) if line["name"] == name]


def has_answered(state: CoachState) -> bool:
    heard, ended = lines_named(state, "CommandHeard"), lines_named(state, "SpeechEnded")
    return bool(heard and ended) and ended[-1]["at"] > heard[-1]["at"]


def test_with_all_its_children_stopped_the_coach_works_again_within_five_seconds(
    card: VirtualCard, tmp_path: Path
) -> None:
    person = Person(card, tmp_path)
    person.learn([("slt", "start the mask")])
    with coach_on(card, tmp_path) as coach:
        # On a busy machine another synthesiser stands in at first, till the natural voice has said something.
        assert coach.wait_until(lambda _: len(children_of(coach.pid)) == 3, PATIENT_SECONDS)
        children = children_of(coach.pid)
        assert len(children) == 3, "synthesiser, microphone and speaker"
        stopped_at = clock.now()
        for child in children:
            os.kill(child, signal.SIGSTOP)
        assert coach.wait_until(
            lambda state: {line["fault"] for line in lines_named(state, "FaultCleared")} == SOUND, PATIENT_SECONDS
        )
        recovered = max(line["at"] for line in lines_named(coach.state, "FaultCleared"))
        assert recovered - stopped_at <= patient(RECOVERY_SECONDS)

        assert coach.wait_until(lambda state: state.is_silent, PATIENT_SECONDS), "the new speaker says it again"
        card.start_recording()
        person.say("slt", "start the mask")
        assert coach.wait_until(has_answered, PATIENT_SECONDS), "the synthesiser was stopped as well"
        (heard,) = lines_named(coach.state, "CommandHeard")
        assert heard["intent"] == Intent.START.value
        answered = card.stop_recording()
        place = round(answered.seconds_at(heard["at"]) * answered.rate)
        audible = np.flatnonzero(np.abs(answered.speaker[place:]) > AUDIBLE)
        assert len(audible)
        assert audible[0] / answered.rate <= patient(RECOVERY_SECONDS)
        assert coach.complaint() == ""
