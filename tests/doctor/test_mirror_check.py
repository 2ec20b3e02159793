"""The doctor tries the port and the certificate of a mirror that the settings ask for."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.doctor.circumstances import circumstances_with
from voice_coach.doctor.finding import CheckState, Finding
from voice_coach.doctor.setup_checks import check_mirror
from voice_coach.memory.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def look(settings: Settings, *, is_running: bool = False) -> Finding:
    return check_mirror(circumstances_with(settings, is_running=is_running))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_none_is_fine() -> None:
    assert look(Settings()).state is CheckState.OK


def test_a_port_that_is_free_is_fine_and_is_free_afterwards() -> None:
    settings = Settings(page=free_port())
    assert [look(settings).state for _ in range(2)] == [CheckState.OK] * 2


def test_a_port_that_another_program_has_is_a_failure_with_the_command_that_tells_which() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = look(Settings(page=port))
    assert (found.state, found.remedy) == (CheckState.FAILURE, f"ss -ltnp 'sport = :{port}'")
    assert f"Port {port} is taken" in found.meaning


def test_the_port_that_the_running_coach_has_is_fine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert look(Settings(page=server.getsockname()[1]), is_running=True).state is CheckState.OK


def test_a_certificate_that_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    found = look(Settings(page=free_port(), page_certificate=str(tmp_path / "none.pem")))
    assert found.state is CheckState.FAILURE
    assert "none.pem cannot be read" in found.meaning


def test_a_key_without_a_certificate_encrypts_nothing_and_is_a_failure() -> None:
    assert "page_key has no certificate" in look(Settings(page=free_port(), page_key="key.pem")).meaning
