"""Reads voice-coach.txt, the file on the boot partition in which a person writes the name, the Wi-Fi and the language.

Everything here is pure: bytes come in, wishes and sentences go out. The file was written in any editor of any system,
so a wrong line costs only itself, and is told in one sentence that stands beside the file after the next start.
It uses nothing but the standard library, for it runs in the image before anything else does.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 65_536
"""Bytes of the file that are read; nobody writes as many by hand."""
LANGUAGES = ("en", "ko")
_MARKS = (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")
"""What editors of Windows put at the beginning of a text, and its encoding."""
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_TIME_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")
_LONGEST_WIFI_NAME = 32
_WIFI_ROUNDS = 4096
_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 8, 63


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person wants; empty where nothing is said."""

    host_name: str = "mirror"
    wifi_name: str = ""
    wifi_password: str = ""
    wifi_country: str = ""
    language: str = ""
    time_zone: str = ""


def understand(content: bytes) -> tuple[Wishes, list[str]]:
    """Return the wishes of a file, and a sentence for each line that is not obeyed."""
    if len(content) > LARGEST:
        return Wishes(), [f"The file has more than {LARGEST} bytes, so nothing of it was read."]
    text, mistakes = _decoded(content)
    wishes, seen, refused = Wishes(), set[str](), set[str]()
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        stripped = line.strip(" \t\0")
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = (part.strip(" \t\0") for part in stripped.partition("="))
        name = name.lower()
        if fault := _fault(name, equals, value, seen):
            mistakes.append(f"Line {number}: {fault}")
            refused |= {name} - seen
        elif value:
            wishes = replace(wishes, **{name: value.lower() if name in _SMALL else value})
        seen.add(name)
    if "wifi_password" in refused:  # else an open network of that name would be joined
        wishes = replace(wishes, wifi_name="")
    if wishes.wifi_name and not wishes.wifi_country and "wifi_country" not in refused:
        mistakes.append("wifi_country is missing, so only the channels that every country allows are used.")
    if wishes.wifi_password and not wishes.wifi_name and "wifi_name" not in refused:
        mistakes.append("There is a wifi_password but no wifi_name, so there is no Wi-Fi.")
    return wishes, mistakes


def _decoded(content: bytes) -> tuple[str, list[str]]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace"), []
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        return content.decode("latin-1"), ["The file is not saved as UTF-8: letters beyond A to Z may be wrong."]


def _fault(name: str, equals: str, value: str, seen: set[str]) -> str:
    """Return what is wrong with a line, never with the value of a password; empty if nothing is."""
    if not equals:
        return 'a line has the form "name = value", or begins with "#".'
    if name not in _CHECKS:
        return f"there is no {_shown(name)}; there are {', '.join(_CHECKS)}."
    if name in seen:
        return f"{name} stands here a second time; the first one counts."
    if value and any(not letter.isprintable() for letter in value):
        return f"{name} has a letter that cannot be printed."
    return _CHECKS[name](value) if value else ""


def _shown(text: str) -> str:
    return ascii(text[:40])


def _host_name(value: str) -> str:
    if _HOST_NAME.fullmatch(value.lower()):
        return ""
    return "host_name has 1 to 63 letters a to z, digits and hyphens, with no hyphen at its beginning or end."


def _wifi_name(value: str) -> str:
    size = len(value.encode("utf-8", errors="replace"))
    return "" if size <= _LONGEST_WIFI_NAME else f"wifi_name has {size} bytes; no Wi-Fi's name has more than 32."


def _wifi_password(value: str) -> str:
    if re.fullmatch(r"[0-9A-Fa-f]{64}", value):
        return ""
    if not value.isascii():
        return "wifi_password has a letter that is not on an English keyboard; no Wi-Fi's password has."
    if not _SHORTEST_PASSWORD <= len(value) <= _LONGEST_PASSWORD:
        return (
            f"wifi_password has {len(value)} characters; a Wi-Fi's password has 8 to 63. There is no Wi-Fi until then."
        )
    return ""


def _country(value: str) -> str:
    return "" if re.fullmatch(r"[A-Za-z]{2}", value) else "wifi_country has two letters, such as US, DE or KR."


def _language(value: str) -> str:
    return "" if value.lower() in LANGUAGES else f"language is one of {', '.join(LANGUAGES)}."


def _time_zone(value: str) -> str:
    return "" if _TIME_ZONE.fullmatch(value) else "time_zone is a name such as Europe/Berlin or Asia/Seoul."


_CHECKS: dict[str, Callable[[str], str]] = {
    "host_name": _host_name,
    "wifi_name": _wifi_name,
    "wifi_password": _wifi_password,
    "wifi_country": _country,
    "language": _language,
    "time_zone": _time_zone,
}
_SMALL = ("host_name", "language")


def supplicant_text(wishes: Wishes) -> str:
    """Return the configuration of wpa_supplicant; empty without a wish for a Wi-Fi.

    Name and password stand in it as hexadecimal digits only, so that nothing in them can mean anything.
    """
    if not wishes.wifi_name:
        return ""
    name = wishes.wifi_name.encode()
    lines = ["ctrl_interface=DIR=/run/wpa_supplicant", "update_config=0"]
    lines += [f"country={wishes.wifi_country.upper()}"] if wishes.wifi_country else []
    lines += ["network={", f"\tssid={name.hex()}", "\tscan_ssid=1"]
    if wishes.wifi_password:
        lines += [f"\tpsk={_key(name, wishes.wifi_password)}", "\tkey_mgmt=WPA-PSK WPA-PSK-SHA256"]
    else:
        lines += ["\tkey_mgmt=NONE"]
    return "\n".join([*lines, "}", ""])


def _key(name: bytes, password: str) -> str:
    """Return the key that a network makes of its password (IEEE 802.11i): 64 hexadecimal digits."""
    if len(password) > _LONGEST_PASSWORD:
        return password.lower()
    return hashlib.pbkdf2_hmac("sha1", password.encode(), name, _WIFI_ROUNDS, 32).hex()


def with_language(settings: str, language: str) -> str:
    """Return the text of the coach's settings with the language that is wished for; all else stays as it is."""
    line = f'language = "{language}"'
    if re.search(r"(?m)^\s*language\s*=", settings):
        return re.sub(r"(?m)^\s*language\s*=.*$", line, settings, count=1)
    return f"{line}\n{settings}"


def note_of(mistakes: list[str]) -> str:
    """Return the text that stands beside the file, with line ends for every editor; empty without mistakes."""
    if not mistakes:
        return ""
    head = ["What of voice-coach.txt could not be obeyed at the last start:", ""]
    return "\r\n".join([*head, *mistakes, "", "Mend it and start the device again; then this file goes.", ""])
