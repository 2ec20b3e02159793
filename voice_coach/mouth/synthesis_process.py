"""The synthesiser's own process: it renders sentences to a WAV file in memory, one at a time.

Run by its path (`python synthesis_process.py ENGINE VOICES WAV DESCRIPTOR`), so it imports nothing of the coach. WAV is
the descriptor of a file in memory that our parent reads (memfd_create(2)): a disk that is full must not take the voice.
DESCRIPTOR is our end of the pipe to the parent. ENGINE is

- pyttsx3, which has eSpeak NG render. It needs a process of its own because eSpeak NG can be initialised only once in a
  process (after a hang, only a new process helps), because pyttsx3 2.99 prints on stdout, and because it tells the
  library that each text is ten times as long as it is, so that the memory behind it is read;
- hibari, a neural voice. It has one so that its 170 MB go with it, and because a hang or a crash at a text that nobody
  has tried costs only that sentence.

VOICES are names separated by commas, best first ("en-us,en"). A message is a dict:

- first, from us: {"voice": "gmw/en-us", "version": "pyttsx3 2.99, eSpeak NG 1.51"} or {"fault": FAULT, "error": "..."};
- to us: {"text": "...", "words_per_minute": 165};
- from us, then: {"frames": 43210}, the sound being in that file, or {"error": "..."}.

FAULT is "voice" (no voice has one of these names), "library" (the library is missing), "broken" (it is there, but
cannot be loaded), "memory" (there is too little memory for it) or "package" (a Python package cannot be loaded).

This process ends when the pipe does, because then the coach has ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import sys
import time
import wave
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

HUNG_SECONDS = 10.0
"""Seconds after which a render ends this process by itself, even if no parent is left to end it."""
_WARM_UP = "a"
ESPEAK_LIBRARIES = ("libespeak-ng.so.1", "/usr/local/lib/libespeak-ng.so.1", "libespeak.so.1")
"""File names under which pyttsx3 2.99 looks for the library on Linux."""
_OUT_OF_MEMORY = ("Cannot allocate memory", "failed to map segment from shared object")
"""Endings of glibc's messages when memory runs out. The second one is longer where the reason is another, such as a
file system from which no program may run."""


class Synthesiser(Protocol):
    """Renders texts to the WAV file that it was made with."""

    voice: str
    """The name of the voice, as its engine knows it."""

    def version(self) -> str:
        """Return the names and versions of all software that renders; they are a part of the cache's key."""

    def render(self, text: str, words_per_minute: int) -> int:
        """Render a text; return the number of frames in the WAV file.

        Raises:
            RuntimeError: nothing was rendered.
        """

    def rest(self) -> None:
        """Do the work that can wait until an answer was given."""


class LibraryMissingError(Exception):
    """The library is not installed."""


class NoSuchVoiceError(Exception):
    """The engine has none of the voices."""


class Pyttsx3:
    """Pyttsx3's engine, used in a way that avoids a race.

    `engine.runAndWait()` has a race: it asks the driver to stop before the new text starts, and if the library is still
    busy with a change of rate, the driver answers by cancelling the text and the rate. `engine.startLoop()` cancels
    nothing and returns when the text is rendered; before `endLoop()`, the library must be idle.
    """

    def __init__(self, voice_names: list[str], wav: Path) -> None:
        find_espeak()
        import pyttsx3  # noqa: PLC0415  loads the library
        from pyttsx3.drivers import _espeak  # noqa: PLC0415  see above

        self._library: Any = _espeak
        self._engine: Any = pyttsx3.init("espeak")
        self._wav = wav
        self.voice = self._pick(voice_names)
        self._engine.setProperty("voice", self.voice)
        self.render(_WARM_UP, 200)  # loads the dictionary, sets the voice

    def _pick(self, names: list[str]) -> str:
        ids = [voice.id for voice in self._engine.getProperty("voices")]
        if not ids:
            message = "its data hold no voice at all"
            raise RuntimeError(message)
        for name in names:
            for voice_id in ids:
                if voice_id.rsplit("/", 1)[-1] == name:
                    return str(voice_id)
        raise NoSuchVoiceError

    def version(self) -> str:
        """Return the names of pyttsx3 and eSpeak NG with their versions."""
        info = self._library.dll.espeak_Info
        info.restype = ctypes.c_char_p
        return f"pyttsx3 {version('pyttsx3')}, eSpeak NG {info(None).decode()}"

    def render(self, text: str, words_per_minute: int) -> int:
        """Render a text; return the number of frames in the WAV file.

        Raises:
            RuntimeError: nothing was rendered, or with another voice than ours.
        """
        os.truncate(self._wav, 0)
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

    def rest(self) -> None:
        """Do nothing: this engine leaves no work for later."""


