"""Events: things that have happened. Edges (ears, mouth, face, memory) post them; only `session.step` reads them.

`at` is the time of an event in monotonic seconds, from a clock that nobody can set and that goes on while the machine
sleeps. An edge leaves it at 0.0; the loop sets it when it takes the event from its queue.
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
    """The reason for which a sound was not taken as a command."""

    NOTHING_HEARD = "nothing heard"
    TOO_LONG = "too long for a command"
    UNCLEAR = "not clear enough"
    NOT_NOW = "not expected now"
    TOO_SHORT = "a single word does not wake me"
    OWN_WORDS = "the coach's own words"
    AMBIGUOUS = "two commands are equally likely"


class Fault(Enum):
    """A condition that keeps the coach from working as it should, for as long as it lasts."""

    NO_MICROPHONE = "no_microphone"
    """The microphone was unplugged, or there has been none yet."""
    SILENT_MICROPHONE = "silent_microphone"
    """The microphone delivers nothing but zeros."""
    CLIPPING_MICROPHONE = "clipping_microphone"
    """The microphone's gain is so high that the peaks of its signal are cut off."""
    NO_RECOGNISER = "no_recogniser"
    """The recogniser did not answer and is being replaced; EarsReady follows when the new one is loaded."""
    NO_SPEAKER = "no_speaker"
    """The speaker was unplugged, or there has been none yet: nobody can hear the coach."""
    DAMAGED_NOTES = "damaged_notes"
    """Part of the saved session or history could not be read. The fault lasts until the program ends."""
    UNREADABLE_NOTES = "unreadable_notes"
    """The saved session cannot be read at the moment; its file is left as it is."""
    UNKEPT_NOTES = "unkept_notes"
    """The session or the history cannot be saved on the disk."""
    DAMAGED_SETTINGS = "damaged_settings"
    """The settings have mistakes, or name things that do not exist, so defaults apply until the program ends."""


class Via(Enum):
    """The way by which a command came. Only spoken words can be misheard, or be meant for somebody else."""

    VOICE = "voice"
    KEY = "key"
    """A key of a keyboard, or a pedal, which acts as one."""
    TOUCH = "touch"
    """A button of the mirror's page."""
    BUTTON = "button"
    """The button on the pins of a Raspberry Pi."""
    PROGRAM = "program"
    """Another program, such as a smart home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The program has started, with no saved session to go on with."""

    is_daytime: bool
    """Whether the steps of the day are done, such as sunscreen, or those of the evening."""
    is_greeting: bool = True
    """Whether the coach says hello; a service that restarts after its goodbye comes back without a word."""
    is_first: bool = False
    """Whether this is the first start in a home, so that the coach has to introduce itself."""
    past: HistorySummary = NO_HISTORY
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The program has started again after an interrupted session; posted instead of Started."""

    is_daytime: bool
    """Whether it is daytime now; a session that goes on keeps the time of day of its snapshot."""
    snapshot: Snapshot
    taken_at: float
    """The time at which the snapshot was taken, in monotonic seconds of the same clock as its deadlines."""
    away_seconds: float | None
    """Seconds from `taken_at` until the snapshot was read; None when the clocks cannot tell."""
    read_at: float
    """The time at which the snapshot was read, in monotonic seconds; `at` is later by the rest of the start."""
    is_certain: bool = True
    """False when newer records were damaged, so that the session may have been further on."""
    past: HistorySummary = NO_HISTORY
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandHeard:
    """The person gave a command, by voice or in another way."""

    intent: Intent
    text: str = ""
    """The words that were heard; empty for a command that was not spoken."""
    via: Via = Via.VOICE
    minutes: int | None = None
    slot_value: str = ""
    """The variable part of the command, such as the id of a step; empty when none was named."""
    next_command: CommandHeard | None = None
    """The second command, when two were given in one breath."""
    is_confident: bool = True
    """False when the score was just above its threshold; a command that makes no sense now then gets no answer."""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRejected:
    """Something was said and not taken as a command; the page shows it, and a borderline one may be asked about."""

    text: str
    """The nearest phrase; empty when there is none."""
    reason: RejectionReason
    intent: Intent | None = None
    """The intent of the nearest phrase."""
    minutes: int | None = None
    slot_value: str = ""
    other: CommandHeard | None = None
    """The command that was about as likely; None unless the reason is AMBIGUOUS."""
    is_borderline: bool = False
    """Whether so little was missing (UNCLEAR, AMBIGUOUS) that the coach may ask whether the phrase was meant."""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceActivity:
    """The voice activity detector has noticed that somebody may be speaking, or no longer is."""

    is_active: bool
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """The mouth has spoken a sentence to its end. The event is ignored unless its id is that of the newest sentence."""

    utterance_id: int
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """The time that `next_deadline` gave has come."""

    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EarsReady:
    """The recognisers are loaded and listen from now on."""

    engine: str
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRaised:
    """A fault has begun. No SpeechEnded follows for a sentence that was cut off by NO_SPEAKER."""

    fault: Fault
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCleared:
    """A fault is over, whether it was mended by the program or by a person."""

    fault: Fault
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLoaded:
    """The memory has answered QueryHistory."""

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
