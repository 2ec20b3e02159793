"""The sound server: PulseAudio, PipeWire in its place, or none, which is fine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding

_PATIENCE_SECONDS = 3.0


def look_at_sound_server(circumstances: Circumstances) -> Finding:
    """How the sound server is reached, and whether it answers."""
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
    """Where PulseAudio's clients look for their server: a socket's path, another address, or None for none."""
    if given := os.environ.get("PULSE_SERVER"):
        first = given.split()[0]
        return Path(first.removeprefix("unix:")) if first.startswith(("unix:", "/")) else first
    folders = (os.environ.get("PULSE_RUNTIME_PATH"), _beside(os.environ.get("XDG_RUNTIME_DIR")), _beside(_run_folder()))
    sockets = (Path(folder) / "native" for folder in folders if folder)
    return next((path for path in sockets if _is_there(path)), None)


def restart_command() -> str:
    """What brings the sound server of this machine back."""
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
    """Raises OSError when nothing can be sent there; only a socket of this machine is tried."""
    if not isinstance(address, Path):
        return
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_PATIENCE_SECONDS)
        client.connect(str(address))


def _ask() -> str | None:
    """The server's name; empty where no program can ask, None when it does not answer."""
    if shutil.which("pactl") is None:
        return ""
    try:
        asked = subprocess.run(
            ["pactl", "info"],
            env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = dict(line.split(": ", 1) for line in asked.stdout.splitlines() if ": " in line)
    if asked.returncode != 0:
        return None
    return f"{said.get('Server Name', '')} {said.get('Server Version', '')}".strip()
