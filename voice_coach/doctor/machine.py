"""The machine: Python, memory."""

from __future__ import annotations

import platform
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import failure, ok, warning

if TYPE_CHECKING:
    from voice_coach.core.sentences import Sentences
    from voice_coach.doctor.finding import Circumstances, Finding

_OLDEST = (3, 11)
_OLDEST_GLIBC = (2, 34)
"""Of the wheels that carry the recogniser's model (manylinux_2_34)."""
_PLATFORMS = ("linux-x86_64", "linux-aarch64")
_NEEDED_MB = 250
"""The coach at work is 217 MB (docs/performance.md); a little must be left."""
_MEMINFO = Path("/proc/meminfo")


def look_at_python(circumstances: Circumstances) -> Finding:
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


def look_at_memory(circumstances: Circumstances) -> Finding:
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
