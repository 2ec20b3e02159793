"""What goes wrong while guests are served, as the log tells it: who is gone is worth a line, and no line comes often.

A crowd that comes and goes must not fill the log, nor hide in it what else went wrong.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY_SECONDS = 60.0
_MOST_KINDS = 64
_LOGGERS = ("uvicorn.error", "asyncio", __name__)
_GONE = (OSError, asyncio.CancelledError)
"""What is raised where the other end is not there any more, or was left when the server ended."""

_log = logging.getLogger(__name__)


class Seldom(logging.Filter):
    """Lets a record of each kind through once a minute, and takes its traceback away where only a guest has gone.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: OrderedDict[tuple[str, str, object], float] = OrderedDict()
        """When a record of a kind was let through last."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it; changes it."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, _GONE):
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
            record.msg, record.args = "a guest of the mirror has gone: %s", (error or type(error).__name__,)
        kind = (record.name, str(record.msg), type(error))
        now = self._clock()
        if now - self._told.get(kind, -_EVERY_SECONDS) < _EVERY_SECONDS:
            return False
        self._told[kind] = now
        self._told.move_to_end(kind)
        if len(self._told) > _MOST_KINDS:
            self._told.popitem(last=False)
        return True


_seldom = Seldom()


def be_brief() -> None:
    """Let all that uvicorn and asyncio tell of guests pass through one filter; may be called again."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_seldom)


def on_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tell what went wrong in a loop; for `set_exception_handler`."""
    error = context.get("exception")
    _log.error("the mirror's server: %s", context["message"], exc_info=error)
