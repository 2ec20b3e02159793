"""Checks of the settings, the service and the mirror."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import failure, ok, warning
from voice_coach.errors import ContentError, FaceError, SettingsError
from voice_coach.memory.settings import load_settings, settings_path

if TYPE_CHECKING:
    from voice_coach.doctor.finding import CheckContext, Finding
    from voice_coach.language.wording import Sentences
    from voice_coach.service.installing import Status


def check_settings(circumstances: CheckContext) -> Finding:
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


def check_gpio(circumstances: CheckContext) -> Finding:
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


_UP = frozenset({"active", "activating", "reloading"})


def session_owner() -> int | None:
    """The process that runs a coach on this store; None when there is none, 0 when it does not say who it is."""
    from voice_coach.memory.folders import state_folder
    from voice_coach.memory.lock import owner_of
    from voice_coach.memory.session_store import LOCK_NAME

    return owner_of(state_folder() / LOCK_NAME)


def check_service(circumstances: CheckContext) -> Finding:
    """See `judge`."""
    from voice_coach.service.installing import status

    return judge_service(status(), session_owner(), circumstances.texts)


def judge_service(service: Status, owner: int | None, texts: Sentences) -> Finding:
    """Whether the service does what it should.

    Args:
        service: what systemd knows.
        owner: the process that runs a coach; None when none does.
        texts: what the doctor says.
    """
    runs = _runs(owner, texts)
    figures = asdict(service) | {"running_process": owner}
    if not service.is_installed:
        return ok("service", texts.say("service.not_installed", runs=runs), **figures)
    if service.unreachable:
        return ok("service", texts.say("service.unknown", runs=runs, reason=service.unreachable), **figures)
    if service.state not in _UP:
        meaning = texts.say("service.down", state=service.state)
        if service.last_exit:
            meaning = texts.say("service.down_since", state=service.state, reason=service.last_exit)
        return warning("service", meaning, "systemctl --user restart voice-coach", **figures)
    if not (service.is_enabled and service.is_lingering):
        meaning = texts.say("service.not_at_boot")
        return warning("service", meaning, "voice-coach service install", **figures)
    if service.watchdog_restarts:
        meaning = texts.say("service.stood_still", count=service.watchdog_restarts)
        return warning("service", meaning, "journalctl --user --unit voice-coach --lines 50", **figures)
    return ok("service", texts.say("service.fine", state=service.state, runs=runs), **figures)


def _runs(owner: int | None, texts: Sentences) -> str:
    if owner is None:
        return texts.say("service.runs_not")
    return texts.say("service.runs_as", process=owner) if owner else texts.say("service.runs")


def check_mirror(circumstances: CheckContext) -> Finding:
    """Whether its page can be served, where the settings ask for one."""
    from voice_coach.mirror.limits import ConnectionLimit, Limits
    from voice_coach.mirror.listeners import address_of, encryption_of, is_this_machine, open_listeners

    texts, port = circumstances.texts, circumstances.settings.page_port
    try:
        address = address_of(circumstances.settings)
        if address is None:
            return ok("mirror", texts.say("mirror.none"), port=port)
        encryption_of(address)
        if circumstances.is_running:
            return ok("mirror", texts.say("mirror.taken"), port=port)
        for listener in open_listeners(address, ConnectionLimit(Limits(), is_this_machine)):
            listener.close()
    except FaceError as error:
        return failure("mirror", texts.say("mirror.unusable", reason=error), f"ss -ltnp 'sport = :{port}'", port=port)
    return ok("mirror", texts.say("mirror.fine", port=port), port=port)
