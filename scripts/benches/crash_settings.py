"""Whether the settings that were told are on the disk: voice, skin, and how much is explained. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crash_places import Outcome

from voice_coach.core.intents import Intent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crash_life import Life
    from crash_places import Command

    from voice_coach.rehearsal.coach_process import Line

_PACE_STEP, _VOLUME_STEP = 20, 0.1
_HALF_A_STEP = 0.05


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person chose by voice."""

    words_per_minute: int = 165
    volume: float = 0.8
    skin: str | None = None
    detail: str = "full"


class SettingsJudge:
    """Follows the settings over all lives."""

    def __init__(self) -> None:
        self._kept = Chosen()
        self.compared = 0
        """How often settings that had been changed in a life were judged after it."""

    def judge(self, life: Life) -> tuple[Outcome, str]:
        """What became of the settings of a life, and what is wrong with it."""
        told = _last_saved(life.lines) or self._kept
        kept = life.kept.settings
        if kept is None:
            return Outcome.WRONG, life.kept.complaint
        self.compared += told != Chosen()
        before, self._kept = self._kept, kept
        if kept == told:
            return Outcome.RIGHT, ""
        if any(kept == saved for line in life.unsure if (saved := _saved(line))):
            return Outcome.IN_FLIGHT, ""
        if life.under_way and _explains(life.under_way, told, kept):
            return Outcome.IN_FLIGHT, ""
        return Outcome.WRONG, f"WRONG settings: {told} was told, {kept} is kept, before it was {before}"


def _last_saved(lines: Sequence[Line]) -> Chosen | None:
    return next((saved for line in reversed(lines) if (saved := _saved(line))), None)


def _saved(line: Line) -> Chosen | None:
    if line["name"] != "Save":
        return None
    voice = line["voice"]
    detail = "brief" if line.get("is_brief") else "full"
    return Chosen(voice["words_per_minute"], round(voice["volume"], 2), line.get("skin"), detail)


def _explains(command: Command, told: Chosen, kept: Chosen) -> bool:
    """Whether the command may have changed the settings so. A yes may confirm any other one."""
    louder = abs(kept.volume - told.volume) <= _VOLUME_STEP + _HALF_A_STEP
    faster = abs(kept.words_per_minute - told.words_per_minute) <= _PACE_STEP
    changes = {
        Intent.LOUDER: louder and kept == replace(told, volume=kept.volume),
        Intent.QUIETER: louder and kept == replace(told, volume=kept.volume),
        Intent.FASTER: faster and kept == replace(told, words_per_minute=kept.words_per_minute),
        Intent.SLOWER: faster and kept == replace(told, words_per_minute=kept.words_per_minute),
        Intent.SKIN: kept == replace(told, skin=kept.skin),
        Intent.BRIEF: kept == replace(told, detail="brief"),
        Intent.FULL: kept == replace(told, detail="full"),
    }
    return any(changes.values()) if command.intent is Intent.YES else changes.get(command.intent, False)
