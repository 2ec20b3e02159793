"""A server of the Wyoming protocol: the ears as `asr` and the coach as `handle`, for voice satellites in other rooms.

The protocol has no authentication and no encryption: whoever reaches the port may do what a voice may do. So the server
is a process of its own, and bounded in everything that a client can send (`SatelliteLimits`). It changes nothing but
through the coach's page, which it asks as any program on this machine may ask it (docs/mirror.md).

All connections share one event loop. Ears and page are asked in a thread each, one request at a time.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.handle import Handled, NotHandled
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, HandleModel, HandleProgram, Info
from wyoming.ping import Ping, Pong
from wyoming.server import AsyncEventHandler

from voice_coach import __version__
from voice_coach.client import CoachRefusalError, CoachUnreachableError
from voice_coach.integrations.wyoming_sentences import (
    BadEventError,
    ReceivedSound,
    SatelliteLimits,
    read_event,
)
from voice_coach.interruption import interrupted_by_request
from voice_coach.language.intents import Intent
from voice_coach.language.understanding import understand
from voice_coach.routines import Phase
from voice_coach.session.listening import listening
from voice_coach.session.view import Attention

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from wyoming.event import Event

    from voice_coach.client import Coach
    from voice_coach.integrations.wyoming_sentences import RoomEars
    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.understanding import Understood
    from voice_coach.language.wording import Sentences
    from voice_coach.session.commands import Listen

    Sound = NDArray[np.float32]

_log = logging.getLogger(__name__)


class CoachLink:
    """The coach that runs on this machine, as satellites need it. Its methods wait for answers.

    Args:
        coach: the way to its page.
    """

    def __init__(self, coach: Coach) -> None:
        self._coach = coach

    @property
    def url(self) -> str:
        """The address of the coach's page."""
        return self._coach.url

    def listening(self) -> Listen:
        """Return what the coach would take now; where there is none, what one without a routine would take."""
        try:
            state = self._coach.state()
        except (CoachUnreachableError, CoachRefusalError):
            return listening(Phase.IDLE)
        listen = listening(Phase(state["phase"]), is_on_standby=state["activity"] == Attention.STANDBY.value)
        # The page does not say which question is open, so any answer may be one.
        return replace(listen, intents=frozenset(Intent), shortest_words=1) if state["question"] else listen

    def obey(self, meant: Understood) -> str:
        """Give the coach a command, and return the sentence with which it answers; "" if it answers none in time.

        Args:
            meant: the command, whose intent is not None; a second one in the same breath follows it.

        Raises:
            CoachUnreachableError: there is no coach.
            CoachRefusalError: it takes no such command from elsewhere.
        """
        intent = meant.intent.value if meant.intent else ""
        said = self._coach.say(intent, minutes=meant.minutes, value=meant.slot_value)
        return self.obey(meant.next_command) if meant.next_command else said


