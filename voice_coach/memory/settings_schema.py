"""The values that each setting allows: the schema of the settings file and of the command line flags."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from voice_coach.language.intents import PEOPLE
from voice_coach.schema import Array, Boolean, Choice, Field, Format, Integer, Number, Table

if TYPE_CHECKING:
    from collections.abc import Callable

FOR_EXAMPLE = "for example {example}"
"""The remedy of a wrong setting: it fits a line of the file and a flag."""


def _languages() -> tuple[str, ...]:
    from voice_coach.content_index import languages  # noqa: PLC0415 - reading content takes time that --help has not

    return languages()


def _engines() -> tuple[str, ...]:
    from voice_coach.models import ENGINES  # noqa: PLC0415 - as above

    return ENGINES


def _routines() -> tuple[str, ...]:
    from voice_coach.content_index import all_routine_names  # noqa: PLC0415 - as above

    return all_routine_names()


def _is_own_routine(name: str) -> bool:
    """Whether there is one of that name, also among more files than are listed."""
    from voice_coach.routine_folder import has_own  # noqa: PLC0415 - as above

    return has_own(name)


def _skins() -> tuple[str, ...]:
    from voice_coach.routines import Skin  # noqa: PLC0415 - as above

    return tuple(skin.value for skin in Skin)


def _wake_words() -> tuple[str, ...]:
    from voice_coach.models import WAKE_WORDS  # noqa: PLC0415 - as above

    return WAKE_WORDS


def _backgrounds() -> tuple[str, ...]:
    from voice_coach.session.commands import BACKGROUNDS  # noqa: PLC0415 - as above

    return BACKGROUNDS


def _voices() -> tuple[str, ...]:
    from voice_coach.models.catalogue import AUTO, VOICES  # noqa: PLC0415 - as above

    return (AUTO, *VOICES)


def _is_ip_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _is_path(text: str) -> bool:
    """Whether a text can be a path; whether a file is there is found out when it is read."""
    return bool(text.strip()) and "\0" not in text


def _path(example: str) -> Field:
    return Field(Format("the path of a file, in quotes", _is_path, example, FOR_EXAMPLE))


def _integer(lowest: int, highest: int, example: str) -> Field:
    return Field(Integer(lowest, highest, example=example, hint=FOR_EXAMPLE))


def _number(lowest: float, highest: float, example: str) -> Field:
    return Field(Number(lowest, highest, example=example, hint=FOR_EXAMPLE))


def word(known: Callable[[], tuple[str, ...]], accepts: Callable[[str], bool] | None = None) -> Choice:
    """A choice of words, which a sentence shows as a flag takes them: without quotes."""
    return Choice(known, FOR_EXAMPLE, has_quotes=False, accepts=accepts)


_DEVICE = Field(
    Format(
        "the name of a sound device, in quotes",
        lambda text: bool(text.strip()),  # whether it is plugged in is found out when it is opened
        hint="`voice-coach devices` lists the names",
    )
)
_TEXTS = Array(
    Format("a text", lambda _: True),
    least=0,
    called="a list of texts in quotes",
    written='["next step", "hold on"]',
    hint=FOR_EXAMPLE,
)
_NAMES = Array(
    Format("a name", _is_path),
    most=len(PEOPLE),
    called=f"a list of up to {len(PEOPLE)} names in quotes",
    written='["Anna", "Ben"]',
    hint=FOR_EXAMPLE,
)
_SWITCH = Boolean("true or false", hint="without quotes")

SETTINGS = Table(
    {
        "skin": Field(word(_skins)),
        "detail": Field(word(lambda: ("full", "brief"))),
        "minutes": _integer(10, 20, "15"),
        "language": Field(word(_languages)),
        "engine": Field(word(_engines)),
        "routine": Field(word(_routines, _is_own_routine)),
        "voice": Field(word(_voices)),
        "input": _DEVICE,
        "channel": _integer(1, 8, "2"),
        "output": _DEVICE,
        "words_per_minute": _integer(80, 300, "165"),
        "volume": _number(0, 1, "0.8"),
        "sensitivity": _number(0, 1, "0.5"),
        "nearness": _number(0, 1, "0.5"),
        "wake_word": Field(word(_wake_words)),
        "hold_sound": Field(word(_backgrounds)),
        "duck_players": Field(_SWITCH),
        "people": Field(_NAMES),
        "favourites": Field(_TEXTS),
        "gain": _number(-20, 40, "6"),
        "button_pin": _integer(0, 27, "17"),
        "light_pin": _integer(0, 27, "27"),
        "page": _integer(1, 65535, "8765"),
        "page_lan": Field(_SWITCH),
        "page_certificate": _path('"/home/pi/mirror.pem"'),
        "page_key": _path('"/home/pi/mirror-key.pem"'),
        "page_proxy": Field(Format("an IP address, in quotes", _is_ip_address, '"127.0.0.1"', FOR_EXAMPLE)),
        "mqtt_url": Field(
            Format("the address of an MQTT broker, in quotes", _is_path, '"mqtt://homeassistant.local"', FOR_EXAMPLE)
        ),
        "mqtt_user": Field(Format("a user's name, in quotes", _is_path, '"mirror"', FOR_EXAMPLE)),
        "mqtt_password_file": _path('"/home/pi/mqtt-password"'),
        "mqtt_ca_file": _path('"/home/pi/broker-ca.pem"'),
        "mqtt_command": Field(_SWITCH),
        "mqtt_feeling": Field(_SWITCH),
    },
    entry="setting",
)
"""Every setting by its name in the file."""
