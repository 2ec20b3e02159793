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
_OLDEST_GLIBC = (2, 34)
"""Of the wheels that carry the recogniser's model (manylinux_2_34)."""
_PLATFORMS = ("linux-x86_64", "linux-aarch64")
_NEEDED_MB = 250
"""The coach at work is 217 MB (docs/performance.md); a little must be left."""
_MEMINFO = Path("/proc/meminfo")


def check_python(circumstances: CheckContext) -> Finding:
    """See `judge_python`."""
    bits = 64 if sys.maxsize > 1 << 32 else 32
    return judge_python(sys.version_info[:2], sysconfig.get_platform(), bits, _glibc(), circumstances.texts)


def judge_python(version: tuple[int, int], system: str, bits: int, glibc: tuple[int, int], texts: Sentences) -> Finding:
    """Whether the packages that the coach needs exist for this Python.

    Args:
        version: major and minor.
        system: as sysconfig.get_platform() says it.
        bits: of a pointer.
        glibc: major and minor; (0, 0) for another C library.
        texts: what the doctor says.
    """
    written = ".".join(map(str, version))
    figures = {"version": written, "platform": system, "bits": bits, "glibc": ".".join(map(str, glibc))}
    if version < _OLDEST:
        meaning = texts.say("python.too_old", version=written)
        return failure("python", meaning, "sudo apt install python3.11-venv", **figures)
    if bits != 64:  # noqa: PLR2004 - that is what it is
        return failure("python", texts.say("python.bits_32"), texts.say("python.get_64_bits"), **figures)
    if system not in _PLATFORMS:
        meaning = texts.say("python.other_system", system=system)
        return warning("python", meaning, texts.say("python.use_another"), **figures)
    if glibc < _OLDEST_GLIBC:
        meaning = texts.say("python.old_glibc", version=figures["glibc"])
        return warning("python", meaning, texts.say("python.upgrade"), **figures)
    return ok("python", texts.say("python.fine", version=written, system=system), **figures)


def check_memory(circumstances: CheckContext) -> Finding:
    """See `judge_memory`."""
    return judge_memory(_MEMINFO.read_text(encoding="ascii"), circumstances.texts)


def judge_memory(meminfo: str, texts: Sentences) -> Finding:
    """Whether the coach finds room.

    Args:
        meminfo: the text of /proc/meminfo.
        texts: what the doctor says.
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
    """What can be known of the clock without asking the network."""

    year: int
    is_synchronised: bool
    """Whether the kernel says so."""
    has_hardware_clock: bool
    """Whether a hardware clock with a battery gave the time at the start."""


def clock_state() -> ClockState:
    """Ask the kernel."""
    return ClockState(time.localtime().tm_year, is_synchronised(), has_hardware_clock())


def check_clock(circumstances: CheckContext) -> Finding:
    """See `judge`."""
    return judge_clock(clock_state(), circumstances.texts)


def judge_clock(clock: ClockState, texts: Sentences) -> Finding:
    """Whether the time can be trusted after a power cut. The countdown itself needs no such clock.

    Args:
        clock: from `clock_state`.
        texts: what the doctor says.
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
"""The cache of sentences may grow to 50 MB, the log to 1 MB."""
_SLOW_MS = 100.0
"""Every change of the session is on the disk before its answer is spoken."""
_RECORD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Folder:
    """What became of a trial to write."""

    name: str
    path: Path
    """The folder, or where it would be made."""
    trouble: str = ""
    """Why nothing can be written there; empty when it can."""
    free_mb: int = 0
    sync_ms: float = 0.0
    """How long it takes until a few kilobytes are safe."""


def check_disk(circumstances: CheckContext) -> Finding:
    """See `judge`."""
    return judge_disk([_try(name, path) for name, path in _folders().items()], circumstances.texts)


def judge_disk(folders: list[Folder], texts: Sentences) -> Finding:
    """Whether what the person did outlives a power cut. The coach coaches without a disk, too.

    Args:
        folders: each tried.
        texts: what the doctor says.
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
    """Write into a folder, or the nearest one that there is above it, what vanishes by itself."""
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
"""Of get_throttled (https://www.raspberrypi.com/documentation/computers/os.html#get_throttled).

Named as in the doctor's sentences; those from 16 on tell of the time since the boot.
"""
_NOW = 0b1111
_UNDER_VOLTAGE = 1 << 0 | 1 << 16
_HOT_CELSIUS = 80.0
"""Where a Raspberry Pi begins to slow down."""
_PATIENCE_SECONDS = 3.0
_SYSFS = "sys/devices/platform/soc/soc:firmware/get_throttled"


def check_raspberry_pi(circumstances: CheckContext) -> Finding:
    """See `judge`."""
    root = Path("/")
    return judge_raspberry_pi(model(root), throttled(root), temperature(root), circumstances.texts)


def model(root: Path) -> str:
    """What the board calls itself; empty where nothing is known.

    Args:
        root: of the file system.
    """
    try:
        return (root / "proc/device-tree/model").read_text(errors="replace").strip("\0\n ")
    except OSError:
        return ""


def throttled(root: Path) -> int | None:
    """The bits of get_throttled; None where they cannot be read."""
    try:
        text = (root / _SYSFS).read_text(encoding="ascii")
    except (OSError, ValueError):
        text = _ask_firmware() if shutil.which("vcgencmd") else ""
    found = re.fullmatch(r"(?:throttled=)?(?:0x)?([0-9a-fA-F]+)\s*", text)
    return int(found[1], 16) if found else None


def temperature(root: Path) -> float | None:
    """Of the hottest zone, in degrees Celsius; None where there is none."""
    readings = []
    for zone in root.glob("sys/class/thermal/thermal_zone*/temp"):
        try:
            readings.append(int(zone.read_text(encoding="ascii")) / 1000)
        except (OSError, ValueError):
            continue
    return max(readings, default=None)


def decode(bits: int) -> tuple[str, ...]:
    """The troubles that the bits of get_throttled tell of, the present first."""
    return tuple(name for bit, name in _BITS.items() if bits >> bit & 1)


def judge_raspberry_pi(board: str, bits: int | None, celsius: float | None, texts: Sentences) -> Finding:
    """Whether power and cooling are good enough.

    Args:
        board: from `model`.
        bits: from `throttled`.
        celsius: from `temperature`.
        texts: what the doctor says.
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
        said = ", ".join(texts.say(f"raspberry_pi.{trouble}") for trouble in decode(bits)) or hex(bits)
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
