"""What the doctor's checks are told in tests."""

from __future__ import annotations

from voice_coach.doctor.finding import CheckContext
from voice_coach.library import load_language, load_routine
from voice_coach.memory.settings import Settings


def circumstances_with(settings: Settings | None = None, *, is_running: bool = False) -> CheckContext:
    """Those of a person with these settings."""
    chosen = settings or Settings()
    return CheckContext(load_language(chosen.language), load_routine, chosen, is_running)
