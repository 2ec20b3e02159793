"""A service starts whatever the settings say: what is wrong or cannot be had is replaced, and told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from voice_coach.errors import CoachError, ContentError, FaceError
from voice_coach.memory.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.routines import Routine

_DEFAULT = Settings()
_TO_THIS_MACHINE = "the page is open to this machine only."
_NO_PAGE = "there is no page."


@dataclass
class Fallbacks:
    """The settings with which a start works, as far as they decide about it.

    Args:
        flags: settings by name, as the command line has them; None where the file decides.
    """

    flags: Mapping[str, Any]
    complaints: list[str] = field(default_factory=list)
    """A text for whatever was replaced: the mistake, and what counts instead."""

    def settings(self) -> Settings:
        """The settings that can be had; never raises for what they say."""
        read = read_settings()
        if read.complaint:
            self._complain(read.complaint, "the coach goes on without these lines.")
        found = replace(read.settings, **{name: value for name, value in self.flags.items() if value is not None})
        if read.lost & {"page_certificate", "page_key"} and found.page_lan and not found.page_certificate:
            self._complain("The page was to be encrypted, and is not.", _TO_THIS_MACHINE)
            found = _without_network(found)
        if "page_proxy" in read.lost and not found.page_proxy and found.page_port is not None:
            self._complain("The page was to be behind a proxy, whose address is wrong.", _NO_PAGE)
            found = replace(found, page=None, page_lan=False)
        return self._with_mirror(self._with_hands(self._with_ears(found)))

    def routine(self, settings: Settings) -> Routine:
        """The routine that is wanted, or one that ships.

        Raises:
            ContentError: a file that ships is damaged.
        """
        from voice_coach.content_index import shipped_names
        from voice_coach.library import load_routine, load_shipped_routine

        name, language = settings.routine, settings.language
        try:
            return load_routine(name, language)
        except ContentError as error:
            other = name if name in shipped_names(language) else _DEFAULT.routine
            self._complain(error, f'the coach leads through its own "{other}" instead.')
            return load_shipped_routine(other, language)

    def _with_ears(self, settings: Settings) -> Settings:
        """With a recogniser for the language, or English."""
        from voice_coach.ears import witness_names

        try:
            witness_names(settings.engine, settings.language)
        except CoachError as error:
            if settings.engine != _DEFAULT.engine:
                self._complain(error, f"the engine is {_DEFAULT.engine} instead.")
                return self._with_ears(replace(settings, engine=_DEFAULT.engine))
            if settings.language != _DEFAULT.language:
                self._complain(error, "the coach speaks English instead.")
                return self._with_ears(replace(settings, language=_DEFAULT.language))
        return settings  # without any recogniser the ears will say so

    def _with_hands(self, settings: Settings) -> Settings:
        """With those pins that can be used."""
        from voice_coach.face.gpio import GpioFace

        button, light = settings.button_pin, settings.light_pin
        for pins in dict.fromkeys(((button, light), (button, None), (None, light))):
            if pins == (None, None):
                continue
            face = GpioFace(*pins)
            try:
                face.start(lambda _heard: None)
            except FaceError as error:
                if pins == (button, light):
                    self._complain(error, "the coach goes on without what cannot be used.")
                continue
            face.stop()
            return replace(settings, button_pin=pins[0], light_pin=pins[1])
        return replace(settings, button_pin=None, light_pin=None)

    def _with_mirror(self, settings: Settings) -> Settings:
        """With a mirror that can be opened; on no network without an encryption that was asked for."""
        from voice_coach.mirror.address import address_of

        try:
            address_of(settings)
        except FaceError as error:
            self._complain(error, _TO_THIS_MACHINE)
            return _without_network(settings)
        return settings

    def _complain(self, about: object, instead: str) -> None:
        self.complaints.append(f"{about}\nUntil then {instead}")


def _without_network(settings: Settings) -> Settings:
    return replace(settings, page=settings.page_port, page_lan=False, page_certificate=None, page_key=None)
