"""A network between browser and coach that can be cut: nothing is refused or closed, it just does not arrive."""

from __future__ import annotations

import selectors
import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

NAME = "localhost"
"""By which the tests' browser reaches the relay and not the coach itself."""
ADDRESS = "127.0.0.2"
"""Of this machine too, but the coach's port is free there."""


class Relay:
    """Hands on what comes to ADDRESS and the coach's port.

    Args:
        port: of the coach.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._door = socket.create_server((ADDRESS, port))
        self._ways: dict[socket.socket, socket.socket] = {}
        """From each end to the other."""
        self._selector = selectors.DefaultSelector()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.is_cut = False

    def __enter__(self) -> Self:
        """Begin."""
        self._selector.register(self._door, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything."""
        self._is_ending = True
        self._thread.join()
        for end in (self._door, *self._ways):
            end.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._is_ending:
            for key, _ in self._selector.select(0.05):
                end = key.fileobj
                assert isinstance(end, socket.socket)
                if end is self._door:
                    self._join(end.accept()[0])
                elif end in self._ways:
                    self._hand_on(end)

    def _join(self, near: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self._port))
        for one, other in ((near, far), (far, near)):
            self._ways[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _hand_on(self, end: socket.socket) -> None:
        try:
            content = end.recv(65536)
            if content and not self.is_cut:
                self._ways[end].sendall(content)
        except OSError:
            content = b""
        if not content:
            for one in (end, self._ways[end]):
                self._selector.unregister(one)
                self._ways.pop(one)
                one.close()
