"""Who only watches or helps must not end what matters: the countdown of a mask."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_log = logging.getLogger(__name__)


@contextmanager
def bystander(name: str, on_failure: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Log whatever is raised inside, instead of raising it; Ctrl-C and SystemExit still pass.

    Args:
        name: of who it is that acts here.
        on_failure: called then.
    """
    try:
        yield
    except Exception:  # noqa: BLE001 - that is the point
        _log.exception("%s failed, and the coach goes on", name)
        on_failure()
