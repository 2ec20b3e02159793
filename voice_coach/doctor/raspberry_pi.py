"""What a Raspberry Pi says of its power supply and its heat."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding

_BITS = {
    0: "under-voltage now",
    1: "the processor's frequency is capped now",
    2: "throttled now",
    3: "the soft temperature limit is active now",
    16: "under-voltage has occurred",
    17: "the processor's frequency has been capped",
    18: "throttling has occurred",
    19: "the soft temperature limit has been active",
}
"""Of get_throttled (https://www.raspberrypi.com/documentation/computers/os.html#get_throttled).

Those from 16 on tell of the time since the boot.
"""
_NOW = 0b1111
_UNDER_VOLTAGE = 1 << 0 | 1 << 16
_HOT_CELSIUS = 80.0
"""Where a Raspberry Pi begins to slow down."""
_PATIENCE_SECONDS = 3.0
_SYSFS = "sys/devices/platform/soc/soc:firmware/get_throttled"


def look_at_raspberry_pi(_circumstances: Circumstances) -> Finding:
    """See `judge`."""
    root = Path("/")
    return judge(model(root), throttled(root), temperature(root))


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
    """What the bits of get_throttled say, the present first."""
    return tuple(text for bit, text in _BITS.items() if bits >> bit & 1)


def judge(board: str, bits: int | None, celsius: float | None) -> Finding:
    """Whether power and cooling are good enough.

    Args:
        board: from `model`.
        bits: from `throttled`.
        celsius: from `temperature`.
    """
    name = "raspberry_pi"
    figures = {
        "board": board, "throttled": None if bits is None else hex(bits), "celsius": celsius,
        "said": [] if bits is None else decode(bits),
    }  # fmt: skip
    heat = "" if celsius is None else f", {celsius:.0f} °C"
    if "Raspberry Pi" not in board:
        return ok(name, "This is not a Raspberry Pi.", **figures)
    if bits:
        said = ", ".join(decode(bits)) or hex(bits)
        when = "" if bits & _NOW else " since the boot, not now"
        meaning = f"{board}: {said}{when}{heat}; speech and recognition may falter."
        remedy = "Use a power supply made for this board, and a short, thick cable."
        return warning(
            name, meaning, remedy if bits & _UNDER_VOLTAGE else "Give the board air, or a heat sink.", **figures
        )
    if celsius is not None and celsius >= _HOT_CELSIUS:
        return warning(name, f"{board} is hot{heat} and slows down.", "Give the board air, or a heat sink.", **figures)
    if bits is None:
        return ok(name, f"{board}{heat}; its power supply cannot be read here.", **figures)
    return ok(name, f"{board}{heat}, power and cooling are fine.", **figures)


def _ask_firmware() -> str:
    try:
        asked = subprocess.run(
            ["vcgencmd", "get_throttled"], capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout
