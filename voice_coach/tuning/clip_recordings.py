"""A folder of a person's recordings, and the levels of voice and noise in them.

noise.wav                     the room while nobody speaks (or a name that begins with noise, room or silence)
    echo.wav                      stereo: left the microphone, right what the speaker played meanwhile
    normal/01-next-step.wav       a phrase, named by the file
    stiff/01-next-step.wav        the same with stiff lips: "stiff" anywhere in the path

Only the clips are needed. A file may be WAV or FLAC, of any rate, in any folder; its name must hold a phrase of the
phrase book somewhere, its words joined by anything. A file `tune.tsv` with the columns path,
phrase and, if wanted, manner goes before all names.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.audio.recordings import RATE, read_channels, read_recording
from voice_coach.ears.echo.alignment import find_delay
from voice_coach.errors import RecordingError
from voice_coach.language.normalization import plain_letters
from voice_coach.personal_file import NoTextError, read_text
from voice_coach.tuning.proposal import Clip, Manner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from voice_coach.language.phrases import Phrase, PhraseBook


_FRAME = 320
"""Samples of a frame, 20 ms."""
_BELOW_LOUDEST = 15.0
"""dB below the loudest frame of a clip at which a frame counts as a pause."""
_QUIET_SHARE = 0.1
"""The share of the quietest frames whose level counts as the room's."""
_LONGEST_DELAY = 1.0
"""Seconds: the longest echo delay that is looked for."""
_EARLIEST = 0.1
"""Seconds by which an echo may seem to precede its sound, because devices report wrong times."""
_CLEAR = 10.0
"""The ratio of a correlation peak to the rest from which it is an echo."""
_FLOOR = 1e-10
"""The lowest power that is reported, that of -100 dBFS."""


def voice_level(clips: Sequence[Sound]) -> float:
    """Return the active level of a voice in dBFS: the median over clips of the level of their loud frames."""
    return float(np.median([_active_level(clip) for clip in clips]))


def peak_level(clips: Sequence[Sound]) -> float:
    """Return the highest peak of all clips in dBFS."""
    highest = max(float(np.abs(clip).max(initial=0.0)) for clip in clips)
    return 20 * float(np.log10(max(highest, _FLOOR**0.5)))


def noise_level(room: Sound | None, clips: Sequence[Sound]) -> float:
    """Return the level of the room's noise in dBFS, from its recording, or else from the quietest frames of clips."""
    if room is not None:
        return _decibel(np.mean(np.square(room, dtype=np.float64)))
    powers = np.sort(np.concatenate([_powers(clip) for clip in clips]))
    return _decibel(np.mean(powers[: max(1, round(len(powers) * _QUIET_SHARE))]))


def echo_delay(sides: NDArray[np.float32] | None) -> float | None:
    """Return the delay from the speaker to the microphone in seconds; None if no clear echo is found.

    Args:
        sides: shape (samples, 2), with one clock: left the microphone's sound, right the speaker's.
    """
    if sides is None:
        return None
    later, earlier = round(_LONGEST_DELAY * RATE), round(_EARLIEST * RATE)
    heard, played = sides[:, 0], np.pad(sides[:, 1], (later, earlier))
    lag = find_delay(heard, played, RATE)
    return (later - lag.samples) / RATE if lag.clearness >= _CLEAR else None


def _active_level(clip: Sound) -> float:
    powers = _powers(clip)
    active = powers[powers >= powers.max() / 10 ** (_BELOW_LOUDEST / 10)]
    return _decibel(np.mean(active))


def _powers(sound: Sound) -> NDArray[np.float64]:
    frames = np.pad(sound, (0, -len(sound) % _FRAME)).reshape(-1, _FRAME)
    return np.asarray(np.mean(np.square(frames, dtype=np.float64), axis=1))


def _decibel(power: np.floating) -> float:
    return 10 * float(np.log10(max(float(power), _FLOOR)))


TABLE = "tune.tsv"
NOISE = "noise.wav"
ECHO = "echo.wav"
_SUFFIXES = frozenset({".wav", ".flac"})
_NOISES = frozenset({"noise", "room", "silence"})


@dataclass(frozen=True, slots=True, eq=False)
class Recordings:
    """The recordings of one person, read from a folder."""

    clips: tuple[tuple[Clip, Sound], ...]
    """Each clip with its sound, mono at 16 kHz, shape (samples,)."""
    noise: Sound | None
    echo: Sound | None
    """The recording of an echo at 16 kHz, shape (samples, 2): left the microphone's sound, right the speaker's."""
    unused: tuple[str, ...]
    """A sentence for each file that could not be used."""
    remarks: tuple[str, ...] = ()
    """A sentence for each file that was changed before it was used, such as to another rate."""


