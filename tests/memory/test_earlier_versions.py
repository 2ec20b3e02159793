"""What earlier versions of the coach left on the disk is still read: files kept from each."""

from __future__ import annotations

import shutil
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.memory.masks import FRIDAY, history_in
from tests.memory.notes import keeper_in
from tests.session.conversation import Conversation, fresh_session
from voice_coach.memory.clocks import read_stamp
from voice_coach.memory.history.history_file import read_sessions
from voice_coach.memory.journal import Journal
from voice_coach.memory.journal_records import VERSION
from voice_coach.memory.session_store import JOURNAL_NAME
from voice_coach.memory.settings import Settings, load_settings
from voice_coach.routines import Milestone, Phase
from voice_coach.routines.past_masks import SessionStarted, StepReached
from voice_coach.session.events import Restored
from voice_coach.session.named_timers import NamedTimer
from voice_coach.session.persistence import Snapshot
from voice_coach.session.timer import Countdown

KEPT = Path(__file__).parents[1] / "kept"
IN_THE_HOLD = Snapshot(
    step="relax",
    is_daytime=True,
    is_paused=True,
    hold_seconds=900.0,
    countdown=Countdown(900.0, 445.25, None),
    past=frozenset({0, 1}),
    routine="facial_mask",
)
"""What the last record of each kept journal tells, but for what only some versions know."""


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    path = tmp_path / "session.journal"
    shutil.copy(KEPT / "version-1.journal", path)
    return Journal(path)


def test_the_settings_of_the_first_version_load() -> None:
    assert load_settings(KEPT / "settings-2026-11-23.toml") == Settings(
        minutes=12, engine="moonshine", input="USB Audio", output="HDMI", words_per_minute=145, volume=0.6
    )


def test_the_settings_before_masks_could_be_chosen_load() -> None:
    settings = load_settings(KEPT / "settings-2026-11-24.toml")
    assert settings.minutes == 20
    assert settings.favourites == ["next step", "hold on"]
    assert (settings.sensitivity, settings.gain, settings.button_pin, settings.light_pin) == (0.45, 3.5, 17, 27)
    assert (settings.skin, settings.detail, settings.routine) == (None, "full", "facial_mask")


def test_the_settings_before_there_was_a_mirror_load() -> None:
    settings = load_settings(KEPT / "settings-2026-11-26.toml")
    assert (settings.skin, settings.detail, settings.voice) == ("sensitive", "brief", "natural")
    assert settings.page_port is None
    assert settings.channel is None


def test_a_journal_of_version_1_loads_whole(journal: Journal) -> None:
    read = journal.load()
    assert read is not None
    assert read.is_whole
    assert read.last is not None
    assert read.last.snapshot == replace(IN_THE_HOLD, past=frozenset({Milestone.HALF, 0, 1}))


def test_the_settings_before_the_first_release_load() -> None:
    settings = load_settings(KEPT / "settings-2026-11-30.toml")
    assert list(settings.people) == ["Anna", "Ben"]
    assert (settings.hold_sound, settings.wake_word) == ("waves", "okay_nabu")
    assert (settings.duck_players, settings.nearness, settings.page_port) == (True, 0.5, 8765)
    assert (settings.mqtt_url, settings.mqtt_command, settings.mqtt_feeling) == ("mqtt://127.0.0.1:1883", False, True)


@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_a_journal_of_each_version_loads_whole_with_all_that_it_knew(tmp_path: Path, version: int) -> None:
    """Each was written by the code of its time."""
    path = tmp_path / "session.journal"
    shutil.copy(KEPT / f"version-{version}.journal", path)
    read = Journal(path).load()
    assert read is not None
    assert read.is_whole
    assert read.last is not None
    assert read.last.snapshot == replace(
        IN_THE_HOLD,
        skipped=frozenset({"toner"}),
        has_stung=version >= 3,
        timers=(NamedTimer("eye_patches", Countdown.start(300.0, 1050.0)),) if version >= 4 else (),
        is_on_standby=version >= 5,
    )


