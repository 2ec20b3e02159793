"""The checks, in the order in which they are made: what others stand on comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.doctor import (
    clock,
    disk,
    hearing,
    machine,
    mirror,
    raspberry_pi,
    service,
    settings,
    sound_devices,
    sound_server,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.doctor.finding import Circumstances, Finding

    Remedy = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Check:
    """One check."""

    name: str
    look: Callable[[Circumstances], Finding]
    seconds: float = 10.0
    """It may take so long, on a small machine that is busy."""
    is_apart: bool = False
    """Whether it runs in a process of its own, because it can crash or hang."""
    is_vital: bool = False
    """Whether the coach cannot work where this check does not come to an end."""
    remedy: Remedy = lambda: "voice-coach doctor"
    """What helps when it does not come to an end."""


def _in_a_process(name: str, look: Callable[[Circumstances], Finding], seconds: float, remedy: Remedy) -> Check:
    return Check(name, look, seconds, is_apart=True, is_vital=True, remedy=remedy)


def _look_at_level(circumstances: Circumstances) -> Finding:
    from voice_coach.doctor.levels import look_at_level  # needs numpy, which may be what is missing

    return look_at_level(circumstances)


def _look_at_loop(circumstances: Circumstances) -> Finding:
    from voice_coach.doctor.echo import look_at_loop  # as above

    return look_at_loop(circumstances)


def _reinstall_voice() -> str:
    return voice.REINSTALL


CHECKS = (
    Check("python", machine.look_at_python, is_vital=True),
    Check("memory", machine.look_at_memory),
    Check("disk", disk.look_at_disk),
    Check("clock", clock.look_at_clock),
    Check("raspberry_pi", raspberry_pi.look_at_raspberry_pi),
    Check("settings", settings.look_at_settings, is_vital=True),
    _in_a_process("models", hearing.look_at_models, 150.0, hearing.reinstall),
    Check("calibration", hearing.look_at_calibration, 30.0, is_apart=True, remedy=hearing.reinstall),
    _in_a_process("voice", voice.look_at_voice, 40.0, _reinstall_voice),
    _in_a_process("recogniser", hearing.look_at_recogniser, 60.0, hearing.reinstall),
    Check("sound_server", sound_server.look_at_sound_server),
    _in_a_process("portaudio", sound_devices.look_at_portaudio, 10.0, sound_server.restart_command),
    _in_a_process("microphone", sound_devices.look_at_microphone, 10.0, sound_server.restart_command),
    _in_a_process("microphone_level", _look_at_level, 15.0, sound_server.restart_command),
    _in_a_process("speaker", sound_devices.look_at_speaker, 10.0, sound_server.restart_command),
    Check("hands", settings.look_at_hands, 15.0, is_apart=True),
    Check("mirror", mirror.look_at_mirror),
    Check("service", service.look_at_service),
)
LOOP = Check("loop", _look_at_loop, 15.0, is_apart=True, remedy=sound_server.restart_command)
"""Makes a sound, so it is made only when it is asked for."""
