"""The synthesiser's own process, where its surroundings forbid something."""

from __future__ import annotations

import os
import sys
from multiprocessing import Pipe

import pytest

from voice_coach.mouth import synthesis_process


def test_where_no_other_priority_is_allowed_the_voice_speaks_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The filter of a service's system calls forbade it once, and the coach was mute."""

    def forbidden(_: int) -> int:
        raise PermissionError

    ours, theirs = Pipe()
    monkeypatch.setattr(os, "nice", forbidden)
    monkeypatch.setattr(os, "_exit", sys.exit)
    monkeypatch.setattr(sys, "argv", ["", "no-engine", "en", "1", str(os.dup(theirs.fileno()))])
    with pytest.raises(SystemExit):
        synthesis_process.main()
    assert ours.recv()["fault"] == "broken"  # it came as far as its first message
    ours.close()
    theirs.close()
