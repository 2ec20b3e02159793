"""The person's settings: a TOML file under the XDG configuration folder.

Reading reports all mistakes at once, and uses defaults in their place. Writing changes single values, and keeps the
person's comments and order.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voice_coach.errors import SettingsError
from voice_coach.language.intents import PEOPLE
from voice_coach.memory.folders import folder_of_person, make_folder, replace_file
from voice_coach.memory.settings_schema import SETTINGS
from voice_coach.personal_file import complaint, read_bytes, read_text
from voice_coach.schema import MOST_MISTAKES, Mistake, line_of, lines_of, parse_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_coach.session.commands import SavePreferences

_log = logging.getLogger(__name__)
PAGE_PORT = 8765
"""Port of the mirror when the person has chosen none."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings that a person can make, in the file or by flags."""

    minutes: int | None = None
    """Length of the hold, 10 to 20; None for as long as the routine has it for this skin."""
    language: str = "en"
    engine: str = "auto"
    """Name of the recogniser: auto, moonshine, moonshine-alone (without the second ear), moonshine-published (nor
    taught rooms and water) or vosk."""
    routine: str = "facial_mask"
    input: str | None = None
    """Name of the microphone; None is the system's own choice."""
    output: str | None = None
    """Name of the speaker; None is the system's own choice."""
    words_per_minute: int = 165
    volume: float = 0.8
    """Linear gain, 0 to 1."""
    sensitivity: float = 0.5
    """0 (few false commands) to 1 (few missed ones)."""
    gain: float = 0.0
    """dB by which the microphone's sound is raised, -20 to 40."""
    nearness: float = 0.5
    """0 (whoever speaks is obeyed) to 1 (only a voice about as loud as the person's)."""
    favourites: Sequence[str] = ()
    """The wordings that the coach suggests before others, for they are understood best."""
    button_pin: int | None = None
    """BCM number of the pin that a button connects to ground; None for no button."""
    light_pin: int | None = None
    """BCM number of the pin of a light; None for no light."""
    skin: str | None = None
    """Kind of skin: dry, oily, combination, sensitive or normal; None when the person has not told."""
    detail: str = "full"
    """Length of the instructions: full, or brief, which says what to do but not how."""
    voice: str = "auto"
    """Name of the voice: standard, natural, or auto, which is the natural one where it can run."""
    page: int | None = None
    """Port of the mirror; None for no mirror, unless it is wanted on the home network."""
    page_lan: bool = False
    """Whether the mirror can be seen from the home network, by paired devices."""
    page_certificate: str | None = None
    """Path of a PEM file, for a mirror that is encrypted."""
    page_key: str | None = None
    """Path of its private key, if that is not in the same file."""
    page_proxy: str | None = None
    """The IP address that a reverse proxy connects from, which hands requests on to the mirror; None for no proxy."""
    channel: int | None = None
    """Channel of the microphone, from 1 on; None is the one with the voice."""
    wake_word: str | None = None
    """Trained wake word that ends the standby beside the wake phrase, such as hey_jarvis; None for none."""
    hold_sound: str | None = None
    """Sound that is heard softly while a mask works: rain or waves; None for silence."""
    duck_players: bool = False
    """Whether other players on this machine are turned down while the coach speaks or hears somebody."""
    people: tuple[str, ...] = ()
    """Names of the people of the household, the first person first; each can say "I'm NAME"."""
    mqtt_url: str | None = None
    """Address of the MQTT broker of a smart home, such as mqtt://homeassistant.local; None for no smart home."""
    mqtt_user: str | None = None
    mqtt_password_file: str | None = None
    """Path of the file with the password of that user; the password itself is no setting."""
    mqtt_ca_file: str | None = None
    """Path of the certificates to trust (PEM) when the broker is encrypted; None for those of the system."""
    mqtt_command: bool = True
    """Whether the smart home is shown the last command by its intent; the words never are."""
    mqtt_feeling: bool = False
    """Whether the smart home is shown how the skin felt."""

    @property
    def page_port(self) -> int | None:
        """The mirror's port; None when there is to be no mirror."""
        return PAGE_PORT if self.page is None and self.page_lan else self.page

    @property
    def names_broker(self) -> bool:
        """Whether anything is said of an MQTT broker, even if not all that it takes."""
        return any((self.mqtt_url, self.mqtt_user, self.mqtt_password_file, self.mqtt_ca_file))