def find_espeak(names: tuple[str, ...] = ESPEAK_LIBRARIES) -> None:
    """Load eSpeak's library and look for its data.

    This is done before pyttsx3 does the same, because it reports every failure as "not installed".

    Raises:
        LibraryMissingError: there is none of these files.
        OSError: one is there, but cannot be loaded, or has no data; eSpeak NG would end the process.
    """
    reasons = []
    for name in names:
        try:
            return _demand_data(ctypes.CDLL(name))
        except OSError as error:
            if not str(error).startswith(f"{name}: cannot open shared object file: No such file"):
                reasons.append(error)
    if reasons:
        raise reasons[0]
    raise LibraryMissingError


def _demand_data(library: ctypes.CDLL) -> None:
    folder = ctypes.c_char_p()
    try:
        library.espeak_ng_InitializePath(None)
        library.espeak_Info(ctypes.byref(folder))
    except AttributeError:
        return  # eSpeak, the one before eSpeak NG: it cannot be asked
    if folder.value:
        (Path(os.fsdecode(folder.value)) / "phontab").open("rb").close()


class Hibari:
    """The neural voice inside the package hibari-tts, on one thread that never spins.

    Deterministic: the noise in its consonants has a fixed seed, so a text sounds the same each time. Its other voices
    would be downloaded; they are never asked for.
    """

    PACES = ((80, 0.48), (120, 0.69), (165, 0.9), (190, 1.15), (220, 1.33), (250, 1.38), (300, 1.95), (450, 4.0))
    """Pairs of words a minute and the speed at which the sentences last as long as with eSpeak NG (docs/voices.md)."""
    GAIN = 10 ** (4.6 / 20)
    """Linear gain that makes it as loud as eSpeak NG: its own speech is at -25.0 dBFS, that of eSpeak NG at -20.4 dBFS
    (docs/voices.md)."""
    _HIGHEST = 0.95
    """Highest sample, where full scale is 1: a sentence that would exceed it is made a little softer, not clipped."""
    _SEED = 0
    _REVISION = 1
    """A part of the version; raise it when a value above changes."""

    def __init__(self, voice_names: list[str], wav: Path) -> None:
        # Set before ONNX Runtime is loaded, see voice_coach/__init__.py; again here, as this file runs by itself.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy's, which would start one for each core
        # hibari would load scipy.fft where there is one, in a quarter of a second. The coach's own packages have none.
        sys.modules["scipy"] = None  # type: ignore[assignment]
        import numpy  # noqa: ICN001, PLC0415  only this engine needs it
        import onnxruntime  # noqa: PLC0415  see above

        class SmallSessionOptions(onnxruntime.SessionOptions):  # type: ignore[misc]
            """Those of hibari's own sessions: without an arena, which would keep the longest sentence's memory."""

            def __init__(self) -> None:
                super().__init__()
                self.enable_cpu_mem_arena = False

        onnxruntime.SessionOptions = SmallSessionOptions
        from hibari import Hibari as Engine  # noqa: PLC0415  see above
        from hibari.voices import VOICES  # noqa: PLC0415  see above

        self._numpy: Any = numpy
        self._wav = wav
        inside = [name for name in voice_names if VOICES.get(name, {}).get("bundled")]
        if not inside:
            raise NoSuchVoiceError
        self.voice = inside[0]
        self._engine: Any = Engine(self.voice, threads=1)
        self._engine.g2p.oov("voicecoach")  # words that no lexicon has are read by a second, small model
        self.render(_WARM_UP, 165)
        self.rest()

    @classmethod
    def version(cls) -> str:
        """Return the names and versions of hibari and its runtime, and the revision of our paces and gain."""
        runtime = version("onnxruntime")
        return f"hibari-tts {version('hibari-tts')}, ONNX Runtime {runtime}, paces and gain {cls._REVISION}"

    def render(self, text: str, words_per_minute: int) -> int:
        """Render a text; return the number of frames in the WAV file.

        Raises:
            RuntimeError: nothing in the text has a sound.
        """
        speed = float(self._numpy.interp(words_per_minute, *zip(*self.PACES, strict=True)))
        spoken = text.replace("](", "] (")  # it would take "[word](sounds)" for a pronunciation
        sound = self._engine(spoken, speed=speed, seed=self._SEED)
        if not len(sound):
            message = "no sound was rendered"
            raise RuntimeError(message)
        gain = self._HIGHEST / max(self._HIGHEST / self.GAIN, float(abs(sound).max()))
        samples = (sound * (gain * 32767)).astype("<i2")
        with wave.open(str(self._wav), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self._engine.sample_rate)
            file.writeframes(samples.tobytes())
        return len(samples)

    def rest(self) -> None:
        """Return free memory to the operating system, where the C library can do so."""
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


