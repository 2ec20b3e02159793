"""How many wrong codes are looked at, and whose."""

from __future__ import annotations

import tempfile
from collections import Counter, deque
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mirror.clocks import SetClock
from voice_coach.mirror.paired_devices import DevicesFile
from voice_coach.mirror.pairing import WINDOW_SECONDS, WRONG_IN_ALL, WRONG_PER_ADDRESS, Pairing, TooManyTries

IPAD = "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/12.1 Safari/604.1"
WRONG = "AAAA-AAAA"
NO_CODE = "hello"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def pairing(clock: SetClock, tmp_path: Path) -> Pairing:
    return Pairing(DevicesFile(tmp_path / "mirror.json"), clock)


def test_after_five_wrong_ones_an_address_waits_for_a_minute(pairing: Pairing, clock: SetClock) -> None:
    code = pairing.new_code()
    for number in range(WRONG_PER_ADDRESS):
        clock.set(number)
        pairing.pair(NO_CODE, "192.168.1.7", IPAD)
    with pytest.raises(TooManyTries, match="wait 56 seconds") as refused:
        pairing.pair(code, "192.168.1.7", IPAD)
    assert refused.value.seconds == pytest.approx(WINDOW_SECONDS - 4)
    clock.set(WINDOW_SECONDS)
    assert pairing.pair(code, "192.168.1.7", IPAD)


def test_others_are_not_kept_waiting_by_one_address(pairing: Pairing) -> None:
    code = pairing.new_code()
    for _ in range(WRONG_PER_ADDRESS):
        pairing.pair(NO_CODE, "192.168.1.66", IPAD)
    assert pairing.pair(code, "192.168.1.7", IPAD)


def test_addresses_of_one_network_are_one_and_so_are_both_forms_of_one_address(pairing: Pairing) -> None:
    for address in ("fd00::1", "fd00::2", "fd00::abcd:3", "fd00::4", "fd00::5"):
        assert is_looked_at(pairing, address)
    assert not is_looked_at(pairing, "fd00::6")
    assert is_looked_at(pairing, "fd00:0:0:1::6")
    for _ in range(WRONG_PER_ADDRESS):
        assert is_looked_at(pairing, "10.0.0.1")
    assert not is_looked_at(pairing, "::ffff:10.0.0.1")


def test_this_machine_is_never_kept_waiting_and_keeps_nobody_waiting(pairing: Pairing) -> None:
    code = pairing.new_code()
    for number in range(WRONG_IN_ALL):
        pairing.pair(WRONG, f"192.168.1.{number % 4}", IPAD)
    for _ in range(WRONG_IN_ALL + 1):
        assert pairing.pair(WRONG, None, IPAD) is None
    with pytest.raises(TooManyTries):
        pairing.pair(code, "192.168.1.9", IPAD)
    assert pairing.pair(code, None, IPAD)


def test_wrong_codes_of_this_machine_keep_no_device_waiting(pairing: Pairing) -> None:
    code = pairing.new_code()
    for _ in range(WRONG_IN_ALL + 1):
        pairing.pair(WRONG, None, IPAD)
    assert pairing.pair(code, "192.168.1.9", IPAD)


def is_looked_at(pairing: Pairing, address: str) -> bool:
    try:
        pairing.pair(NO_CODE, address, IPAD)
    except TooManyTries:
        return False
    return True


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=20, max_size=100))
@settings(max_examples=50)
def test_never_more_guesses_are_looked_at_than_a_minute_allows(guesses: list[tuple[int, int]]) -> None:
    clock, seconds = SetClock(), 0
    looked_at: deque[tuple[int, str]] = deque()
    with tempfile.TemporaryDirectory() as folder:
        pairing = Pairing(DevicesFile(Path(folder) / "mirror.json"), clock)
        for pause, number in guesses:
            seconds, address = seconds + pause, f"192.168.1.{number}"
            clock.set(seconds)
            while looked_at and looked_at[0][0] <= seconds - WINDOW_SECONDS:
                looked_at.popleft()
            counts = Counter(where for _, where in looked_at)
            has_room = len(looked_at) < WRONG_IN_ALL and counts[address] < WRONG_PER_ADDRESS
            assert is_looked_at(pairing, address) is has_room
            if has_room:
                looked_at.append((seconds, address))
