"""The Wyoming server, driven by the protocol's own client library, with real ears and a real coach."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soxr
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from zeroconf import ServiceBrowser, Zeroconf

from tests.led_by_buttons import free_port, variables_for
from tests.patience import patient
from voice_coach.audio.recordings import read_recording
from voice_coach.cli.options import load_texts
from voice_coach.client import Coach
from voice_coach.ears import load_recognizers
from voice_coach.ears.recognizers.registry import load_speech_model
from voice_coach.integrations.wyoming_sentences import CoachEars, SatelliteLimits, SentenceEars, read_sentences
from voice_coach.integrations.wyoming_server import CoachLink, WyomingServer, announced
from voice_coach.language.understanding import understand
from voice_coach.library import load_language
from voice_coach.rehearsal.dialogue import render

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.conftest import Coach as Program
    from voice_coach.integrations.wyoming_sentences import RoomEars

    Sound = NDArray[np.float32]
    Speak = Callable[[str], Sound]

RATE = 16_000
SENTENCES = """\
# the home of the tests
<room> = kitchen | office
turn (on | off) [all] [the] lights in the <room>
set a timer for <number> minutes
play some Jazz on the TV
"""
FOREIGN = "my sister bought a new bicycle for the holidays"
NO_COACH = CoachLink(Coach("http://127.0.0.1:1"))
"""Nothing listens at port 1."""
TEXTS = load_texts(load_language("en"))


@pytest.fixture(scope="module")
def speak(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Speak:
    """What a synthetic person says, in a quiet room, at 16 kHz."""
    folder = tmp_path_factory.mktemp("spoken")
    known: dict[str, Sound] = {}

    def say(text: str) -> Sound:
        if text not in known:
            path = folder / f"{len(known)}.wav"
            render("slt", text, path)
            room = np.random.default_rng(0).normal(0, 1e-4, RATE // 2).astype(np.float32)
            known[text] = np.concatenate([room, read_recording(path), room])
        return known[text]

    return say


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home") / "home.txt"
    path.write_text(SENTENCES)
    return path


@pytest.fixture(scope="module")
def ears(sentences: Path, models: None) -> SentenceEars:
    return SentenceEars(load_speech_model(), read_sentences(sentences, ()), "the sentences of a test")


@pytest.fixture(scope="module")
def coach_ears(models: None) -> CoachEars:
    """The coach's own ears, of a coach that does not run."""
    pack = load_language("en")
    recognizers = load_recognizers(("moonshine",), pack.phrase_book, lambda _done, _of: None, lambda: pack.understander)
    return CoachEars(recognizers, pack.phrase_book, NO_COACH.listening)


@asynccontextmanager
async def serving(ears: RoomEars, coach: CoachLink = NO_COACH, **limits: float) -> AsyncIterator[int]:
    """A server in this event loop; yields its port."""
    server = WyomingServer(ears, load_language("en"), coach, TEXTS, replace(SatelliteLimits(), **limits))  # type: ignore[arg-type]
    async with server.listening("127.0.0.1", 0) as port:
        yield port


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, patient(60)))


def client_of(port: int) -> AsyncTcpClient:
    return AsyncTcpClient("127.0.0.1", port, read_timeout=patient(30))


async def answer_to(port: int, event: Event) -> Event:
    async with client_of(port) as client:
        await client.write_event(event)
        return await answer_of(client)


async def answer_of(client: AsyncTcpClient) -> Event:
    answer = await client.read_event()
    assert answer is not None, "the server has hung up"
    return answer


async def send(client: AsyncTcpClient, sound: Sound, rate: int = RATE, width: int = 2, channels: int = 1) -> None:
    """Send a sound at RATE in another form, in pieces of a tenth of a second, without an audio-stop."""
    form = {"rate": rate, "width": width, "channels": channels}
    await client.write_event(Transcribe(language="en").event())
    await client.write_event(AudioStart(**form).event())
    content = as_bytes(np.asarray(soxr.resample(sound, RATE, rate)), width, channels)
    piece = rate // 10 * width * channels
    for start in range(0, len(content), piece):
        await client.write_event(AudioChunk(audio=content[start : start + piece], **form).event())


def as_bytes(sound: Sound, width: int, channels: int) -> bytes:
    whole = np.repeat(np.clip(sound, -1, 1), channels).astype(np.float64)
    if width == 1:
        return np.asarray(whole * 127 + 128, np.uint8).tobytes()
    values = np.asarray(whole * (2**31 - 1), "<i4")
    return np.ascontiguousarray(values.view(np.uint8).reshape(-1, 4)[:, 4 - width :]).tobytes()


