"""Checks of the machine: Python, memory, clock, disk and the Raspberry Pi."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import failure, ok, warning
from voice_coach.memory.clocks import has_hardware_clock, is_synchronised

if TYPE_CHECKING:
    from voice_coach.doctor.finding import CheckContext, Finding
    from voice_coach.language.wording import Sentences


_OLDEST = (3, 11)
"""The oldest Python version, major and minor, on which the coach runs."""
_OLDEST_GLIBC = (2, 34)
"""The oldest GNU C library for which Moonshine's wheels are built (manylinux_2_34)."""
_PLATFORMS = ("linux-x86_64", "linux-aarch64")
_NEEDED_MB = 250
"""Megabytes of free memory that the coach needs: it uses 217 MB (docs/performance.md), and a little is kept free."""
_MEMINFO = Path("/proc/meminfo")


def check_python(circumstances: CheckContext) -> Finding:
    """Check that the coach's packages exist for this Python; see `judge_python`."""
    bits = 64 if sys.maxsize > 1 << 32 else 32
    return judge_python(sys.version_info[:2], sysconfig.get_platform(), bits, _glibc(), circumstances.texts)


def judge_python(version: tuple[int, int], system: str, bits: int, glibc: tuple[int, int], texts: Sentences) -> Finding:
    """Decide whether the packages that the coach needs exist for a Python.

    Args:
        version: Python's version, major and minor.
        system: The platform as `sysconfig.get_platform` names it.
        bits: Bits of a pointer.
        glibc: Version of the GNU C library, major and minor; (0, 0) for another C library.
        texts: The doctor's sentences.
    """
    written = ".".join(map(str, version))
    figures = {"version": written, "platform": system, "bits": bits, "glibc": ".".join(map(str, glibc))}
    if version < _OLDEST:
        meaning = texts.say("python.too_old", version=written)
        return failure("python", meaning, "sudo apt install python3.11-venv", **figures)
    if bits != 64:  # noqa: PLR2004 - the bits of a 64-bit system
        return failure("python", texts.say("python.bits_32"), texts.say("python.get_64_bits"), **figures)
    if system not in _PLATFORMS:
        meaning = texts.say("python.other_system", system=system)
        return warning("python", meaning, texts.say("python.use_another"), **figures)
    if glibc < _OLDEST_GLIBC:
        meaning = texts.say("python.old_glibc", version=figures["glibc"])
        return warning("python", meaning, texts.say("python.upgrade"), **figures)
    return ok("python", texts.say("python.fine", version=written, system=system), **figures)


def check_memory(circumstances: CheckContext) -> Finding:
    """Check that enough memory is free for the coach; see `judge_memory`."""
    return judge_memory(_MEMINFO.read_text(encoding="ascii"), circumstances.texts)


def judge_memory(meminfo: str, texts: Sentences) -> Finding:
    """Decide whether enough memory is free for the coach.

    Args:
        meminfo: The text of /proc/meminfo.
        texts: The doctor's sentences.
    """
    lines = (line.split() for line in meminfo.splitlines())
    kilobytes = {words[0].rstrip(":"): int(words[1]) for words in lines}
    total, free = kilobytes["MemTotal"] // 1024, kilobytes["MemAvailable"] // 1024
    figures = {"total_mb": total, "available_mb": free}
    if free < _NEEDED_MB:
        meaning = texts.say("memory.short", free=free, total=total, needed=_NEEDED_MB)
        return warning("memory", meaning, texts.say("memory.close_programs"), **figures)
    return ok("memory", texts.say("memory.fine", free=f"{free:,}", total=f"{total:,}"), **figures)


def _glibc() -> tuple[int, int]:
    name, version = platform.libc_ver()
    parts = version.split(".")
    return (int(parts[0]), int(parts[1])) if name == "glibc" else (0, 0)


_PLAUSIBLE_YEARS = range(2025, 2100)


@dataclass(frozen=True, slots=True)
class ClockState:
    """The state of the system clock, as far as it can be known without the network."""

    year: int
    is_synchronised: bool
    """Whether the kernel reports that the clock is synchronised."""
    has_hardware_clock: bool
    """Whether the time came from a hardware clock at boot and still agrees with it, so that its battery works."""


def clock_state() -> ClockState:
    """Return the current state of the system clock, as the kernel reports it."""
    return ClockState(time.localtime().tm_year, is_synchronised(), has_hardware_clock())


