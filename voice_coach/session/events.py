"""Facts from the world. Edges post them; the loop stamps `at`; only `session.step` reads them.

`at` is monotonic seconds: of a clock that cannot be set, and that goes on while the machine sleeps. An edge leaves it
at 0.0; the loop replaces it when it takes the event from its queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.routines.past_masks import NO_HISTORY

if TYPE_CHECKING:
    from voice_coach.language.intents import Intent
    from voice_coach.routines.past_masks import HistorySummary
    from voice_coach.session.persistence import Snapshot


class RejectionReason(Enum):
    """Why a sound was not taken as a command."""

    NOTHING_HEARD = "nothing heard"
    TOO_LONG = "too long for a command"
    UNCLEAR = "not clear enough"
    NOT_NOW = "not expected now"
    TOO_SHORT = "a single word does not wake me"
    OWN_WORDS = "the coach's own words"
    AMBIGUOUS = "two commands are equally likely"


class Fault(Enum):
    """What keeps the coach from working as it should, for as long as it lasts."""

    NO_MICROPHONE = "no_microphone"
    """It was unplugged, or there has been none yet."""
    SILENT_MICROPHONE = "silent_microphone"
    """It delivers nothing but zeros."""
    CLIPPING_MICROPHONE = "clipping_microphone"
    """It is so loud that its peaks are cut."""
    NO_RECOGNISER = "no_recogniser"
    """It did not answer and is being replaced; EarsReady follows when it hears again."""
    NO_SPEAKER = "no_speaker"
    """It was unplugged, or there has been none yet: nothing that is said is heard."""
    DAMAGED_NOTES = "damaged_notes"
    """What was kept of an earlier session could not all be read; it lasts until the program ends."""
    UNREADABLE_NOTES = "unreadable_notes"
    """What was kept of an earlier session can't be read now; it is left as it is."""
    UNKEPT_NOTES = "unkept_notes"
    """The session can't be kept on the disk."""
    DAMAGED_SETTINGS = "damaged_settings"
    """The settings have mistakes, or name what is not there: the defaults count instead. It lasts until the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The program is up. `is_daytime` decides about sunscreen."""

    is_daytime: bool
    is_greeting: bool = True
    """Whether it says hello: a service that has just said goodbye comes back without a word."""
    past: HistorySummary = NO_HISTORY
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The program is up again after a session that was broken off; comes instead of Started."""

    is_daytime: bool
    """Whether it is now; the session itself goes on by the time at which it began."""
    snapshot: Snapshot
    taken_at: float
    """Monotonic seconds, of the clock that the snapshot's times are of."""
    away_seconds: float | None
    """Since then, until the notes were read; None when nobody can know."""
    read_at: float
    """Monotonic seconds of now; until the event, the program has started."""
    is_certain: bool = True
    """False when later notes were damaged: the session may have been further."""
    past: HistorySummary = NO_HISTORY
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandHeard:
    """The person's wish, by voice or by key."""

    intent: Intent
    text: str
    minutes: int | None = None
    slot_value: str = ""
    """The value of the slot that the intent has (see intents.SLOTS); empty when none was named."""
    next_command: CommandHeard | None = None
    """What was asked for in the same breath."""
    is_confident: bool = True
    """False when the verdict stood just above its threshold: then what is not legal is met with silence."""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRejected:
    """Something was said and not taken; shown on the face, and spoken to only when it is near."""

    text: str
    """The nearest phrase, or empty."""
    reason: RejectionReason
    intent: Intent | None = None
    """What the nearest phrase means."""
    minutes: int | None = None
    slot_value: str = ""
    other: CommandHeard | None = None
    """What was about as likely, if anything was (AMBIGUOUS)."""
    is_borderline: bool = False
    """Whether so little was missing (UNCLEAR, AMBIGUOUS) that it is worth asking: most likely a person said that."""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceActivity:
    """Somebody may be speaking, or no longer: the gate of the ears has opened or closed. Shown on the face at once."""

    is_active: bool
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """The mouth has finished an utterance, by itself. An old id is ignored."""

    utterance_id: int
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """The session's deadline has come."""

    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EarsReady:
    """The recognisers are loaded and listen from now on."""

    engine: str
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRaised:
    """An edge cannot do its work from now on. What was being said when the speaker went has no SpeechEnded."""

    fault: Fault
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCleared:
    """The edge has mended it, by itself or with somebody's help."""

    fault: Fault
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLoaded:
    """The memory answers to Recall."""

    past: HistorySummary
    at: float = 0.0


Event = (
    Started
    | Restored
    | CommandHeard
    | CommandRejected
    | VoiceActivity
    | SpeechEnded
    | Ticked
    | EarsReady
    | FaultRaised
    | FaultCleared
    | HistoryLoaded
)
