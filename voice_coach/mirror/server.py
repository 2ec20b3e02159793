"""Uvicorn as we want it: on our own sockets, quiet, without signals. Imported by its thread only, since it is large."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from voice_coach.mirror.application import Application
from voice_coach.mirror.connections import Connection, connect
from voice_coach.mirror.gate import Gate
from voice_coach.mirror.seldom import be_brief, on_error
from voice_coach.mirror.static_files import read_files
from voice_coach.mirror.visitor import Permission

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

    from voice_coach.core.events import Heard
    from voice_coach.core.sentences import Sentences
    from voice_coach.core.wording import Wording
    from voice_coach.mirror.callers import Callers
    from voice_coach.mirror.crowd import Crowd, Door
    from voice_coach.mirror.feed import Feed
    from voice_coach.mirror.limits import Limits
    from voice_coach.mirror.pairing import Pairing


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All that the server is made of."""

    texts: Sentences
    wording: Wording
    pairing: Pairing
    feed: Feed
    post: Callable[[Heard], None]
    limits: Limits
    callers: Callers
    crowd: Crowd
    encryption: ssl.SSLContext | None = None


async def serve(site: Site, doors: Sequence[Door]) -> None:
    """Serve until the feed is over; the doors are closed then."""
    config = uvicorn.Config(
        _application(site),
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="error",  # what clients do wrong is nothing to tell
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who asks is who is connected
        timeout_keep_alive=site.limits.idle_seconds,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=site.limits.head,
    )
    server = _Server(config, site)
    be_brief()
    asyncio.get_running_loop().set_exception_handler(on_error)
    with site.feed.serving(asyncio.get_running_loop()):
        try:
            await server.serve(list(doors))
        finally:
            server.leave_nothing(doors)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, site: Site) -> None:
        super().__init__(config)
        self._site = site
        self.servers = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Let clients in by the doors, as uvicorn does, but with an end to the patience for TLS, too."""
        loop, limits = asyncio.get_running_loop(), self._site.limits
        patience: dict[str, Any] = {}
        if self._site.encryption:
            patience = {
                "ssl_handshake_timeout": limits.head_seconds,
                "ssl_shutdown_timeout": limits.drained_seconds,
            }
        new_connection = connect(self.config, self.server_state, limits)
        self.servers = [
            await loop.create_server(
                new_connection, sock=door, ssl=self._site.encryption, backlog=limits.waiting, **patience
            )
            for door in sockets or ()
        ]
        self.started = True

    def leave_nothing(self, doors: Sequence[Door]) -> None:
        """Close what is still open when it fails, so that another can take its place."""
        for server in self.servers:
            server.close()
        for door in doors:
            door.close()
        for connection in self.server_state.connections:
            connection.transport.abort()

    async def on_tick(self, counter: int) -> bool:
        """Look, ten times a second, whether to end."""
        return await super().on_tick(counter) or self._site.feed.is_over


def _application(site: Site) -> ASGIApp:
    permission = Permission(site.pairing, site.callers)
    application = Application(
        files=read_files(site.texts, site.wording.language),
        feed=site.feed,
        permission=permission,
        pairing=site.pairing,
        wording=site.wording,
        post=site.post,
        limits=site.limits,
    )
    return Gate(application.routes(), site.limits, permission, site.crowd)
