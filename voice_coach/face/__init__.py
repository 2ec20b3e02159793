"""Faces, which show what the coach does and take keys and presses: a terminal page, plain lines, a light and a button.

Every face implements the protocol `Face`; `CompositeFace` combines several into one. The other faces are imported from
their own modules, so that their libraries are loaded only when used: `terminal`, `line_output`, `gpio`. The face of the
mirror is in the room `mirror`.
"""

from voice_coach.face.base import NO_KEYS, NO_NOTICE, CompositeFace, Face, KeyNames, Notice, PostHeard, SilentFace

__all__ = ["NO_KEYS", "NO_NOTICE", "CompositeFace", "Face", "KeyNames", "Notice", "PostHeard", "SilentFace"]
