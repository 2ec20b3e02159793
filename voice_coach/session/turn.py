"""A turn: the session as it becomes, and the commands on the way. Handlers take one and give the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.session.commands import AppendHistory, Command, Hush, Speak
from voice_coach.session.events import Fault
from voice_coach.session.state import OpenQuestion, Question, Saying, Session

if TYPE_CHECKING:
    from voice_coach.language.wording import Message, Sayable
    from voice_coach.session.events import CommandHeard
    from voice_coach.session.history_events import HistoryEvent

QUESTION_SECONDS = 20.0
"""So long a question waits for its answer, from its first word."""
DOUBT_SECONDS = 12.0
"""So long the coach waits when it asked whether it heard right; usually nobody answers whom it did not hear."""
HOW_LONG_SECONDS = 60.0
"""So long it waits to be told how long the mask has been on: the person may have to look for a clock."""
_PATIENCE_SECONDS = {Question.HEARD_RIGHT: DOUBT_SECONDS, Question.HOW_LONG_ON: HOW_LONG_SECONDS}
NOTE_SECONDS = 8.0
"""So long the page shows what was not obeyed."""
_LONGEST_SPEECH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of an event so far."""

    session: Session
    commands: tuple[Command, ...] = ()

    def becoming(self, session: Session) -> Turn:
        """With another session."""
        return replace(self, session=session)

    def ordering(self, *commands: Command) -> Turn:
        """With commands added."""
        return replace(self, commands=(*self.commands, *commands))

    def hushing(self) -> Turn:
        """Silent: speech and the sounds not yet due are cancelled."""
        return self.becoming(replace(self.session, saying=None, undelivered_speech="")).ordering(Hush())

    def saying(self, text: str) -> Turn:
        """Saying a text. It takes the place of what is being said, and of a question that is open.

        Without a speaker it is put aside.
        """
        if Fault.NO_SPEAKER in self.session.faults:
            return self.becoming(replace(self.session, undelivered_speech=text, question=None))
        utterance_id = self.session.last_utterance_id + 1
        session = replace(
            self.session,
            saying=Saying(utterance_id, text, given_up_at=self.session.now + _LONGEST_SPEECH_SECONDS),
            last_utterance_id=utterance_id,
            question=None,
        )
        return self.becoming(session).ordering(Speak(utterance_id, text, session.voice))

    def telling(self, message: Sayable, **gaps: str) -> Turn:
        """Saying a message, or the sentence that answers an intent."""
        return self.saying(self.session.wording.say(message, **gaps))

    def instructing(self, text: str, instruction: str = "") -> Turn:
        """Saying a text that can be asked for again; `instruction` is what is said then, if not the same."""
        turn = self.saying(text)
        return turn.becoming(replace(turn.session, instruction=instruction or text))

    def asking(
        self, question: Question, text: str, command: CommandHeard | None = None, other: CommandHeard | None = None
    ) -> Turn:
        """Asking, and waiting for yes or no; `command` is what the person may have said, or `other` instead."""
        return self.saying(text).awaiting(OpenQuestion(question, text, self.session.now, command, other))

    def awaiting(self, asked: OpenQuestion) -> Turn:
        """Waiting for yes or no, as long as such a question waits."""
        seconds = _PATIENCE_SECONDS.get(asked.question, QUESTION_SECONDS)
        asked = replace(asked, lapses_at=self.session.now + seconds)
        return self.becoming(replace(self.session, question=asked))

    def recording(self, fact: HistoryEvent) -> Turn:
        """With a fact for the history, if a session is open there."""
        return self.ordering(AppendHistory(fact)) if self.session.is_recording else self

    def noting(self, message: Message, **gaps: str) -> Turn:
        """Silent, with a note for the page about what was heard, which fades."""
        session = self.session
        note = session.wording.note(message, **gaps)
        heard = replace(session.heard, note=note, fades_at=session.now + NOTE_SECONDS)
        return self.becoming(replace(session, heard=heard))
