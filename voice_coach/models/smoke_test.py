"""Loads a Vosk model of unknown origin and uses it once, in a child process, since a damaged model may crash it."""

from __future__ import annotations

import sys

import vosk


def main() -> None:
    """Load the model at the path that the command line names, and recognize half a second of silence with it."""
    vosk.SetLogLevel(-1)
    recognizer = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 16_000)
    recognizer.AcceptWaveform(bytes(16_000))
    recognizer.FinalResult()


if __name__ == "__main__":
    main()
