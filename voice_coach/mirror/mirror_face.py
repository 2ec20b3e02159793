"""The mirror as a face of the coach. A thread of its own serves the page, so the coach never waits for a browser."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.errors import FaceError
from voice_coach.face.base import NO_KEYS, Face
from voice_coach.mirror.client_auth import Callers
from voice_coach.mirror.feed import Feed
from voice_coach.mirror.invitation import Inviter
from voice_coach.mirror.limits import ConnectionLimit, Limits
from voice_coach.mirror.listeners import encryption_of, is_this_machine, open_listeners

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from voice_coach.face.base import KeyNames, PostHeard
    from voice_coach.language.wording import Sentences, Wording
    from voice_coach.mirror.limits import LimitedSocket
    from voice_coach.mirror.listeners import Address
    from voice_coach.mirror.pairing import Pairing
    from voice_coach.session.view import View

_WAIT_SECONDS = 1.0
"""Seconds before a server that has ended by itself is started again; they double with each try."""
_LONGEST_WAIT_SECONDS = 300.0
"""Seconds at most between two tries; long, so that a lasting fault does not fill the log."""
_DOUBLINGS = 9
"""How often the wait is doubled, at most; this keeps the number small."""
_STOP_SECONDS = 2.0
"""Seconds to wait for the thread to end."""

_log = logging.getLogger(__name__)


class MirrorFace(Face):
    """The face that serves a page for browsers, and the same state as a feed for other programs.

    Args:
        address: the address to serve at.
        texts: the texts of the page.
        wording: has the language of the texts.
        pairing: knows the paired devices, which may see the page from elsewhere.
        is_patient: whether a port or certificate that cannot be used at the start is tried again, instead of an error.
        urls: returns the addresses to which a first phone is invited on this machine's own screen; None for no
            invitation.
        limits: the limits on clients; None for the usual ones.
        is_here: returns whether a network address is one of this machine.
    """

    keys: KeyNames = NO_KEYS

    def __init__(  # noqa: PLR0913 - the last two are for tests
        self,
        address: Address,
        texts: Sentences,
        wording: Wording,
        pairing: Pairing,
        *,
        is_patient: bool = False,
        urls: Callable[[], Sequence[str]] | None = None,
        limits: Limits | None = None,
        is_here: Callable[[str], bool] = is_this_machine,
    ) -> None:
        self._address = address
        self._texts = texts
        self._wording = wording
        self._pairing = pairing
        self._is_patient = is_patient
        self._inviter = Inviter(pairing, urls or tuple)
        self._limits = limits or Limits()
        self._is_here = is_here
        self._feed = Feed(wording.language, self._limits.states_per_second)
        self._encryption: ssl.SSLContext | None = None
        self._is_stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port on which it serves; known after start."""
        return self._address.port

    def start(self, post: PostHeard) -> None:
        """Open the port, and begin to serve.

        Args:
            post: Takes a CommandHeard for each button, in the server's thread.

        Raises:
            FaceError: the port is taken or the certificate is wrong, and `is_patient` is false.
        """
        listeners: list[LimitedSocket] = []
        try:
            listeners = self._open_listeners()
        except FaceError as error:
            if not self._is_patient:
                raise
            _log.warning("the mirror has to wait: %s", error)
        self._thread = threading.Thread(target=self._run, args=(post, listeners), name="mirror", daemon=True)
        self._thread.start()

    def show(self, view: View) -> None:
        """Show a view from now on."""
        self._feed.show(view)

    def tell_loading(self, done: int, total: int) -> None:
        """Show how many sounds of a calibration are done, of how many; from any thread."""
        self._feed.tell_loading(done, total)

    def stop(self) -> None:
        """End all streams and close the port; may be called again."""
        self._feed.end()
        self._is_stopping.set()
        if self._thread is None:
            return
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            _log.warning("the mirror does not end; it is left behind")
        self._thread = None

    def _run(self, post: PostHeard, listeners: list[LimitedSocket]) -> None:
        for count in itertools.count():
            try:
                self._serve(post, listeners or self._open_listeners())
            except FaceError as error:
                _log.warning("the mirror has to wait: %s", error)
            except Exception:  # noqa: BLE001 - whatever it is, the coach goes on
                _log.exception("the mirror's server has failed")
            listeners = []
            if self._is_stopping.wait(min(_WAIT_SECONDS * 2 ** min(count, _DOUBLINGS), _LONGEST_WAIT_SECONDS)):
                return

    def _serve(self, post: PostHeard, listeners: list[LimitedSocket]) -> None:
        from voice_coach.mirror.server import Site, serve  # noqa: PLC0415 - large: the first sound must not wait for it

        site = Site(
            texts=self._texts,
            wording=self._wording,
            pairing=self._pairing,
            inviter=self._inviter,
            feed=self._feed,
            post=post,
            limits=self._limits,
            callers=Callers(self._is_here, self._address.proxy),
            clients=self._clients,
            encryption=self._encryption,
        )
        asyncio.run(serve(site, listeners))

    def _open_listeners(self) -> list[LimitedSocket]:
        """Read the certificate, which may have been renewed, and open the listening sockets.

        Raises:
            FaceError: the port is taken or the certificate is wrong.
        """
        self._encryption = encryption_of(self._address)
        self._clients = ConnectionLimit(self._limits, self._is_here, is_encrypted=self._encryption is not None)
        listeners = open_listeners(self._address, self._clients)
        self._address = replace(self._address, port=listeners[0].getsockname()[1])
        return listeners
