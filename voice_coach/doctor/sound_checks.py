"""Checks of the sound server, PortAudio, the microphone and the speaker."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voice_coach import set_up_again
from voice_coach.doctor.finding import failure, ok, warning
from voice_coach.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.audio.devices import SoundDevice
    from voice_coach.doctor.finding import CheckContext, Finding


_TIMEOUT_SECONDS = 3.0
"""Seconds after which a sound server counts as not answering."""


def check_sound_server(circumstances: CheckContext) -> Finding:
    """Check that the sound server answers at its address, if there is one."""
    address, texts = server_address(), circumstances.texts
    if address is None:
        return ok("sound_server", texts.say("sound_server.none"), address=None, server=None)
    try:
        _connect_to(address)
    except OSError as error:
        meaning = texts.say("sound_server.unreachable", address=address, reason=error.strerror or error)
        return warning("sound_server", meaning, restart_command(), address=str(address), server=None)
    server = _ask()
    figures = {"address": str(address), "server": server or None}
    if server is None:
        return warning("sound_server", texts.say("sound_server.mute", address=address), restart_command(), **figures)
    if not server:
        return ok("sound_server", texts.say("sound_server.reachable", address=address), **figures)
    return ok("sound_server", texts.say("sound_server.fine", server=server, address=address), **figures)


def server_address() -> Path | str | None:
    """Return the address at which PulseAudio's clients find their server: a socket's path, a text, or None for none."""
    if given := os.environ.get("PULSE_SERVER"):
        first = given.split()[0]
        return Path(first.removeprefix("unix:")) if first.startswith(("unix:", "/")) else first
    folders = (os.environ.get("PULSE_RUNTIME_PATH"), _beside(os.environ.get("XDG_RUNTIME_DIR")), _beside(_run_folder()))
    sockets = (Path(folder) / "native" for folder in folders if folder)
    return next((path for path in sockets if _is_there(path)), None)


def restart_command() -> str:
    """Return the command that restarts the sound server of this machine."""
    if shutil.which("pipewire"):
        return "systemctl --user restart pipewire pipewire-pulse wireplumber"
    return "pulseaudio --kill; pulseaudio --start"


def _run_folder() -> str:
    return f"/run/user/{os.getuid()}"


def _beside(folder: str | None) -> str | None:
    return f"{folder}/pulse" if folder else None


def _is_there(path: Path) -> bool:
    try:
        return path.is_socket()
    except OSError:
        return False


def _connect_to(address: Path | str) -> None:
    """Connect to a socket of this machine; other addresses are not tried. Raises OSError when it fails."""
    if not isinstance(address, Path):
        return
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_TIMEOUT_SECONDS)
        client.connect(str(address))


def _ask() -> str | None:
    """Return the sound server's name and version; empty when pactl is not installed, None when pactl gets no answer."""
    if shutil.which("pactl") is None:
        return ""
    try:
        asked = subprocess.run(
            ["pactl", "info"],
            env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = dict(line.split(": ", 1) for line in asked.stdout.splitlines() if ": " in line)
    if asked.returncode != 0:
        return None
    return f"{said.get('Server Name', '')} {said.get('Server Version', '')}".strip()


_RATES = (16_000, 44_100, 48_000)
"""Sample rates in Hz: the first is that of the recogniser, the others are usual for sound cards."""
REINSTALL = "sudo apt install --reinstall libportaudio2"
LIST_DEVICES = "voice-coach devices"


def check_portaudio(circumstances: CheckContext) -> Finding:
    """Check that PortAudio is installed, and count the devices that it finds."""
    from voice_coach.audio.devices import list_devices, portaudio

    texts = circumstances.texts
    try:
        sounddevice = portaudio()
    except CoachError as error:
        remedy = set_up_again() if isinstance(error.__cause__, ImportError) else REINSTALL
        return failure("portaudio", texts.say("portaudio.unusable", reason=error), remedy)
    version = sounddevice.get_portaudio_version()[1].split(",")[0]
    found = list_devices()
    apis = [api["name"] for api in sounddevice.query_hostapis()]
    meaning = texts.say("portaudio.fine", version=version, count=len(found))
    return ok("portaudio", meaning, version=version, apis=apis, devices=len(found))


def check_microphone(circumstances: CheckContext) -> Finding:
    """Check that the microphone of the settings exists, and at which sample rates it can record."""
    from voice_coach.audio.devices import find_input, portaudio

    return _look("microphone", lambda: find_input(circumstances.settings.input), "input", portaudio, circumstances)


def check_speaker(circumstances: CheckContext) -> Finding:
    """Check that the speaker of the settings exists, and at which sample rates it can play."""
    from voice_coach.audio.devices import find_output, portaudio

    return _look("speaker", lambda: find_output(circumstances.settings.output), "output", portaudio, circumstances)


def unusable(name: str, meaning: str, remedy: str, circumstances: CheckContext, **figures: object) -> Finding:
    """Return a failure, or only a warning while a coach runs, since that coach may rightly be using the devices."""
    if circumstances.is_running:
        return warning(name, circumstances.texts.say("devices.taken", meaning=meaning), "", **figures)
    return failure(name, meaning, remedy, **figures)


def rates_of(sounddevice: Any, device: SoundDevice, kind: str) -> list[int]:  # noqa: ANN401 - a module without types
    """Return the sample rates in Hz at which a device opens with one channel: the usual ones and its own.

    Args:
        sounddevice: The module `sounddevice`.
        device: The device.
        kind: "input" or "output".
    """
    check = getattr(sounddevice, f"check_{kind}_settings")
    rates = []
    for rate in sorted({*_RATES, device.rate}):
        try:
            check(device=device.index, channels=1, dtype="float32", samplerate=rate)
        except sounddevice.PortAudioError:
            continue
        rates.append(rate)
    return rates


def _look(
    name: str,
    find: Callable[[], SoundDevice],
    kind: str,
    portaudio: Callable[[], Any],
    circumstances: CheckContext,
) -> Finding:
    texts = circumstances.texts
    wanted = circumstances.settings.input if kind == "input" else circumstances.settings.output
    try:
        sounddevice = portaudio()
        device = find()
    except CoachError as error:
        meaning, remedy = texts.say(f"{name}.unusable", reason=error), LIST_DEVICES
        if wanted is None:
            meaning, remedy = texts.say(f"{name}.none"), texts.say(f"{name}.plug_in")
        return unusable(name, meaning, _install_plugins() or remedy, circumstances)
    channels = device.input_channels if kind == "input" else device.output_channels
    rates = rates_of(sounddevice, device, kind)
    figures = {"device": device.name, "channels": channels, "rate": device.rate, "rates": rates}
    if not rates:
        meaning = texts.say(f"{name}.no_rate", device=device.name)
        return unusable(name, meaning, "fuser -v /dev/snd/*", circumstances, **figures)
    counted = texts.say("devices.one_channel") if channels == 1 else texts.say("devices.channels", count=channels)
    kilohertz = ", ".join(f"{rate / 1000:g}" for rate in rates)
    meaning = texts.say("devices.fine", device=device.name, channels=counted, rates=kilohertz)
    return ok(name, meaning, **figures)


def _install_plugins() -> str:
    """Return how to install ALSA's plugins where a sound server runs but no device is seen; else an empty text."""
    return "sudo apt install libasound2-plugins" if server_address() and not _sees_devices() else ""


def _sees_devices() -> bool:
    from voice_coach.audio.devices import list_devices

    try:
        return bool(list_devices())
    except CoachError:
        return False