class WyomingServer:
    """The server: what all its connections share.

    Args:
        ears: the ears that it lends.
        pack: the language of texts and ears.
        coach: the way to the coach.
        texts: the sentences of command_line.toml; those of `wyoming` are for people at satellites.
        limits: the limits on clients; None for the usual ones.
    """

    def __init__(
        self,
        ears: RoomEars,
        pack: LanguagePack,
        coach: CoachLink,
        texts: Sentences,
        limits: SatelliteLimits | None = None,
    ) -> None:
        self.limits = limits or SatelliteLimits()
        self.info = _info(ears, pack.code)
        self._ears, self._pack, self._coach, self._texts = ears, pack, coach, texts
        self._clients: dict[_Client, None] = {}
        """The connections, the one that has been silent for the longest time first."""
        self._ears_thread = ThreadPoolExecutor(1, "wyoming-ears")
        self._page_thread = ThreadPoolExecutor(1, "wyoming-page")

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Serve inside of the block; yields the port, which the system chooses for port 0.

        Raises:
            OSError: the address cannot be used.
        """
        server = await asyncio.start_server(self._serve, host, port, limit=self.limits.header_bytes)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            for client in tuple(self._clients):
                client.hang_up()
            for thread in (self._ears_thread, self._page_thread):
                thread.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Client(self, reader, writer).run()

    def admit(self, client: _Client) -> None:
        """Count a client, also anew when it has sent something; where there are too many, the most silent one ends."""
        self._clients.pop(client, None)
        self._clients[client] = None
        if len(self._clients) > self.limits.clients:
            self.dismiss(most_silent := next(iter(self._clients)))
            most_silent.hang_up()

    def dismiss(self, client: _Client) -> None:
        """Count a client no more."""
        self._clients.pop(client, None)

    async def hear(self, sound: Sound) -> str:
        """Return what is said in a sound, shape (samples,), at SAMPLE_RATE; "" for nothing that the ears know."""
        return await asyncio.get_running_loop().run_in_executor(self._ears_thread, self._ears.hear, sound)

    async def handle(self, text: str) -> Event:
        """Obey a text, and return the event that tells what came of it."""
        return await asyncio.get_running_loop().run_in_executor(self._page_thread, self._handled, text)

    def _handled(self, text: str) -> Event:
        meant = understand(text, self._pack.understander)
        if meant.intent is None:
            return NotHandled(self._texts.say("wyoming.no_command")).event()
        try:
            return Handled(self._coach.obey(meant)).event()
        except CoachUnreachableError:
            return NotHandled(self._texts.say("wyoming.no_coach")).event()
        except CoachRefusalError as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                _log.warning("the coach's page has refused a command: %s", error)
            return NotHandled(self._texts.say("wyoming.not_from_here")).event()


def _info(ears: RoomEars, language: str) -> Event:
    """Return the event that tells clients what there is."""
    attribution, languages = Attribution("voice-coach", ""), [language]
    hears = (ears.name, attribution, True, ears.description, __version__)
    obeys = ("voice-coach", attribution, True, "the voice coach for facial masks", __version__)
    asr = AsrProgram(*hears, models=[AsrModel(*hears, languages=languages)])
    handle = HandleProgram(*obeys, models=[HandleModel(*obeys, languages=languages)])
    return Info(asr=[asr], handle=[handle]).event()


class _Client(AsyncEventHandler):
    """One connection."""

    def __init__(self, server: WyomingServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._server = server
        self._sound: ReceivedSound | None = ReceivedSound(server.limits.sound_seconds)
        """The sound of a request that has no answer yet; None after it, until another request begins."""

    async def run(self) -> None:
        """Answer events until the client leaves, is silent for too long, or sends what is none."""
        try:
            while True:
                self._server.admit(self)
                event = await read_event(self.reader, self._server.limits)
                if event is None or not await self.handle_event(event):
                    break
        except BadEventError as error:
            with suppress(OSError):
                await self._tell(Error(str(error), "bad-event").event())
        except (OSError, EOFError):  # it has gone, or came too slowly
            pass
        except Exception:  # noqa: BLE001 - one client's trouble is not that of the others
            _log.exception("a satellite could not be answered")
        finally:
            self._server.dismiss(self)
            self.writer.close()

    def hang_up(self) -> None:
        """End the connection at once."""
        self.writer.transport.abort()

    async def handle_event(self, event: Event) -> bool:
        """Answer an event; one that is unknown has no answer, as the protocol wants it.

        Raises:
            BadEventError: it lacks something, or has something impossible.
        """
        try:
            answer = await self._answer_to(event)
        except (KeyError, TypeError, ValueError) as error:
            message = f"The event {event.type[:40]!r} lacks a field, or has one of a wrong kind."
            raise BadEventError(message) from error
        if answer is not None:
            await self._tell(answer)
        return True

    async def _answer_to(self, event: Event) -> Event | None:
        if Describe.is_type(event.type):
            return self._server.info
        if Ping.is_type(event.type):
            return Pong(Ping.from_event(event).text).event()
        if Transcribe.is_type(event.type) or AudioStart.is_type(event.type):
            self._sound = ReceivedSound(self._server.limits.sound_seconds)
        elif AudioChunk.is_type(event.type):
            return await self._take(AudioChunk.from_event(event))
        elif AudioStop.is_type(event.type):
            return await self._transcript()
        elif Transcript.is_type(event.type):
            return await self._server.handle(str(Transcript.from_event(event).text))
        return None

    async def _take(self, chunk: AudioChunk) -> Event | None:
        """Keep the sound of a chunk; when there is enough of it, the answer comes without an audio-stop."""
        if self._sound is None:
            return None
        self._sound.add(chunk)
        return await self._transcript() if self._sound.is_full else None

    async def _transcript(self) -> Event | None:
        """Return what was said in the sound that is kept, which is forgotten then; None if that was told already."""
        sound, self._sound = self._sound, None
        return None if sound is None else Transcript(await self._server.hear(sound.whole())).event()

    async def _tell(self, event: Event) -> None:
        async with asyncio.timeout(self._server.limits.event_seconds):
            await self.write_event(event)


@asynccontextmanager
async def announced(host: str, port: int, interfaces: Sequence[str] | None = None) -> AsyncIterator[bool]:
    """Tell the home network inside of the block where the server is (zeroconf, `_wyoming._tcp`).

    Args:
        host: the address at which it listens; "0.0.0.0" for all.
        port: its port.
        interfaces: the addresses of the network interfaces on which it is told; None for all.

    Yields:
        Whether it is told: without a network it is not, and the server works nevertheless.
    """
    from zeroconf import Error as ZeroconfError  # noqa: PLC0415 - only who announces needs it
    from zeroconf import InterfaceChoice  # noqa: PLC0415 - the same
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415 - the same

    kind = "_wyoming._tcp.local."
    name = f"voice-coach on {socket.gethostname().partition('.')[0][:_LONGEST_HOST_NAME]}.{kind}"
    async with AsyncExitStack() as opened:
        try:
            address = _own_address() if ipaddress.ip_address(host).is_unspecified else host
            service = AsyncServiceInfo(kind, name, parsed_addresses=[address], port=port)
            network = AsyncZeroconf(interfaces=interfaces or InterfaceChoice.All)
            opened.push_async_callback(network.async_close)
            await network.async_register_service(service, allow_name_change=True)
        except (OSError, ValueError, ZeroconfError) as error:
            _log.warning("the server is not announced: %s", error)
            yield False
        else:
            yield True


_LONGEST_HOST_NAME = 40
"""Characters of the host's name that are told: a name of a service has 63 at most."""


