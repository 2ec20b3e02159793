"""A house for the coach: a real MQTT broker that can be killed, and a coach that runs in it with the real session.

with Mosquitto(folder) as broker, coaching(broker.address) as coach:
    ...
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from benches.common.edges import NoMemory, OpenEars, OverheardFace
from voice_coach.errors import CoachError, FaceError
from voice_coach.integrations.mqtt_face import Broker, MqttFace
from voice_coach.integrations.mqtt_messages import HomeDevice, device_of
from voice_coach.library import load_language, load_routines
from voice_coach.loop import Edges, run
from voice_coach.session import new_session
from voice_coach.session.events import CommandHeard, Event, SpeechEnded, Started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voice_coach.language.intents import Intent
    from voice_coach.session import commands

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
NODE = "voice_coach_test"
TITLES = {name: routine.title for name, routine in load_routines("en").items()}
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.01


def device(*, has_command: bool = True, has_feeling: bool = False) -> HomeDevice:
    """Return the coach as a device, in English."""
    return device_of(NODE, load_language("en"), TITLES, has_command=has_command, has_feeling=has_feeling)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


class Mosquitto:
    """A real broker on a port of its own, which can be killed and started again."""

    def __init__(self, folder: Path, configuration: str = "allow_anonymous true", port: int | None = None) -> None:
        if MOSQUITTO is None:
            message = "mosquitto is missing: scripts/setup --dev installs it."
            raise FaceError(message)
        self.port = port or free_port()
        self.folder = folder
        self._file = folder / f"mosquitto-{self.port}.conf"
        self._file.write_text(f"listener {self.port} 127.0.0.1\npersistence false\n{configuration}\n")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [str(MOSQUITTO), "-c", str(self._file)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        given_up_at = time.monotonic() + _PATIENCE_SECONDS
        while True:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            if self._process.poll() is not None or time.monotonic() > given_up_at:
                message = f"mosquitto does not run with {self._file}: run it by hand to see why."
                raise FaceError(message)
            time.sleep(_LOOK_SECONDS)

    def kill(self) -> None:
        """Let it end without a word, as in a power cut."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def address(self) -> Broker:
        """Where it is, for the face."""
        return Broker("127.0.0.1", self.port)


class _Ears(OpenEars):
    def __init__(self, is_up: threading.Event) -> None:
        self._is_up = is_up

    def start(self, post: Callable[[Event | CoachError], None]) -> None:
        super().start(post)
        self._is_up.set()


class _Mouth:
    """It needs no time for a sentence."""

    def start(self, post: Callable[[Event | CoachError], None]) -> None:
        self._post = post

    def speak(self, speak: commands.Speak) -> None:
        self._post(SpeechEnded(utterance_id=speak.utterance_id))

    def prepare(self, prepare: commands.Prepare) -> None: ...
    def cue(self, cue: commands.Cue) -> None: ...
    def hush(self) -> None: ...
    def stop(self) -> None: ...


class HomeCoach:
    """A coach that runs; what its smart home posts is kept."""

    def __init__(self, face: MqttFace) -> None:
        self._face = OverheardFace(face, self._keep)
        self.show = face.show
        self.stop = face.stop
        self.is_up = threading.Event()
        self._ears = _Ears(self.is_up)
        self.posted: list[CommandHeard] = []

    def _keep(self, heard: CommandHeard) -> None:
        self.posted.append(replace(heard, at=time.monotonic()))

    def say(self, intent: Intent, text: str = "two words", slot_value: str = "") -> None:
        """Let the person say something that is heard."""
        self._ears.post(CommandHeard(intent=intent, text=text, slot_value=slot_value))

    def live(self, hold_seconds: float | None) -> None:
        """Run until the test is over."""
        routines = load_routines("en")
        session = new_session(
            routines["facial_mask"], load_language("en").wording, hold_seconds=hold_seconds, routines=routines
        )
        edges = Edges(self._ears, _Mouth(), self._face, NoMemory())
        with suppress(CoachError):
            run(session, edges, Started(is_daytime=True))

    def end(self) -> None:
        """End it as an error would."""
        self._ears.post(CoachError("The test is over."))


@contextmanager
def coaching(
    broker: Broker, *, hold_seconds: float | None = None, shown: HomeDevice | None = None
) -> Iterator[HomeCoach]:
    """Start a coach that is shown to the house."""
    coach = HomeCoach(MqttFace(broker, shown or device()))
    thread = threading.Thread(target=coach.live, args=(hold_seconds,), daemon=True)
    thread.start()
    coach.is_up.wait(_PATIENCE_SECONDS)
    try:
        yield coach
    finally:
        coach.end()
        thread.join(_PATIENCE_SECONDS)
