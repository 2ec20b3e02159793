"""The session: what the coach does, and when. Pure: no clock, no thread, no file and no sound.

Theory of operation. A `Session` is one frozen record of a person and a routine. `step` takes a session and one event,
and returns the next session and the commands that bring it about. Nothing else changes a session, so everything that
the coach ever does can be replayed from its events.

`events` are facts: a command was heard, speech ended, a deadline came. Edges (the parts that touch the
world: ears, mouth, face and memory) post them, and the loop stamps each with the time. `commands` tell the edges what
to do: speak, listen, show, save. A `Turn` carries a session and the commands so far through the handlers of one event;
each handler is a function from a turn to a turn.

1. `scheduling` first does what time alone has made due, also after the machine has slept.
2. A command that was heard goes to `dispatch`, which finds its handler in `transitions`, the one table of phases and
   intents. The handlers are in `navigation` (to another step), `timer_commands` (the countdown), `answers` and
   `explanations`. Before it gives up the person's place or countdown the coach asks, because it may have misheard;
   the table says what yes does. "It stings" is always obeyed at once.
3. A sound that was rejected goes to `clarification`: the page shows it, and now and then the coach asks about it or
   offers an easier phrase.
4. A fault of an edge goes to `faults`: it is announced once, and a sentence that nobody could hear is said again later.
5. At the end of each step the edges are told what follows from the new session: `persistence` makes the snapshot, which
   is saved on the disk before anything is spoken, `listening` says which commands may be heard, `view_builder` what is
   shown, and `prefetch` which sentences should be rendered ahead.

The countdown of a hold (the time that the mask stays on) is in `timer`, with its announcements; it runs to an absolute
deadline, so that no delay adds up. `next_deadline` tells the loop when time alone makes something happen.

Where something new belongs: an intent goes into `language/intents`, its handler beside handlers of its kind, and its
row into `transitions`; a condition goes into the handler, never into the table; a sentence goes into the content files,
never into code.
"""

from voice_coach.session.listening import SITUATIONS, listening_for, listening_in
from voice_coach.session.reducer import new_session, step
from voice_coach.session.scheduling import next_deadline
from voice_coach.session.state import Session

__all__ = ["SITUATIONS", "Session", "listening_for", "listening_in", "new_session", "next_deadline", "step"]
