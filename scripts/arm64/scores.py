"""Speaks commands, and scores them with the coach's own recogniser, on whichever machine this is.

Called by scripts/check-arm64 --scores, here and in the emulated system; it runs anywhere else as well:

    .venv/bin/python -m scripts.arm64.scores say FOLDER [--clips N] [--data RECORDINGS]
    .venv/bin/python -m scripts.arm64.scores hear FOLDER --out FILE [--noise SEED]

`say` speaks listed phrases with flite's voices into FOLDER and lists them in its clips.tsv: file, voice, what is said.
`hear` scores them; FILE gets a JSON line about the machine, and one for each clip. Where FILE has been begun by the
same machine with the same clips, models and code, it goes on. With --noise each clip is heard with noise in it, a
thirtieth of what 16 bits can tell: how far scores scatter on one and the same machine.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import platform
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib import metadata
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import numpy as np
import soundfile

import voice_coach
from scripts.arm64.comparison import DECODER, EARS, Best, Heard, line_of
from voice_coach.audio.recordings import read_recording
from voice_coach.ears import load_recognizers, recognizer_names
from voice_coach.ears.closed_grammar import Decoder
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE, UtteranceScores
from voice_coach.ears.recognizers.registry import (
    MOONSHINE,
    encoder_of,
    find_second_ear,
    has_table,
    moonshine_folder,
    shipped_table,
)
from voice_coach.ears.rejection import Accepted, Incomplete, Rejected, decide
from voice_coach.library import load_language
from voice_coach.session.listening import listening_in, listening_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import Scored
    from voice_coach.ears.rejection import Decision
    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.phrases import Phrase

LANGUAGE = "en"
VOICES = ("awb", "kal", "rms", "slt")
"""All of flite's: a Scot, a robot of 8 kHz, two Americans."""
CLIPS = 200
RECORDINGS = 50
"""The most recordings of RECORDINGS that are added, drawn evenly over all of them."""
LONGEST_SECONDS = 4.0
"""Of a recording; longer ones hold no command and cost an emulator minutes."""
LIST = "clips.tsv"
_RECORDED = "recording"
NOISE = 1e-6
"""The loudest sample of the noise; the step of 16 bits is 30 times larger."""
_EVERY = 10
"""Clips between two lines of progress."""
_HWCAP, _HWCAP2 = 16, 26
_ARM_INSTRUCTIONS = (
    ("dot product", _HWCAP, 20),
    ("sve", _HWCAP, 22),
    ("i8mm", _HWCAP2, 13),
    ("bf16", _HWCAP2, 14),
    ("sme", _HWCAP2, 23),
)
"""Names, and bits of the kernel's auxiliary vector (Linux, arch/arm64/include/uapi/asm/hwcap.h)."""
_X86_INSTRUCTIONS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8")


class Clip(NamedTuple):
    """A piece of sound in a file."""

    file: str
    voice: str
    said: str
    """A listed phrase; empty when it is none."""


def chosen(phrases: Sequence[Phrase], count: int) -> list[Phrase]:
    """Choose phrases of as many intents as possible, the same each time.

    Each intent gives one in turn. Within an intent a hash of their words orders them, so that not only the first
    wordings of the file are chosen.
    """
    by_intent: dict[str, list[Phrase]] = {}
    for phrase in sorted(phrases, key=lambda one: hashlib.sha256(one.text.encode()).hexdigest()):
        by_intent.setdefault(phrase.intent.value, []).append(phrase)
    rounds = zip_longest(*(by_intent[name] for name in sorted(by_intent)))
    return [phrase for phrase in chain.from_iterable(rounds) if phrase is not None][:count]


def say(folder: Path, count: int, data: Path | None) -> None:
    """Speak phrases, a voice each in turn, and copy recordings, into an empty folder."""
    clips = []
    for number, phrase in enumerate(chosen(load_language(LANGUAGE).phrase_book.phrases, count)):
        voice = VOICES[number % len(VOICES)]
        clips.append(Clip(f"{number + 1:03}-{voice}.wav", voice, phrase.text))
        subprocess.run(["flite", "-voice", voice, "-t", phrase.text, "-o", folder / clips[-1].file], check=True)
    for number, path in enumerate(_recordings(data) if data else ()):
        clips.append(Clip(f"{number + 1:03}-{_RECORDED}{path.suffix}", _RECORDED, ""))
        shutil.copyfile(path, folder / clips[-1].file)
    (folder / LIST).write_text("".join("\t".join(clip) + "\n" for clip in clips), encoding="utf-8")


