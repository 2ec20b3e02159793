"""How the ears are set for one person: what `voice-coach tune` proposes and the settings keep."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """For one person, microphone and bathroom."""

    sensitivity: float = 0.5
    """0...1: along the curve from few false commands to few missed ones."""
    gain: float = 0.0
    """dB by which the microphone's sound is raised before it is heard."""


DEFAULT = Tuning()
