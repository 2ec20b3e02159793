"""A coach with a mirror that has little patience, and what must hold after whatever a client did."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from tests.mirror.coaching import Coaching, coaching
from voice_coach.mirror.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mirror.serving import Served

HASTY = replace(
    Limits(),
    head_seconds=0.4,
    body_seconds=0.4,
    drained_seconds=0.4,
    send_seconds=0.5,
    idle_seconds=1,
    keepalive_seconds=0.2,
    commands_per_second=1000,
    command_burst=1000,
)


_MAKE_CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
    "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out certificate.pem"
)


@pytest.fixture(autouse=True)
def _cheap_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash of a code is slow on purpose, and tests guess hundreds of times."""
    monkeypatch.setattr("voice_coach.mirror.paired_devices._COST", {"n": 2, "r": 1, "p": 1})


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate of one's own, as docs/mirror.md makes one."""

    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Identity:
    """Make one for this machine."""
    folder = tmp_path_factory.mktemp("identity")
    subprocess.run(_MAKE_CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)
    return Identity(folder / "certificate.pem", folder / "key.pem")


@pytest.fixture(scope="module")
def coach() -> Iterator[Coaching]:
    """A coach that runs."""
    with coaching(limits=HASTY, speech_seconds=0.02) as running:
        yield running


@pytest.fixture
def mirror(coach: Coaching, caplog: pytest.LogCaptureFixture) -> Iterator[Served]:
    """Its mirror; after the test the coach must still answer, and nothing have gone wrong inside."""
    yield coach.served
    before = coach.wait_for(lambda state: state["activity"] == "listening")["revision"]
    assert coach.served.press("which_step").status == 202
    coach.wait_for(lambda state: state["revision"] > before)
    assert_quiet(caplog)


def assert_quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing that a client did left a traceback in the log."""
    assert [record.getMessage() for record in caplog.records if record.exc_info or record.levelname == "ERROR"] == []
    assert "Traceback" not in caplog.text