_ENGINES: dict[str, type[Pyttsx3 | Hibari]] = {"pyttsx3": Pyttsx3, "hibari": Hibari}


def _fault(error: Exception) -> str:
    match error:
        case LibraryMissingError():
            return "library"
        case ImportError():
            return "package"
        case NoSuchVoiceError():
            return "voice"
    is_memory = isinstance(error, MemoryError) or str(error).endswith(_OUT_OF_MEMORY)
    return "memory" if is_memory else "broken"


def _hello(engine: str, voice_names: list[str], wav: Path) -> tuple[Synthesiser | None, dict[str, str]]:
    try:
        synthesiser = _ENGINES[engine](voice_names, wav)
    except Exception as error:  # noqa: BLE001  whatever a library raises, it is not there for us
        return None, {"fault": _fault(error), "error": str(error) or type(error).__name__}
    return synthesiser, {"voice": synthesiser.voice, "version": synthesiser.version()}


def _answer(synthesiser: Synthesiser, request: dict[str, Any]) -> dict[str, Any]:
    faulthandler.dump_traceback_later(HUNG_SECONDS, exit=True)
    try:
        return {"frames": synthesiser.render(request["text"], request["words_per_minute"])}
    except Exception as error:  # noqa: BLE001  whatever a library raises at a text, the coach hears of it
        return {"error": str(error) or type(error).__name__}
    finally:
        faulthandler.cancel_dump_traceback_later()


_NICENESS = 10
"""The ears come first: most sentences are rendered ahead, just when the person says the next command."""


def main() -> None:
    """Answer requests until the pipe ends."""
    with contextlib.suppress(OSError):  # a sandbox may forbid it; then the voice only takes more of the processor
        os.nice(_NICENESS)
    engine, voice_names, wav, descriptor = sys.argv[1:]
    pipe = Connection(int(descriptor))
    synthesiser, hello = _hello(engine, voice_names.split(","), Path(f"/proc/self/fd/{wav}"))
    with contextlib.suppress(EOFError, OSError):
        pipe.send(hello)
        if synthesiser is None:
            os._exit(1)
        while True:
            pipe.send(_answer(synthesiser, pipe.recv()))
            synthesiser.rest()
    os._exit(0)  # eSpeak NG asserts when it is torn down by the interpreter's end


if __name__ == "__main__":
    main()
