"""What each setting may be. The settings file and the flags of the command line ask the same rules."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from voice_coach.errors import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Number:
    """A number in a range, whole or not."""

    lowest: float
    highest: float
    is_whole: bool
    example: str

    @property
    def allowed(self) -> str:
        """What may be written."""
        kind = "a whole number" if self.is_whole else "a number"
        return f"{kind} from {self.lowest:g} to {self.highest:g}"

    def allows(self, value: object) -> bool:
        """Whether the value is of the right kind and in the range (truth values and nan are not)."""
        kinds = int if self.is_whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and self.lowest <= value <= self.highest

    def parse(self, text: str) -> object:
        """The number that a flag's text spells; the text itself when it spells none."""
        try:
            return int(text) if self.is_whole else float(text)
        except ValueError:
            return text

    def hint(self, value: object) -> str:  # noqa: ARG002 - rules share one shape
        """How to mend it."""
        return f"for example {self.example}."


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    names: Callable[[], tuple[str, ...]]

    @property
    def known(self) -> tuple[str, ...]:
        """The words."""
        return self.names()

    @property
    def allowed(self) -> str:
        """What may be written."""
        return f"one of {', '.join(self.known)}" if len(self.known) > 1 else f'"{self.known[0]}"'

    def allows(self, value: object) -> bool:
        """Whether the value is one of the words."""
        return value in self.known

    def parse(self, text: str) -> object:
        """A flag's text is the word."""
        return text

    def hint(self, value: object) -> str:
        """How to mend it."""
        near = did_you_mean(value, self.known) if isinstance(value, str) else ""
        return near or f'for example "{self.known[0]}".'


@dataclass(frozen=True)
class RoutineName(Choice):
    """The name of a routine; whether it is one is found out when it is read."""

    def allows(self, value: object) -> bool:
        """Whether there is one of that name, also among more files than are listed."""
        from voice_coach.routine_folder import has_own  # noqa: PLC0415 - reading files takes time that --help has not

        return super().allows(value) or (isinstance(value, str) and has_own(value))


@dataclass(frozen=True)
class DeviceName:
    """The name of a sound device; whether it is plugged in is found out when it is opened."""

    @property
    def allowed(self) -> str:
        """What may be written."""
        return "the name of a sound device, in quotes"

    def allows(self, value: object) -> bool:
        """Whether the value can be a name."""
        return isinstance(value, str) and bool(value.strip())

    def parse(self, text: str) -> object:
        """A flag's text is the name."""
        return text

    def hint(self, value: object) -> str:  # noqa: ARG002 - rules share one shape
        """How to mend it."""
        return "`voice-coach devices` lists the names."


@dataclass(frozen=True)
class Texts:
    """A list of texts."""

    example: str

    @property
    def allowed(self) -> str:
        """What may be written."""
        return "a list of texts in quotes"

    def allows(self, value: object) -> bool:
        """Whether the value is such a list; an empty one is."""
        return isinstance(value, list) and all(isinstance(text, str) for text in value)

    def parse(self, text: str) -> object:
        """A flag's text, its parts divided by commas."""
        return [part.strip() for part in text.split(",")]

    def hint(self, value: object) -> str:  # noqa: ARG002 - rules share one shape
        """How to mend it."""
        return f"for example {self.example}."


@dataclass(frozen=True)
class Switch:
    """Yes or no."""

    allowed = "true or false"

    def allows(self, value: object) -> bool:
        """Whether the value is a truth value."""
        return isinstance(value, bool)

    def parse(self, text: str) -> object:
        """The truth value that a flag's text spells; the text itself when it spells none."""
        return {"true": True, "false": False}.get(text.lower(), text)

    def hint(self, value: object) -> str:  # noqa: ARG002 - rules share one shape
        """How to mend it."""
        return "without quotes."


@dataclass(frozen=True)
class FilePath:
    """The path of a file; whether it is there is found out when it is read."""

    example: str
    allowed = "the path of a file, in quotes"

    def allows(self, value: object) -> bool:
        """Whether the value can be a path."""
        return isinstance(value, str) and bool(value.strip()) and "\0" not in value

    def parse(self, text: str) -> object:
        """A flag's text is the path."""
        return text

    def hint(self, value: object) -> str:  # noqa: ARG002 - rules share one shape
        """How to mend it."""
        return f"for example {self.example}."


@dataclass(frozen=True)
class IpAddress:
    """An address of the network; whose it is cannot be known."""

    example: str
    allowed = "an IP address, in quotes"

    def allows(self, value: object) -> bool:
        """Whether the value is one, of IPv4 or IPv6."""
        try:
            return isinstance(value, str) and bool(ip_address(value))
        except ValueError:
            return False

    def parse(self, text: str) -> object:
        """A flag's text is the address."""
        return text

    def hint(self, value: object) -> str:  # noqa: ARG002 - rules share one shape
        """How to mend it."""
        return f"for example {self.example}."


def _languages() -> tuple[str, ...]:
    from voice_coach.content_index import languages  # noqa: PLC0415 - reading content takes time that --help has not

    return languages()


def _engines() -> tuple[str, ...]:
    from voice_coach.models import ENGINES  # noqa: PLC0415 - as above

    return ENGINES


def _routines() -> tuple[str, ...]:
    from voice_coach.content_index import all_routine_names  # noqa: PLC0415 - as above

    return all_routine_names()


def _skins() -> tuple[str, ...]:
    from voice_coach.core.person import Skin  # noqa: PLC0415 - as above

    return tuple(skin.value for skin in Skin)


def _voices() -> tuple[str, ...]:
    from voice_coach.models.voices import VOICES  # noqa: PLC0415 - as above

    return tuple(VOICES)


Rule = Number | Choice | DeviceName | Texts | Switch | FilePath | IpAddress

RULES: Mapping[str, Rule] = {
    "skin": Choice(_skins),
    "detail": Choice(lambda: ("full", "brief")),
    "minutes": Number(10, 20, is_whole=True, example="15"),
    "language": Choice(_languages),
    "engine": Choice(_engines),
    "routine": RoutineName(_routines),
    "voice": Choice(_voices),
    "input": DeviceName(),
    "channel": Number(1, 8, is_whole=True, example="2"),
    "output": DeviceName(),
    "words_per_minute": Number(80, 300, is_whole=True, example="165"),
    "volume": Number(0, 1, is_whole=False, example="0.8"),
    "sensitivity": Number(0, 1, is_whole=False, example="0.5"),
    "favourites": Texts(example='["next step", "hold on"]'),
    "gain": Number(-20, 40, is_whole=False, example="6"),
    "button_pin": Number(0, 27, is_whole=True, example="17"),
    "light_pin": Number(0, 27, is_whole=True, example="27"),
    "page": Number(1, 65535, is_whole=True, example="8765"),
    "page_lan": Switch(),
    "page_certificate": FilePath(example='"/home/pi/mirror.pem"'),
    "page_key": FilePath(example='"/home/pi/mirror-key.pem"'),
    "page_proxy": IpAddress(example='"127.0.0.1"'),
}
"""Every setting by its name in the file."""


def mistake(rule: Rule, label: str, value: object) -> str:
    """What is wrong with a value, as one sentence with the remedy; an empty string when nothing is."""
    if rule.allows(value):
        return ""
    return f"{label} must be {rule.allowed}, not {shown(value)}; {rule.hint(value)}"
