"""The face on a terminal: a page that fits any size, and keys that give the same commands as words."""

from voice_coach.face.terminal.terminal_face import TerminalFace

__all__ = ["TerminalFace"]
