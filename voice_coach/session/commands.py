"""Wishes to the world. `session.step` returns them; the loop hands each to its edge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.language.intents import Intent
    from voice_coach.routines import Skin
    from voice_coach.session.history_events import HistoryEvent
    from voice_coach.session.persistence import Snapshot
    from voice_coach.session.view import View


class Sound(Enum):
    """Sounds that the coach makes besides speech."""

    BELL = "bell"
    """The countdown starts."""
    TICK = "tick"
    """One of the last ten seconds."""
    CHIME = "chime"
    """The countdown is over."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How the coach speaks; changed by voice, kept in the settings."""

    words_per_minute: int = 165
    volume: float = 0.8
    """Linear gain of playback, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Say a text now. What is being said is hushed first. Ends with SpeechEnded(utterance_id) unless hushed."""

    utterance_id: int
    text: str
    voice: Voice


@dataclass(frozen=True, slots=True)
class Prepare:
    """Render these texts ahead, most likely first; nothing is heard. Replaces an earlier Prepare."""

    texts: tuple[str, ...]
    voice: Voice


@dataclass(frozen=True, slots=True)
class Hush:
    """Fall silent now: speech ends without SpeechEnded, cues not yet due are forgotten."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Let a sound begin at `due` (monotonic seconds, a little ahead); it mixes with speech."""

    sound: Sound
    due: float
    volume: float


@dataclass(frozen=True, slots=True)
class Listen:
    """What the ears may take from now on."""

    intents: frozenset[Intent]
    """Worth reporting, legal or to be answered helpfully; yes and no only while a question is open."""
    shortest_words: int = 1
    """Phrases of fewer words are not taken (2 while idle)."""
    question_is_open: bool = False
    speaking: str = ""
    """What the coach is saying now; empty when it is silent."""


@dataclass(frozen=True, slots=True)
class Show:
    """Put this on the face."""

    view: View


@dataclass(frozen=True, slots=True)
class SavePreferences:
    """Keep the person's preferences over a restart."""

    voice: Voice
    skin: Skin | None = None
    is_brief: bool = False


@dataclass(frozen=True, slots=True)
class AppendHistory:
    """Write a fact into the history."""

    event: HistoryEvent


@dataclass(frozen=True, slots=True)
class SaveSnapshot:
    """Keep the session over the end of the program, before anything else is done; None: there is none any more."""

    snapshot: Snapshot | None


@dataclass(frozen=True, slots=True)
class QueryHistory:
    """Look up what the history says by now; Remembered follows."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave now; comes when the last sentence has been spoken."""


Command = (
    Speak | Prepare | Hush | Cue | Listen | Show | SavePreferences | SaveSnapshot | AppendHistory | QueryHistory | Quit
)
