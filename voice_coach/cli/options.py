"""Parts that the commands share: their texts, and flags that are settings, checked by the schema of the file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from voice_coach import set_up_again
from voice_coach.errors import CoachError, ContentError, FaceError
from voice_coach.language.intents import PEOPLE
from voice_coach.memory.folders import kept_person
from voice_coach.memory.settings import Settings, load_settings, read_settings, settings_for, settings_path
from voice_coach.memory.settings_schema import SETTINGS
from voice_coach.schema import Choice, parse_flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences
    from voice_coach.routines import Routine
    from voice_coach.schema import AnyType

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType


PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "start": {
        "no_microphone": "how", "no_speaker": "", "no_sound": "how", "microphone_unusable": "reason how",
        "speaker_unusable": "reason", "nothing_leads": "",
        "by_keys": "", "by_page": "", "by_keys_or_page": "", "by_button": "",
    },
    "commands": {"purpose": "", "phrases": ""},
    "routine": {
        "name": "", "title": "", "minutes": "", "steps": "", "mask": "", "overnight": "", "own": "",
        "own_with_mistakes": "name", "step": "", "part": "", "said": "",
        "hold_overnight": "", "hold": "minutes", "hold_at_most": "minutes longest",
        "only_day": "instead", "only_evening": "instead", "optional": "", "why": "claim",
        "for_dry": "claim", "for_oily": "claim", "for_combination": "claim", "for_sensitive": "claim",
        "for_normal": "claim", "more": "claim",
    },
    "wyoming": {
        "serving": "address hears coach", "open": "", "announced": "",
        "no_command": "", "no_coach": "", "not_from_here": "",
    },
}  # fmt: skip


def load_texts(pack: LanguagePack) -> Sentences:
    """Read what the commands print in a language.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    return pack.sentences("command_line", PLACEHOLDERS)


class UsageSentence(click.UsageError):
    """A mistake on the command line, told as a whole sentence with its remedy."""


class Checked(_ParamType):
    """A value that a type of the schema allows."""

    def __init__(self, name: str, wanted: AnyType) -> None:
        self.name = name
        self._wanted = wanted

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own shape
        """Read and check the value.

        Raises:
            UsageSentence: it is not allowed; the sentence says what is.
        """
        parsed = parse_flag(self._wanted, value) if isinstance(value, str) else value
        label = param.opts[0] if param else self.name
        for mistake in self._wanted.mistakes(parsed, (label,)):
            raise UsageSentence(mistake.sentence, ctx)
        return parsed

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """List the values with which a shell can complete the text."""
        known = self._wanted.known if isinstance(self._wanted, Choice) else ()
        return [CompletionItem(str(word)) for word in known if str(word).startswith(incomplete)]


def settings_with(flags: Mapping[str, Any], person: str = PEOPLE[0]) -> Settings:
    """Return the settings of the file, replaced by those given as flags.

    Args:
        flags: settings by name; None where the file decides.
        person: the one of PEOPLE whose own settings they are.

    Raises:
        SettingsError: the file has mistakes.
    """
    settings = load_settings()
    if person != PEOPLE[0]:
        settings = settings_for(person, settings, load_settings(settings_path(person)))
    return replace(settings, **{name: value for name, value in flags.items() if value is not None})


def person_option() -> Decorator:
    """`--person`: by number or by name; without it the person who was led last."""
    return click.option(
        "--person", metavar="NAME", callback=_person, help="Whose it is: a name of `people` in the settings, or 1 to 4."
    )


def _person(context: click.Context, _param: click.Parameter, given: str | None) -> str:
    if given is None:
        return kept_person()
    people = read_settings().settings.people
    numbers = tuple(str(number) for number in range(1, len(PEOPLE) + 1))
    for known in (numbers, tuple(name.casefold() for name in people), PEOPLE):
        if given.casefold() in known:
            return PEOPLE[known.index(given.casefold())]
    names = ", ".join((*numbers, *people))
    message = f"There is nobody called {given!r}: choose one of {names}, or add the name to people in the settings."
    raise UsageSentence(message, context)


def setting(  # noqa: PLR0913 - all that a flag can be told
    name: str, flag: str, metavar: str, text: str, default: object = None, *, alone: object = None
) -> Decorator:
    """A flag for a setting; without a default its absence is None, and the settings file decides.

    Args:
        name: The setting, also the name of the parameter.
        flag: As it is typed.
        metavar: What stands for the value in the help.
        text: The help.
        default: For commands that do not read the settings file.
        alone: The value when the flag stands alone; without it, it cannot.
    """
    further: dict[str, Any] = {} if alone is None else {"is_flag": False, "flag_value": alone}
    shown = default is not None
    return click.option(
        flag,
        name,
        type=Checked(name, SETTINGS.fields[name].type),
        metavar=metavar,
        help=text,
        default=default,
        show_default=shown,
        **further,
    )


def engine_option(default: str | None = None) -> Decorator:
    """`--engine`."""
    return setting("engine", "--engine", "ENGINE", "Recogniser: auto, moonshine (-alone, -published) or vosk.", default)


