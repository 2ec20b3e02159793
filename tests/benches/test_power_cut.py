"""The benches of crashes and power cuts on the real program: they pass, and coaches that keep too little fail them."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from benches.crash.ends import Kill
from benches.crash.lives import Lives
from benches.crash.positions import Restoration
from benches.crash.run import Run
from benches.power_cut.disk import PowerCut, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.crash.ends import End
    from voice_coach.rehearsal.virtual_card import VirtualCard

MUTANTS = Path(__file__).with_name("mutants")
FOUND_OUT = {
    "no-fsync": "WRONG",
    "thirds": "WRONG",
    "no-history": "WRONG history",
    "no-settings": "WRONG settings",
}
"""By mutant, what is complained about."""
SEEDS = {"no-history": 2}
"""By mutant, how chance begins where another beginning than 1 leads sooner to what it lacks: here, to a mask."""
FEW, MANY = 6, 60
"""Lives of the coach itself; and the most that a mutant may have until it is found out, most by far in ten."""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the person says is rendered once."""
    return tmp_path_factory.mktemp("said")


@pytest.fixture
def power(tmp_path: Path) -> Iterator[PowerCut]:
    if reason := why_not():
        pytest.skip(reason)
    disk = PowerCut(tmp_path)
    try:
        disk.__enter__()
    except OSError as error:
        pytest.skip(f"no disk whose power could be cut: {error}")
    try:
        yield disk
    finally:
        disk.__exit__(None, None, None)


def lived(card: VirtualCard, folder: Path, end: End, mutant: str = "", seed: int = 1) -> Run:
    variables = {"PYTHONPATH": str(MUTANTS), "MUTANTS": mutant} if mutant else {}
    run = Run()
    lives = Lives(card, folder, end, Random(seed), variables)  # noqa: S311 - the same each time
    run.live(lives, MANY if mutant else FEW, stops_when_wrong=bool(mutant))
    return run


@pytest.mark.timeout(300)
def test_all_that_was_told_is_there_after_a_power_cut(card: VirtualCard, scratch: Path, power: PowerCut) -> None:
    run = lived(card, scratch, power)
    assert run.complaints == run.wrong == []
    assert len(run.lives) == FEW + 1
    assert run.judge.counts[Restoration.RIGHT] > 0


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutant", ["no-fsync", "thirds", "no-history", "no-settings"])
def test_a_coach_that_keeps_less_than_it_tells_fails_the_power_cuts(
    card: VirtualCard, scratch: Path, power: PowerCut, mutant: str
) -> None:
    run = lived(card, scratch, power, mutant, seed=SEEDS.get(mutant, 1))
    assert any(FOUND_OUT[mutant] in complaint for complaint in run.complaints)
    assert run.wrong


@pytest.mark.timeout(900)
def test_a_coach_that_writes_no_history_fails_the_kills(card: VirtualCard, scratch: Path, tmp_path: Path) -> None:
    run = lived(card, scratch, Kill(tmp_path / "store"), "no-history", SEEDS["no-history"])
    assert any(FOUND_OUT["no-history"] in complaint for complaint in run.complaints)
    assert run.wrong