async def transcript(port: int, sound: Sound, **form: int) -> str:
    async with client_of(port) as client:
        await send(client, sound, **form)
        await client.write_event(AudioStop().event())
        return Transcript.from_event(await answer_of(client)).text


async def told(port: int, text: str) -> tuple[str, str]:
    """The type and the text of the answer to a transcript."""
    answer = await answer_to(port, Transcript(text, language="en").event())
    return answer.type, answer.data.get("text", "")


async def until_told(port: int, text: str, kind: str) -> str:
    """Say a text again and again, until its answer is of a kind; return the answer's text."""
    for _ in range(round(patient(30) / 0.1)):
        answer, said = await told(port, text)
        if answer == kind:
            return said
        await asyncio.sleep(0.1)
    pytest.fail(f"{text!r} never had an answer of the kind {kind}: {said}")


def test_it_says_what_it_is(ears: SentenceEars) -> None:
    async def scenario() -> None:
        async with serving(ears) as port:
            info = Info.from_event(await answer_to(port, Describe().event()))
            pong = await answer_to(port, Ping("here?").event())
        assert [(one.installed, one.models[0].languages) for one in info.asr] == [(True, ["en"])]
        assert [(one.installed, one.models[0].languages) for one in info.handle] == [(True, ["en"])]
        assert Pong.from_event(pong).text == "here?"

    run(scenario())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("turn off all the lights in the kitchen", "turn off all the lights in the kitchen"),
        ("turn on lights in the office", "turn on lights in the office"),
        ("set a timer for twenty five minutes", "set a timer for 25 minutes"),
        ("play some jazz on the tee vee", "play some Jazz on the TV"),
        (FOREIGN, ""),
    ],
)
def test_a_sentence_of_the_file_is_returned_as_it_stands_there_and_nothing_else(
    said: str, expected: str, ears: SentenceEars, speak: Speak
) -> None:
    async def scenario() -> None:
        async with serving(ears) as port:
            assert await transcript(port, speak(said)) == expected

    run(scenario())


@pytest.mark.parametrize(("rate", "width", "channels"), [(48_000, 2, 2), (22_050, 4, 1), (44_100, 3, 6), (8_000, 1, 1)])
def test_sound_may_have_any_usual_form(rate: int, width: int, channels: int, ears: SentenceEars, speak: Speak) -> None:
    async def scenario() -> None:
        async with serving(ears) as port:
            sound = speak("set a timer for ten minutes")
            heard = await transcript(port, sound, rate=rate, width=width, channels=channels)
            assert heard == "set a timer for 10 minutes"

    run(scenario())


def test_the_end_of_a_wake_word_does_not_hide_the_sentence(ears: SentenceEars, speak: Speak) -> None:
    async def scenario() -> None:
        async with serving(ears) as port:
            wake = 4 * speak("computer")[-round(0.72 * RATE) : -round(0.5 * RATE)]
            sound = np.concatenate([wake, speak("turn on the lights in the office")[round(0.45 * RATE) :]])
            assert await transcript(port, sound) == "turn on the lights in the office"

    run(scenario())


def test_silence_has_no_words(ears: SentenceEars) -> None:
    async def scenario() -> None:
        async with serving(ears) as port:
            assert await transcript(port, np.zeros(2 * RATE, np.float32)) == ""
            assert await transcript(port, np.zeros(0, np.float32)) == ""

    run(scenario())


def test_the_coach_s_own_commands_are_heard_without_a_file(coach_ears: CoachEars, speak: Speak) -> None:
    async def scenario() -> None:
        async with serving(coach_ears) as port:
            for said in ("start the mask", "start my mask", "please go to the next step"):
                heard = await transcript(port, speak(said))
                expected = understand(said, load_language("en").understander)
                assert expected.intent is not None
                assert understand(heard, load_language("en").understander) == expected, heard
            assert await transcript(port, speak(FOREIGN)) == ""

    run(scenario())