def _recordings(data: Path) -> list[Path]:
    files = sorted(path for path in data.rglob("*") if path.suffix in {".wav", ".flac"})
    short = [path for path in files if soundfile.info(path).duration <= LONGEST_SECONDS]
    return short[:: max(1, -(-len(short) // RECORDINGS))]


def listed(folder: Path) -> list[Clip]:
    """The clips of a folder."""
    return [Clip(*line.split("\t")) for line in (folder / LIST).read_text(encoding="utf-8").splitlines()]


class Machine:
    """The coach's recogniser on this machine."""

    def __init__(self, pack: LanguagePack) -> None:
        self._book = pack.phrase_book
        if not has_table(self._book):
            sys.exit("The recogniser's table does not fit the phrases; run: scripts/calibrate")
        names = recognizer_names(MOONSHINE, LANGUAGE)
        (self._recognizer,) = load_recognizers(names, self._book, lambda _done, _of: None, lambda: pack.understander)

    def hear(self, clip: Clip, sound: NDArray[np.float32]) -> Heard:
        """Score a clip as an utterance that has ended, and decide on it where a person would say what is said in it."""
        phrase = self._book.by_text.get(clip.said)
        listen = listening_to(phrase.intent) if phrase else listening_in("applying")
        with _watched_decoder() as decoded:
            self._recognizer.begin(np.zeros(0, np.float32))
            self._recognizer.feed(sound)
            n_best = self._recognizer.hypotheses(is_final=True)
        scores = UtteranceScores((n_best,), listen, is_final=True, seconds=len(sound) / SAMPLE_RATE)
        best = {
            DECODER: _best([(one.rule, one.score) for one in decoded[0]]),
            EARS: _best([(one.text, one.score) for one in n_best.hypotheses]),
        }
        return Heard(clip.file, clip.said, best, _in_words(decide(scores, self._book)))


@contextmanager
def _watched_decoder() -> Iterator[list[tuple[Scored, ...]]]:
    """Note what the closed-grammar decoder answers inside of the recogniser, first to the sound as it is."""
    answers: list[tuple[Scored, ...]] = []
    decode = Decoder.decode

    def watched(self: Decoder, sound: NDArray[np.float32]) -> tuple[Scored, ...]:
        answers.append(decode(self, sound))
        return answers[-1]

    with mock.patch.object(Decoder, "decode", watched):
        yield answers


def _best(found: Sequence[tuple[str, float]]) -> Best:
    if not found:
        return Best("", 0.0, None)
    text, score = found[0]
    return Best(text, round(score, 4), round(score - found[1][1], 4) if len(found) > 1 else None)


def _in_words(decision: Decision) -> str:
    match decision:
        case Accepted(phrase=phrase):
            return f"took “{phrase.text}”"
        case Rejected(reason=reason, is_borderline=is_borderline):
            return f"rejected ({reason.value}{', borderline' if is_borderline else ''})"
        case Incomplete(accepted=accepted):
            return f"waited at “{accepted.phrase.text}”"


def described(folder: Path) -> dict[str, Any]:
    """This machine, and digests of the clips and of what they are decoded with."""
    second_ear = find_second_ear()
    files = {"encoder": encoder_of(MOONSHINE), "table": shipped_table(LANGUAGE)}
    files |= {path.name: path for path in moonshine_folder().iterdir() if path.is_file()}
    files |= {f"second ear's {path.name}": path for path in second_ear.glob("*.onnx")} if second_ear else {}
    return {
        "machine": platform.machine(),
        "instructions": instructions(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in ("onnxruntime", "moonshine-voice", "numpy", "soxr")},
        "models": {
            **{name: _digest([files[name]]) for name in sorted(files)},
            "clips": _digest(sorted(folder.iterdir())),
            "code": _digest(sorted(Path(voice_coach.__file__).parent.rglob("*.py"))),
        },
    }


def _digest(files: Sequence[Path]) -> str:
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def instructions() -> list[str]:
    """The processor's instructions, beyond the usual ones, that a library may multiply matrices with."""
    if platform.machine() == "aarch64":
        auxiliary = ctypes.CDLL(None).getauxval
        auxiliary.restype, auxiliary.argtypes = ctypes.c_ulong, [ctypes.c_ulong]
        return [name for name, vector, bit in _ARM_INSTRUCTIONS if auxiliary(vector) >> bit & 1]
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    return [name for name in _X86_INSTRUCTIONS if name in flags]


def hear(folder: Path, begun: Sequence[str] = (), seed: int | None = None) -> Iterator[str]:
    """Score all clips of a folder; yields the lines of the file.

    Args:
        folder: of `say`.
        begun: whole lines that an earlier call has yielded; used if it was on this machine, with all as it is now.
        seed: of the noise that is put into each clip; None for none.
    """
    head = json.dumps({"machine": described(folder) | ({} if seed is None else {"noise": seed})}, ensure_ascii=False)
    kept = begun if begun[:1] == [head] else [head]
    yield from kept
    clips = listed(folder)
    waiting = clips[len(kept) - 1 :]
    machine, began = Machine(load_language(LANGUAGE)), time.monotonic()
    for number, clip in enumerate(waiting, 1):
        yield line_of(machine.hear(clip, _noisy(read_recording(folder / clip.file), seed)))
        if number % _EVERY == 0 or number == len(waiting):
            done, seconds = len(kept) - 1 + number, time.monotonic() - began
            print(f"clip {done} of {len(clips)}, {seconds / number:.1f} s each", file=sys.stderr, flush=True)


def _noisy(sound: NDArray[np.float32], seed: int | None) -> NDArray[np.float32]:
    if seed is None:
        return sound
    return sound + np.random.default_rng(seed).uniform(-NOISE, NOISE, sound.shape).astype(np.float32)


def main() -> None:
    """Speak, or hear."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    saying = verbs.add_parser("say")
    saying.add_argument("--clips", type=int, default=CLIPS)
    saying.add_argument("--data", type=Path)
    hearing = verbs.add_parser("hear")
    hearing.add_argument("--out", type=Path, required=True)
    hearing.add_argument("--noise", type=int, metavar="SEED")
    for verb in (saying, hearing):
        verb.add_argument("folder", type=Path)
    options = parser.parse_args()
    if options.verb == "say":
        say(options.folder, options.clips, options.data)
        return
    text = options.out.read_text(encoding="utf-8") if options.out.exists() else ""
    begun = text.split("\n")[:-1]  # the last line has no end if writing it was cut short
    with options.out.open("w", encoding="utf-8") as out:
        for line in hear(options.folder, begun, options.noise):
            out.write(f"{line}\n")
            out.flush()  # what ends the process does not end what it found


if __name__ == "__main__":
    main()
