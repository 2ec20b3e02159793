"""Shows what the coach does, and takes keys and presses: a terminal page, plain lines, a light and a button.

Every face fulfils the protocol `Face`; `CompositeFace` makes one of several. The other faces are imported from their
own modules, so that only their users pay for a library: `terminal`, `line_output`, `gpio`. The mirror's face is in the
room `mirror`.
"""

from voice_coach.face.base import NO_KEYS, NO_NOTICE, Face, KeyNames, Notice, PostHeard, SilentFace
from voice_coach.face.composite import CompositeFace

__all__ = ["NO_KEYS", "NO_NOTICE", "CompositeFace", "Face", "KeyNames", "Notice", "PostHeard", "SilentFace"]
