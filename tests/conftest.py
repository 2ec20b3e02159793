"""What every test has: marks from its fixtures, patience, and the fixtures that stand for what is slow or rare."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.command_line import Done, run_here
from tests.patience import patient
from tests.uses import Guard, marks_of
from voice_coach.rehearsal.virtual_card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Coach = Callable[..., Done]


# A busy machine is no failure: timing is the benches' affair. scripts/test quick asks for the second. Fifty examples a
# property, not a hundred: the whole run has a quarter of an hour, and it is made many times a day with other examples.
settings.register_profile("unhurried", deadline=None, max_examples=50)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("unhurried")

_guard = Guard()


def pytest_configure() -> None:
    """Programs that the tests start take Ctrl-C, though the shell lets a job in its background ignore it.

    What is ignored is handed on to children (signal(7)); what is handled is not, so they start with the default. The
    tests themselves go on ignoring what their caller wants to be ignored: SIGHUP is the one of nohup.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by what it uses, and put them in order.

    A test that explains other failures comes first. Tests with children, models or a browser come before the pure
    ones, which take little time each and keep all workers busy to the end; tests with sound come last.

    A test's own limit of time, or else the one of pyproject.toml, grows with the machine.
    """
    for item in items:
        for mark in marks_of(item):
            item.add_marker(mark)
        own, given = item.get_closest_marker("timeout"), item.config.getoption("timeout")
        seconds = own.args[0] if own else item.config.getini("timeout")
        if seconds and (own or given is None):
            item.add_marker(pytest.mark.timeout(patient(float(seconds))), append=False)
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, ...]:
    has = {mark.name for mark in item.iter_markers()}
    is_alone, has_sound = "alone" in has, "sound" in has
    # Of those alone the ones with sound begin: they take minutes, and scripts/test lets silent tests end beside them.
    return is_alone, has_sound != is_alone, "first" not in has, not has & {"process", "model", "browser"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Keep its fixtures to what they stand for."""
    _guard.watch(item)
    try:
        yield
    finally:
        _guard.rest()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Keep the test to what its fixtures stand for."""
    _guard.watch(item)
    try:
        yield
    finally:
        _guard.rest()


@pytest.fixture(scope="session")
def processes() -> None:
    """Stands for children: whoever starts a process, or lets the coach start one, asks for it."""


@pytest.fixture(scope="session")
def models() -> None:
    """Stands for models of speech: whoever loads one into this process, or needs its files, asks for it."""


@pytest.fixture(scope="session")
def real_time(processes: None) -> None:
    """Stands for a whole program that speaks and is spoken to in real time, on a card that it makes itself."""


@pytest.fixture(scope="session")
def whole_machine() -> None:
    """Stands for quiet: what is measured to some hundredths of a second, or beside many clients, runs by itself."""


@pytest.fixture(scope="session")
def lasting_card(processes: None) -> Iterator[VirtualCard]:
    """The card that the tests with sound share. It is taken down on SIGTERM too."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: pytest.exit("terminated"))
    with VirtualCard() as virtual_card:
        yield virtual_card


@pytest.fixture
def card(lasting_card: VirtualCard) -> VirtualCard:
    """A virtual sound card for child processes: give them `card.environment`.

    If a test has left it broken, a new one takes its place, so that the others do not all fail as well.
    """
    if not lasting_card.is_up():
        warnings.warn("the virtual sound card no longer worked and was started anew", stacklevel=1)
        lasting_card.__exit__(None, None, None)
        lasting_card.__enter__()
    return lasting_card


@pytest.fixture
def sound_card(card: VirtualCard, monkeypatch: pytest.MonkeyPatch) -> VirtualCard:
    """The same card for this process too: for tests that open streams themselves.

    PortAudio looks at the devices when sounddevice is first imported, and the library reads the process's
    environment; so no module may import sounddevice before a test that asks for this.
    """
    for name, value in card.environment.items():
        monkeypatch.setenv(name, value)
    return card


_ALSA = {
    "speaker": "pcm.!default { type asym playback.pcm { type null } }\n",
    "both": "pcm.!default { type null }\n",
    "none": "pcm.unusable { type file }\n",
}
"""Sound cards for a child that must not find one, or only half of one."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder that the program sees."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def coach(home: Path) -> Coach:
    """Runs `voice-coach ARGUMENTS` in this process; what needs more than click takes `program`."""

    def run(*arguments: object, stdin: str = "", **environment: str) -> Done:
        alone = {"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": os.devnull}
        return run_here([str(argument) for argument in arguments], {**alone, **environment}, stdin)

    return run


@pytest.fixture
def program(home: Path, tmp_path: Path, processes: None) -> Coach:
    """Runs `python -m voice_coach ARGUMENTS` as a child and waits; `card` says which sound card it finds."""

    def run(*arguments: object, card: str = "none", stdin: str = "", **environment: str) -> Done:
        alsa = tmp_path / "asound.conf"
        alsa.write_text(_ALSA[card])
        return subprocess.run(
            [sys.executable, "-m", "voice_coach", *map(str, arguments)],
            env={"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": str(alsa), **environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=patient(60),
        )

    return run


@pytest.fixture
def broken_package(tmp_path: Path) -> str:
    """A folder for the Python path in which hibari is broken."""
    package = tmp_path / "broken" / "hibari"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('broken')\n")
    return str(package.parent)
