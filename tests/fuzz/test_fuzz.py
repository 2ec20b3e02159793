"""A small run of `scripts/bench fuzz`: the same inputs each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from benches.fuzz import command_line as fuzz_command_line
from benches.fuzz.run import TARGETS, fuzz
from voice_coach.cli.main import command_line

if TYPE_CHECKING:
    from pathlib import Path

    from benches.fuzz.targets import Target

_INPUTS = 30
"""For each target, times its weight."""


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_whatever_comes_in_never_a_traceback_comes_out(target: Target) -> None:
    fuzzed = fuzz(target, _INPUTS * target.weight, seed=1)
    assert fuzzed.failures == []
    assert fuzzed.inputs >= _INPUTS


def test_a_target_that_fails_is_told_with_its_input() -> None:
    def fail(value: int, _folder: Path) -> None:
        assert value < 100, "too much"

    (target,) = fuzz_command_line.targets()
    fuzzed = fuzz(type(target)("made to fail", st.integers(), fail), 1000, seed=1)
    (failure,) = fuzzed.failures
    assert "too much" in failure
    assert "value=100" in failure


def test_every_command_there_is_is_fuzzed() -> None:
    assert fuzz_command_line.command_names() == sorted(command_line.commands)
