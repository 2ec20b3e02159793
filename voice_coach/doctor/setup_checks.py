"""Checks of the settings, the button and light, the service and the mirror's page."""

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
    """Check the settings file and the routine that it names for mistakes; only the service starts despite mistakes."""
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
    """Check that the button and the light can be used, if the settings name their GPIO pins."""
    from voice_coach.errors import FaceError
    from voice_coach.face.gpio import GpioFace

    texts = circumstances.texts
    pins = (circumstances.settings.button_pin, circumstances.settings.light_pin)
    figures = {"button_pin": pins[0], "light_pin": pins[1]}
    if pins == (None, None):
        return ok("hands", texts.say("hands.none"), **figures)
    if circumstances.is_running:
        return ok("hands", texts.say("hands.taken"), **figures)
    face = GpioFace(*pins)
    try:
        face.start(lambda _heard: None)
    except FaceError as error:
        return failure("hands", texts.say("hands.unusable", reason=error), "pip install 'gpiozero>=2' lgpio", **figures)
    face.stop()
    return ok("hands", texts.say("hands.fine"), **figures)


_UP = frozenset({"active", "activating", "reloading"})
"""The states of a systemd unit that count as running."""


def session_owner() -> int | None:
    """Return the process id of the coach that uses this session store; None when none runs, 0 when it is unknown."""
    from voice_coach.memory.folders import state_folder
    from voice_coach.memory.lock import owner_of
    from voice_coach.memory.session_store import LOCK_NAME

    return owner_of(state_folder() / LOCK_NAME)


def check_service(circumstances: CheckContext) -> Finding:
    """Check that the systemd service runs as it should; see `judge_service`."""
    from voice_coach.service.installing import status

    return judge_service(status(), session_owner(), circumstances.texts)


def judge_service(service: Status, owner: int | None, texts: Sentences) -> Finding:
    """Decide whether the systemd service runs as it should.

    Args:
        service: The state of the service, as systemd reports it.
        owner: The id of the process that runs a coach; None when none runs, 0 when it is unknown.
        texts: The doctor's sentences.
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
    """Check that the mirror's page can be served, if the settings ask for one."""
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
