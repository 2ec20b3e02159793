"""Run the command line: `python -m voice_coach` does the same as `voice-coach`."""

from voice_coach.cli import main

main()
