"""The machine: Python, memory."""

from __future__ import annotations

import platform
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import failure, ok, warning

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding

_OLDEST = (3, 11)
_OLDEST_GLIBC = (2, 34)
"""Of the wheels that carry the recogniser's model (manylinux_2_34)."""
_PLATFORMS = ("linux-x86_64", "linux-aarch64")
_NEEDED_MB = 250
"""The coach at work is 217 MB (docs/performance.md); a little must be left."""
_MEMINFO = Path("/proc/meminfo")


def look_at_python(_circumstances: Circumstances) -> Finding:
    """See `judge_python`."""
    return judge_python(sys.version_info[:2], sysconfig.get_platform(), 64 if sys.maxsize > 1 << 32 else 32, _glibc())


def judge_python(version: tuple[int, int], system: str, bits: int, glibc: tuple[int, int]) -> Finding:
    """Whether the packages that the coach needs exist for this Python.

    Args:
        version: major and minor.
        system: as sysconfig.get_platform() says it.
        bits: of a pointer.
        glibc: major and minor; (0, 0) for another C library.
    """
    written = ".".join(map(str, version))
    figures = {"version": written, "platform": system, "bits": bits, "glibc": ".".join(map(str, glibc))}
    if version < _OLDEST:
        meaning = f"Python {written} is too old: the coach needs 3.11 or later."
        return failure("python", meaning, "sudo apt install python3.11-venv", **figures)
    if bits != 64:  # noqa: PLR2004 - that is what it is
        meaning = "This is a system of 32 bits, for which the recogniser does not exist."
        return failure("python", meaning, "Install the 64-bit edition of Raspberry Pi OS.", **figures)
    if system not in _PLATFORMS:
        meaning = f"The coach is made for Linux on x86-64 and arm64, not for {system}."
        return warning("python", meaning, "Use one of these machines.", **figures)
    if glibc < _OLDEST_GLIBC:
        meaning = f"The C library {figures['glibc']} is too old for the recogniser, which needs glibc 2.34."
        return warning("python", meaning, "Upgrade to Debian 12, Ubuntu 22.04 or later.", **figures)
    return ok("python", f"Python {written}, 64 bit, {system}.", **figures)


def look_at_memory(_circumstances: Circumstances) -> Finding:
    """See `judge_memory`."""
    return judge_memory(_MEMINFO.read_text(encoding="ascii"))


def judge_memory(meminfo: str) -> Finding:
    """Whether the coach finds room.

    Args:
        meminfo: the text of /proc/meminfo.
    """
    lines = (line.split() for line in meminfo.splitlines())
    kilobytes = {words[0].rstrip(":"): int(words[1]) for words in lines}
    total, free = kilobytes["MemTotal"] // 1024, kilobytes["MemAvailable"] // 1024
    figures = {"total_mb": total, "available_mb": free}
    if free < _NEEDED_MB:
        meaning = f"Only {free} of {total} MB of memory are free; the coach needs {_NEEDED_MB} MB, and will be slow."
        return warning("memory", meaning, "Close other programs; `top -o %MEM` shows the largest.", **figures)
    return ok("memory", f"{free:,} of {total:,} MB are free.", **figures)


def _glibc() -> tuple[int, int]:
    name, version = platform.libc_ver()
    parts = version.split(".")
    return (int(parts[0]), int(parts[1])) if name == "glibc" else (0, 0)
