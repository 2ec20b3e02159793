"""A virtual sound card in PulseAudio, whose speaker and microphone can be unplugged and plugged in again.

One null sink, "room", has two channels: the left one carries the microphone's sound, the right one the speaker's. Each
side is a separate device made from one channel (module-remap), so a single stereo recording of the room contains both
sides on the same clock, sample by sample. The speaker plays on both channels; its volume on the left one is the echo.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from voice_coach.errors import RehearsalError
from voice_coach.rehearsal.recorder import CARD_RATE, Recorder, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType


Side = Literal["speaker", "microphone"]

_MONO = "channels=1 channel_map=mono remix=no"
PERSON = f"module-remap-sink sink_name=person master=room master_channel_map=front-left {_MONO}"
"""The PulseAudio module into which the person speaks; the coach does not use it."""
MODULES: dict[Side, str] = {
    "speaker": "module-remap-sink sink_name=speaker master=room remix=no",
    "microphone": "module-remap-source source_name=microphone master=room.monitor "
    f"master_channel_map=front-left {_MONO}",
}
"""The PulseAudio module of each side, with its arguments."""
_STREAMS = {"speaker": ("sinks", "sink-inputs", "kill-sink-input"),
            "microphone": ("sources", "source-outputs", "kill-source-output")}  # fmt: skip
_UNLOAD_SECONDS = 5.0
"""Seconds to wait until the server has removed a module."""
_POLL_SECONDS = 0.02


class Hotplug:
    """Unplugs the speaker or the microphone of the virtual card, and plugs it in again.

    Args:
        pactl: Function that runs pactl with arguments and returns its output.
        commands: Path of the socket of module-cli-protocol-unix, which is needed to end a client's stream.
    """

    def __init__(self, pactl: Callable[..., str], commands: Path) -> None:
        self._pactl = pactl
        self._commands = commands

    def module_of(self, side: Side) -> str | None:
        """Return the number of a side's PulseAudio module; None while the side is unplugged."""
        for number, *words in self._rows("modules"):
            if f"{MODULES[side].split()[1]}" in words:
                return number
        return None

    def unplug(self, side: Side, *, softly: bool) -> None:
        """Unplug a side; do nothing when it is unplugged already.

        Args:
            side: The side to unplug.
            softly: Whether the server silently moves the side's streams to another device; if not, they end with an
                error, as when a real card is unplugged under ALSA.
        """
        module = self.module_of(side)
        if module is None:
            return
        if softly:
            self._pactl("unload-module", module)
        else:
            self._end(side, module)

    def plug(self, side: Side) -> None:
        """Plug a side in again; do nothing when it is plugged in."""
        if self.module_of(side) is None:
            self._pactl("load-module", *MODULES[side].split())

    def _end(self, side: Side, module: str) -> None:
        """End a side and its streams in one message; a stream opened between two messages would be moved instead."""
        devices, streams, kill = _STREAMS[side]
        here = next(number for number, name, *_ in self._rows(devices) if name == side)
        to_end = [number for number, device, client, *_ in self._rows(streams) if device == here and client != "-"]
        lines = [*(f"{kill} {number}\n" for number in to_end), f"unload-module {module}\n"]
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as commands:
            commands.connect(str(self._commands))
            commands.sendall("".join(lines).encode())
            deadline = time.monotonic() + _UNLOAD_SECONDS
            while self.module_of(side) and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)

    def _rows(self, what: str) -> Iterator[list[str]]:
        return (line.split() for line in self._pactl("list", "short", what).splitlines())


PACKAGES = "pulseaudio pulseaudio-utils libasound2-plugins flite"
"""Names of the Debian packages that a rehearsal needs."""
_FALLBACK_SINK = "person"
"""Sink to which the sound of a softly unplugged speaker moves: into the microphone, which is the worst case."""
_START_SECONDS = 10.0
_IDLE_SECONDS = 20
_FLOW_SECONDS = 5.0
"""Seconds without any sound, not even silence, after which a card no longer works; a block has 10 ms."""
_ROOM = ("module-null-sink sink_name=room format=s16le channels=2 channel_map=front-left,front-right "
         f"rate={CARD_RATE}")  # fmt: skip