HEADER = {"type": "audio-chunk", "data": {"rate": 16_000, "width": 2, "channels": 1}}


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\nHost: home\r\n\r\n",
        bytes(range(256)) * 300,
        b"\n",
        b"[]\n",
        b'{"type": 7}\n',
        b"[" * 15_000 + b"\n",
        b'{"type": "transcript", "data": [1]}\n',
        b'{"type": "transcript"}\n',
        b'{"type": "audio-chunk"}\n',
        json.dumps(HEADER | {"payload_length": 8_000_000_000}).encode() + b"\nxxxx",
        json.dumps(HEADER | {"payload_length": "many"}).encode() + b"\n",
        json.dumps(HEADER | {"data_length": 8_000_000_000}).encode() + b"\n{",
        json.dumps(HEADER | {"data_length": 4}).encode() + b"\nnull",
        json.dumps({"type": "audio-chunk", "data": {"rate": 1, "width": 9, "channels": 0}}).encode() + b"\n",
    ],
    ids=lambda rubbish: rubbish[:24].decode(errors="replace"),
)
def test_rubbish_gets_a_sentence_and_the_next_satellite_is_served(rubbish: bytes, ears: SentenceEars) -> None:
    async def scenario() -> None:
        async with serving(ears) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(rubbish)
            header = json.loads(await asyncio.wait_for(reader.readline(), patient(5)))
            rest = await asyncio.wait_for(reader.read(), patient(5))
            assert Error.is_type(header["type"])
            assert json.loads(rest)["code"] == "bad-event"
            writer.close()
            assert Info.is_type((await answer_to(port, Describe().event())).type)

    run(scenario())


def test_what_is_unknown_is_ignored_as_the_protocol_wants_it(ears: SentenceEars) -> None:
    async def scenario() -> None:
        async with serving(ears) as port, client_of(port) as client:
            await client.write_event(Event("run-pipeline", {"start_stage": "asr"}))
            await client.write_event(AudioStop().event())
            assert Transcript.from_event(await answer_of(client)).text == ""

    run(scenario())


def test_who_hangs_up_in_the_middle_or_sends_too_slowly_harms_nobody(ears: SentenceEars, speak: Speak) -> None:
    async def scenario() -> None:
        sound = speak("turn on the lights in the kitchen")
        async with serving(ears, event_seconds=0.2) as port:
            async with client_of(port) as client:
                await send(client, sound)
            async with client_of(port) as client:
                await send(client, sound)
                await client.write_event(AudioStop().event())  # and does not wait for the answer
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(json.dumps(HEADER | {"payload_length": 2_000}).encode() + b"\nhalf")
            assert await asyncio.wait_for(reader.read(), patient(10)) == b""
            writer.close()
            assert await transcript(port, sound) == "turn on the lights in the kitchen"

    run(scenario())


def test_an_hour_of_silence_is_answered_and_the_same_satellite_is_heard_after_it(
    ears: SentenceEars, speak: Speak
) -> None:
    async def scenario() -> None:
        chunk = AudioChunk(rate=8_000, width=1, channels=1, audio=b"\x80" * 80_000).event()
        async with serving(ears) as port, client_of(port) as client:
            for _ in range(360):  # of ten seconds each
                await client.write_event(chunk)
            assert Transcript.from_event(await answer_of(client)).text == ""
            await send(client, speak("turn on the lights in the kitchen"))
            await client.write_event(AudioStop().event())
            assert Transcript.from_event(await answer_of(client)).text == "turn on the lights in the kitchen"

    run(scenario())


def test_several_at_once_get_each_their_own_answer(ears: SentenceEars, speak: Speak) -> None:
    async def scenario() -> None:
        said = [f"set a timer for {number} minutes" for number in (5, 10, 20)]
        async with serving(ears) as port:
            assert await asyncio.gather(*(transcript(port, speak(one)) for one in said)) == said

    run(scenario())


def test_where_there_are_too_many_the_one_that_is_silent_for_longest_goes(ears: SentenceEars) -> None:
    async def scenario() -> None:
        async with serving(ears, clients=2) as port, client_of(port) as first, client_of(port) as second:
            for one in (first, second, first):
                await one.write_event(Ping().event())
                await answer_of(one)
            async with client_of(port) as third:
                await third.write_event(Ping().event())
                await answer_of(third)
                with pytest.raises((AssertionError, OSError)):
                    await answer_of(second)
                await first.write_event(Ping().event())
                assert Pong.is_type((await answer_of(first)).type)

    run(scenario())


def test_a_silent_connection_ends_in_the_end(ears: SentenceEars) -> None:
    async def scenario() -> None:
        async with serving(ears, idle_seconds=0.1) as port, client_of(port) as client:
            assert await client.read_event() is None

    run(scenario())


@pytest.mark.parametrize("text", [FOREIGN, "", "next " * 3_000])
def test_what_is_no_command_is_not_handled_whether_there_is_a_coach_or_not(text: str, ears: SentenceEars) -> None:
    async def scenario() -> None:
        async with serving(ears) as port:
            assert await told(port, text) == ("not-handled", "Sorry, that is no command for the mask coach.")

    run(scenario())