def test_a_journal_of_a_later_version_is_put_aside_whole_and_called_so(tmp_path: Path) -> None:
    """As after a downgrade: nothing is lost, and the later version can have it again."""
    path = tmp_path / "session.journal"
    texts = [line[9:] for line in (KEPT / f"version-{VERSION}.journal").read_bytes().splitlines()]
    later = [text.replace(b'"version":%d' % VERSION, b'"version":%d' % (VERSION + 1)) for text in texts]
    path.write_bytes(b"".join(b"%08x %s\n" % (zlib.crc32(text), text) for text in later))
    written = path.read_bytes()
    journal = Journal(path)
    read = journal.load()
    assert read is not None
    assert read.last is None
    assert journal.was_put_aside
    (aside,) = tmp_path.glob("session.journal.newer-*")
    assert aside.read_bytes() == written


def test_a_journal_is_kept_of_every_version() -> None:
    assert {path.name for path in KEPT.glob("*.journal")} == {f"version-{n + 1}.journal" for n in range(VERSION)}


def test_a_session_of_version_1_goes_on(journal: Journal) -> None:
    read = journal.load()
    assert read is not None
    assert read.last is not None
    assert read.last.snapshot is not None
    conversation = Conversation(fresh_session())
    conversation.send(
        Restored(
            is_daytime=True,
            snapshot=read.last.snapshot,
            taken_at=read.last.stamp.monotonic,
            away_seconds=60.0,
            read_at=conversation.now,
        )
    )
    assert conversation.answer == "I was interrupted. Seven and a half minutes are left. Shall we go on?"
    assert conversation.phase is Phase.PAUSED


def restored_in_the_same_boot(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Restored:
    """The journal of version 1, read before the computer was started again; its last stamp says 1075 s."""
    (folder / "boot_id").write_text("0f6ae5e6-4f50-4f9e-8a53-0d1b3f0b7a11\n")
    monkeypatch.setattr("voice_coach.memory.clocks._BOOT_ID", folder / "boot_id")
    shutil.copy(KEPT / "version-1.journal", folder / JOURNAL_NAME)
    keeper = keeper_in(folder)
    event = keeper.begin(is_daytime=True)
    keeper.stop()
    assert isinstance(event, Restored)
    return event


def test_an_upgrade_within_a_boot_knows_how_long_it_took(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1375.0)
    monkeypatch.setattr(time, "clock_gettime", lambda _clock: 1375.0)
    assert restored_in_the_same_boot(tmp_path, monkeypatch).away_seconds == 300.0


def test_an_upgrade_on_a_machine_that_has_slept_asks_how_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first versions did not count the sleep, so nobody knows how much of it came after the stamp."""
    monkeypatch.setattr(time, "monotonic", lambda: 1375.0)
    monkeypatch.setattr(time, "clock_gettime", lambda _clock: 1375.0 + 7200.0)
    assert restored_in_the_same_boot(tmp_path, monkeypatch).away_seconds is None


def test_an_upgrade_within_a_mask_knows_in_the_history_how_long_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "boot_id").write_text(FRIDAY.boot_id)  # as the stamps of the first versions had it
    monkeypatch.setattr("voice_coach.memory.clocks._BOOT_ID", tmp_path / "boot_id")
    monkeypatch.setattr(time, "monotonic", lambda: FRIDAY.monotonic + 600.0)
    monkeypatch.setattr(time, "clock_gettime", lambda _clock: FRIDAY.monotonic + 600.0)
    with history_in(tmp_path) as history:
        history.record(SessionStarted("clay_mask", "Clay mask", "clay", 600.0), FRIDAY)
        history.record(StepReached("rinse", is_mask_on=False), read_stamp())
    (session,) = read_sessions(tmp_path)
    assert [step.after_seconds for step in session.steps] == [600.0]


def test_a_journal_of_version_1_is_written_on_in_the_version_of_today(journal: Journal, tmp_path: Path) -> None:
    read = journal.load()
    assert read is not None
    assert read.last is not None
    journal.append(read.last)
    journal.close()
    lines = (tmp_path / "session.journal").read_bytes().splitlines()
    assert b'"version":1' in lines[0]
    assert b'"version":5' in lines[-1]
    again = Journal(tmp_path / "session.journal").load()
    assert again is not None
    assert again.is_whole
