"""The synthesiser's own process: pyttsx3 has eSpeak NG render sentences to a WAV file, one at a time.

Run by its path (`python pyttsx3_process.py VOICES FOLDER`), so it imports nothing of the coach. It is a process of its
own because eSpeak NG can be initialised only once in a process (after a hang, only a new process helps), because
pyttsx3 2.99 prints on stdout, and because it tells the library that each text is ten times as long as it is, so that
the memory behind it is read.

VOICES are names separated by commas, best first ("en-us,en"). The protocol is a JSON object per line:

- first, from us: {"voice": "gmw/en-us", "version": "pyttsx3 2.99, eSpeak NG 1.51"} or {"missing": "library" | "voice"};
- to us: {"text": "...", "words_per_minute": 165};
- from us, then: {"frames": 43210}, the sound being in FOLDER/utterance.wav, or {"error": "..."}.

The end of our stdin is the end of us, and of FOLDER: the coach has ended without time to tidy up.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import json
import os
import shutil
import sys
import time
import wave
from importlib.metadata import version
from pathlib import Path
from typing import Any

HUNG_SECONDS = 10.0
"""A render that takes longer ends this process, even if nobody is left to end it."""


class Synthesiser:
    """Pyttsx3's engine, used in a way that has no race.

    `engine.runAndWait()` has one: it asks the driver to stop before the new text starts, and if the library is still
    busy with a change of rate, the driver answers by cancelling the text and the rate. `engine.startLoop()` cancels
    nothing and returns when the text is rendered; before `endLoop()`, the library must be idle.
    """

    def __init__(self, voice_names: list[str], wav: Path) -> None:
        import pyttsx3  # noqa: PLC0415  raises RuntimeError where there is no eSpeak library, which the caller reports
        from pyttsx3.drivers import _espeak  # noqa: PLC0415  see above

        self._library: Any = _espeak
        self._engine: Any = pyttsx3.init("espeak")
        self._wav = wav
        self.voice = self._pick(voice_names)
        self._engine.setProperty("voice", self.voice)

    def _pick(self, names: list[str]) -> str:
        ids = [voice.id for voice in self._engine.getProperty("voices")]
        for name in names:
            for voice_id in ids:
                if voice_id.rsplit("/", 1)[-1] == name:
                    return str(voice_id)
        raise LookupError

    def version(self) -> str:
        """Everything that renders, with versions: a part of the cache's key."""
        info = self._library.dll.espeak_Info
        info.restype = ctypes.c_char_p
        return f"pyttsx3 {version('pyttsx3')}, eSpeak NG {info(None).decode()}"

    def render(self, text: str, words_per_minute: int) -> int:
        """Render a text; returns the number of frames in the WAV file.

        Raises:
            RuntimeError: nothing was rendered, or with another voice than ours.
        """
        self._wav.unlink(missing_ok=True)
        self._engine.setProperty("rate", words_per_minute)
        self._engine.save_to_file(text, str(self._wav))
        self._engine.startLoop()
        while self._library.IsPlaying():
            time.sleep(0.001)
        self._engine.endLoop()
        if self._engine.getProperty("voice") != self.voice:
            message = f"the voice is {self._engine.getProperty('voice')}, not {self.voice}"
            raise RuntimeError(message)
        with wave.open(str(self._wav)) as sound:
            frames: int = sound.getnframes()
        if not frames:
            message = "no sound was rendered"
            raise RuntimeError(message)
        return frames


def _hello(voice_names: list[str], wav: Path) -> tuple[Synthesiser | None, dict[str, str]]:
    try:
        synthesiser = Synthesiser(voice_names, wav)
        synthesiser.render("a", 200)  # loads the dictionary, sets the voice
    except LookupError:
        return None, {"missing": "voice"}
    except (RuntimeError, OSError, ImportError, wave.Error) as error:
        return None, {"missing": "library", "error": str(error)}
    return synthesiser, {"voice": synthesiser.voice, "version": synthesiser.version()}


def _answer(synthesiser: Synthesiser, request: dict[str, Any]) -> dict[str, Any]:
    faulthandler.dump_traceback_later(HUNG_SECONDS, exit=True)
    try:
        return {"frames": synthesiser.render(request["text"], request["words_per_minute"])}
    except (RuntimeError, OSError, wave.Error, EOFError) as error:
        return {"error": str(error) or type(error).__name__}
    finally:
        faulthandler.cancel_dump_traceback_later()


def main() -> None:
    """Answer requests until stdin ends."""
    # What the libraries print goes nowhere; the answers have a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    voice_names, folder = sys.argv[1].split(","), Path(sys.argv[2])
    synthesiser, hello = _hello(voice_names, folder / "utterance.wav")
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(hello), file=answers)
        if synthesiser is None:
            os._exit(1)
        for line in sys.stdin:
            print(json.dumps(_answer(synthesiser, json.loads(line))), file=answers)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # eSpeak NG asserts when it is torn down by the interpreter's end


if __name__ == "__main__":
    main()
