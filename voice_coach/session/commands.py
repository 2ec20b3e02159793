"""Commands to the edges (ears, mouth, face, memory). `session.step` returns them; the loop hands each to its edge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.language.intents import Intent
    from voice_coach.routines import Skin
    from voice_coach.routines.past_masks import HistoryEvent
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
    """The speed and the volume of the coach's speech; the person can change both by voice, and they are saved."""

    words_per_minute: int = 165
    volume: float = 0.8
    """Linear gain of playback, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Speak:
    """A command to say a text now, in place of what is being said.

    At its end the mouth posts SpeechEnded with the same id, unless the speech was hushed.
    """

    utterance_id: int
    text: str
    voice: Voice


@dataclass(frozen=True, slots=True)
class Prepare:
    """A command to synthesize texts ahead without playing them, most likely first; it replaces an earlier Prepare."""

    texts: tuple[str, ...]
    voice: Voice


@dataclass(frozen=True, slots=True)
class Hush:
    """A command to fall silent now: speech ends without SpeechEnded, and sounds that are not yet due are cancelled."""


BACKGROUNDS = ("rain", "waves")
"""The names of the sounds that a person may have below everything else while a mask works."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A command to play a sound at a given time, mixed with any speech."""

    sound: Sound
    due: float
    """The time at which the sound begins, in monotonic seconds; a little ahead of now."""
    volume: float
    """Linear gain of playback, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A command to the ears that says which intents they may report from now on."""

    intents: frozenset[Intent]
    """The intents to report, also those that will only be answered with advice; yes and no only after a question."""
    shortest_words: int = 1
    """The number of words that a phrase must have to be taken: 2 before and after a routine, else 1."""
    question_is_open: bool = False
    is_on_standby: bool = False
    """Whether the person has asked not to be listened to, so that only few intents are reported."""
    speaking: str = ""
    """The sentence that the coach is saying now; empty when it is silent."""


@dataclass(frozen=True, slots=True)
class Show:
    """A command to show a view on every face."""

    view: View


@dataclass(frozen=True, slots=True)
class SavePreferences:
    """A command to save the person's preferences on the disk."""

    voice: Voice
    skin: Skin | None = None
    is_brief: bool = False


@dataclass(frozen=True, slots=True)
class AppendHistory:
    """A command to append an event to the history of masks."""

    event: HistoryEvent


@dataclass(frozen=True, slots=True)
class SaveSnapshot:
    """A command to save the session on the disk, so that it outlives the program; only Hush comes before it."""

    snapshot: Snapshot | None
    """None when there is no session to go on with: the last one is over, or a new coach has introduced itself."""


@dataclass(frozen=True, slots=True)
class QueryHistory:
    """A command to summarize the history as it is now; the memory answers with HistoryLoaded."""


@dataclass(frozen=True, slots=True)
class Quit:
    """A command to end the program, given when the last sentence has been spoken."""

    next_person: str = ""
    """The value of the slot `person` for whom the coach is to begin anew; empty when it is to end."""
    next_language: str = ""
    """The code of the language in which it is to begin anew; empty when that is not to change."""


Command = (
    Speak | Prepare | Hush | Cue | Listen | Show | SavePreferences | SaveSnapshot | AppendHistory | QueryHistory | Quit
)
