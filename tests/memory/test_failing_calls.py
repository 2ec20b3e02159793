"""Every call of the system that the memory makes fails once, and each kind of call fails always."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.memory.notes import (
    AT_SERUM,
    AT_TONER,
    RELAXING,
    live_through,
    lives_in_history,
)
from voice_coach.session.events import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CALLS = (
    (os, "stat"), (os, "fstat"), (os, "lstat"), (os, "open"), (os, "write"), (os, "fsync"), (os, "ftruncate"),
    (os, "replace"), (os, "unlink"), (os, "mkdir"), (os, "close"), (fcntl, "flock"),
)  # fmt: skip
"""What journal, lock, settings and the history's folder are looked at and written with."""


def fail(patch: pytest.MonkeyPatch, fails: Callable[[int, str], BaseException | None]) -> list[str]:
    """Let calls fail as `fails` says for the number and the name of each; returns the names of those made."""
    made: list[str] = []
    for module, name in CALLS:
        real = getattr(module, name)

        def call(*arguments: Any, _real: Callable[..., Any] = real, _name: str = name, **named: Any) -> Any:  # noqa: ANN401
            made.append(_name)
            error = fails(len(made), _name)
            if error is not None:
                if _name == "close":
                    _real(*arguments)  # the descriptor is closed all the same: close(2)
                    raise OSError(errno.EIO, "Input/output error")
                raise error
            return _real(*arguments, **named)

        patch.setattr(module, name, call)
    return made


def has_kept_its_word(folder: Path, told: set[Fault]) -> bool:
    """Whether the next coach goes on with the newest session, or it was told that it might not."""
    lives, restored = lives_in_history(folder), live_through(folder).restored
    if Fault.UNKEPT_NOTES in told:
        return restored in {AT_TONER, RELAXING, AT_SERUM}
    return restored == AT_SERUM and lives == 2


@pytest.mark.parametrize("reason", [errno.EIO, errno.EACCES, errno.ENOSPC])
def test_any_one_call_may_fail_and_what_is_told_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    number, made = 0, [""]
    while number < len(made):  # as many lives as the last one made calls
        number += 1
        folder = tmp_path / str(number)
        live_through(folder, AT_TONER)
        with monkeypatch.context() as patch:
            error = OSError(reason, os.strerror(reason))
            made = fail(patch, lambda count, _name: error if count == number else None)  # noqa: B023 - used at once
            life = live_through(folder, RELAXING, AT_SERUM)
        assert has_kept_its_word(folder, life.lasting), (number, made[number - 1])
    assert number > 30  # else the memory calls the system by other names now


@pytest.mark.parametrize("name", [name for _, name in CALLS])
@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), MemoryError()])
def test_what_always_fails_ends_nothing_and_costs_nothing_that_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: Exception
) -> None:
    live_through(tmp_path, AT_TONER)
    with monkeypatch.context() as patch:
        fail(patch, lambda _count, called: error if called == name else None)
        life = live_through(tmp_path, RELAXING, AT_SERUM)
    if name in {"write", "fsync", "stat", "open"}:
        assert Fault.UNKEPT_NOTES in life.lasting
    assert has_kept_its_word(tmp_path, life.lasting)


def test_a_trouble_is_told_where_the_log_cannot_be_written_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "store").touch()
    monkeypatch.setattr(logging.Logger, "warning", full)
    assert Fault.UNKEPT_NOTES in live_through(tmp_path / "store" / "notes", AT_SERUM).lasting
