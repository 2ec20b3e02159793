"""Thirty-two coaches are started at once in one home: one of them coaches, the others say why they do not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.led_by_buttons import NULL_CARD
from tests.patience import patient
from voice_coach.memory.history.history_file import read_sessions
from voice_coach.memory.journal import Journal
from voice_coach.memory.session_store import JOURNAL_NAME

if TYPE_CHECKING:
    from pathlib import Path

STARTS = 32
READY_SECONDS = patient(240)


@pytest.mark.usefixtures("processes")
def test_of_32_starts_at_once_one_coaches_and_the_others_say_in_a_sentence_who_does(tmp_path: Path) -> None:
    card = tmp_path / "asound.conf"
    card.write_text(NULL_CARD)
    home = tmp_path / "home"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": str(card)}
    command = [sys.executable, "-m", "voice_coach", "start", "--json", "--wait"]
    errors = [tmp_path / f"stderr-{number}" for number in range(STARTS)]
    coaches = []
    for path in errors:
        with path.open("wb") as file:
            coaches.append(
                subprocess.Popen(
                    command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file
                )
            )
    ended = [coach for coach in coaches if not _coaches(coach)]
    try:
        assert len(ended) == STARTS - 1
        (winner,) = set(coaches) - set(ended)
        assert {coach.wait(READY_SECONDS) for coach in ended} == {1}
        for coach, path in zip(coaches, errors, strict=True):
            if coach is not winner:
                (sentence,) = path.read_text().splitlines()
                assert sentence.startswith("voice-coach: Another coach is at work here (process ")
        winner.send_signal(signal.SIGTERM)
        assert winner.stdout is not None
        winner.stdout.read()
        assert winner.wait(READY_SECONDS) == 128 + signal.SIGTERM
    finally:
        for coach in coaches:
            coach.kill()
            coach.wait()
    _assert_nothing_is_damaged(home, winner.pid)


def _coaches(coach: subprocess.Popen[bytes]) -> bool:
    """Whether it tells of itself; waits until it does, or has ended."""
    assert coach.stdout is not None
    line = coach.stdout.readline()
    return bool(line) and json.loads(line)["name"] == "Started"


def _assert_nothing_is_damaged(home: Path, winner: int) -> None:
    state = home / ".local" / "state" / "voice-coach"
    assert f"process {winner}," in (state / "session.lock").read_text()
    log = state / "log" / "voice-coach.log"
    assert "Traceback" not in (log.read_text() if log.exists() else "")
    read = Journal(state / JOURNAL_NAME).load()
    assert read is None or read.is_whole
    assert list(home.rglob("*damaged*")) == []
    assert read_sessions(home / ".local" / "share" / "voice-coach") == ()
