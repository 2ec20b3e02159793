"""How much anybody may ask of the mirror. The coach is a small computer with a voice: that comes first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits; times in seconds, sizes in bytes."""

    streams: int = 128
    """A household has a handful of screens; the load test shows that the voice is unharmed by so many."""
    streams_kept: int = 16
    """Of these, for this machine."""
    connections: int = 192
    """All streams, and some more for pages that load and buttons that are pressed; what comes then gets a 503."""
    connections_kept: int = 32
    """Of these, for this machine's own screen and programs: whatever happens in the network, they are served."""
    connections_of_strangers: int = 64
    """Of these at most, off this machine and without a valid key. Who wants to be paired needs six for a moment."""
    refusals: int = 48
    """Connections that are being told so at the same time. What comes beyond that is told in one go, and closed."""
    waiting: int = 1024
    """Connections that the system keeps until we get to them."""
    connections_per_address: int = 24
    """Off this machine, so that one device in the home cannot take all seats. A browser opens six. For strangers all
    addresses of IPv6 in a /64 are one, since a host can take as many of them as it likes."""
    requests_per_second: float = 20
    """Off this machine, for each key, and without one for each address, counted as above; in bursts of five times as
    many: a page that loads needs five."""
    head: int = 8192
    """Of a request. Browsers send 1 kB."""
    header_lines: int = 64
    """Browsers send 20."""
    head_seconds: float = 5
    """From the first byte, or from the connection, to the end of the head. TLS has to be agreed on in as many."""
    body: int = 4096
    """The largest that makes sense has 120."""
    body_seconds: float = 5
    drained_seconds: float = 1
    """How long what nobody wants to read is read nevertheless: a connection that is closed on unread bytes is reset,
    and its client may never see the answer."""
    idle_seconds: int = 10
    """Between two requests of a connection."""
    send_seconds: float = 5
    """How long a client may take to receive what was sent. Then it is dropped; nothing is kept for it."""
    send_buffer: int = 16_384
    """Of the system, for each connection: a few states, so that a client that does not read is noticed soon."""
    commands_per_second: float = 5
    """For each device. Nobody presses buttons faster."""
    command_burst: int = 10
    remembered_ids: int = 1000
    """Of commands, so that none counts twice."""
    states_per_second: float = 20
    """In a stream. More cannot be seen."""
    beat_seconds: float = 5
    """Between two signs of life in a stream."""
