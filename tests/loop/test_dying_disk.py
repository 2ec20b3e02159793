"""The real program, whose disk fails: the mask comes off when it is due, whatever can't be written any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.disks import Disk, Failure, ext4_disk
from tests.led_by_buttons import led_coach

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def disk(tmp_path: Path, processes: None) -> Iterator[Disk]:
    with ext4_disk(tmp_path / "disk") as made:
        (made.folder / "tmp").mkdir()
        yield made


@pytest.mark.parametrize("failure", list(Failure))
def test_a_disk_that_fails_while_the_mask_is_on_changes_nothing_of_its_end(
    disk: Disk, tmp_path: Path, failure: Failure
) -> None:
    voice = "natural" if failure is Failure.FULL else "standard"
    with led_coach(tmp_path, disk.folder, "--voice", voice, TMPDIR=str(disk.folder / "tmp")) as led:
        led.lead_to_the_hold()
        disk.fail(failure)
        led.fidget()
        led.assert_the_mask_comes_off_in_time()
        if failure is Failure.FROZEN:
            disk.thaw()
    assert "Traceback" not in (tmp_path / "stderr").read_text()


@pytest.mark.parametrize("failure", [Failure.FULL, Failure.READ_ONLY, Failure.SHUT_DOWN])
def test_a_disk_that_failed_before_the_start_keeps_nobody_from_a_mask(
    disk: Disk, tmp_path: Path, failure: Failure
) -> None:
    disk.fail(failure)
    with led_coach(tmp_path, disk.folder, "--wait", TMPDIR=str(disk.folder / "tmp")) as led:
        led.lead_to_the_hold()
        led.assert_the_mask_comes_off_in_time()
    assert "Traceback" not in (tmp_path / "stderr").read_text()
