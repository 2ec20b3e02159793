"""A person and a coach on a clock that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine
from voice_coach.routines import Phase
from voice_coach.session import new_session, step
from voice_coach.session.commands import (
    AppendHistory,
    Cue,
    Hush,
    Listen,
    Prepare,
    QueryHistory,
    Quit,
    SavePreferences,
    SaveSnapshot,
    Show,
    Speak,
)
from voice_coach.session.events import (
    CommandHeard,
    CommandRejected,
    EarsReady,
    Event,
    RejectionReason,
    SpeechEnded,
    Started,
    Ticked,
)
from voice_coach.session.scheduling import next_deadline
from voice_coach.session.view import Attention, View

if TYPE_CHECKING:
    from voice_coach.routines.past_masks import HistoryEvent
    from voice_coach.session.commands import Command
    from voice_coach.session.state import Session

SPEECH_SECONDS = 3.0
"""How long the mouth of this world needs for anything."""


def fresh_session(hold_seconds: float | None = None) -> Session:
    """The shipped routine in English, before its first event."""
    return new_session(load_routine("facial_mask", "en"), load_language("en").wording, hold_seconds=hold_seconds)


@dataclass
class Conversation:
    """Sends events, keeps what came of them, and plays the mouth: speech ends after SPEECH_SECONDS unless hushed."""

    session: Session = field(default_factory=fresh_session)
    now: float = 1000.0
    said: list[tuple[float, str]] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    """The sounds that were not cancelled."""
    facts: list[HistoryEvent] = field(default_factory=list)
    """What went into the history."""
    leads: list[float] = field(default_factory=list)
    """How long before its time each sound was ordered."""
    last: tuple[Command, ...] = ()
    """What the last event led to."""
    all: list[Command] = field(default_factory=list)
    _speech: tuple[float, int] | None = None

    @classmethod
    def begun(cls, *, is_daytime: bool = True, hold_seconds: float | None = None) -> Conversation:
        """Greeted, and with ears."""
        conversation = cls(fresh_session(hold_seconds))
        conversation.send(Started(is_daytime=is_daytime))
        conversation.send(EarsReady(engine="test"))
        conversation.wait(5)
        return conversation

    @classmethod
    def at(cls, phase: Phase, *, is_daytime: bool = True, hold_seconds: float | None = None) -> Conversation:
        """Walked to the first step of a phase, and silent again."""
        conversation = cls.begun(is_daytime=is_daytime, hold_seconds=hold_seconds)
        if phase is Phase.IDLE:
            return conversation
        conversation.hear(Intent.START)
        while conversation.phase is not (Phase.HOLDING if phase is Phase.PAUSED else phase):
            conversation.wait(5)
            conversation.hear(Intent.NEXT)
            if conversation.question and conversation.session.current_step:
                conversation.hear(Intent.YES)
        conversation.wait(5)
        if phase is Phase.PAUSED:
            conversation.hear(Intent.PAUSE)
            conversation.wait(5)
        return conversation

    def send(self, event: Event) -> tuple[Command, ...]:
        """Let an event happen now."""
        self.session, self.last = step(self.session, replace(event, at=self.now))
        for command in self.last:
            self._obey(command)
        return self.last

    def hear(  # noqa: PLR0913 - all that CommandHeard can carry
        self,
        intent: Intent,
        text: str = "",
        *,
        minutes: int | None = None,
        slot_value: str = "",
        is_confident: bool = True,
        next_command: CommandHeard | None = None,
    ) -> str:
        """Let the person say something; returns what the coach answers, "" for silence."""
        text = text or self.session.wording.phrases[intent]
        event = CommandHeard(
            intent=intent,
            text=text,
            minutes=minutes,
            slot_value=slot_value,
            is_confident=is_confident,
            next_command=next_command,
        )
        self.send(event)
        return self.answer

    def nearly_hear(self, intent: Intent, text: str = "", *, reason: RejectionReason = RejectionReason.UNCLEAR) -> str:
        """Let the ears nearly understand something; returns what the coach says to it, "" for silence."""
        text = text or self.session.wording.phrases[intent]
        self.send(CommandRejected(text=text, reason=reason, intent=intent, is_borderline=True))
        return self.answer

    def wait(self, seconds: float) -> None:
        """Let time pass: speech ends, and the session is woken at its deadlines."""
        end = self.now + seconds
        while True:
            deadline = next_deadline(self.session)
            speech_ends_at = self._speech[0] if self._speech else None
            times = [time for time in (deadline, speech_ends_at) if time is not None and time <= end]
            if not times:
                break
            self.now = max(self.now, min(times))
            if self._speech and self.now >= self._speech[0]:
                utterance_id, self._speech = self._speech[1], None
                self.send(SpeechEnded(utterance_id=utterance_id))
            else:
                self.send(Ticked())
        self.now = end

    @property
    def answer(self) -> str:
        """What the last event made the coach say."""
        return " ".join(command.text for command in self.last if isinstance(command, Speak))

    @property
    def texts(self) -> list[str]:
        """Everything the coach has said."""
        return [text for _, text in self.said]

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        return self.session.phase

    @property
    def remaining(self) -> float:
        """Seconds of the countdown that are left by now."""
        return self.session.holding.countdown.remaining(self.now) if self.session.holding else 0.0

    @property
    def question(self) -> str:
        """The question that is open, as the page shows it."""
        return self.view.question

    @property
    def view(self) -> View:
        """The page as last shown."""
        return next(command.view for command in reversed(self.all) if isinstance(command, Show))

    def listens(self) -> bool:
        """Whether the page says that what is said is heard."""
        return self.view.attention is Attention.LISTENING

    @property
    def listen(self) -> Listen:
        """What the ears were last told."""
        return next(command for command in reversed(self.all) if isinstance(command, Listen))

    @property
    def prepared(self) -> tuple[str, ...]:
        """What the mouth was last told to render ahead."""
        return next(command.texts for command in reversed(self.all) if isinstance(command, Prepare))

    def _obey(self, command: Command) -> None:
        self.all.append(command)
        match command:
            case Speak():
                self.said.append((self.now, command.text))
                self._speech = (self.now + SPEECH_SECONDS, command.utterance_id)
            case Hush():
                self._speech = None
                self.cues = [cue for cue in self.cues if cue.due <= self.now]
            case Cue():
                self.cues.append(command)
                self.leads.append(command.due - self.now)
            case AppendHistory(fact):
                self.facts.append(fact)
            case QueryHistory():
                pass  # the test answers with Remembered
            case Prepare() | Listen() | Show() | SavePreferences() | SaveSnapshot() | Quit():
                pass