def read_folder(folder: Path, book: PhraseBook) -> Recordings:
    """Read a person's recordings from a folder.

    Raises:
        RecordingError: there is no such folder, or no command in it.
    """
    if not folder.is_dir():
        message = f"{folder} is no folder: name one with recordings of commands, such as next-step.wav."
        raise RecordingError(message)
    table = folder / TABLE
    listed = _of_table(table, book) if table.exists() else _of_names(folder, book)
    clips: list[tuple[Clip, Sound]] = []
    unused: list[str] = []
    remarks: list[str] = []
    for path, clip in listed:
        if clip is None:
            unused.append(f"{path.relative_to(folder)} is named after no phrase; `voice-coach commands` lists them.")
            continue
        if (sound := _read_or_tell(path, unused, remarks)) is not None:
            clips.append((clip, sound))
    if not clips:
        more = f" ({unused[0]})" if unused else ""
        message = (
            f"{folder} holds no recording of a command{more}: name WAV or FLAC files by what is said in them, such as "
            "next-step.wav."
        )
        raise RecordingError(message)
    noises = (path for path in _sounds(folder) if _is_noise(path))
    noise = next((sound for path in noises if (sound := _read_or_tell(path, unused, remarks)) is not None), None)
    return Recordings(tuple(clips), noise, _echo(folder / ECHO, unused), tuple(unused), tuple(remarks))


def phrase_named(name: str, spelled: Mapping[tuple[str, ...], Phrase]) -> Phrase | None:
    """Return the longest phrase whose words a name contains in their order; None if there is none.

    Args:
        name: the name of a file, such as "awb-next_step-2".
        spelled: the result of `spelled_phrases`.
    """
    words = _words(name)
    runs = (tuple(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    return max((spelled[run] for run in runs if run in spelled), key=lambda phrase: phrase.word_count, default=None)


def spelled_phrases(book: PhraseBook) -> Mapping[tuple[str, ...], Phrase]:
    """Return each phrase by the words that names of files spell: "what's next" is also whats_next and what_s_next."""
    return {
        tuple(_words(spelling)): phrase
        for phrase in book.phrases
        for spelling in (phrase.text, phrase.text.replace("'", " "))
    }


def _of_names(folder: Path, book: PhraseBook) -> Iterator[tuple[Path, Clip | None]]:
    spelled = spelled_phrases(book)
    for path in _sounds(folder):
        if _is_noise(path) or path.name == ECHO:
            continue
        name = str(path.relative_to(folder))
        phrase = phrase_named(path.stem, spelled)
        manner = Manner.STIFF if Manner.STIFF.value in _words(name) else Manner.NORMAL
        yield path, Clip(name, phrase, manner) if phrase else None


def _of_table(table: Path, book: PhraseBook) -> Iterator[tuple[Path, Clip | None]]:
    try:
        rows = list(csv.DictReader(read_text(table).splitlines(), delimiter="\t"))
    except (OSError, NoTextError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        message = f"{table} cannot be read ({reason}): save it as UTF-8 text with a line a recording."
        raise RecordingError(message) from error
    spelled = spelled_phrases(book)
    for row in rows:
        name, said = row.get("path"), row.get("phrase")
        if not name or not said:
            message = (
                f"{table} has a line without path or phrase: its first line must name the columns path and phrase."
            )
            raise RecordingError(message)
        phrase = spelled.get(tuple(_words(said)))
        manner = Manner.STIFF if Manner.STIFF.value in (row.get("manner") or "") else Manner.NORMAL
        yield table.parent / name, Clip(name, phrase, manner) if phrase else None


def _read_or_tell(path: Path, unused: list[str], remarks: list[str]) -> Sound | None:
    """Read a recording; if it cannot be read, add a sentence to `unused` and return None, so that tuning goes on."""
    try:
        return read_recording(path, remarks.append)
    except RecordingError as error:
        unused.append(str(error))
        return None


def _echo(path: Path, unused: list[str]) -> Sound | None:
    """Read both channels of an echo's recording, of which read_recording would choose one; None if there is none."""
    if not path.exists():
        return None
    try:
        sides = read_channels(path)
    except RecordingError as error:
        unused.append(str(error))
        return None
    return sides[:, :2] if sides.shape[1] > 1 else None


def _sounds(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)


def _is_noise(path: Path) -> bool:
    return bool(_NOISES & set(_words(path.stem)[:1]))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", plain_letters(text).replace("'", ""))
