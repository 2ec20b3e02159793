from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.mirror.clocks import SetClock
from voice_coach.errors import FaceError
from voice_coach.mirror.paired_devices import (
    ALPHABET,
    LIFE_SECONDS,
    MOST_WRONG,
    DevicesContents,
    DevicesFile,
    PairedDevice,
)
from voice_coach.mirror.pairing import (
    MOST_DEVICES,
    WINDOW_SECONDS,
    WRONG_IN_ALL,
    WRONG_PER_ADDRESS,
    Pairing,
    TooManyTries,
    unpair,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IPAD = "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/12.1 Safari/604.1"
WRONG = "AAAA-AAAA"
NO_CODE = "hello"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def file(tmp_path: Path) -> DevicesFile:
    return DevicesFile(tmp_path / "mirror.json")


@pytest.fixture
def pairing(file: DevicesFile, clock: SetClock) -> Pairing:
    return Pairing(file, clock)


def paired(pairing: Pairing, user_agent: str = IPAD) -> str:
    token = pairing.pair(pairing.new_code(), "192.168.1.7", user_agent)
    assert token
    return token


def eventually(is_so: Callable[[], bool]) -> bool:
    given_up_at = time.monotonic() + 10
    while not is_so() and time.monotonic() < given_up_at:
        time.sleep(0.01)
    return is_so()


def some_devices(count: int) -> DevicesContents:
    return DevicesContents(
        tuple(PairedDevice(f"a device {number}", f"{number:064x}", "", "") for number in range(count))
    )


def test_a_device_with_the_code_is_paired_under_its_name(pairing: Pairing, file: DevicesFile) -> None:
    token = paired(pairing)
    assert re.fullmatch(r"[\w-]{43}", token)
    assert pairing.is_paired(token)
    assert [(each.name, each.paired_on) for each in file.read().devices] == [("iPad, Safari", "2027-01-15")]


def test_neither_code_nor_token_is_in_the_file(pairing: Pairing, tmp_path: Path) -> None:
    code = pairing.new_code()
    kept = (tmp_path / "mirror.json").read_text()
    assert code.replace("-", "") not in kept
    token = pairing.pair(code, "192.168.1.7", IPAD)
    assert token
    assert token not in (tmp_path / "mirror.json").read_text()


def test_a_code_is_read_whatever_its_case_and_hyphens(pairing: Pairing) -> None:
    code = pairing.new_code()
    assert re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", code)
    assert pairing.pair(f" {code.lower().replace('-', ' ')} ", "192.168.1.7", IPAD)


def test_a_code_works_once(pairing: Pairing) -> None:
    code = pairing.new_code()
    assert pairing.pair(code, "192.168.1.7", IPAD)
    assert pairing.pair(code, "192.168.1.8", IPAD) is None


def test_a_new_code_voids_the_one_before(pairing: Pairing) -> None:
    before, after = pairing.new_code(), pairing.new_code()
    assert pairing.pair(before, "192.168.1.7", IPAD) is None
    assert pairing.pair(after, "192.168.1.7", IPAD)


@pytest.mark.parametrize(
    ("seconds", "boot"),
    [(LIFE_SECONDS + 1, "this boot"), (-1, "this boot"), (1, "the next boot")],
    ids=["ten minutes later", "on a clock put back", "after a restart of the machine"],
)
def test_a_code_is_outdated(pairing: Pairing, clock: SetClock, seconds: float, boot: str) -> None:
    code = pairing.new_code()
    clock.set(seconds, boot=boot)
    assert pairing.pair(code, "192.168.1.7", IPAD) is None


def test_a_code_is_good_to_the_end_of_its_ten_minutes(pairing: Pairing, clock: SetClock) -> None:
    code = pairing.new_code()
    clock.set(LIFE_SECONDS)
    assert pairing.pair(code, "192.168.1.7", IPAD)


def test_without_an_open_code_nothing_pairs(pairing: Pairing) -> None:
    assert pairing.pair(WRONG, "192.168.1.7", IPAD) is None


def test_to_send_no_code_is_no_guess(pairing: Pairing) -> None:
    code = pairing.new_code()
    for _ in range(WRONG_IN_ALL + 1):
        assert pairing.pair("", "192.168.1.7", IPAD) is None
    assert pairing.pair(code, "192.168.1.7", IPAD)


@pytest.mark.parametrize(("wrong", "is_void"), [(MOST_WRONG - 1, False), (MOST_WRONG, True)])
def test_a_hundred_wrong_ones_void_a_code(pairing: Pairing, clock: SetClock, wrong: int, *, is_void: bool) -> None:
    code = pairing.new_code()
    for number in range(wrong):
        clock.set(number * WINDOW_SECONDS / WRONG_IN_ALL)
        assert pairing.pair(WRONG, f"192.168.1.{number % 4}", IPAD) is None
    clock.set(wrong * WINDOW_SECONDS / WRONG_IN_ALL)
    assert (pairing.pair(code, "192.168.1.8", IPAD) is None) is is_void


def test_a_restart_of_the_coach_gives_no_more_guesses(pairing: Pairing, file: DevicesFile, clock: SetClock) -> None:
    code = pairing.new_code()
    for _ in range(MOST_WRONG // WRONG_PER_ADDRESS):
        again = Pairing(file, clock)
        for _ in range(WRONG_PER_ADDRESS):
            again.pair(WRONG, "192.168.1.7", IPAD)
    assert Pairing(file, clock).pair(code, "192.168.1.7", IPAD) is None


def test_many_at_once_share_one_code(pairing: Pairing, file: DevicesFile) -> None:
    code, tokens = pairing.new_code(), []

    def run(number: int) -> None:
        tokens.append(pairing.pair(code, f"192.168.1.{number}", IPAD))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([token for token in tokens if token]) == 1
    assert len(file.read().devices) == 1


def test_guesses_count_also_when_nothing_can_be_written(pairing: Pairing, file: DevicesFile, tmp_path: Path) -> None:
    pairing.new_code()
    file.read()
    (tmp_path / "mirror.json").unlink()
    (tmp_path / "mirror.json").mkdir()
    for _ in range(WRONG_PER_ADDRESS):
        with pytest.raises(FaceError, match="cannot be changed"):
            pairing.pair(WRONG, "192.168.1.7", IPAD)
    with pytest.raises(TooManyTries):
        pairing.pair(WRONG, "192.168.1.7", IPAD)
    assert not pairing.is_paired("anything")


def test_there_is_room_for_32_devices(pairing: Pairing, file: DevicesFile) -> None:
    file.change(lambda _: some_devices(MOST_DEVICES - 1))
    code = pairing.new_code()
    assert pairing.pair(code, "192.168.1.7", IPAD)
    with pytest.raises(FaceError, match="page unpair"):
        pairing.new_code()


def test_a_code_stays_good_where_there_is_no_room(pairing: Pairing, file: DevicesFile) -> None:
    code = pairing.new_code()
    opened = file.read().code
    file.change(lambda _: DevicesContents(some_devices(MOST_DEVICES).devices, opened))
    with pytest.raises(FaceError, match="32 devices"):
        pairing.pair(code, "192.168.1.7", IPAD)
    unpair(file, {"a device 3"})
    assert pairing.pair(code, "192.168.1.7", IPAD)


def test_what_another_process_unpairs_counts_at_once(pairing: Pairing, tmp_path: Path) -> None:
    first, second = paired(pairing), paired(pairing)
    assert unpair(DevicesFile(tmp_path / "mirror.json"), {"iPad, Safari 2"}) == ("iPad, Safari 2",)
    assert (pairing.is_paired(first), pairing.is_paired(second)) == (True, False)
    assert unpair(DevicesFile(tmp_path / "mirror.json"), None) == ("iPad, Safari",)
    assert not pairing.is_paired(first)


def test_unpairing_all_voids_the_open_code_too(pairing: Pairing, file: DevicesFile) -> None:
    code = pairing.new_code()
    unpair(file, None)
    assert pairing.pair(code, "192.168.1.7", IPAD) is None


def test_other_tokens_are_nobody_s(pairing: Pairing) -> None:
    paired(pairing)
    for token in ("", "x", "é\ud800", "a" * 100_000):
        assert not pairing.is_paired(token)
        assert not pairing.is_local(token)


def test_the_local_token_is_new_with_each_start_and_no_device_s(pairing: Pairing, file: DevicesFile) -> None:
    token = pairing.local_token()
    assert pairing.is_local(token)
    assert pairing.local_token() == token
    assert not pairing.is_paired(token)
    assert not Pairing(file).is_local(token)


def test_the_day_a_device_was_seen_is_kept_once_a_day(
    pairing: Pairing, file: DevicesFile, clock: SetClock, tmp_path: Path
) -> None:
    token = paired(pairing)
    clock.set(0, day="2027-01-16")
    assert pairing.is_paired(token)
    assert eventually(lambda: file.read().devices[0].seen_on == "2027-01-16")
    written = (tmp_path / "mirror.json").stat().st_mtime_ns
    assert pairing.is_paired(token)
    assert (tmp_path / "mirror.json").stat().st_mtime_ns == written
    assert file.read().devices[0].paired_on == "2027-01-15"


def test_on_a_day_that_nobody_knows_nothing_is_noted(pairing: Pairing, file: DevicesFile, clock: SetClock) -> None:
    clock.set(0, day="")
    token = paired(pairing)
    assert pairing.is_paired(token)
    assert file.read().devices[0].seen_on == ""
