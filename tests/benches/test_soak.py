"""The soak's arithmetic, and a short real one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest

from benches.common.process_tree import Usage, family, inventory, usage
from benches.soak.judge import as_rows, faults, figures, growth, stock_changes, warm_up_seconds
from benches.soak.life import Tally
from benches.soak.page import page
from benches.soak.run import soak
from benches.soak.walks import HOLD_STEP, LAST_STEP, PHRASES, Walks, everything_said
from benches.soak.watch import Sample, Stock
from voice_coach.language.intents import Intent, Kind, of_kind
from voice_coach.library import load_language
from voice_coach.routines import Phase

MINUTES = 60
USAGE = Usage(200_000_000, 180_000_000, 240_000_000, 2, 12, 30, 10.0)
KINDS = Counter({"process": 2, "file of process 0: socket:[N]": 3})
WELL = Tally(walks=10, walks_finished=10, given=200, understood_at_once=200)


def samples(growing_mb_an_hour: float = 0.0, warming_mb: float = 0.0) -> list[Sample]:
    """An hour of them, every ten seconds; it warms up for five minutes."""
    made = []
    for at in range(0, 60 * MINUTES, 10):
        more = 1e6 * (growing_mb_an_hour * at / 3600 + warming_mb * min(1.0, at / 300))
        noise = 300_000 * (at // 10 % 3)
        taken = replace(USAGE, anonymous_bytes=round(USAGE.anonymous_bytes + more + noise))
        made.append(Sample(float(at), taken, {"state": 9_000, "cache": 30_000_000}, at // 20))
    return made


def found(made: list[Sample], stocks: list[Stock], tally: Tally = WELL) -> str:
    return " ".join(faults(tally, figures(made, stocks), ""))


def test_a_steady_coach_has_no_fault() -> None:
    assert found(samples(), [Stock(700.0, KINDS), Stock(3_000.0, KINDS)]) == ""


def test_what_is_taken_while_it_warms_up_does_not_count() -> None:
    assert found(samples(warming_mb=50.0), []) == ""


def test_a_leak_of_three_megabytes_is_a_fault_and_one_of_one_is_none() -> None:
    assert "The memory grew by" in found(samples(growing_mb_an_hour=3.6), [])
    assert found(samples(growing_mb_an_hour=1.0), []) == ""


def test_growth_is_measured_twice_and_an_outlier_is_none() -> None:
    at = [float(second) for second in range(100)]
    values = [2.0 * second for second in range(100)]
    values[50] = 1e6
    grown = growth(at, values)
    assert grown.by_slope == pytest.approx(198.0, rel=0.02)
    assert grown.by_medians == pytest.approx(180.0)
    assert grown.an_hour == pytest.approx(7_200.0, rel=0.02)


def test_the_warm_up_is_ten_minutes_or_half_of_a_short_run() -> None:
    assert warm_up_seconds(3_600.0) == 600.0
    assert warm_up_seconds(300.0) == 150.0


def test_a_file_more_after_the_warm_up_is_named() -> None:
    stocks = [Stock(10.0, Counter()), Stock(700.0, KINDS), Stock(900.0, KINDS + Counter({"file of process 0: x": 1}))]
    assert stock_changes(stocks, 600.0) == ["at 900 s: +1 file of process 0: x"]
    assert "did not stay the same" in found(samples(), stocks)


def test_misses_of_the_ears_are_allowed_now_and_then_and_others_never() -> None:
    assert found(samples(), [], replace(WELL, understood_at_once=194, understood_repeated=6)) == ""
    assert "7 of 200" in found(samples(), [], replace(WELL, understood_at_once=193, understood_repeated=7))
    for fault in (replace(WELL, in_vain=1), replace(WELL, wrong=1), replace(WELL, moments_missed=1)):
        assert ": 1." in found(samples(), [], fault)


def test_a_run_too_short_to_be_measured_is_no_success() -> None:
    assert "too short" in found(samples()[:2], [])


def test_the_page_says_what_was_wrong() -> None:
    made = samples(growing_mb_an_hour=10.0)
    told = {
        "minutes": 60.0,
        "seed": 1,
        "hold_seconds": 30.0,
        "every_seconds": 10.0,
        "machine": "a machine",
        "commands": WELL.summary(),
        "measured": figures(made, []),
        "faults": faults(WELL, figures(made, []), "The coach ended."),
    }
    assert "It failed: The coach ended. The memory grew" in page(told)
    assert as_rows(made)[0]["anonymous_mb"] == pytest.approx(180.0)


def test_the_same_seed_makes_the_same_walks_and_another_one_others() -> None:
    assert list(Walks(1).walk(0)) == list(Walks(1).walk(0))
    assert list(Walks(1).walk(0)) != list(Walks(2).walk(0))


@pytest.mark.parametrize("seed", range(20))
def test_a_walk_begins_with_a_start_and_ends_with_the_last_step(seed: int) -> None:
    walks = Walks(seed)
    for _ in range(10):
        turns = [line.turn for line in walks.walk(LAST_STEP)]
        assert turns[0].intent is Intent.START
        has_stung = any(turn.intent is Intent.STINGS for turn in turns)
        ends = {Intent.NEXT, Intent.YES} if has_stung else {Intent.FELT}
        assert turns[-1].step == LAST_STEP
        assert turns[-1].intent in ends
        assert any(turn.step == HOLD_STEP - 1 and turn.intent is Intent.NEXT for turn in turns)


def test_from_wherever_a_walk_went_astray_a_way_leads_back() -> None:
    walks = Walks(1)
    assert [line.turn.intent for line in walks.way_out(0, Phase.IDLE, is_asked=False)] == [Intent.START]
    asked = [line.turn.intent for line in walks.way_out(4, Phase.HOLDING, is_asked=True)]
    assert asked == [Intent.NO, Intent.START_OVER, Intent.YES]


def test_everything_that_is_said_is_listened_for_and_rendered_before() -> None:
    book = load_language("en").phrase_book.by_text
    assert of_kind(Kind.MOVE, Kind.YES_OR_NO) <= set(PHRASES), "or the walks would not get on"
    assert {book[text].intent for _, text in everything_said()} == set(PHRASES)
    said = {(line.turn.voice, line.turn.text) for seed in range(50) for line in Walks(seed).walk(0, is_long=True)}
    assert said <= set(everything_said())


@pytest.mark.usefixtures("processes")
def test_a_process_tree_is_counted_with_its_children() -> None:
    sleeper = [sys.executable, "-c", "import subprocess as s; s.run(['sleep', '60'])"]
    with subprocess.Popen(sleeper, start_new_session=True) as process:
        try:
            while len(family(process.pid)) < 2:
                pass
            taken, kinds = usage(process.pid), inventory(process.pid)
        finally:
            os.killpg(process.pid, 9)
    assert taken.processes == kinds["process"] == 2
    assert taken.threads == 2
    assert taken.rss_bytes >= taken.pss_bytes >= taken.anonymous_bytes > 100_000
    assert taken.descriptors >= 6
    assert usage(process.pid).rss_bytes == 0


@pytest.mark.usefixtures("processes")
@pytest.mark.timeout(240)
def test_a_short_soak_walks_with_the_real_coach_and_ends_it() -> None:
    told: list[str] = []
    soaked = soak(20.0, seed=3, hold_seconds=20.0, every_seconds=2.0, tell=told.append)
    assert soaked.trouble == ""
    assert soaked.tally.given >= 1  # how many in that time is the machine's affair
    assert soaked.tally.wrong == soaked.tally.in_vain == 0
    assert len(soaked.watch.samples) >= 2
    assert all(sample.usage.processes >= 2 for sample in islice(soaked.watch.samples, 1, None))
    assert told