def test_a_command_without_a_coach_is_not_handled_and_says_why(ears: SentenceEars) -> None:
    async def scenario() -> None:
        async with serving(ears) as port:
            expected = ("not-handled", "The mask coach is not running, or has no page open.")
            assert await told(port, "start my mask") == expected

    run(scenario())


@pytest.fixture
def page(tmp_path: Path, home: Path, processes: None) -> Iterator[str]:
    """The address of the page of a real coach without a sound card."""
    port = free_port()
    arguments = [sys.executable, "-m", "voice_coach", "start", "--page", str(port), "--daytime"]
    with subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=variables_for(tmp_path, home), start_new_session=True,
    ) as child:  # fmt: skip
        yield f"http://127.0.0.1:{port}"
        child.kill()


def test_commands_reach_the_coach_and_its_answers_come_back(page: str, ears: SentenceEars) -> None:
    async def scenario() -> None:
        async with serving(ears, CoachLink(Coach(page))) as port:
            await until_told(port, "which step is this", "handled")
            kind, first = await told(port, "please start my mask")
            assert (kind, "cleans" in first.lower()) == ("handled", True), first
            assert (await told(port, "and now the next step please"))[1] not in {"", first}
            assert await told(port, "sing me a song about ducks") == ("not-handled", TEXTS.say("wyoming.no_command"))
            assert await told(port, "skip the toner") == ("not-handled", TEXTS.say("wyoming.not_from_here"))
            assert (await told(port, "quit"))[0] == "handled"
            await told(port, "yes")  # it asks first
            assert await until_told(port, "next step", "not-handled") == TEXTS.say("wyoming.no_coach")

    run(scenario())


def test_a_coach_that_was_started_anew_is_obeyed_again(page: str) -> None:
    link = CoachLink(Coach(page, key="a key of its last run"))

    async def scenario(ears: RoomEars) -> None:
        async with serving(ears, link) as port:
            await until_told(port, "start the mask", "handled")

    run(scenario(_NoEars()))


class _NoEars:
    name = description = "none"

    def hear(self, sound: Sound) -> str:
        return "" if len(sound) else "nothing"


@pytest.mark.usefixtures("processes")  # that is how the network's interfaces are found
def test_the_home_network_is_told_where_it_is() -> None:
    async def scenario() -> None:
        found: asyncio.Queue[str] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        here = ["127.0.0.1"]
        async with announced("127.0.0.1", 10310, here) as is_announced:
            assert is_announced
            seeker = Zeroconf(interfaces=here)

            def on_change(name: str, **_others: object) -> None:
                loop.call_soon_threadsafe(found.put_nowait, name)

            browser = ServiceBrowser(seeker, "_wyoming._tcp.local.", handlers=[on_change])
            name = await asyncio.wait_for(found.get(), patient(10))
            service = await asyncio.to_thread(seeker.get_service_info, "_wyoming._tcp.local.", name)
            await asyncio.to_thread(browser.cancel)
            await asyncio.to_thread(seeker.close)
        assert service is not None
        assert (service.port, service.parsed_addresses()) == (10310, ["127.0.0.1"])

    run(scenario())


@pytest.mark.usefixtures("models", "processes")
def test_the_command_serves_until_it_is_told_to_end(sentences: Path, speak: Speak, home: Path, tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "voice_coach", "wyoming", "--port", "0", "--sentences", str(sentences)]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables_for(tmp_path, home)
    ) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        found = re.search(r"Listening at 127\.0\.0\.1:(\d+), for the sentences of home.txt\.", line)
        assert found, line
        heard = asyncio.run(transcript(int(found[1]), speak("turn off the lights in the office")))
        child.send_signal(signal.SIGTERM)
        further, complaint = child.communicate(timeout=patient(20))
    assert heard == "turn off the lights in the office"
    assert (child.returncode, further) == (128 + signal.SIGTERM, "")
    assert "Traceback" not in complaint


@pytest.mark.usefixtures("models")
def test_what_cannot_be_served_is_one_sentence(program: Program, tmp_path: Path) -> None:
    missing = program("wyoming", "--sentences", tmp_path / "none.txt")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert "cannot be read (No such file or directory)" in missing.stderr
    korean = program("wyoming", "--lang", "ko", "--sentences", tmp_path / "none.txt")
    assert korean.returncode == 2
    assert "in English only" in korean.stderr
    elsewhere = program("wyoming", "--host", "192.0.2.1")
    assert elsewhere.returncode == 1
    assert "192.0.2.1:10310 cannot be listened at" in elsewhere.stderr
