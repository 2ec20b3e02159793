"""Tells systemd that the service is ready, that its loop still runs, what it is doing, and that it is stopping.

Each message is a datagram of lines NAME=VALUE to the socket that NOTIFY_SOCKET names: see the man pages sd_notify(3)
and sd_watchdog_enabled(3).
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from voice_coach.routines import Phase
from voice_coach.session.commands import Show
from voice_coach.session.view import Attention

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.session.commands import Command
    from voice_coach.session.events import Event
    from voice_coach.session.view import View

_MICROSECONDS = 1e6
_WORDS = {
    Phase.IDLE: "no routine is running",
    Phase.BRIEFING: "explaining",
    Phase.APPLYING: "the mask is being put on",
    Phase.HOLDING: "the mask is on",
    Phase.PAUSED: "paused",
    Phase.REMOVING: "the mask is being taken off",
    Phase.AFTERCARE: "the care after the mask",
    Phase.DONE: "the routine is over",
}
_ATTENTION = {
    Attention.LOADING: "the ears are loading",
    Attention.LISTENING: "listening",
    Attention.STANDBY: "on standby",
    Attention.DEAF: "hears nothing",
    Attention.CLOSED: "closed",
}


class SystemdPulse:
    """A Pulse and Observer of the loop that sends messages to systemd.

    It sends READY with the first beat, WATCHDOG with every beat, and STATUS when the situation changes; without systemd
    it sends nothing. No method waits or raises. A message that does not fit into systemd's queue is dropped; only READY
    is sent again with the next beat.

    Args:
        environment: the environment variables; NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are read.
        pid: the number of the process.
    """

    def __init__(self, environment: Mapping[str, str], pid: int) -> None:
        self._socket = _connected(environment.get("NOTIFY_SOCKET", ""))
        watchdog = None if self._socket is None else watchdog_seconds(environment, pid)
        self._is_watched = watchdog is not None
        self.seconds = None if watchdog is None else watchdog / 2
        """Seconds that may pass between two beats: half the watchdog's timeout; None if there is no watchdog."""
        self._is_up = False
        self._status = ""

    def beat(self) -> None:
        """Tell systemd that the loop still runs."""
        if not self._is_up:
            self._is_up = self._send("READY=1")
        if self._is_watched:
            self._send("WATCHDOG=1")

    def observe(self, _event: Event, commands: tuple[Command, ...]) -> None:
        """Tell systemd in words what the coach is doing, if that has changed."""
        for command in commands:
            if isinstance(command, Show) and (status := in_words(command.view)) != self._status:
                self._status = status
                self._send(f"STATUS={status}")

    def stop(self) -> None:
        """Tell systemd that the program is stopping, and close the socket."""
        self._send("STOPPING=1")
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> bool:
        if self._socket is None:
            return False
        try:
            self._socket.send(message.encode())
        except OSError:
            return False
        return True


def pulse_of_this_process() -> SystemdPulse:
    """Make the SystemdPulse that the environment of this process asks for."""
    return SystemdPulse(os.environ, os.getpid())


def watchdog_seconds(environment: Mapping[str, str], pid: int) -> float | None:
    """Return how many seconds systemd waits for a heartbeat of this process; None if it does not wait for any."""
    if environment.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    given = environment.get("WATCHDOG_USEC", "")
    return int(given) / _MICROSECONDS if given.isdecimal() and int(given) > 0 else None


def in_words(view: View) -> str:
    """Describe in one line what the coach is doing, for `systemctl status`."""
    doing = _WORDS[view.phase]
    if view.step_number:
        doing = f"step {view.step_number} of {view.step_count}, {doing}"
    return " ".join("; ".join((doing, _ATTENTION[view.attention], *view.faults)).split())


def _connected(address: str) -> socket.socket | None:
    """Return a non-blocking socket that is connected to an address; None if it is empty or cannot be connected to."""
    if not address.startswith(("/", "@")):
        return None
    one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.settimeout(0.0)
    try:
        one.connect("\0" + address[1:] if address.startswith("@") else address)
    except OSError:
        one.close()
        return None
    return one
