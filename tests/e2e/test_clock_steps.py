"""The wall clock jumps by ten years while a mask is on, and over a restart: the chime comes when it is due."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.lives import Store, all_of, first_sight, kill
from tests.e2e.test_restart import TO_THE_HOLD
from voice_coach import clock
from voice_coach.language.intents import Intent
from voice_coach.mouth.speaker import synthesise
from voice_coach.rehearsal.measure import promised_seconds
from voice_coach.rehearsal.recorder import find_onset
from voice_coach.routines import Phase
from voice_coach.session.commands import Sound

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.rehearsal.coach_process import CoachProcess
    from voice_coach.rehearsal.recorder import Recording
    from voice_coach.rehearsal.virtual_card import VirtualCard

HOLD_SECONDS = 45.0
"""For three lives of the coach in it, on a machine that may have other work."""
TEN_YEARS = 10 * 365 * 86_400
AFTER_CHIME_SECONDS = 3.0
UNTIL_READ_SECONDS = 1.2
"""libfaketime looks once a second: to look at each reading of any clock would disturb what is measured."""
BELL_SECONDS = 1.0
"""It rings before the clock is stepped."""
WITHIN_SECONDS = 2.5
"""A busy machine may delay the chime by this over three lives, by 1.7 s once; a coach that believes the wall clock errs
by years.

How exact it is on a machine at rest is what `scripts/bench performance` measures.
"""
AROUND_DUE_SECONDS = WITHIN_SECONDS
ALIKE = 0.3


SLEEP = """\
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""
"""Python's own sleeps until an absolute time, which libfaketime 0.9.10 refuses (EINVAL)."""


class WallClock:
    """What programs with `variables` take for the wall clock; it can be set while they run (libfaketime)."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        wrapped = subprocess.run(
            ["faketime", "-m", "-f", "+0", "env"], capture_output=True, text=True, check=True
        ).stdout  # fmt: skip
        preload = next(line.partition("=")[2] for line in wrapped.splitlines() if line.startswith("LD_PRELOAD="))
        (folder / "sitecustomize.py").write_text(SLEEP)
        self.variables = {
            "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep),
            "LD_PRELOAD": preload,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.step(0)

    def step(self, seconds: int) -> None:
        """Let it be so much fast from now on."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}")
        fresh.replace(self._file)
        time.sleep(UNTIL_READ_SECONDS)


def seconds_fast(store: Store) -> float:
    """By the stamp of the last record in the journal, which is not yet old."""
    record: dict[str, Any] = json.loads((store.folder / "session.journal").read_bytes().splitlines()[-1][9:])
    stamp = record["stamp"]
    age = clock.now() - stamp["monotonic"]
    return float(stamp["wall"] - (time.time() - age))


def year_of_start(store: Store) -> int:
    """As the coach that has the lock wrote it."""
    return int((store.folder / "session.lock").read_text().partition("since ")[2][:4])


def all_until_killed(coach: CoachProcess) -> list[dict[str, Any]]:
    """Kill it; all that it told."""
    kill(coach)
    return list(coach.state.lines)


def assert_restored_in(store: Store, coach: CoachProcess, step: int) -> None:
    """It has found its place, and takes the time for what the stepped clock tells."""
    first, view = first_sight(coach)
    assert first["name"] == "Restored"
    assert view["phase"] == Phase.HOLDING.value
    assert year_of_start(store) == datetime.fromtimestamp(time.time() + step, UTC).year


def wait_for_the_chime(coach: CoachProcess) -> None:
    assert coach.wait_until(
        lambda state: any(line["sound"] == Sound.CHIME.value for line in all_of(state, "Cue")), HOLD_SECONDS
    )
    due = all_of(coach.state, "Cue")[-1]["due"]
    assert coach.wait_until(lambda state: state.phase.value == "removing", due - clock.now() + AFTER_CHIME_SECONDS)
    time.sleep(max(0.0, due + AFTER_CHIME_SECONDS - clock.now()))


def chime_heard_at(recording: Recording, due: float) -> float:
    """Monotonic seconds, by the recording of the speaker.

    Not measured from the bell's sound: that begins a fresh stream, which a busy machine may delay by as much.
    """
    place = recording.seconds_at(due) - AROUND_DUE_SECONDS
    part = recording.slice(place, place + 3 * AROUND_DUE_SECONDS)
    sample, likeness = find_onset(part.speaker, synthesise(Sound.CHIME, recording.rate))
    assert likeness > ALIKE
    return part.started_at + sample / part.rate


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs Debian's package faketime")
def test_the_chime_is_in_time_though_the_wall_clock_jumps(card: VirtualCard, tmp_path: Path) -> None:
    """It jumps forward and back: while the coach runs, and while there is none."""
    clock = WallClock(tmp_path)
    store = Store(card, tmp_path, clock.variables)
    card.start_recording()
    with store.coach(HOLD_SECONDS) as coach:
        store.lead(coach, TO_THE_HOLD)
        time.sleep(BELL_SECONDS)
        clock.step(TEN_YEARS)
        store.lead(coach, {"pause the timer": Intent.PAUSE, "resume the timer": Intent.RESUME})
        assert seconds_fast(store) == pytest.approx(TEN_YEARS, abs=60)
        lines = all_until_killed(coach)
    clock.step(-TEN_YEARS)
    with store.coach(HOLD_SECONDS) as coach:
        assert_restored_in(store, coach, -TEN_YEARS)
        lines += all_until_killed(coach)
    clock.step(TEN_YEARS)
    with store.coach(HOLD_SECONDS) as coach:
        assert_restored_in(store, coach, TEN_YEARS)
        clock.step(-TEN_YEARS)
        wait_for_the_chime(coach)
        assert seconds_fast(store) == pytest.approx(-TEN_YEARS, abs=60)
        lines += coach.state.lines
    recording = card.stop_recording()
    bell_due = next(line["due"] for line in lines if line["name"] == "Cue" and line["sound"] == Sound.BELL.value)
    last_due = [line["due"] for line in lines if line["name"] == "Cue"][-1]
    chime_due = bell_due + promised_seconds(lines, until=last_due)
    assert abs(chime_heard_at(recording, chime_due) - chime_due) < WITHIN_SECONDS
