"""Whatever happens to a check, it becomes a finding, and in time."""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.doctor.circumstances import circumstances_with
from tests.patience import patient
from voice_coach.doctor.finding import CheckContext, CheckState, Finding, load_texts, ok
from voice_coach.doctor.runner import CHECKS, Check, run_checks
from voice_coach.library import load_language
from voice_coach.memory.settings import Settings
from voice_coach.rehearsal.virtual_card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = circumstances_with()
BY_NAME = {check.name: check for check in CHECKS}


def raises(_circumstances: CheckContext) -> Finding:
    message = "on purpose"
    raise OSError(message)


def hangs(_circumstances: CheckContext) -> Finding:
    time.sleep(30)
    return ok("hangs", "")


@contextmanager
def stopped(card: VirtualCard) -> Iterator[None]:
    """The card's server does not answer any more."""
    folder = str(Path(card.environment["PULSE_RUNTIME_PATH"]).parent)
    (server,) = (
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.read_bytes().startswith(b"pulseaudio\0") and folder in path.read_text()
    )
    os.kill(server, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server, signal.SIGCONT)


def test_a_check_that_raises_is_a_warning_or_where_it_is_vital_a_failure() -> None:
    finding = run_checks(Check("raises", raises), NOBODY)
    assert (finding.name, finding.state) == ("raises", CheckState.WARNING)
    assert finding.meaning == "This check could not be made (on purpose)."
    assert "voice-coach doctor" not in finding.remedy, "the doctor is no remedy for the doctor"
    assert finding.remedy
    assert run_checks(Check("raises", raises, is_vital=True), NOBODY).state is CheckState.FAILURE


def test_a_check_that_hangs_is_left_behind() -> None:
    began = time.monotonic()
    finding = run_checks(Check("hangs", hangs, seconds=0.2), NOBODY)
    assert "did not end within 0.2 seconds" in finding.meaning
    assert time.monotonic() - began < patient(10)


@pytest.mark.usefixtures("processes")
def test_a_process_that_crashes_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crashing = tmp_path / "python"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(stat.S_IRWXU)
    monkeypatch.setattr(sys, "executable", str(crashing))
    finding = run_checks(BY_NAME["portaudio"], NOBODY)
    assert finding.state is CheckState.FAILURE
    assert "it crashed with SIGSEGV" in finding.meaning


@pytest.mark.usefixtures("processes")
def test_a_process_that_ends_with_an_error_tells_its_last_line_only() -> None:
    finding = run_checks(Check("no_such_check", raises, is_apart=True), NOBODY)
    assert finding.meaning == "This check could not be made (StopIteration)."


@pytest.mark.usefixtures("processes")
@pytest.mark.timeout(120)
def test_portaudio_that_hangs_since_its_server_does_is_ended_and_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with VirtualCard() as card:
        for name, value in card.environment.items():
            monkeypatch.setenv(name, value)
        with stopped(card):
            began = time.monotonic()
            microphone = run_checks(replace(BY_NAME["microphone_level"], seconds=4.0), NOBODY)
            server = run_checks(BY_NAME["sound_server"], NOBODY)
            assert time.monotonic() - began < patient(20)
        assert run_checks(BY_NAME["sound_server"], NOBODY).state is CheckState.OK
    assert (microphone.state, server.state) == (CheckState.FAILURE, CheckState.WARNING)
    assert "did not end within 4 seconds" in microphone.meaning
    assert "does not answer" in server.meaning
    assert microphone.remedy == server.remedy
    assert "pulseaudio" in server.remedy or "pipewire" in server.remedy


def test_findings_survive_the_way_between_processes() -> None:
    finding = ok("voice", "It speaks.", render_seconds=0.1)
    assert Finding.from_json(finding.as_json()) == finding


@pytest.mark.usefixtures("processes")
def test_a_check_in_a_process_of_its_own_is_made_with_the_same_settings_and_language() -> None:
    finding = run_checks(BY_NAME["hands"], circumstances_with(Settings(language="ko", light_pin=4), is_running=True))
    assert finding.figures["light_pin"] == 4
    assert finding.meaning == load_texts(load_language("ko")).say("hands.taken")
