"""A person's recordings through the ears: with today's settings, with others, and with the best."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.core.listening import listening_in, listening_to
from voice_coach.ears import Tuning, hear_recording, load_witnesses, witness_names
from voice_coach.sound.recordings import RATE
from voice_coach.tuning.finding import Finding, Setting
from voice_coach.tuning.levels import echo_delay, noise_level, peak_level, voice_level
from voice_coach.tuning.proposal import Heard, favourites, gains_to_try, is_worse, propose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.core.phrases import PhraseBook
    from voice_coach.ears.evidence import Witness
    from voice_coach.ears.hearing import Judged
    from voice_coach.tuning.proposal import Clip
    from voice_coach.tuning.recordings import Recordings

    Sound = NDArray[np.float32]
    Progress = Callable[[int, int], None]

_LEAD_IN_SECONDS = 2.0
"""Of the room before each clip, as the ears of a running coach know it."""


class Tuner:
    """The ears of the coach, which hear recordings in several settings.

    Args:
        engine: one of voice_coach.models.ENGINES.
        book: the phrases.
        today: how the ears are set.

    Raises:
        EarsError: the engine can't hear this language, or its model is missing.
    """

    def __init__(self, engine: str, book: PhraseBook, today: Tuning) -> None:
        self._names = witness_names(engine, book.language)
        self._book = book
        self._today = today
        self._on_progress: Progress = lambda _done, _of: None

    def find_out(self, recordings: Recordings, on_progress: Progress) -> Finding:
        """Hear all clips with today's settings, look for better ones, and hear the clips again with those.

        Args:
            recordings: the person's.
            on_progress: told how much of what is to be done is done: of a calibration, if one must be made, then of
                hearing.
        """
        self._on_progress = on_progress
        book, today = self._book, self._today
        sounds = [sound for _, sound in recordings.clips]
        voice, peak = voice_level(sounds), peak_level(sounds)
        gains = dict.fromkeys((today.gain, *gains_to_try(voice, peak, today.gain)))
        by_gain = self._hear(recordings, [Tuning(today.sensitivity, gain) for gain in gains])
        before = after = Setting.of(today, by_gain[today.gain], book)
        heard = by_gain[today.gain]
        if (proposed := propose(by_gain, book, today)) != today:
            # Deciding again is nearly hearing again, but an utterance that is taken earlier also ends earlier.
            again = self._hear(recordings, [proposed])[proposed.gain]
            found = Setting.of(proposed, again, book)
            if not is_worse(found.count(), before.count()):
                after, heard = found, again
        room = noise_level(recordings.noise, sounds)
        best = favourites(heard, book)
        return Finding(room, voice, peak, echo_delay(recordings.echo), before, after, best)

    def hear_answer(self, sound: Sound) -> Iterator[Judged]:
        """Hear a recording, mono at 16 kHz, while a question is open."""
        return hear_recording(sound, self._witnesses, self._book, listening_in("question"), self._today)

    @cached_property
    def _witnesses(self) -> list[Witness]:
        return load_witnesses(self._names, self._book, self._on_progress)

    def _hear(self, recordings: Recordings, settings: Sequence[Tuning]) -> dict[float, tuple[Heard, ...]]:
        """All clips in some settings, by their gain."""
        room = _lead_in(recordings.noise)
        heard: dict[float, list[Heard]] = {tuning.gain: [] for tuning in settings}
        jobs = [(tuning, clip, sound) for tuning in settings for clip, sound in recordings.clips]
        for done, (tuning, clip, sound) in enumerate(jobs, start=1):
            heard[tuning.gain].append(self._hear_clip(clip, sound, room, tuning))
            self._on_progress(done, len(jobs))
        return {gain: tuple(clips) for gain, clips in heard.items()}

    def _hear_clip(self, clip: Clip, sound: Sound, room: Sound, tuning: Tuning) -> Heard:
        listen = listening_to(clip.phrase.intent)
        judged = hear_recording(np.concatenate([room, sound]), self._witnesses, self._book, listen, tuning)
        return Heard(clip, tuple(one.evidence for one in judged if one.end_seconds > len(room) / RATE))


def _lead_in(noise: Sound | None) -> Sound:
    return np.zeros(0, np.float32) if noise is None else np.resize(noise, round(_LEAD_IN_SECONDS * RATE))
