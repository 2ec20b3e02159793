"""The limits of tests are never shorter than they are written, and grow on a machine that is slow or busy."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import patience


@pytest.fixture(autouse=True)
def _measure_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_known", (float("-inf"), 1.0))
    monkeypatch.delenv("TEST_PATIENCE", raising=False)


def work_that_takes(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]

    def work() -> None:
        now[0] += seconds

    monkeypatch.setattr(patience, "_work", work)
    monkeypatch.setattr("time.monotonic", lambda: now[0])


def test_a_quick_machine_gets_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    work_that_takes(0.001, monkeypatch)
    assert patience.patient(2.0) == 2.0


def test_a_machine_that_takes_five_times_longer_gets_five_times_more(monkeypatch: pytest.MonkeyPatch) -> None:
    work_that_takes(0.165, monkeypatch)
    assert patience.patient(2.0) == pytest.approx(10.0)


def test_nothing_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    work_that_takes(1000.0, monkeypatch)
    assert patience.patient(2.0) == 40.0


def test_a_person_may_ask_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    work_that_takes(0.001, monkeypatch)
    monkeypatch.setenv("TEST_PATIENCE", "3")
    assert patience.patient(2.0) == 6.0


def test_a_real_measurement_is_a_factor() -> None:
    assert 1.0 <= patience.slowness() <= 20.0


FEW_SECONDS = 5.0
"""A test that gives anything less may want it to be too little."""
FOLDER = Path(__file__).parents[1]


def impatient_calls(text: str) -> list[int]:
    """The lines of calls that wait a fixed number of seconds."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        for limit in call.keywords
        if limit.arg == "timeout" and isinstance(limit.value, ast.Constant)
        if isinstance(limit.value.value, int | float) and limit.value.value >= FEW_SECONDS
    ]


def test_a_call_that_waits_a_fixed_time_is_found() -> None:
    assert impatient_calls("import subprocess\nsubprocess.run(['a'], timeout=60)\n") == [2]
    assert impatient_calls("child.communicate(timeout=patient(60)), said.get(timeout=0.1)") == []


def test_no_test_waits_a_fixed_time_for_what_takes_longer_on_a_busy_machine() -> None:
    found = {str(path.relative_to(FOLDER)): impatient_calls(path.read_text()) for path in FOLDER.rglob("*.py")}
    assert {path: lines for path, lines in found.items() if lines} == {}, "use patient() of tests/patience.py"