def check_clock(circumstances: CheckContext) -> Finding:
    """Check that the system clock can be trusted; see `judge_clock`."""
    return judge_clock(clock_state(), circumstances.texts)


def judge_clock(clock: ClockState, texts: Sentences) -> Finding:
    """Decide whether the system clock can be trusted after a power cut; the countdown itself does not depend on it.

    Args:
        clock: The result of `clock_state`.
        texts: The doctor's sentences.
    """
    figures = {
        "year": clock.year,
        "is_synchronised": clock.is_synchronised,
        "has_hardware_clock": clock.has_hardware_clock,
    }
    remedy = "sudo timedatectl set-ntp true"
    if clock.year not in _PLAUSIBLE_YEARS:
        return warning("clock", texts.say("clock.implausible", year=clock.year), remedy, **figures)
    match clock.is_synchronised, clock.has_hardware_clock:
        case True, True:
            return ok("clock", texts.say("clock.set_with_battery"), **figures)
        case True, False:
            return ok("clock", texts.say("clock.set"), **figures)
        case False, True:
            return ok("clock", texts.say("clock.unset_with_battery"), **figures)
    return warning("clock", texts.say("clock.unset"), remedy, **figures)


_LEAST_FREE_MB = 100
"""Megabytes that must be free on the disk: the speech cache may grow to 50 MB, the log to 1 MB."""
_SLOW_MS = 100.0
"""Milliseconds for one write, above which the disk is slow: the coach saves each change before it answers."""
_RECORD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Folder:
    """One of the coach's folders, with the result of a test write."""

    name: str
    path: Path
    """Path of the folder, which need not exist yet."""
    trouble: str = ""
    """The reason why the folder is not writable; empty when it is writable."""
    free_mb: int = 0
    sync_ms: float = 0.0
    """Milliseconds until 4 KiB were safely on the disk (fsync)."""


def check_disk(circumstances: CheckContext) -> Finding:
    """Check that the coach's folders can be written to; see `judge_disk`."""
    return judge_disk([_try(name, path) for name, path in _folders().items()], circumstances.texts)


def judge_disk(folders: list[Folder], texts: Sentences) -> Finding:
    """Decide whether the session survives a power cut; the coach also works without a disk, so this only warns.

    Args:
        folders: The coach's folders, each with the result of its test write.
        texts: The doctor's sentences.
    """
    figures = {
        folder.name: {"path": str(folder.path), "free_mb": folder.free_mb, "sync_ms": folder.sync_ms}
        | ({"trouble": folder.trouble} if folder.trouble else {})
        for folder in folders
    }
    locked = [folder for folder in folders if folder.trouble]
    if locked:
        names = ", ".join(f"{folder.path} ({folder.trouble})" for folder in locked)
        meaning = texts.say("disk.locked", folders=names)
        paths = " ".join(f"'{folder.path}'" for folder in locked)
        return warning("disk", meaning, f"ls -ld {paths}; df {paths}", **figures)
    fullest = min(folders, key=lambda folder: folder.free_mb)
    if fullest.free_mb < _LEAST_FREE_MB:
        meaning = texts.say("disk.full", free=fullest.free_mb, folder=fullest.path)
        return warning("disk", meaning, "sudo apt clean", **figures)
    slowest = max(folders, key=lambda folder: folder.sync_ms)
    milliseconds = f"{slowest.sync_ms:.0f}"
    if slowest.sync_ms > _SLOW_MS:
        meaning = texts.say("disk.slow", folder=slowest.path, milliseconds=milliseconds)
        return warning("disk", meaning, texts.say("disk.get_faster"), **figures)
    return ok("disk", texts.say("disk.fine", free=f"{fullest.free_mb:,}", milliseconds=milliseconds), **figures)


def _folders() -> dict[str, Path]:
    from platformdirs import user_cache_path, user_config_path, user_data_path, user_log_path, user_state_path

    places = {
        "config": user_config_path,
        "state": user_state_path,
        "data": user_data_path,
        "cache": user_cache_path,
        "log": user_log_path,
    }
    return {name: place("voice-coach") for name, place in places.items()}


