"""The machine sleeps for a night with the mirror open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.machine_sleep import MachineSleep
from voice_coach.mirror.paired_devices import LIFE_SECONDS, DevicesFile
from voice_coach.mirror.pairing import Pairing

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_code_does_not_outlive_the_sleep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = MachineSleep(monkeypatch)
    pairing = Pairing(DevicesFile(tmp_path / "mirror.json"))
    code = pairing.new_code()
    machine.sleep(LIFE_SECONDS + 1)
    assert pairing.pair(code, "192.168.1.7", "a phone") is None
    assert pairing.pair(pairing.new_code(), "192.168.1.7", "a phone")
