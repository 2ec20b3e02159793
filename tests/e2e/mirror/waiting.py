"""Waits for what the page says of itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.patience import patient

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SECONDS = 20.0
_POLL_MS = 20


def wait_until(page: Page, condition: str) -> None:
    """Wait until an expression of JavaScript is true in the page.

    Playwright's own `wait_for_function` evaluates it from a timer of the page when it is not true at once, which the
    page's Content-Security-Policy forbids; so it is asked again from outside.

    Raises:
        AssertionError: it was not true in time.
    """
    deadline = time.monotonic() + patient(_SECONDS)
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, f"not true in time: {condition}"
        page.wait_for_timeout(_POLL_MS)
