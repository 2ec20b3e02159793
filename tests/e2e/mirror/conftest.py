"""Debian's chromium, one for all tests, and a page that must make no mistake."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.e2e.mirror.relay import ADDRESS, NAME
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

_CHROMIUM = "/usr/bin/chromium"
_PATIENCE_MS = patient(20_000)

collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]
"""The light set-up of the quick tests brings no browser, and none of these is quick."""


@pytest.fixture(scope="session")
def browser(processes: None) -> Iterator[Browser]:
    """Start it once."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - the light set-up has none

    expect.set_options(timeout=_PATIENCE_MS)
    arguments = [f"--host-resolver-rules=MAP {NAME} {ADDRESS}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that knows nothing of earlier tests."""
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 800, "height": 480})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab. Afterwards: no script has failed, nothing was blocked, nothing was asked of anybody else."""
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    mistakes: list[str] = []
    asked: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refused or lost request is told as an error, too; those are what tests are about.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            mistakes.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda response: mistakes.extend(_missing(response)))
    yield page
    origin = "/".join(page.url.split("/")[:3])
    assert mistakes == []
    assert [url for url in asked if not url.startswith(f"{origin}/")] == []


def _missing(response: Response) -> list[str]:
    return [response.url] if response.status == 404 else []
