"""A real coach without a sound card and without a person: it is led by the buttons of its mirror, and told by JSON."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.patience import patient
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.session.commands import Sound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voice_coach.rehearsal.coach_process import Line

HOLD_SECONDS = 5.0
PATIENCE_SECONDS = patient(60.0)
TO_THE_HOLD = ("start", "next", "next", "next")
NULL_CARD = "pcm.!default { type null }\n"
"""It takes and gives silence, and its clock is not to be trusted: when a sentence ends says nothing."""
_DELAY_SECONDS = 1.5
"""How late the loop may be on a machine that is busy; sounds are ordered ahead and are not late."""
_TAKE_OFF = "Time to take the mask off."


class Buttons:
    """The mirror of a coach on this machine, at a port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._token = ""

    def post(self, intent: str) -> None:
        """Press a button, as soon as there is one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._posts(intent):
            assert time.monotonic() < deadline, intent
            time.sleep(0.05)

    def wait_for_phase(self, phase: str) -> None:
        """Wait until the page shows a phase."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (shown := json.loads(self._ask("GET", "/state")[1])["phase"]) != phase:
            assert time.monotonic() < deadline, shown
            time.sleep(0.05)

    def _posts(self, intent: str) -> bool:
        with suppress(OSError, http.client.HTTPException):
            if not self._token:
                self._token = json.loads(self._ask("POST", "/pair", {})[1])["token"]
            status, _ = self._ask("POST", "/commands", {"id": uuid.uuid4().hex, "intent": intent})
            return status == 202
        return False

    def _ask(self, method: str, path: str, content: object = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=patient(5))
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        try:
            connection.request(method, path, None if content is None else json.dumps(content), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class Led:
    """A coach without a sound card, led by the buttons of its mirror."""

    def __init__(self, process: CoachProcess, port: int) -> None:
        self.process = process
        self._buttons = Buttons(port)

    def press(self, intent: str) -> None:
        """Press a button, and wait until the session has heard of it."""
        before = len(self.all_of("CommandHeard"))
        self._buttons.post(intent)
        self.wait_for(lambda: len(self.all_of("CommandHeard")) > before)

    def all_of(self, name: str) -> list[Line]:
        """All events or commands of a name so far."""
        return [line for line in list(self.process.state.lines) if line["name"] == name]

    def spoken(self) -> list[str]:
        """All sentences so far."""
        return [line["text"] for line in self.all_of("Speak")]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        assert self.process.wait_until(lambda _state: condition(), PATIENCE_SECONDS), self.process.complaint()

    def lead_to_the_hold(self) -> None:
        """The mask is on then."""
        for intent in TO_THE_HOLD:
            self.press(intent)
        self.wait_for(lambda: bool(self._ends()))

    def fidget(self) -> None:
        """Let there be much to write down, more than the blocks that a file has already, while the countdown stands."""
        for intent in ("pause", *("which_step",) * 10):
            self.press(intent)
        before = len(self._ends())
        self.press("resume")
        self.wait_for(lambda: len(self._ends()) > before)

    def assert_the_mask_comes_off_in_time(self) -> None:
        """And that the coach goes on after it."""
        ends_at = self._ends()[-1]
        self.wait_for(lambda: any(_TAKE_OFF in text for text in self.spoken()))
        told_at = next(line["at"] for line in self.all_of("Speak") if _TAKE_OFF in line["text"])
        assert ends_at - 0.1 <= told_at <= ends_at + _DELAY_SECONDS
        chimes = [cue for cue in self.all_of("Cue") if cue["sound"] == Sound.CHIME.value]
        assert ends_at - 0.1 <= chimes[-1]["due"] <= ends_at + 0.1
        self.press("which_step")
        self.wait_for(lambda: "Step five of ten" in self.spoken()[-1])

    def _ends(self) -> list[float]:
        """When the countdown was to end, each time that one was shown running."""
        countdowns = [line["view"]["countdown"] for line in self.all_of("Show")]
        return [one["ends_at"] for one in countdowns if one is not None and one["ends_at"] is not None]


def free_port() -> int:
    """Of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def variables_for(tmp_path: Path, home: Path) -> dict[str, str]:
    """The environment of a coach at home there, with the null card."""
    card = tmp_path / "asound.conf"
    card.write_text(NULL_CARD)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": str(card)}


@contextmanager
def led_coach(tmp_path: Path, home: Path, *arguments: str, **environment: str) -> Iterator[Led]:
    """A coach at home on a disk, with the voice that renders in a moment; further arguments may name the other one."""
    port = free_port()
    variables = variables_for(tmp_path, home) | environment
    usual = ["--voice", "standard", "--page", str(port), "--hold-seconds", f"{HOLD_SECONDS:g}", "--daytime"]
    with CoachProcess([*usual, *arguments], variables, tmp_path / "stderr", lambda _line: None) as process:
        yield Led(process, port)
