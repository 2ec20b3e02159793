"""The stream of events, as the page and other programs read it."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

import pytest

from tests.machine_sleep import MachineSleep
from tests.mirror.conftest import HASTY
from tests.mirror.serving import PATIENCE_SECONDS, Served, serving
from tests.patience import patient
from voice_coach import clock
from voice_coach.language.intents import Intent
from voice_coach.mirror.feed import Feed
from voice_coach.mirror.paired_devices import DevicesFile
from voice_coach.mirror.pairing import Pairing, unpair
from voice_coach.routines import Phase
from voice_coach.session.view import Attention, CountdownView, Suggestion, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class Stream:
    """One that is read to its end."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    head: str = ""
    is_over: bool = False

    def take(self, event: str) -> None:
        """Take the lines of an event."""
        fields = dict(line.split(": ", 1) for line in event.split("\n"))
        self.head = self.head or event
        self.events.append((fields["event"], json.loads(fields["data"])))

    def wait_for(self, what: Callable[[Stream], bool]) -> None:
        """Wait until it has come so far."""
        given_up_at = time.monotonic() + PATIENCE_SECONDS
        while not what(self):
            assert time.monotonic() < given_up_at, self.events
            time.sleep(0.01)

    def states(self) -> list[dict[str, Any]]:
        """Of all events, those that tell a state."""
        return [data for kind, data in self.events if kind == "state"]


@contextmanager
def reading(mirror: Served, token: str = "") -> Iterator[Stream]:
    """Read a stream, as a browser does."""
    connection = HTTPConnection("127.0.0.1", mirror.port, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/events", headers={"Authorization": f"Bearer {token}"} if token else {})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    stream = Stream()

    def read() -> None:
        text = b""
        with suppress(OSError, HTTPException):
            while part := answer.read1():
                text += part
                *whole, text = text.split(b"\n\n")
                for event in whole:
                    stream.take(event.decode())
        stream.is_over = True

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield stream
    finally:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
        reader.join()
        connection.close()


def test_a_stream_begins_with_what_is_shown_now() -> None:
    with serving(limits=HASTY) as mirror:
        mirror.face.show(View(phase=Phase.HOLDING, title="Relax", attention=Attention.LISTENING))
        with reading(mirror) as stream:
            stream.wait_for(lambda it: bool(it.events))
            assert re.match(r"retry: 1000\nevent: state\nid: \d+\ndata: \{", stream.head)
            assert stream.states()[0] == {**mirror.state(), "now": stream.states()[0]["now"]}
            assert stream.states()[0]["title"] == "Relax"


def test_each_change_is_told_and_in_the_end_the_last() -> None:
    with serving(limits=HASTY) as mirror, reading(mirror) as stream:
        for count in range(300):
            mirror.face.show(View(phase=Phase.HOLDING, title=f"{count}"))
        stream.wait_for(lambda it: it.states()[-1:] != [] and it.states()[-1]["title"] == "299")
        revisions = [state["revision"] for state in stream.states()]
        assert revisions == sorted(set(revisions))
        assert len(revisions) < 300, "who is slow gets the latest only"


def test_what_does_not_change_is_not_told_again() -> None:
    with serving(limits=HASTY) as mirror, reading(mirror) as stream:
        for _ in range(5):
            mirror.face.show(View(phase=Phase.DONE))
        stream.wait_for(lambda it: [kind for kind, _ in it.events].count("beat") >= 3)
        assert len(stream.states()) <= 2


def test_beats_tell_the_time() -> None:
    with serving(limits=HASTY) as mirror, reading(mirror) as stream:
        stream.wait_for(lambda it: [kind for kind, _ in it.events].count("beat") >= 3)
        times = [data["now"] for kind, data in stream.events if kind == "beat"]
        assert times == sorted(times)
        assert abs(times[-1] - clock.now()) < 5


def test_states_and_beats_count_the_sleep_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = MachineSleep(monkeypatch)
    with serving(limits=HASTY) as mirror, reading(mirror) as stream:
        mirror.face.show(View(phase=Phase.HOLDING, countdown=CountdownView(600, clock.now() + 600, 900)))
        machine.sleep(300)
        assert mirror.state()["countdown"]["remaining_seconds"] == pytest.approx(300, abs=PATIENCE_SECONDS)
        woken_at = clock.now()
        stream.wait_for(lambda it: any(data["now"] >= woken_at for kind, data in it.events if kind == "beat"))


def test_a_countdown_ends_on_the_clock_of_now() -> None:
    with serving(limits=HASTY) as mirror:
        ends_at = clock.now() + 600
        mirror.face.show(View(phase=Phase.HOLDING, countdown=CountdownView(600, ends_at, 900)))
        state = mirror.state()
        countdown = state["countdown"]
        assert abs(countdown["ends_at"] - state["now"] - countdown["remaining_seconds"]) < 0.01
        assert abs(countdown["ends_at"] - ends_at) < 0.01


def test_a_countdown_that_begins_in_a_moment_has_not_more_than_all_its_time() -> None:
    with serving(limits=HASTY) as mirror:
        mirror.face.show(View(phase=Phase.HOLDING, countdown=CountdownView(900, clock.now() + 930, 900)))
        assert mirror.state()["countdown"]["remaining_seconds"] == 900


def test_how_far_the_ears_have_come_is_told() -> None:
    with serving(limits=HASTY) as mirror, reading(mirror) as stream:
        mirror.face.tell_loading(3, 10)
        stream.wait_for(lambda it: it.states()[-1:] != [] and it.states()[-1]["loading"] == "3/10")


def test_streams_end_when_the_face_stops_and_the_last_state_says_so() -> None:
    with serving(limits=HASTY) as mirror, ExitStack() as opened:
        mirror.face.show(View(phase=Phase.HOLDING, question="Shall we?", suggestions=(Suggestion("yes", Intent.YES),)))
        streams = [opened.enter_context(reading(mirror)) for _ in range(20)]
        for stream in streams:
            stream.wait_for(lambda it: bool(it.events))
            assert stream.states()[-1]["activity"] == "loading"
        begun = time.monotonic()
        mirror.face.stop()
        assert time.monotonic() - begun < patient(2)
        for stream in streams:
            stream.wait_for(lambda it: it.is_over)
            last = stream.states()[-1]
            assert (last["activity"], last["phase"], last["buttons"]) == ("closed", "holding", [])
            assert (last["question"], last["may_say"]) == ("", [])


def test_what_is_shown_after_the_end_opens_nothing_again() -> None:
    feed = Feed("en", states_per_second=20)
    feed.end()
    feed.show(View(phase=Phase.DONE, attention=Attention.LISTENING))
    assert json.loads(feed.snapshot().json)["activity"] == "closed"


def test_the_stream_of_a_device_ends_when_it_is_unpaired(tmp_path: Path) -> None:
    file = DevicesFile(tmp_path / "mirror.json")
    pairing = Pairing(file)
    with serving(limits=HASTY, pairing=pairing, is_here=lambda _: False) as mirror:
        token = pairing.pair(pairing.new_code(), "192.168.0.7", "")
        assert token
        with reading(mirror, token) as stream:
            stream.wait_for(lambda it: "beat" in dict(it.events))
            unpair(DevicesFile(tmp_path / "mirror.json"), None)
            stream.wait_for(lambda it: it.is_over)
        assert mirror.ask("GET", "/events", headers={"Authorization": f"Bearer {token}"}).status == 401
