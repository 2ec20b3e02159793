"""The session: what the coach does, and when. Pure: no clock, no thread, no file and no sound.

Theory of operation. A `Session` is one frozen record of a person and a routine. `step` takes a session and one event,
and returns the next session and the commands that bring it about. Nothing else changes a session, so everything that
the coach ever does can be replayed from its events.

`events` are facts: a command was heard, speech ended, a deadline came. Edges post them, and the loop stamps each with
the time. `commands` are wishes to the edges: speak, listen, show, keep. A `Turn` carries a session and the commands
so far through the handlers of one event; each handler is a function from a turn to a turn.

1. `scheduling` first does what has become due while nobody asked, and wakes up after the machine has slept.
2. A command that was heard goes to `dispatch`, which finds its handler in `transitions`, the one table of phases and
   intents. The handlers are in `navigation` (to another step), `timer_commands` (the countdown), `answers` and
   `explanations`. Whatever would be lost by a misheard word is asked first; the table says what yes does.
   "It stings" is answered at once, always.
3. A sound that was rejected goes to `clarification`: it is shown, asked about rarely, or met with easier ways.
4. A fault of an edge goes to `faults`: it is announced once, and what nobody could hear is said again later.
5. At the end of each step the edges are told what follows from the new session: `persistence` makes the snapshot that
   is on the disk before anybody hears of it, `listening` says what may be heard, `view_builder` what is shown, and
   `prefetch` which sentences should be rendered ahead.

The countdown of a hold is in `timer`, with the announcements that belong to it; it runs to an absolute deadline, so
that no delay adds up. `next_deadline` tells the loop when time alone makes something happen.

Where something new belongs: an intent in `language/intents`, its handler beside its kind, and its row in
`transitions`; a condition in the handler, never in the table; a sentence in the content, never here.
"""

from voice_coach.session.listening import SITUATIONS, listening_for, listening_in
from voice_coach.session.reducer import new_session, step
from voice_coach.session.scheduling import next_deadline
from voice_coach.session.state import Session

__all__ = ["SITUATIONS", "Session", "listening_for", "listening_in", "new_session", "next_deadline", "step"]
