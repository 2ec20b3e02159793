"""Counts what the coach took: its own sentences as commands, and a person's commands as what they were. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benches.common.outcomes import poisson_interval, wilson_interval
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from benches.duplex.scenes import EchoPath, Scene
    from voice_coach.language.phrases import Phrase


_PATIENCE_SECONDS = 1.5
Taken = list[tuple[float, "Phrase"]]


def own_sentences_taken(path: EchoPath, scene: Scene, taken: Taken, *, is_cancelling: bool) -> dict[str, Any]:
    """Figures of a scene without a person: every command that was taken is a false one."""
    return {
        "path": path.name,
        "cancelled": is_cancelling,
        "minutes": round(len(scene.heard) / SAMPLE_RATE / 60, 1),
        "taken": len(taken),
        "taken_at_most_95": round(poisson_interval(len(taken))[1], 1),
        "texts": [phrase.text for _, phrase in taken],
    }


def commands_taken(path: EchoPath, scene: Scene, taken: Taken) -> dict[str, Any]:
    """Figures of a scene with a person: how many commands were obeyed, and how many others were taken."""
    delays, wrong = [], len(taken)
    for command in scene.commands:
        until = command.end / SAMPLE_RATE + _PATIENCE_SECONDS
        mine = [(at, phrase) for at, phrase in taken if command.start / SAMPLE_RATE <= at <= until]
        right = [at for at, phrase in mine if phrase.intent is command.phrase.intent]
        if right:
            delays.append(right[0] - command.end / SAMPLE_RATE)
            wrong -= 1
    low, high = wilson_interval(len(delays), len(scene.commands))
    return {
        "path": path.name,
        "commands": len(scene.commands),
        "obeyed_percent": percent(len(delays) / len(scene.commands)),
        "obeyed_percent_95": [percent(low), percent(high)],
        "wrong": wrong,
        "heard_after_ms_median": round(1e3 * float(np.median(delays))) if delays else None,
    }


def percent(share: float) -> float:
    """A share as percent, to a tenth."""
    return round(100 * share, 1)
