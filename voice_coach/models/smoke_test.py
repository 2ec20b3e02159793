"""Load a Vosk model of unknown origin and use it once; run as a child process, because a damaged one may end it."""

from __future__ import annotations

import sys

import vosk


def main() -> None:
    """Load the model at the path given, and let it hear half a second of silence."""
    vosk.SetLogLevel(-1)
    recognizer = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 16_000)
    recognizer.AcceptWaveform(bytes(16_000))
    recognizer.FinalResult()


if __name__ == "__main__":
    main()
