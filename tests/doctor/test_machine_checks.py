"""Python, memory, disk, clock, board and service: what is judged, from real files and from made ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.doctor.circumstances import circumstances_with
from voice_coach.doctor import machine_checks, setup_checks
from voice_coach.doctor.finding import CheckState, load_texts
from voice_coach.doctor.machine_checks import (
    ClockState,
    Folder,
    check_memory,
    check_python,
    clock_state,
    judge_memory,
    judge_python,
)
from voice_coach.library import load_language
from voice_coach.service.installing import Status

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = circumstances_with()
TEXTS = load_texts(load_language("en"))


@pytest.mark.parametrize(
    ("version", "system", "bits", "glibc", "state"),
    [
        ((3, 11), "linux-aarch64", 64, (2, 36), CheckState.OK),
        ((3, 13), "linux-x86_64", 64, (2, 41), CheckState.OK),
        ((3, 9), "linux-aarch64", 64, (2, 31), CheckState.FAILURE),
        ((3, 11), "linux-armv7l", 32, (2, 36), CheckState.FAILURE),
        ((3, 11), "macosx-14.0-arm64", 64, (0, 0), CheckState.WARNING),
        ((3, 11), "linux-aarch64", 64, (2, 31), CheckState.WARNING),
    ],
)
def test_python_must_be_one_that_the_packages_exist_for(
    version: tuple[int, int], system: str, bits: int, glibc: tuple[int, int], state: CheckState
) -> None:
    assert judge_python(version, system, bits, glibc, TEXTS).state is state


def test_the_python_that_runs_the_tests_will_do() -> None:
    assert check_python(NOBODY).state is CheckState.OK


def test_little_memory_is_a_warning() -> None:
    text = "MemTotal:  {} kB\nMemFree:  1 kB\nMemAvailable:  {} kB\nHugePages_Total:  0\n"
    assert judge_memory(text.format(4_000_000, 2_000_000), TEXTS).state is CheckState.OK
    short = judge_memory(text.format(450_000, 100_000), TEXTS)
    assert short.state is CheckState.WARNING
    assert short.figures == {"total_mb": 439, "available_mb": 97}
    assert check_memory(NOBODY).figures["total_mb"] > 0


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        (0x0, ()),
        (0x1, ("under_voltage_now",)),
        (0x50000, ("under_voltage", "throttled")),
        (0x50005, ("under_voltage_now", "throttled_now", "under_voltage", "throttled")),
        (0x80008, ("soft_limit_now", "soft_limit")),
        (0x20002, ("capped_now", "capped")),
        (0x10, ()),
    ],
)
def test_the_bits_of_get_throttled_are_told_one_by_one(bits: int, said: tuple[str, ...]) -> None:
    assert machine_checks.decode(bits) == said


def board(root: Path, throttled: str | None, millicelsius: str = "48312\n") -> Path:
    """A file system as of a Raspberry Pi."""
    for name, text in {
        "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
        "sys/class/thermal/thermal_zone0/temp": millicelsius,
        "sys/class/thermal/thermal_zone1/temp": "no number\n",
        "sys/devices/platform/soc/soc:firmware/get_throttled": throttled,
    }.items():
        if text is not None:
            path = root / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("throttled", "heat", "state", "words"),
    [
        ("0\n", "48312", CheckState.OK, "48 °C: power and cooling are fine"),
        (None, "48312", CheckState.OK, "cannot be read"),
        (
            "50000\n",
            "48312",
            CheckState.WARNING,
            "under-voltage has occurred, throttling has occurred since the boot, not now",
        ),
        ("50005\n", "48312", CheckState.WARNING, "under-voltage now"),
        ("80008\n", "81000", CheckState.WARNING, "temperature limit is active now"),
        ("0\n", "83000", CheckState.WARNING, "83 °C: that is hot"),
    ],
)
def test_a_board_tells_of_its_power_and_heat(
    tmp_path: Path, throttled: str | None, heat: str, state: CheckState, words: str
) -> None:
    root = board(tmp_path, throttled, heat)
    bits, celsius = machine_checks.throttled(root), machine_checks.temperature(root)
    found = machine_checks.judge_raspberry_pi(machine_checks.model(root), bits, celsius, TEXTS)
    assert found.state is state
    assert words in found.meaning
    assert bool(found.remedy) == (state is not CheckState.OK)


def test_elsewhere_there_is_nothing_to_tell(tmp_path: Path) -> None:
    found = machine_checks.judge_raspberry_pi(
        machine_checks.model(tmp_path), None, machine_checks.temperature(tmp_path), TEXTS
    )
    assert (found.state, found.meaning) == (CheckState.OK, "This is not a Raspberry Pi.")


@pytest.mark.parametrize(
    ("state_of_clock", "state"),
    [
        (ClockState(2026, is_synchronised=True, has_hardware_clock=False), CheckState.OK),
        (ClockState(2026, is_synchronised=False, has_hardware_clock=True), CheckState.OK),
        (ClockState(2026, is_synchronised=False, has_hardware_clock=False), CheckState.WARNING),
        (ClockState(1970, is_synchronised=True, has_hardware_clock=True), CheckState.WARNING),
    ],
)
def test_a_clock_is_trusted_when_the_network_or_a_battery_keeps_it(
    state_of_clock: ClockState, state: CheckState
) -> None:
    assert machine_checks.judge_clock(state_of_clock, TEXTS).state is state


def test_the_kernel_says_whether_its_clock_is_set() -> None:
    assert clock_state().is_synchronised in {True, False}
    assert clock_state().year >= 2025


def test_the_folders_are_tried_and_nothing_is_left_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "not yet" / name))
    found = machine_checks.check_disk(NOBODY)
    assert found.state in {CheckState.OK, CheckState.WARNING}, "a slow disk is one that works"
    assert set(found.figures) == {"config", "state", "data", "cache", "log"}
    assert found.figures["state"]["path"] == str(tmp_path / "not yet" / "STATE" / "voice-coach")
    assert found.figures["state"]["sync_ms"] >= 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_nobody_can_write_to_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    found = machine_checks.check_disk(NOBODY)
    assert found.state is CheckState.WARNING
    assert "Nothing can be written to /proc/nowhere/voice-coach" in found.meaning
    assert "/proc/nowhere/voice-coach" in found.remedy


def test_a_full_and_a_slow_disk_are_warnings(tmp_path: Path) -> None:
    assert "Only 3 MB" in machine_checks.judge_disk([Folder("state", tmp_path, free_mb=3)], TEXTS).meaning
    assert (
        "took 450 ms"
        in machine_checks.judge_disk([Folder("state", tmp_path, free_mb=3000, sync_ms=450.0)], TEXTS).meaning
    )
    assert (
        machine_checks.judge_disk([Folder("state", tmp_path, free_mb=3000, sync_ms=4.0)], TEXTS).state is CheckState.OK
    )


FINE = Status(is_installed=True, unreachable="", is_enabled=True, is_lingering=True, state="active")


@pytest.mark.parametrize(
    ("status", "owner", "state", "words"),
    [
        (
            Status(is_installed=False, unreachable=""),
            None,
            CheckState.OK,
            "No coach is running; no service is installed",
        ),
        (Status(is_installed=False, unreachable=""), 4711, CheckState.OK, "The coach is running (process 4711)"),
        (Status(is_installed=True, unreachable="systemd does not run"), None, CheckState.OK, "not known, for systemd"),
        (FINE, 0, CheckState.OK, "The service is active. The coach is running."),
        (
            replace(FINE, state="failed", last_exit="signal 11"),
            None,
            CheckState.WARNING,
            "failed; its last end: signal 11",
        ),
        (replace(FINE, state="inactive"), None, CheckState.WARNING, "inactive"),
        (replace(FINE, is_lingering=False), 1, CheckState.WARNING, "does not start with the machine"),
        (replace(FINE, watchdog_restarts=3), 1, CheckState.WARNING, "started again, 3 times"),
    ],
)
def test_the_service_is_told_as_it_is(status: Status, owner: int | None, state: CheckState, words: str) -> None:
    found = setup_checks.judge_service(status, owner, TEXTS)
    assert found.state is state
    assert words in found.meaning
