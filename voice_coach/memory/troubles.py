"""Which troubles there are, from several sources, each told once."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from voice_coach.core.events import Trouble, TroubleBegan, TroubleOver

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.core.events import Event

_log = logging.getLogger(__name__)


class Troubles:
    """A trouble begins with its first source and is over with its last. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sources: dict[Trouble, set[str]] = {}
        self._post: Callable[[Event], None] = lambda _event: None

    def start(self, post: Callable[[Event], None]) -> None:
        """Post those that there are, and all changes from now on."""
        with self._lock:
            self._post = post
            for trouble, sources in self._sources.items():
                if sources:
                    post(TroubleBegan(trouble=trouble))

    def begin(self, trouble: Trouble, source: str, reason: object) -> None:
        """Something does not work."""
        with self._lock:
            sources = self._sources.setdefault(trouble, set())
            if source in sources:
                return
            sources.add(source)
            if len(sources) == 1:
                self._post(TroubleBegan(trouble=trouble))
        with suppress(Exception):  # a log that cannot be written is no reason to keep silent
            _log.warning("%s, %s: %s", trouble.value, source, reason)

    def end(self, trouble: Trouble, source: str) -> None:
        """It works again."""
        with self._lock:
            sources = self._sources.get(trouble, set())
            if source in sources:
                sources.discard(source)
                if not sources:
                    self._post(TroubleOver(trouble=trouble))
