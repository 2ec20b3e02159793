"""Each bench says at its door, the docstring of its package, what it measures."""

from __future__ import annotations

import subprocess
from importlib import import_module

import pytest

from benches.common.publishing import ROOT, parser_of
from tests.patience import patient

BENCHES = sorted(path.parent.name for path in (ROOT / "benches").glob("*/run.py"))


def door_of(bench: str) -> str:
    return import_module(f"benches.{bench}").__doc__ or ""


@pytest.mark.parametrize("bench", BENCHES)
def test_a_door_goes_beyond_its_first_line(bench: str) -> None:
    first, *more = door_of(bench).split("\n\n")
    assert "\n" not in first
    assert more


@pytest.mark.parametrize("bench", BENCHES)
def test_help_shows_the_door(bench: str) -> None:
    assert door_of(bench).strip() in parser_of(bench.replace("_", "-")).format_help()


@pytest.mark.usefixtures("processes")
def test_scripts_bench_lists_all_benches_with_their_first_lines() -> None:
    listed = subprocess.run(
        [ROOT / "scripts" / "bench"], capture_output=True, text=True, check=True, timeout=patient(60)
    )
    expected = {bench.replace("_", "-"): door_of(bench).splitlines()[0] for bench in BENCHES}
    assert {name: text.strip() for name, _, text in (line.partition(" ") for line in listed.stdout.splitlines())} == (
        expected
    )


def test_the_bench_of_orders_says_that_it_measures_no_command_of_the_coach() -> None:
    door = " ".join(door_of("orders").split())
    assert "coffee orders" in door
    assert "It does not measure the coach" in door
