"""The command line."""

from voice_coach.cli.main import main

__all__ = ["main"]