PERSONAL = (
    "skin", "detail", "minutes", "words_per_minute", "volume", "sensitivity", "nearness", "gain", "favourites",
)  # fmt: skip
"""The settings that each person of a household has for themselves."""


def settings_path(person: str = PEOPLE[0]) -> Path:
    """Return the path of the settings file, whether it exists or not.

    Args:
        person: one of PEOPLE; all but the first have a file of their own for what is PERSONAL.
    """
    from platformdirs import user_config_path  # noqa: PLC0415 - only who reads settings pays for it

    return folder_of_person(user_config_path("voice-coach"), person) / "settings.toml"


def settings_for(person: str, settings: Settings, theirs: Settings) -> Settings:
    """Return the settings of the household with what is PERSONAL from a person's own file."""
    if person == PEOPLE[0]:
        return settings
    return replace(settings, **{name: getattr(theirs, name) for name in PERSONAL})


@dataclass(frozen=True, slots=True)
class SettingsRead:
    """The settings read from a file, and the mistakes in it."""

    settings: Settings
    """Settings written without a mistake; every other setting has its default."""
    complaint: str = ""
    """One line for each mistake, with its place in the file; empty when there is no mistake."""
    lost: frozenset[str] = frozenset()
    """The settings that the person has written down, and that do not count."""


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; without a file the defaults.

    Raises:
        SettingsError: with one line for every mistake, and where it is.
    """
    read = read_settings(path)
    if read.complaint:
        raise SettingsError(read.complaint)
    return read.settings


def read_settings(path: Path | None = None) -> SettingsRead:
    """Read all settings that have no mistake; never raises, whatever the file holds."""
    path = path or settings_path()
    try:
        content = read_bytes(path)
    except (FileNotFoundError, NotADirectoryError):
        return SettingsRead(Settings())
    except OSError as error:
        words = f"{path} cannot be read ({error.strerror}): mend that, or delete it to have the defaults."
        return SettingsRead(Settings(), words)
    text, mistakes = _decoded(content)
    values, broken = _parse(text)
    mistakes += broken
    good = {name: value for name, value in values.items() if _is_right(name, value)}
    mistakes += islice(_mistakes_of_values(values, text), MOST_MISTAKES)
    if not mistakes:
        return SettingsRead(Settings(**good))
    remedy = "Correct it, or delete the file to have the defaults."
    told = complaint(path, mistakes, remedy, are_all=len(mistakes) < MOST_MISTAKES)
    return SettingsRead(Settings(**good), told, frozenset(_named(content) - good.keys()))


def _named(content: bytes) -> set[str]:
    """Return the names of all settings that a file mentions, even in a broken line."""
    text = content.decode(errors="replace")
    return {name for name in SETTINGS.fields if re.search(rf"^[^#\n]*\b{name}\b", text, re.MULTILINE)}


def _decoded(content: bytes) -> tuple[str, list[Mistake]]:
    """Decode a file as UTF-8; a line that is not UTF-8 becomes empty and counts as a mistake."""
    lines: list[str] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError:
            lines.append("")
            mistakes.append(Mistake((), "it is not UTF-8 text", "save the file as UTF-8", number))
    return "\n".join(lines), mistakes[:MOST_MISTAKES]


def _parse(text: str) -> tuple[dict[str, Any], list[Mistake]]:
    """Return the values, and the mistakes of syntax with their lines.

    A parser stops at the first mistake. Each setting is one line, so a file with mistakes is read line by line, and
    every mistake is found.
    """
    whole = parse_toml(text)
    if isinstance(whole, dict):
        return whole, []
    values: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for number, line in enumerate(text.split("\n"), start=1):
        found = parse_toml(line)
        if isinstance(found, Mistake):
            mistakes.append(replace(found, line=number))
            continue
        twice = sorted(found.keys() & values.keys())
        mistakes += [Mistake((name,), f"{name} is set twice", "keep one of them", number) for name in twice]
        values.update(found)
    return values, mistakes[:MOST_MISTAKES] or [replace(whole, line=1)]


def _is_right(name: str, value: object) -> bool:
    return name in SETTINGS.fields and not any(SETTINGS.fields[name].type.mistakes(value, (name,)))


def _mistakes_of_values(values: dict[str, Any], text: str) -> Iterator[Mistake]:
    """Return the mistakes of values, with their lines."""
    lines = lines_of(text)
    return (replace(one, line=line_of(one.path, lines)) for one in SETTINGS.mistakes(values, ()))


def keep_settings(values: Mapping[str, object], path: Path | None = None) -> Path:
    """Write some settings into the file; everything else in it stays as it is.

    Returns:
        The path of the file.

    Raises:
        SettingsError: the file cannot be written.
    """
    path = path or settings_path()
    try:
        _update(path, values)
    except Exception as error:
        message = f"The settings were not kept ({_reason(error)}): look at {path}."
        raise SettingsError(message) from error
    return path


class SettingsFile:
    """Writes the settings that the person changes by voice.

    Args:
        path: the file; the person's own if None.
        complaint: the mistakes that the file had at the start, or the settings that cannot be fulfilled; else empty.
    """

    def __init__(self, path: Path | None = None, complaint: str = "") -> None:
        self._path = path or settings_path()
        self.complaint = complaint
        self.trouble = ""
        """A sentence about the last failure to write; empty if it succeeded."""

    def save(self, save: SavePreferences) -> None:
        """Write the settings that were chosen by voice; never raises."""
        values: dict[str, object] = {
            "words_per_minute": save.voice.words_per_minute,
            "volume": round(save.voice.volume, 2),
            "skin": save.skin and save.skin.value,
            "detail": "brief" if save.is_brief else None,
        }
        try:
            _update(self._path, values)
            self.trouble = ""
        except Exception as error:  # noqa: BLE001 - what a person wrote into the file may not end the mask
            self.trouble = f"your voice settings were not kept ({_reason(error)}): look at {self._path}."
            with suppress(Exception):
                _log.warning("settings not kept: %r", error)


def _reason(error: Exception) -> str:
    """Return the reason why a file could not be changed: the disk, or its content, which is no TOML or no UTF-8."""
    return error.strerror or str(error) if isinstance(error, OSError) else "the file is not correct TOML"


def _update(path: Path, values: Mapping[str, object]) -> None:
    """Change values in a TOML file, keeping comments and order; the file is replaced as a whole or not at all.

    A value of None removes the line, so that the default counts.
    """
    target = Path(os.path.realpath(path))  # a link to a folder of dotfiles stays a link; a loop is told by reading it
    try:
        before = read_text(target)
    except FileNotFoundError:
        before = ""
    after = _changed(before, values)
    if after != before:
        make_folder(path.parent)  # not the folder that a link leads to: it may be on a disk that is not there now
        replace_file(target, after, keeps_mode=True)


def _changed(text: str, values: Mapping[str, object]) -> str:
    """Return a TOML text with other values.

    Raises:
        ValueError: The text is not valid TOML.
    """
    import tomlkit  # noqa: PLC0415 - slow to import, and seldom needed
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - the same

    try:
        document = tomlkit.parse(text)
        for name, value in values.items():
            if value is not None:
                document[name] = value
            elif name in document:
                del document[name]
        return tomlkit.dumps(document)
    except (TOMLKitError, RecursionError) as error:
        raise ValueError from error
