"""What a coach has left on the disk, read by its own code from a copy, so that reading changes nothing."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from crash_history import Sitting
from crash_life import Kept
from crash_settings import Chosen

from voice_coach.errors import CoachError
from voice_coach.memory.history.history import HISTORY_NAME, read_sessions
from voice_coach.memory.settings import load_settings

if TYPE_CHECKING:
    from voice_coach.memory.history.kept import KeptSession


def read_kept(config_folder: Path, data_folder: Path) -> Kept:
    """Read settings and history.

    Args:
        config_folder: of the coach's settings.
        data_folder: of its history.
    """
    with tempfile.TemporaryDirectory(prefix="kept-") as scratch:
        copy = Path(scratch)
        for file in data_folder.glob(f"{HISTORY_NAME}*"):
            shutil.copy(file, copy)
        try:
            settings = load_settings(config_folder / "settings.toml")
            sessions = read_sessions(copy)
        except CoachError as error:
            return Kept(None, None, f"WRONG, it cannot be read: {error}")
    chosen = Chosen(settings.words_per_minute, round(settings.volume, 2), settings.skin, settings.detail)
    wrong = next((f"WRONG history: session {one.number} has no sense of time" for one in sessions if _is_out(one)), "")
    return Kept(chosen, None if wrong else tuple(map(_sitting, sessions)), wrong)


def _sitting(session: KeptSession) -> Sitting:
    return Sitting(
        session.routine,
        session.name,
        session.mask,
        session.hold_seconds,
        session.ending and session.ending.value,
        tuple((step.step, step.is_mask_on) for step in session.steps),
        tuple(feeling.value for feeling in session.feelings),
    )


def _is_out(session: KeptSession) -> bool:
    """Whether its times do not follow each other."""
    times = [step.after_seconds for step in session.steps]
    known = [one for one in times if one is not None]
    return len(known) < len(times) or known != sorted(known)