def _try(name: str, path: Path) -> Folder:
    """Write a temporary file into a folder, or into its nearest existing parent, and return the result."""
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(bytes(_RECORD_BYTES))
            file.flush()
            began = time.monotonic()
            os.fsync(file.fileno())
            seconds = time.monotonic() - began
        free = os.statvfs(existing)
    except OSError as error:
        return Folder(name, path, trouble=error.strerror or str(error))
    return Folder(name, path, free_mb=free.f_bavail * free.f_frsize // 1_000_000, sync_ms=round(seconds * 1000, 1))


_BITS = {
    0: "under_voltage_now",
    1: "capped_now",
    2: "throttled_now",
    3: "soft_limit_now",
    16: "under_voltage",
    17: "capped",
    18: "throttled",
    19: "soft_limit",
}
"""The bits of get_throttled, each with the key of its sentence; bits from 16 on cover the time since boot.

Source: https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
"""
_NOW = 0b1111
_UNDER_VOLTAGE = 1 << 0 | 1 << 16
_HOT_CELSIUS = 80.0
"""Degrees Celsius from which a Raspberry Pi slows itself down."""
_PATIENCE_SECONDS = 3.0
_SYSFS = "sys/devices/platform/soc/soc:firmware/get_throttled"


def check_raspberry_pi(circumstances: CheckContext) -> Finding:
    """Check the power supply and cooling of a Raspberry Pi; see `judge_raspberry_pi`."""
    root = Path("/")
    return judge_raspberry_pi(model(root), throttled(root), temperature(root), circumstances.texts)


def model(root: Path) -> str:
    """Return the model name of the board; empty when it cannot be read.

    Args:
        root: Root folder of the file system.
    """
    try:
        return (root / "proc/device-tree/model").read_text(errors="replace").strip("\0\n ")
    except OSError:
        return ""


def throttled(root: Path) -> int | None:
    """Return the bits of get_throttled; None when they cannot be read."""
    try:
        text = (root / _SYSFS).read_text(encoding="ascii")
    except (OSError, ValueError):
        text = _ask_firmware() if shutil.which("vcgencmd") else ""
    found = re.fullmatch(r"(?:throttled=)?(?:0x)?([0-9a-fA-F]+)\s*", text)
    return int(found[1], 16) if found else None


def temperature(root: Path) -> float | None:
    """Return the temperature of the hottest thermal zone in degrees Celsius; None when none can be read."""
    readings = []
    for zone in root.glob("sys/class/thermal/thermal_zone*/temp"):
        try:
            readings.append(int(zone.read_text(encoding="ascii")) / 1000)
        except (OSError, ValueError):
            continue
    return max(readings, default=None)


def decode(bits: int) -> tuple[str, ...]:
    """Return the names of the faults in the bits of get_throttled, present faults first."""
    return tuple(name for bit, name in _BITS.items() if bits >> bit & 1)


def judge_raspberry_pi(board: str, bits: int | None, celsius: float | None, texts: Sentences) -> Finding:
    """Decide whether the power supply and the cooling of a Raspberry Pi are good enough.

    Args:
        board: The result of `model`.
        bits: The result of `throttled`.
        celsius: The result of `temperature`.
        texts: The doctor's sentences.
    """
    name = "raspberry_pi"
    figures = {
        "board": board, "throttled": None if bits is None else hex(bits), "celsius": celsius,
        "said": [] if bits is None else decode(bits),
    }  # fmt: skip
    if "Raspberry Pi" not in board:
        return ok(name, texts.say("raspberry_pi.none"), **figures)
    hot = board if celsius is None else texts.say("raspberry_pi.board_and_heat", board=board, celsius=f"{celsius:.0f}")
    power, air = texts.say("raspberry_pi.get_power"), texts.say("raspberry_pi.get_air")
    if bits:
        said = ", ".join(texts.say(f"raspberry_pi.{fault}") for fault in decode(bits)) or hex(bits)
        meaning = texts.say("raspberry_pi.was_troubled", board=hot, troubles=said)
        if bits & _NOW:
            meaning = texts.say("raspberry_pi.troubled", board=hot, troubles=said)
        return warning(name, meaning, power if bits & _UNDER_VOLTAGE else air, **figures)
    if celsius is not None and celsius >= _HOT_CELSIUS:
        return warning(name, texts.say("raspberry_pi.hot", board=hot), air, **figures)
    if bits is None:
        return ok(name, texts.say("raspberry_pi.unreadable", board=hot), **figures)
    return ok(name, texts.say("raspberry_pi.fine", board=hot), **figures)


def _ask_firmware() -> str:
    try:
        asked = subprocess.run(
            ["vcgencmd", "get_throttled"], capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout
