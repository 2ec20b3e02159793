"""The persons who speak for the benches: synthetic voices that are not the coach's own.

Voices and recordings are split in two halves, so that nothing is tuned on a piece that it is tested with.

One English voice speaks Korean too, sound by sound. The rules for what happens where two syllables meet are those of
the National Institute of Korean Language (standard pronunciation, chapters 2, 4 and 5), as far as everyday words need
them; the English sounds are the nearest that there are.
"""

from __future__ import annotations

import functools
import hashlib
import subprocess
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import soundfile
import soxr

from benches.common.acoustics import SPEECH_LEVEL, trimmed, with_active_level
from benches.common.cache import cache_folder
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


TUNE, TEST, BOTH = "tune", "test", "both"
HALVES = (TEST, TUNE, BOTH)
T = TypeVar("T")
LEADS, VOWELS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TAILS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_FIRST_SYLLABLE, _VOWELS_AND_TAILS, _TAILS = 0xAC00, 588, 28
"""Numbers by which Unicode arranges Hangul syllables: the first one, vowels times tails, and tails."""
_SPLIT = {
    "ㄳ": "ㄱㅆ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅆ", "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅆ",
}  # fmt: skip
_AT_THE_END = {
    **dict.fromkeys("ㄲㅋㄳㄺ", "ㄱ"), **dict.fromkeys("ㅅㅆㅈㅊㅌㅎ", "ㄷ"), **dict.fromkeys("ㅍㅄㄿ", "ㅂ"),
    **dict.fromkeys("ㄵㄶ", "ㄴ"), **dict.fromkeys("ㄼㄽㄾㅀ", "ㄹ"), "ㄻ": "ㅁ",
}  # fmt: skip
_TENSE = dict(zip("ㄱㄷㅂㅅㅈ", "ㄲㄸㅃㅆㅉ", strict=True))
_BREATHED = dict(zip("ㄱㄷㅂㅈ", "ㅋㅌㅍㅊ", strict=True))
_NASAL = dict(zip("ㄱㄷㅂ", "ㅇㄴㅁ", strict=True))
_PALATAL = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}
_VOICED = {"ㄱ": "\u0261", "ㄷ": "d", "ㅂ": "b", "ㅈ": "ʤ"}
_STRESS = "\u02c8"
_BEFORE_S = "ㅣㅑㅕㅛㅠㅟ"
_LEAD_SOUNDS = dict(zip(LEADS, ["k", "k", "n", "t", "t", "T", "m", "p", "p", "s", "s", "", *"ʧʤʧktph"], strict=True))
_VOWEL_SOUNDS = dict(
    zip(VOWELS, "\u0251 ɛ j\u0251 jɛ ʌ ɛ jʌ jɛ O w\u0251 wɛ wɛ jO u wʌ wɛ wi ju ʊ i i".split(), strict=True)  # noqa: SIM905 - a row
)
_TAIL_SOUNDS = {"": "", **dict(zip("ㄱㄴㄷㄹㅁㅂㅇ", "kntlmpŋ", strict=True))}
Syllable = list[str]
"""A syllable: lead, vowel and tail."""
_ESPEAK_WORDS_PER_MINUTE = 165


def in_half(half: str, grouped: Mapping[str, Sequence[T]]) -> tuple[T, ...]:
    """The pieces that belong to a half.

    The groups (who speaks, or the recording that a piece is of) are sorted by a hash of their names, which has nothing
    to do with what is in them, and dealt out alternately.

    Args:
        half: one of HALVES.
        grouped: pieces by group; a group is never divided.
    """
    shuffled = sorted(grouped, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    chosen = {TEST: shuffled[::2], TUNE: shuffled[1::2], BOTH: shuffled}[half]
    return tuple(piece for name in sorted(chosen) for piece in grouped[name])


def told_in_sounds(text: str) -> str:
    """A text in hibari's notation for words with a given pronunciation: [word](/sounds/)."""
    return " ".join(f"[{word}](/{_sounds(word)}/)" for word in text.split())


def pronounced(word: str) -> list[Syllable]:
    """The syllables of a Korean word as they are spoken."""
    syllables = [_apart(sign) for sign in word]
    for one, other in pairwise(syllables):
        _meet(one, other)
    if syllables:
        syllables[-1][2] = _AT_THE_END.get(syllables[-1][2], syllables[-1][2])
    return syllables


def _apart(sign: str) -> Syllable:
    place = ord(sign) - _FIRST_SYLLABLE
    return [LEADS[place // _VOWELS_AND_TAILS], VOWELS[place % _VOWELS_AND_TAILS // _TAILS], TAILS[place % _TAILS]]


def _meet(one: Syllable, other: Syllable) -> None:
    """Change the tail of a syllable and the lead of the next as they are spoken together."""
    tail = one[2]
    if not tail:
        return
    if other[0] == "ㅇ":
        _link(one, other)
        return
    breath = tail in "ㅎㄶㅀ"
    if breath and (other[0] in _BREATHED or other[0] == "ㅅ"):
        other[0] = _BREATHED.get(other[0], "ㅆ")
        one[2] = {"ㅎ": "", "ㄶ": "ㄴ", "ㅀ": "ㄹ"}[tail]
        return
    end = _AT_THE_END.get(tail, tail)
    if other[0] == "ㅎ" and end in _BREATHED:
        one[2], other[0] = "", "ㅊ" if tail == "ㅈ" else _BREATHED[end]
        return
    one[2], other[0] = _beside(end, other[0])


def _link(one: Syllable, other: Syllable) -> None:
    """The tail is spoken at the beginning of the next syllable, which has no lead of its own."""
    if one[2] == "ㅇ":
        return
    both = _SPLIT.get(one[2], one[2])
    stays, goes = both[:-1], both[-1]
    if goes == "ㅎ":
        one[2], other[0] = "", stays or "ㅇ"
        return
    if other[1] == "ㅣ":
        goes = _PALATAL.get(goes, goes)
    one[2], other[0] = stays, goes


def _beside(end: str, lead: str) -> tuple[str, str]:
    """A tail before a lead: obstruents make the lead tense or become nasal themselves, liquids spread."""
    if end in _NASAL and lead == "ㄹ":
        return _NASAL[end], "ㄴ"
    if end in _NASAL:
        return (_NASAL[end], lead) if lead in "ㄴㅁ" else (end, _TENSE.get(lead, lead))
    if {end, lead} == {"ㄴ", "ㄹ"}:
        return "ㄹ", "ㄹ"
    return (end, "ㄴ") if end in "ㅁㅇ" and lead == "ㄹ" else (end, lead)


def _sounds(word: str) -> str:
    sounds: list[str] = []
    is_voiced = False
    for number, (lead, vowel, tail) in enumerate(pronounced(word)):
        sounds.append(_lead_sound(lead, vowel, sounds, is_voiced=is_voiced))
        sounds += [_STRESS if number == 0 else "", _VOWEL_SOUNDS[vowel], _TAIL_SOUNDS[tail]]
        is_voiced = tail in "ㄴㄹㅁㅇ"  # so is no tail at all
    return "".join(sounds)


def _lead_sound(lead: str, vowel: str, before: list[str], *, is_voiced: bool) -> str:
    if is_voiced and lead in _VOICED:
        return _VOICED[lead]
    if lead in "ㅅㅆ" and vowel in _BEFORE_S:
        return "ʃ"
    if lead == "ㄹ" and before and before[-1] == "l":
        return "l"
    return str(_LEAD_SOUNDS[lead])


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person who speaks, made by a synthesiser."""

    name: str
    engine: str
    """flite, hibari, hibari-ko (in Korean) or espeak-ng."""
    speaker: str
    """The engine's name for whose speech the voice was made of; all voices of one speaker are in one half."""
    half: str = TEST
    pitch: float = 1.0
    """Pitch and formants against the speaker's own, the tempo being kept: above 1 a smaller person."""
    speed: float = 1.0
    """Tempo against the speaker's own."""


def _family(engine: str, speaker: str, half: str) -> tuple[Speaker, ...]:
    """A speaker, and the larger and the smaller person that can be made of the same recordings."""
    called = speaker or engine
    return (
        Speaker(called, engine, speaker, half),
        Speaker(f"{called} low", engine, speaker, half, pitch=0.87),
        Speaker(f"{called} high", engine, speaker, half, pitch=1.13),
    )


_AWB, _SLT, _RMS, _HIBARI = (
    _family("flite", "awb", TUNE),
    _family("flite", "slt", TUNE),
    _family("flite", "rms", TEST),
    _family("hibari", "", TEST),
)


NATURAL = (_AWB[0], _RMS[0], _SLT[0])
"""Voices of flite made of recorded speech: a Scottish man, an American man, an American woman."""


VOICES = (*_AWB[::2], *_SLT, *_RMS[::2], *_HIBARI)
"""The persons of the hearing bench, five in each half. No lower voices are made of men: they would sound unreal."""


COACH = Speaker("the coach", "espeak-ng", "en-us")


KOREANS = (
    *(Speaker(f"ko+{name}", "espeak-ng", f"ko+{name}", TUNE) for name in ("f3", "edward2", "klatt6", "f2")),
    *(Speaker(f"ko+{name}", "espeak-ng", f"ko+{name}") for name in ("f4", "benjamin", "belinda", "caleb")),
    Speaker("hibari", "hibari-ko", ""),
)
"""Who speaks Korean: variants of eSpeak NG's voice, and hibari's American, to whom it is told sound by sound."""


@functools.cache
def say(text: str, voice: Speaker) -> NDArray[np.float32]:
    """A text spoken by a voice: mono at SAMPLE_RATE and SPEECH_LEVEL, no silence around it. Shared: change a copy.

    Remembered on the disk: it is the same again for the same text and voice.
    """
    path = cache_folder("speech") / f"{hashlib.sha256(f'{voice} {text}'.encode()).hexdigest()[:32]}.flac"
    if not path.is_file():
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            draft = Path(folder) / path.name
            soundfile.write(draft, _spoken(text, voice), SAMPLE_RATE, "PCM_16")
            draft.replace(path)
    sound, _rate = soundfile.read(path, dtype="float32")
    return np.asarray(sound)


def _spoken(text: str, voice: Speaker) -> NDArray[np.float32]:
    tempo = voice.speed / voice.pitch  # played faster by the pitch, it comes out at the wanted speed
    if voice.engine == "hibari-ko":
        text = told_in_sounds(text)
    sound, rate = _hibari(text, tempo) if voice.engine.startswith("hibari") else _program(text, voice, tempo)
    return with_active_level(trimmed(soxr.resample(sound, rate * voice.pitch, SAMPLE_RATE)), SPEECH_LEVEL)


def _program(text: str, voice: Speaker, tempo: float) -> tuple[NDArray[np.float32], int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        if voice.engine == "espeak-ng":
            words_per_minute = str(round(tempo * _ESPEAK_WORDS_PER_MINUTE))
            command = ["espeak-ng", "-v", voice.speaker, "-s", words_per_minute, "-w", str(path), text]
        else:
            stretch = f"duration_stretch={1 / tempo:.4f}"
            command = ["flite", "-voice", voice.speaker, "--setf", stretch, "-t", text, "-o", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        sound, rate = soundfile.read(path, dtype="float32")
    return sound, rate


def _hibari(text: str, tempo: float) -> tuple[NDArray[np.float32], int]:
    synthesiser = _hibari_synthesiser()
    return synthesiser(text, speed=tempo, seed=0), synthesiser.sample_rate


@functools.cache
def _hibari_synthesiser() -> Any:  # noqa: ANN401  hibari has no types
    from hibari import Hibari  # noqa: PLC0415  of the bench's requirements; the small run in the tests does without

    return Hibari()
