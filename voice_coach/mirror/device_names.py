"""What a device is called: a browser's User-Agent in plain words, so that a person knows which one to unpair."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

_MACHINES = {
    "iPad": "iPad",
    "iPhone": "iPhone",
    "Android": "Android",
    "CrOS": "Chromebook",
    "Windows": "Windows",
    "Macintosh": "Mac or iPad",  # an iPad calls itself a Mac
    "Linux": "Linux",
}
"""In this order, since an Android is a Linux as well."""
_PROGRAMS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
    "curl": "curl",
    "HomeAssistant": "Home Assistant",
}
"""In this order, since most call themselves Chrome and Safari as well."""
_UNKNOWN = "a device"


def device_name(user_agent: str) -> str:
    """Such as "iPad, Safari"; "a device" when nothing is known of it."""
    found = (_first(user_agent, known) for known in (_MACHINES, _PROGRAMS))
    return ", ".join(name for name in found if name) or _UNKNOWN


def unique(name: str, taken: Container[str]) -> str:
    """The name, with a number if it is taken."""
    number, own = 1, name
    while own in taken:
        number += 1
        own = f"{name} {number}"
    return own


def _first(text: str, known: dict[str, str]) -> str:
    return next((name for mark, name in known.items() if mark in text), "")
