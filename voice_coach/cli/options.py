"""Parts that the commands share: their texts, and flags that are settings, checked by the schema of the file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from voice_coach.memory.settings import load_settings
from voice_coach.memory.settings_schema import SETTINGS
from voice_coach.schema import Choice, parse_flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences
    from voice_coach.memory.settings import Settings
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


def settings_with(flags: Mapping[str, Any]) -> Settings:
    """Return the settings of the file, replaced by those given as flags.

    Args:
        flags: settings by name; None where the file decides.

    Raises:
        SettingsError: the file has mistakes.
    """
    return replace(load_settings(), **{name: value for name, value in flags.items() if value is not None})


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
