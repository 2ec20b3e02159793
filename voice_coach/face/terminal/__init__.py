"""The face on a terminal: a page that fits any size, and keys that do what words do."""

from voice_coach.face.terminal.terminal_face import TerminalFace

__all__ = ["TerminalFace"]
