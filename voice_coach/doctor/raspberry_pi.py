"""What a Raspberry Pi says of its power supply and its heat."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning

if TYPE_CHECKING:
    from voice_coach.core.sentences import Sentences
    from voice_coach.doctor.finding import Circumstances, Finding

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


def look_at_raspberry_pi(circumstances: Circumstances) -> Finding:
    """See `judge`."""
    root = Path("/")
    return judge(model(root), throttled(root), temperature(root), circumstances.texts)


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


def judge(board: str, bits: int | None, celsius: float | None, texts: Sentences) -> Finding:
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
