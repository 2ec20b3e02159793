"""A turn: the session and the commands that follow from an event so far. Handlers take a turn and return the next."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.session.commands import AppendHistory, Command, Hush, Speak
from voice_coach.session.events import Fault
from voice_coach.session.state import OpenQuestion, Question, Saying, Session

if TYPE_CHECKING:
    from voice_coach.language.wording import Message, Sayable
    from voice_coach.routines.past_masks import HistoryEvent
    from voice_coach.session.events import CommandHeard

QUESTION_SECONDS = 20.0
"""Seconds that a question waits for its answer, counted from its first word."""
CLARIFICATION_SECONDS = 12.0
"""Seconds that the question "did I hear right?" waits; shorter, because often the sound was not meant for the coach."""
HOW_LONG_SECONDS = 60.0
"""Seconds that the question "how long has the mask been on?" waits, for which the person may have to look for a clock,
and the question how the skin feels."""
_PATIENCE_SECONDS = {
    Question.HEARD_RIGHT: CLARIFICATION_SECONDS,
    Question.HOW_LONG_ON: HOW_LONG_SECONDS,
    Question.HOW_LONG: HOW_LONG_SECONDS,
    Question.HOW_IT_FEELS: HOW_LONG_SECONDS,
    Question.BETTER: math.inf,  # pain must not be forgotten
}
NOTE_SECONDS = 8.0
"""Seconds that the page shows an utterance that was not obeyed."""
_LONGEST_SPEECH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Turn:
    """The session and the commands that follow from an event, as far as it has been handled."""

    session: Session
    commands: tuple[Command, ...] = ()

    def becoming(self, session: Session) -> Turn:
        """Return the turn with another session."""
        return replace(self, session=session)

    def ordering(self, *commands: Command) -> Turn:
        """Return the turn with commands added."""
        return replace(self, commands=(*self.commands, *commands))

    def hushing(self) -> Turn:
        """Return the turn with speech cancelled. Sounds of a hold that goes on are cancelled and ordered again."""
        session = self.session
        holding = session.holding and session.holding.hushed(session.now)
        timers = tuple(one.hushed(session.now) for one in session.timers)
        session = replace(session, saying=None, undelivered_speech="", holding=holding, timers=timers)
        return self.becoming(session).ordering(Hush())

    def saying(self, text: str) -> Turn:
        """Return the turn with a text to say, in place of other speech and of an open question.

        Without a speaker the text is kept for later.
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
        """Return the turn with a message to say, or the answer of an intent, whose gaps are filled in."""
        return self.saying(self.session.wording.say(message, **gaps))

    def instructing(self, text: str, instruction: str = "") -> Turn:
        """Return the turn with a text to say; "repeat" then says `instruction`, or the text if that is empty."""
        turn = self.saying(text)
        return turn.becoming(replace(turn.session, instruction=instruction or text))

    def asking(
        self, question: Question, text: str, command: CommandHeard | None = None, other: CommandHeard | None = None
    ) -> Turn:
        """Return the turn with a question to ask, about `command` or about the equally likely `other` if given."""
        return self.saying(text).awaiting(OpenQuestion(question, text, self.session.now, command, other))

    def awaiting(self, asked: OpenQuestion) -> Turn:
        """Return the turn waiting for the answer to a question, as long as its kind allows."""
        seconds = _PATIENCE_SECONDS.get(asked.question, QUESTION_SECONDS)
        asked = replace(asked, lapses_at=self.session.now + seconds)
        return self.becoming(replace(self.session, question=asked))

    def recording(self, fact: HistoryEvent) -> Turn:
        """Return the turn with an event for the history, if a session is open there."""
        return self.ordering(AppendHistory(fact)) if self.session.is_recording else self

    def noting(self, message: Message, **gaps: str) -> Turn:
        """Return the turn with a note on the page about the last utterance, which is shown for NOTE_SECONDS."""
        session = self.session
        note = session.wording.note(message, **gaps)
        heard = replace(session.heard, note=note, fades_at=session.now + NOTE_SECONDS)
        return self.becoming(replace(session, heard=heard))
