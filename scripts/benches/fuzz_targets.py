"""What is fuzzed, and what must hold whatever comes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

    from voice_coach.errors import CoachError

_REMEDY_ENDS = (".", "?", "!")


@dataclass(frozen=True, slots=True)
class Target:
    """One way in."""

    name: str
    inputs: SearchStrategy[Any]
    check: Callable[[Any, Path], None]
    """Feeds one input, with an empty folder for its files; raises when something is wrong."""
    weight: int = 1
    """Its part of the inputs of a run."""


def demand(claim: object, what: str) -> None:
    """Fail when a claim does not hold.

    Raises:
        AssertionError: it does not.
    """
    if not claim:
        raise AssertionError(what)


def demand_sentence(error: CoachError) -> None:
    """Fail when an error does not say something to a person."""
    text = str(error)
    demand(text.strip(), "an error says nothing")
    demand(text.rstrip().endswith(_REMEDY_ENDS), f"an error is no sentence: {text!r}")
    demand("Traceback" not in text, f"an error is a traceback: {text!r}")
