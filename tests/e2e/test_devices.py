"""Plugs of the running coach are pulled, and it goes on: a small run of scripts/bench devices."""

from __future__ import annotations

import pytest

from benches.devices.judge import judge
from benches.devices.session import MICROPHONE, SPEAKER, play
from voice_coach.rehearsal.rehearse import Reporter

CYCLES = 5


@pytest.mark.usefixtures("real_time")
@pytest.mark.timeout(600)
def test_microphone_and_speaker_come_and_go_and_nothing_is_lost() -> None:
    session = play(CYCLES, (MICROPHONE, SPEAKER), Reporter(as_json=True))
    assert {cycle.pull.softly for cycle in session.cycles} == {True, False}
    verdict = judge(session)
    assert not verdict.lost, verdict
    assert verdict.figures["commands_understood"] == CYCLES
    assert verdict.figures["milestones_spoken"] == verdict.figures["milestones_due"]
