"""Fixtures for tests that need sound."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.patience import patient
from voice_coach.rehearsal.card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure; timing is the benches' affair
settings.load_profile("unhurried")

END_TO_END = Path(__file__).parent / "e2e"
ALONE = (END_TO_END / "test_clock_steps.py", END_TO_END / "test_mirror_rehearsal.py")
"""What is measured there to some hundredths of a second, or beside a crowd, wants the machine for itself."""
BROWSED = END_TO_END / "mirror"
CARDS = frozenset({"card", "sound_card"})


def pytest_configure() -> None:
    """Programs that the tests start take Ctrl-C, though the shell lets a job in its background ignore it.

    What is ignored is handed on to children (signal(7)); what is handled is not, so they start with the default. The
    tests themselves go on ignoring what their caller wants to be ignored: SIGHUP is the one of nohup.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What speaks in real time comes last, and what needs the machine for itself at the very end.

    Both are marked (`sound`, `alone`), so that scripts/test can run the rest beside or before them. A test's own limit,
    or else the one of pyproject.toml, grows with the machine.
    """
    for item in items:
        if _makes_sound(item):
            item.add_marker(pytest.mark.sound)
        if item.path in ALONE:
            item.add_marker(pytest.mark.alone)
        own, given = item.get_closest_marker("timeout"), item.config.getoption("timeout")
        seconds = own.args[0] if own else item.config.getini("timeout")
        if seconds and (own or given is None):
            item.add_marker(pytest.mark.timeout(patient(float(seconds))), append=False)
    items.sort(key=lambda item: (item.path.is_relative_to(END_TO_END), item.path in ALONE))


def _makes_sound(item: pytest.Item) -> bool:
    """Whether a test uses a virtual sound card, or a whole program in real time."""
    fixtures: Sequence[str] = getattr(item, "fixturenames", ())
    return not CARDS.isdisjoint(fixtures) or (item.path.is_relative_to(END_TO_END) and BROWSED not in item.path.parents)


@pytest.fixture(scope="session")
def card() -> Iterator[VirtualCard]:
    """A virtual sound card for child processes: give them `card.environment`. It is taken down on SIGTERM too."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: pytest.exit("terminated"))
    with VirtualCard() as virtual_card:
        yield virtual_card


@pytest.fixture(scope="session")
def sound_card(card: VirtualCard) -> Iterator[VirtualCard]:
    """The same card for this process too: for tests that open streams themselves.

    PortAudio looks at the devices when sounddevice is first imported, and the library reads the process's
    environment; so no module may import sounddevice before a test that asks for this.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in card.environment.items():
            patch.setenv(name, value)
        yield card
