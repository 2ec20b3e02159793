"""The settings file, and the hands that it may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.doctor.finding import failure, ok
from voice_coach.errors import ContentError, SettingsError
from voice_coach.memory.settings import load_settings, settings_path

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding


def look_at_settings(circumstances: Circumstances) -> Finding:
    """Whether the file has mistakes, or names a routine with mistakes: only a service starts with them."""
    path, texts = settings_path(), circumstances.texts
    try:
        load_settings()
    except SettingsError as error:
        mistakes = [line.strip() for line in str(error).splitlines() if line.startswith("  ")]
        meaning = texts.say("settings.unreadable", reason=" ".join(str(error).split()))
        if mistakes:
            meaning = texts.say("settings.wrong", path=path, mistakes=" ".join(mistakes))
        return failure("settings", meaning, f"nano '{path}'", path=str(path), mistakes=mistakes)
    try:
        circumstances.load_routine(circumstances.settings.routine, circumstances.settings.language)
    except ContentError as error:
        meaning = texts.say("settings.routine", reason=" ".join(str(error).split()))
        remedy = f"voice-coach routine check '{circumstances.settings.routine}'"
        return failure("settings", meaning, remedy, path=str(path), mistakes=[])
    meaning = texts.say("settings.fine", path=path) if path.exists() else texts.say("settings.none")
    return ok("settings", meaning, path=str(path), mistakes=[])


def look_at_hands(circumstances: Circumstances) -> Finding:
    """Whether button and light can be used, where the settings name their pins."""
    from voice_coach.errors import FaceError
    from voice_coach.face.gpio import GpioFace

    texts = circumstances.texts
    pins = (circumstances.settings.button_pin, circumstances.settings.light_pin)
    figures = {"button_pin": pins[0], "light_pin": pins[1]}
    if pins == (None, None):
        return ok("hands", texts.say("hands.none"), **figures)
    if circumstances.is_running:
        return ok("hands", texts.say("hands.taken"), **figures)
    hands = GpioFace(*pins)
    try:
        hands.start(lambda _heard: None)
    except FaceError as error:
        return failure("hands", texts.say("hands.unusable", reason=error), "pip install 'gpiozero>=2' lgpio", **figures)
    hands.stop()
    return ok("hands", texts.say("hands.fine"), **figures)
