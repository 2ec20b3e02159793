"""The real program, whole, on the virtual sound card: a person walks through the whole routine by voice.

There is no network but loopback, and an audience that must not be felt: a browser and 99 programs follow it all, and in
the middle of the hold 1,000 clients come at once, twice. All tests look at the same rehearsal of four minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benches.mirror.judge import (
    likeness_in_burst,
    longest_silence,
    missed,
    phases_shown,
    ring_errors,
    steps_shown,
    unseen,
)
from benches.mirror.observations import Observations
from tests.e2e.test_no_network import LOOPBACK_ONLY, without_silencers
from tests.patience import patient
from voice_coach.library import load_routine
from voice_coach.mirror.limits import Limits

ROOT = Path(__file__).parents[2]
CLIENTS = 99
BURST = 1000
ROUTINE_SECONDS = 120.0
"""Any rehearsal of the whole routine takes longer."""
LOST_SECONDS = 12.0
"""The page says that the connection is lost when it has heard nothing for so long."""

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("real_time", "whole_machine")]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Observations:
    """What the audience saw."""
    folder = tmp_path_factory.mktemp("watched")
    audience = ["--browser", "--clients", str(CLIENTS), "--burst", str(BURST)]
    done = subprocess.run(
        [*LOOPBACK_ONLY, sys.executable, "-m", "benches.mirror.watching", folder, *audience],
        cwd=ROOT, env=without_silencers(os.environ), capture_output=True, text=True, timeout=patient(570), check=False,
    )  # fmt: skip
    assert (folder / "seen.json").exists(), done.stderr[-4000:]
    return Observations.read(folder / "seen.json")


def told(seen: Observations) -> str:
    """The dialogue and its figures, a line each: pytest would cut one long line, with the command that failed."""
    said = [f"{one['seconds']:7.1f} s  {one['who']:<6}  {one['text']}" for one in seen.happenings if "who" in one]
    return "\n".join([*said, str(seen.summary)])


def test_it_goes_well_without_a_network_and_with_an_audience(seen: Observations) -> None:
    summary = seen.summary
    assert seen.exit_status == 0, told(seen)
    assert summary["kind"] == "summary"
    assert summary["steps_spoken"] == 10
    assert summary["commands_given"] >= 20
    assert summary["commands_understood"] >= summary["commands_given"] - 1
    assert summary["commands_wrong"] == 0
    assert summary["countdown_error_ms"] < 250
    assert 0 < summary["reply_ms_median"] < 600
    assert summary["reply_ms_p95"] < 1500


def test_each_step_and_phase_is_shown_from_beginning_to_end(seen: Observations) -> None:
    routine = load_routine("facial_mask", "en")
    titles = list(enumerate((step.title for step in routine.steps), start=1))
    assert [step for step in steps_shown(seen) if step in titles] == titles
    wanted = ["idle", "briefing", "applying", "holding", "paused", "removing", "aftercare", "done"]
    assert phases_shown(seen) == wanted


def test_what_the_coach_says_and_asks_stands_on_the_page(seen: Observations) -> None:
    assert unseen(seen) == []


def test_ring_and_digits_agree_with_the_coach_within_two_tenths_of_a_second(seen: Observations) -> None:
    ring, digits = ring_errors(seen)
    assert len(ring) > 100
    assert max(ring) <= 0.2
    assert max(digits) <= 0.2


def test_nothing_goes_wrong_in_the_browser(seen: Observations) -> None:
    assert seen.browser_troubles == []
    assert [glance for glance in seen.glances if glance["at"] < seen.lines[-1]["at"] and _is_lost(glance)] == []


def test_each_of_many_clients_is_sent_every_state_that_stood_and_signs_of_life(seen: Observations) -> None:
    assert len(seen.feeds) == CLIENTS
    assert {feed.status for feed in seen.feeds} == {200}
    assert missed(seen.feeds) == 0
    assert max(longest_silence(feed) for feed in seen.feeds) < LOST_SECONDS
    assert min(feed.beats[-1] - feed.beats[0] for feed in seen.feeds) > ROUTINE_SECONDS
    assert len({feed.revisions[-1][0] for feed in seen.feeds}) == 1
    assert {feed.ended for feed in seen.feeds} == {"whole"}


def test_a_burst_of_clients_is_refused_beyond_the_limit_and_leaves_everything_as_it_was(seen: Observations) -> None:
    assert len(seen.bursts) == 2
    for burst in seen.bursts:
        assert sum(burst.answers.values()) == BURST
        assert burst.answers["200"] <= Limits().streams - CLIENTS
        assert burst.answers["503"] >= BURST - Limits().streams
    assert seen.sockets_after <= seen.sockets_before
    assert seen.latecomer is not None
    assert seen.latecomer.status == 200


def test_no_client_leaves_a_traceback_in_the_log(seen: Observations) -> None:
    assert seen.tracebacks == 0


def test_the_coach_sounds_in_the_burst_as_it_ought_to(seen: Observations) -> None:
    alike = likeness_in_burst(seen)
    assert alike
    assert min(alike) > 0.8


def _is_lost(glance: dict[str, Any]) -> bool:
    return bool(glance["connection"] == "lost")
