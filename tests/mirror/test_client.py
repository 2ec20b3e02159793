"""The client in the package, against the real page: what a light, a button or a script of one's own is made of."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from tests.mirror.coaching import coaching
from tests.mirror.serving import serving
from tests.patience import patient, wait_until
from voice_coach.client import Coach, CoachRefusalError, CoachUnreachableError
from voice_coach.language.intents import Intent
from voice_coach.mirror.listeners import Address
from voice_coach.routines import Phase
from voice_coach.session.events import Via
from voice_coach.session.view import Attention, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mirror.conftest import Identity

MIRROR_DOCS = Path(__file__).parents[2] / "docs" / "mirror.md"
SHOWN = View(phase=Phase.HOLDING, title="Relax", attention=Attention.LISTENING)


def test_a_light_is_told_the_state_now_and_after_every_change() -> None:
    with serving() as served:
        served.face.show(SHOWN)
        states = Coach(served.url).states()
        assert next(states)["title"] == "Relax"
        served.face.show(View(phase=Phase.PAUSED, attention=Attention.LISTENING))
        assert next(states)["activity"] == "paused"
        served.face.show(View(phase=Phase.PAUSED).closed())
        assert [state["activity"] for state in states] == ["closed"]


def test_a_button_needs_no_key_on_the_coach_s_own_machine() -> None:
    with serving() as served:
        coach = Coach(served.url)
        coach.press("next")
        coach.press("timer", minutes=5, value="eye_patches")
        first, second = served.posted
        assert (first.intent, first.via) == (Intent.NEXT, Via.PROGRAM)
        assert (second.intent, second.minutes, second.slot_value) == (Intent.TIMER, 5, "eye_patches")


def test_a_key_of_the_coach_s_last_run_is_renewed() -> None:
    with serving() as served:
        coach = Coach(served.url, key="of its last run")
        coach.press("next")
        coach.press("next")
        assert len(served.posted) == 2


def test_a_program_elsewhere_is_paired_once_and_keeps_its_key() -> None:
    with serving(is_here=lambda _address: False) as served:
        with pytest.raises(CoachRefusalError):
            Coach(served.url).state()
        key = Coach.paired(served.url, served.pairing.new_code()).key
        coach = Coach(served.url, key=key)
        assert coach.state()["version"] == 1
        coach.press("next")
        assert len(served.posted) == 1


def test_an_encrypted_page_is_asked_with_its_certificate(identity: Identity) -> None:
    trusting = ssl.create_default_context(cafile=identity.certificate)
    with serving(address=Address(0, certificate=identity.certificate, key=identity.key), context=trusting) as served:
        url = f"https://127.0.0.1:{served.port}"
        assert Coach(url, certificate=identity.certificate).state()["version"] == 1
        with pytest.raises(CoachUnreachableError):
            Coach(url).state()


def test_a_refusal_says_why_in_a_sentence() -> None:
    with serving() as served:
        with pytest.raises(CoachRefusalError, match=r"\.$") as refused:
            Coach(served.url).press("dance")
        assert refused.value.status == 422
        with pytest.raises(CoachRefusalError):
            Coach(served.url).press("next", minutes=5)
        assert served.posted == []


def test_the_answer_of_a_real_coach_comes_back() -> None:
    with coaching(speech_seconds=1.0) as running:  # long enough to be seen on a busy machine
        coach = Coach(running.served.url)
        running.wait_for(lambda state: state["activity"] == "listening")
        assert "cleans" in coach.say("start").lower()
        assert coach.say("timer", minutes=5, value="eye_patches") == "Eye patches: five minutes, from now."


def test_a_change_that_is_no_answer_is_not_taken_for_one() -> None:
    with serving() as served:
        served.face.show(replace(SHOWN, saying="Relax now."))
        threading.Timer(0.2, served.face.show, [replace(SHOWN, saying="Relax now.", is_hearing=True)]).start()
        threading.Timer(0.4, served.face.show, [SHOWN]).start()
        threading.Timer(0.6, served.face.show, [replace(SHOWN, saying="Ten minutes are left.")]).start()
        assert Coach(served.url).say("time_left") == "Ten minutes are left."
        assert served.posted.pop().intent is Intent.TIME_LEFT


def test_where_no_coach_is_the_sentence_says_how_to_start_one() -> None:
    with pytest.raises(CoachUnreachableError, match="voice-coach start --page"):
        Coach("http://127.0.0.1:1").state()
    with pytest.raises(CoachUnreachableError):
        next(Coach("http://127.0.0.1:1").states())


@pytest.fixture
def other_server() -> Iterator[tuple[str, list[bytes]]]:
    """A server that is no coach: its address, and the bytes with which it answers every request."""
    answer: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            while True:
                try:
                    connection, _ = door.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(b"".join(answer))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}", answer
        door.shutdown(socket.SHUT_RDWR)
        thread.join(patient(10))


OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x00\x01", OK, OK + b"<html>", OK + b"[1]", OK + b'{"version": 2}', OK + b"[" * 100_000, OK + b"\xff"],
    ids=["nothing", "rubbish", "empty", "a page", "a list", "a later version", "a deep list", "no text"],
)
def test_a_server_that_is_no_coach_is_not_taken_for_one(other_server: tuple[str, list[bytes]], answer: bytes) -> None:
    url, answers = other_server
    answers.append(answer)
    with pytest.raises(CoachUnreachableError):
        Coach(url).state()


@pytest.mark.parametrize("rest", [b"", b"data: {", b"event: state\ndata: [\n\n"])
def test_a_stream_that_breaks_off_is_no_end_in_order(other_server: tuple[str, list[bytes]], rest: bytes) -> None:
    url, answers = other_server
    answers += [OK, b'event: state\ndata: {"activity": "listening"}\n\n', b'event: beat\ndata: {"now": 1}\n\n', rest]
    states = Coach(url).states()
    assert next(states)["activity"] == "listening"
    with pytest.raises(CoachUnreachableError):
        next(states)


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    before, Device.pin_factory = Device.pin_factory, MockFactory()
    yield Device.pin_factory
    Device.pin_factory.reset()
    Device.pin_factory = before


def example(name: str) -> str:
    """One of the programs of docs/mirror.md: at most ten lines."""
    found = re.search(rf"```python\n(# {name}.*?)```", MIRROR_DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    lines = [line for line in found[1].splitlines() if line and not line.startswith("#")]
    assert len(lines) <= 10
    return found[1]


def test_the_light_of_the_docs_shines_while_the_coach_hears_somebody(pins: MockFactory) -> None:
    with serving() as served:
        served.face.show(View(phase=Phase.HOLDING, attention=Attention.LISTENING, is_hearing=True))
        served.face.show(View(phase=Phase.HOLDING, attention=Attention.LISTENING, is_hearing=True))
        program = example("light").replace("Coach()", f'Coach("{served.url}")')
        thread = threading.Thread(target=exec, args=(compile(program, "light", "exec"), {}))
        thread.start()
        wait_until(lambda: pins.pin(17).state)
        served.face.show(SHOWN)
        wait_until(lambda: not pins.pin(17).state)
        served.face.show(SHOWN.closed())
        thread.join(patient(10))
        assert not thread.is_alive()


def test_the_button_of_the_docs_goes_on(pins: MockFactory) -> None:
    held: dict[str, object] = {}  # the button is released with its last name
    with serving() as served:
        served.face.show(SHOWN)
        program = example("button").replace("Coach()", f'Coach("{served.url}")').replace("pause()", "")
        exec(compile(program, "button", "exec"), held)  # noqa: S102 - the program of our own docs
        pins.pin(27).drive_low()
        wait_until(lambda: served.posted)
        assert [command.intent for command in served.posted] == [Intent.NEXT]