def language_option(default: str | None = None) -> Decorator:
    """`--lang`."""
    return setting("language", "--lang", "LANG", "Language that is spoken and understood.", default)


def voice_option(default: str | None = None) -> Decorator:
    """`--voice`."""
    text = "Voice that speaks: standard, natural (English) or auto; `voice-coach voices` plays them."
    return setting("voice", "--voice", "NAME", text, default)


def channel_option() -> Decorator:
    """`--channel`."""
    text = "Channel of the microphone, from 1 on; else the coach follows the one with the voice."
    return setting("channel", "--channel", "N", text)


def sensitivity_option(default: float | None = None) -> Decorator:
    """`--sensitivity`."""
    text = "How readily a sound is taken for a command, 0 to 1; `voice-coach tune` finds yours."
    return setting("sensitivity", "--sensitivity", "S", text, default)


def nearness_option() -> Decorator:
    """`--nearness`."""
    text = "How near a voice must be, 0 (anywhere) to 1; raise it where a television is obeyed."
    return setting("nearness", "--nearness", "N", text)


def gain_option(default: float | None = None) -> Decorator:
    """`--gain`."""
    return setting("gain", "--gain", "DB", "Raise the microphone's sound by so many dB, -20 to 40.", default)


_DEFAULT = Settings()
_TO_THIS_MACHINE = "the page is open to this machine only."
_NO_PAGE = "there is no page."


@dataclass
class Fallbacks:
    """The settings with which the coach can start: those that cannot be fulfilled are replaced.

    Args:
        flags: settings by name, as the command line has them; None where the file decides.
    """

    flags: Mapping[str, Any]
    person: str = PEOPLE[0]
    """The one of PEOPLE whose settings they are."""
    complaints: list[str] = field(default_factory=list)
    """A text for each setting that was replaced: the mistake, and the value that is used instead."""

    def settings(self) -> Settings:
        """Return the settings that can be fulfilled; never raises because of their values."""
        read = read_settings()
        theirs = read if self.person == PEOPLE[0] else read_settings(settings_path(self.person))
        for complaint in dict.fromkeys((read.complaint, theirs.complaint)):
            if complaint:
                self._complain(complaint, "the coach goes on without these lines.")
        found = settings_for(self.person, read.settings, theirs.settings)
        found = replace(found, **{name: value for name, value in self.flags.items() if value is not None})
        if read.lost & {"page_certificate", "page_key"} and found.page_lan and not found.page_certificate:
            self._complain("The page was to be encrypted, and is not.", _TO_THIS_MACHINE)
            found = _without_network(found)
        if "page_proxy" in read.lost and not found.page_proxy and found.page_port is not None:
            self._complain("The page was to be behind a proxy, whose address is wrong.", _NO_PAGE)
            found = replace(found, page=None, page_lan=False)
        if "mqtt_command" in read.lost and found.mqtt_url:
            found = replace(found, mqtt_command=False)  # who wrote something about it hardly wanted the default
        return self._with_smart_home(self._with_mirror(self._with_hands(self._with_ears(found))))

    def routine(self, settings: Settings) -> Routine:
        """Return the routine that the settings name, or else a shipped one.

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
        """Return settings with a recogniser for the language, or else in English."""
        from voice_coach.ears import recognizer_names

        try:
            recognizer_names(settings.engine, settings.language)
        except CoachError as error:
            if settings.engine != _DEFAULT.engine:
                self._complain(error, f"the engine is {_DEFAULT.engine} instead.")
                return self._with_ears(replace(settings, engine=_DEFAULT.engine))
            if settings.language != _DEFAULT.language:
                self._complain(error, "the coach speaks English instead.")
                return self._with_ears(replace(settings, language=_DEFAULT.language))
        return settings  # without any recogniser the ears will say so

    def _with_hands(self, settings: Settings) -> Settings:
        """Return the settings with only those pins that can be used."""
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
        """Return the settings with a mirror that can be opened; on no network if it cannot be encrypted as asked."""
        from voice_coach.mirror.listeners import address_of

        try:
            address_of(settings)
        except FaceError as error:
            self._complain(error, _TO_THIS_MACHINE)
            return _without_network(settings)
        return settings

    def _with_smart_home(self, settings: Settings) -> Settings:
        """Return the settings with a broker that can be asked for, or without one; whether it is there, nobody asks."""
        if not settings.names_broker:
            return settings
        try:
            from voice_coach.integrations.mqtt_face import broker_of

            broker_of(settings)
        except (FaceError, ImportError) as error:
            needed = f"The smart home needs the Python package paho-mqtt: run {set_up_again('paho-mqtt')}."
            self._complain(error if isinstance(error, FaceError) else needed, "the coach is not shown to it.")
            return replace(settings, mqtt_url=None, mqtt_user=None, mqtt_password_file=None, mqtt_ca_file=None)
        return settings

    def _complain(self, about: object, instead: str) -> None:
        self.complaints.append(f"{about}\nUntil then {instead}")


def _without_network(settings: Settings) -> Settings:
    return replace(settings, page=settings.page_port, page_lan=False, page_certificate=None, page_key=None)
