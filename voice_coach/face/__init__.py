"""Shows what the coach does, and takes keys and presses: a terminal page, plain lines, a light and a button.

Every face keeps the protocol `Face`; `CompositeFace` makes one of several. Faces that need large libraries are imported
from their own modules: `terminal`, `plain`, `gpio`. The mirror's face is in the room `mirror`.
"""

from voice_coach.face.base import NO_KEYS, NO_NOTICE, Face, KeyNames, Notice, PostHeard, SilentFace
from voice_coach.face.composite import CompositeFace

__all__ = ["NO_KEYS", "NO_NOTICE", "CompositeFace", "Face", "KeyNames", "Notice", "PostHeard", "SilentFace"]