def _own_address() -> str:
    """Return the address of this machine in its network. Raises OSError where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("224.0.0.251", 5353))  # sends nothing; the system chooses the interface
        return str(probe.getsockname()[0])


def serve(
    server: WyomingServer, host: str, port: int, on_ready: Callable[[int, bool], None], *, announce: bool
) -> None:
    """Serve until the process is told to end.

    Args:
        server: the server.
        host: the address to listen at.
        port: the port; 0 lets the system choose one.
        on_ready: is called once with the port, and whether the home network is told of it.
        announce: whether to tell it.

    Raises:
        OSError: the address cannot be used.
        KeyboardInterrupt, SystemExit: a signal came.
    """
    wakers: list[Callable[[], object]] = []

    def wake() -> None:
        for waker in wakers:
            waker()

    async def run(let_interrupt: Callable[[], None]) -> None:
        is_over, loop = asyncio.Event(), asyncio.get_running_loop()
        wakers.append(lambda: loop.call_soon_threadsafe(is_over.set))
        let_interrupt()
        async with server.listening(host, port) as bound:
            announcing = announced(host, bound) if announce else nullcontext(enter_result=False)
            async with announcing as is_announced:
                on_ready(bound, is_announced)
                await is_over.wait()

    with interrupted_by_request(wake) as let_interrupt:
        asyncio.run(run(let_interrupt))
