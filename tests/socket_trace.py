"""What strace saw a program do with sockets: `strace -f -qq -s 200 -e trace=%network -o FILE PROGRAM`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CALL = re.compile(r"^(?:\d+ +)?(?P<name>[a-z_0-9]+)\((?P<arguments>.*)")
"""A call's first line; that of a call that another thread interrupts in the trace has all its arguments, too."""
SERVERS_OF_THIS_MACHINE = (
    r"/(dev/shm|tmp)/jack[-_].+",  # JACK 2 and JACK 1: PortAudio looks whether they are there
    r"/.+/pipewire-\d+",  # PipeWire, where its library takes JACK's place
    r"/(var/)?run/nscd/socket",  # the C library looks for a cache of user names
)
"""What system libraries look for by themselves, as whole paths; which of it depends on what a machine has installed."""

_MAKES = {"socket", "socketpair"}
_FAMILY = re.compile(r"\b(?:AF|PF)_[A-Z0-9]+")
_ADDRESS = re.compile(r"sa_family=(?P<family>AF_[A-Z0-9]+)(?:, sun_path=(?P<path>@?\"[^\"]*\"))?")


@dataclass(frozen=True, slots=True)
class Use:
    """A socket that was made, or a peer that was named."""

    call: str
    family: str
    path: str = ""
    """Of a peer of AF_UNIX; an abstract one begins with @."""


def uses(trace: Iterable[str]) -> Iterator[Use]:
    """All sockets that were made, and all addresses that were connected to, bound or sent to."""
    for line in trace:
        call = _CALL.match(line)
        if call is None:
            continue
        name, arguments = call["name"], call["arguments"]
        if name in _MAKES:
            family = _FAMILY.match(arguments)
            yield Use(name, family[0] if family else arguments)
        for address in _ADDRESS.finditer(arguments):
            yield Use(name, address["family"], (address["path"] or "").replace('"', ""))


def offences(trace: Iterable[str], allowed_peers: Iterable[str]) -> list[Use]:
    """All that is neither a socket of AF_UNIX nor one of these peers (regular expressions of whole paths)."""
    allowed = [re.compile(pattern) for pattern in allowed_peers]
    return [
        use
        for use in uses(trace)
        if use.family != "AF_UNIX" or (use.path and not any(pattern.fullmatch(use.path) for pattern in allowed))
    ]
