"""What the doctor's checks are told in tests."""

from __future__ import annotations

from voice_coach.doctor.finding import Circumstances
from voice_coach.library import load_language, load_routine
from voice_coach.memory.settings import Settings


def circumstances_with(settings: Settings | None = None, *, is_running: bool = False) -> Circumstances:
    """Those of a person with these settings."""
    chosen = settings or Settings()
    return Circumstances(load_language(chosen.language), load_routine, chosen, is_running)