_MODULES = (_ROOM, PERSON, *MODULES.values())
_ALSA = """\
pcm.speaker {{ type pulse server "{server}" device "speaker" }}
pcm.microphone {{ type pulse server "{server}" device "microphone" }}
pcm.!default {{ type asym playback.pcm "speaker" capture.pcm "microphone" }}
ctl.!default {{ type pulse server "{server}" }}
"""


class VirtualCard:
    """A virtual sound card, which exists for as long as the `with` block lasts.

    Programs started with `environment` see it as the default microphone and speaker, through ALSA and so through
    PortAudio, and see no other device. The user's own sound setup is neither read nor changed. If this process is
    killed, the server ends by itself after 20 seconds without a reader.

    Raises:
        RehearsalError: On entering, when a program is missing or the server does not start; on `say`, when a sound
            cannot be played.
    """

    def __init__(self) -> None:
        self._exits = contextlib.ExitStack()
        self._environment: dict[str, str] = {}
        self._recorder: Recorder | None = None
        self._echo_gain = 0.0

    @property
    def environment(self) -> Mapping[str, str]:
        """The complete environment for programs that should use this card."""
        return self._environment

    def __enter__(self) -> Self:
        """Start the card, which takes about a second."""
        _require_programs()
        with contextlib.ExitStack() as undo:
            folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="card-", dir=_short_folder())))
            self._environment = _environment(folder)
            server = _start_server(folder)
            undo.callback(_end, server)
            self._wait_for(server, folder)
            self._plugs = Hotplug(self._pactl, folder / "cli")
            self._pactl("set-default-sink", _FALLBACK_SINK)
            self.deafen_microphone_to_speaker()
            recorder = Recorder(self._environment)
            undo.callback(recorder.close)
            recorder.wait_until_flowing(_START_SECONDS)
            self._check_portaudio()
            self._recorder = recorder
            self._exits = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the card: end its recorder and its server, and delete its folder."""
        self._recorder = None
        self._exits.close()

    @property
    def recorder(self) -> Recorder:
        """The recorder of both sides. Raises RehearsalError outside a `with` block."""
        if self._recorder is None:
            msg = "The virtual sound card is not up; use it inside a `with` block."
            raise RehearsalError(msg)
        return self._recorder

    def is_up(self) -> bool:
        """Return whether it still works: its server answers, and its sound flows."""
        return self._recorder is not None and self._recorder.is_flowing(_FLOW_SECONDS)

    def start_recording(self) -> None:
        """Start to record both sides."""
        self.recorder.start()

    def stop_recording(self) -> Recording:
        """End the recording since `start_recording`, and return it."""
        return self.recorder.stop()

    def say(self, path: Path) -> None:
        """Play a WAV file to the microphone; return when it has been played to its end."""
        done = subprocess.run(
            ["paplay", "--device=person", "--latency-msec=100", str(path)],
            env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            msg = f"The virtual microphone cannot play {path.name} ({done.stderr.strip()}); render it again."
            raise RehearsalError(msg)

    def let_microphone_hear_speaker(self, gain_db: float) -> None:
        """Let the microphone hear the speaker too, as an echo that is `gain_db` decibels louder (usually negative)."""
        self._set_echo(10.0 ** (gain_db / 20.0))

    def deafen_microphone_to_speaker(self) -> None:
        """Let the microphone not hear the speaker, as at the start."""
        self._set_echo(0.0)

    def unplug(self, side: Side, *, softly: bool = False) -> None:
        """Unplug the coach's speaker or microphone; see `Hotplug.unplug` for the two ways."""
        self._plugs.unplug(side, softly=softly)

    def plug(self, side: Side) -> None:
        """Plug the coach's speaker or microphone in again, with the same echo as before."""
        self._plugs.plug(side)
        self._set_echo(self._echo_gain)

    @contextlib.contextmanager
    def default_speaker(self, sink: str) -> Iterator[None]:
        """Make a sink the default for programs that name no device, for as long as the `with` block lasts."""
        self._pactl("set-default-sink", sink)
        try:
            yield
        finally:
            self._pactl("set-default-sink", _FALLBACK_SINK)

    def _set_echo(self, gain: float) -> None:
        self._echo_gain = gain
        speaker = self._plugs.module_of("speaker")
        for stream in self._pactl("list", "sink-inputs").split("Sink Input #")[1:]:
            if f"Owner Module: {speaker}\n" in stream:
                self._pactl("set-sink-input-volume", stream.split("\n", 1)[0], f"{gain:.5f}", "1.0")

    def _pactl(self, *arguments: str) -> str:
        done = subprocess.run(
            ["pactl", *arguments],
            env={**self._environment, "LC_ALL": "C"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            msg = f"The virtual sound card refused `pactl {' '.join(arguments)}`: {done.stderr.strip()}. Try again."
            raise RehearsalError(msg)
        return done.stdout

    def _wait_for(self, server: subprocess.Popen[bytes], folder: Path) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while server.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(RehearsalError):
                if "microphone" in self._pactl("list", "short", "sources"):
                    return
            time.sleep(0.05)
        reason = ((folder / "log").read_text(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        msg = f"PulseAudio did not start ({reason}); install it whole: apt install {PACKAGES}"
        raise RehearsalError(msg)

    def _check_portaudio(self) -> None:
        probe = "import sounddevice as s; s.check_input_settings(); s.check_output_settings()"
        done = subprocess.run(
            [sys.executable, "-c", probe], env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            msg = f"PortAudio does not see the virtual sound card ({reason}): apt install libportaudio2 {PACKAGES}"
            raise RehearsalError(msg)


def _require_programs() -> None:
    missing = [program for program in ("pulseaudio", "pactl", "parec", "paplay") if shutil.which(program) is None]
    if missing:
        msg = f"A rehearsal needs {' and '.join(missing)} on the PATH: apt install {PACKAGES}"
        raise RehearsalError(msg)


def _short_folder() -> str | None:
    """Return a folder for temporary folders whose path is short enough for a socket's address, of at most 107 bytes."""
    longest = 60
    return None if len(tempfile.gettempdir()) <= longest else "/tmp"  # noqa: S108 - mkdtemp makes a private folder in it


def _environment(folder: Path) -> dict[str, str]:
    server = f"unix:{folder}/native"
    (folder / "alsa.conf").write_text(_ALSA.format(server=server))
    own = {"DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PULSE_SINK", "PULSE_SOURCE", "PULSE_CLIENTCONFIG"}
    return {name: value for name, value in os.environ.items() if name not in own} | {
        "ALSA_CONFIG_PATH": f"{folder}/alsa.conf",
        "JACK_NO_START_SERVER": "1",
        "PULSE_CONFIG_PATH": f"{folder}/state",
        "PULSE_COOKIE": f"{folder}/cookie",
        "PULSE_RUNTIME_PATH": f"{folder}/run",
        "PULSE_SERVER": server,
        "PULSE_STATE_PATH": f"{folder}/state",
    }


def _start_server(folder: Path) -> subprocess.Popen[bytes]:
    for name in ("run", "state"):
        (folder / name).mkdir(mode=0o700)
    environment = {name: value for name, value in _environment(folder).items() if name != "PULSE_SERVER"}
    command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", f"--exit-idle-time={_IDLE_SECONDS}",
               "--realtime=no", "--high-priority=no", "--log-target=stderr", "--log-level=error"]  # fmt: skip
    access = f"module-native-protocol-unix socket={folder}/native auth-anonymous=1 auth-cookie-enabled=0"
    commands = f"module-cli-protocol-unix socket={folder}/cli"
    for module in (access, commands, *_MODULES):
        command += ["-L", module]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _end(server: subprocess.Popen[bytes]) -> None:
    for kind in (signal.SIGTERM, signal.SIGKILL):
        server.send_signal(kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(3.0)
            return
