"""The reader of traces sees what must not be there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient
from tests.socket_trace import SERVERS_OF_THIS_MACHINE, Use, offences, uses

if TYPE_CHECKING:
    from pathlib import Path

SOUND_ONLY = r"""
41 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 7
41 connect(7, {sa_family=AF_UNIX, sun_path="/run/user/1000/pulse/native"}, 110) = 0
42 socketpair(AF_UNIX, SOCK_STREAM, 0,  <unfinished ...>
41 recvmsg(7, {msg_namelen=0}, 0) = -1 EAGAIN (Resource temporarily unavailable)
42 <... socketpair resumed>[8, 9]) = 0
41 connect(9, {sa_family=AF_UNIX, sun_path=@"/tmp/.X11-unix/X0"}, 20) = -1 ECONNREFUSED (Connection refused)
41 +++ exited with 0 +++
"""
SOUGHT_FOR_JACK = (
    "/dev/shm/jack_default_0_0",  # noqa: S108 - libjack-jackd2-0, without a server
    "/dev/shm/jack_PortAudio_0_0",  # noqa: S108 - and with one
    "/dev/shm/jack-0/default/jack_0",  # noqa: S108 - libjack0 with jackd1
    "/run/user/1000/pipewire-0",  # pipewire-jack
    "/run/pipewire/pipewire-0",
)
"""As strace saw PortAudio 19.6 do on Debian 12 with each of these packages."""
A_NAME_IS_LOOKED_UP = r"""
6573 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP <unfinished ...>
6573 connect(26, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, 16 <unfinished ...>
6574 sendto(3, "\24\0", 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20
"""


def test_local_sockets_are_no_offence_but_for_unknown_peers() -> None:
    assert offences(SOUND_ONLY.splitlines(), [r"/run/user/\d+/pulse/native"]) == [
        Use("connect", "AF_UNIX", "@/tmp/.X11-unix/X0")
    ]


def test_every_socket_of_another_family_is_one_even_in_a_line_that_was_interrupted() -> None:
    assert [use.family for use in offences(A_NAME_IS_LOOKED_UP.splitlines(), [".*"])] == [
        "AF_INET",
        "AF_INET",
        "AF_NETLINK",
    ]


@pytest.mark.parametrize("path", SOUGHT_FOR_JACK)
def test_whichever_jack_is_installed_looking_for_it_is_no_offence(path: str) -> None:
    call = f'41 connect(8, {{sa_family=AF_UNIX, sun_path="{path}"}}, 110) = -1 ENOENT (No such file or directory)'
    assert offences([call], SERVERS_OF_THIS_MACHINE) == []


@pytest.mark.parametrize("path", ["@/tmp/.X11-unix/X0", "/run/dbus/system_bus_socket", "/run/avahi-daemon/socket"])
def test_looking_for_anything_else_is_one(path: str) -> None:
    call = f'41 connect(8, {{sa_family=AF_UNIX, sun_path="{path}"}}, 110) = 0'
    assert offences([call], SERVERS_OF_THIS_MACHINE) == [Use("connect", "AF_UNIX", path)]


@pytest.mark.usefixtures("processes")
def test_a_real_trace_is_read(tmp_path: Path) -> None:
    script = (
        "import socket; socket.socketpair()\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', 9))\n"
        "u = socket.socket(socket.AF_UNIX); u.connect_ex('/nobody/is/here')"
    )
    log = tmp_path / "trace"
    subprocess.run(
        ["strace", "-f", "-qq", "-s", "200", "-e", "trace=%network", "-o", log, sys.executable, "-c", script],
        check=True, env={**os.environ}, timeout=patient(60),
    )  # fmt: skip
    found = list(uses(log.read_text().splitlines()))
    assert Use("connect", "AF_INET") in found
    assert Use("connect", "AF_UNIX", "/nobody/is/here") in found
    assert Use("socketpair", "AF_UNIX") in found
    assert socket.AF_INET.name in {use.family for use in offences(log.read_text().splitlines(), [".*"])}
