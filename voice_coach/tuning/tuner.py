"""Tries settings of the ears on a person's recordings, and reports the commands that each would accept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from voice_coach.audio.recordings import RATE
from voice_coach.ears import hear_recording, load_recognizers, recognizer_names
from voice_coach.ears.rejection import Tuning
from voice_coach.face.console import table
from voice_coach.session.listening import listening_in, listening_to
from voice_coach.tuning.clip_recordings import echo_delay, noise_level, peak_level, voice_level
from voice_coach.tuning.proposal import (
    ClipOutcome,
    HeardClip,
    Manner,
    favourites,
    gains_to_try,
    is_worse,
    propose,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.pipeline import Recognition
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.ears.recognizers.registry import LoadUnderstander
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.tuning.clip_recordings import Recordings
    from voice_coach.tuning.proposal import Clip

    Sound = NDArray[np.float32]
    Progress = Callable[[int, int], None]

    from rich.console import Console

    from voice_coach.language.wording import Sentences


@dataclass(frozen=True, slots=True)
class ClipResult:
    """The outcome of one clip."""

    clip: Clip
    outcome: ClipOutcome
    taken: tuple[str, ...]
    """The phrases that were accepted."""


@dataclass(frozen=True, slots=True)
class TriedSetting:
    """One setting of the ears, and the outcome of each clip with it."""

    tuning: Tuning
    results: tuple[ClipResult, ...]

    @classmethod
    def of(cls, tuning: Tuning, heard: Sequence[HeardClip], book: PhraseBook) -> TriedSetting:
        """Decide on clips with a setting; their scores must have been made with its gain."""
        taken = [(one, one.taken(book, tuning.sensitivity)) for one in heard]
        results = (
            ClipResult(one.clip, one.outcome_of(phrases), tuple(phrase.text for phrase in phrases))
            for one, phrases in taken
        )
        return cls(tuning, tuple(results))

    def count(self, manner: Manner | None = None) -> Counter[ClipOutcome]:
        """Count the clips with each outcome, of one manner or of all."""
        return Counter(one.outcome for one in self.results if manner in (None, one.clip.manner))


@dataclass(frozen=True, slots=True)
class TuningResult:
    """The findings of a tuning."""

    noise: float
    """Level of the room's noise, dBFS."""
    voice: float
    """Level of the person's voice while speaking, as recorded, dBFS."""
    peak: float
    """The highest peak of all clips, dBFS."""
    echo_delay: float | None
    """Seconds from the speaker to the microphone; None when there is no clear echo."""
    before: TriedSetting
    after: TriedSetting
    """The best setting and its outcomes; the same as `before` when no other setting is better."""
    favourites: tuple[str, ...]
    """The phrases that are understood best, one for an intent."""


_LEAD_IN_SECONDS = 2.0
"""Seconds of the room's noise before each clip, because running ears know the room before somebody speaks."""


class Tuner:
    """Recognises a person's recordings with several settings of the ears.

    Args:
        engine: one of voice_coach.models.ENGINES.
        book: the phrases.
        understander: loads what finds the meaning of phrases that are not listed.
        today: the settings of today.

    Raises:
        EarsError: the engine cannot listen in this language, or its model is missing.
    """

    def __init__(self, engine: str, book: PhraseBook, understander: LoadUnderstander, today: Tuning) -> None:
        self._names = recognizer_names(engine, book.language)
        self._book = book
        self._understander = understander
        self._today = today
        self._on_progress: Progress = lambda _done, _of: None

    def find_out(self, recordings: Recordings, on_progress: Progress) -> TuningResult:
        """Recognise all clips with today's settings, look for better ones, and recognise the clips again with those.

        Args:
            recordings: the person's recordings.
            on_progress: is called with the number of parts that are done, and of all: first those of a calibration, if
                one must be made, then those of the clips.
        """
        self._on_progress = on_progress
        book, today = self._book, self._today
        sounds = [sound for _, sound in recordings.clips]
        voice, peak = voice_level(sounds), peak_level(sounds)
        gains = dict.fromkeys((today.gain, *gains_to_try(voice, peak, today.gain)))
        by_gain = self._hear(recordings, [Tuning(today.sensitivity, gain) for gain in gains])
        before = after = TriedSetting.of(today, by_gain[today.gain], book)
        heard = by_gain[today.gain]
        if (proposed := propose(by_gain, book, today)) != today:
            # Deciding again is nearly hearing again, but an utterance that is taken earlier also ends earlier.
            again = self._hear(recordings, [proposed])[proposed.gain]
            found = TriedSetting.of(proposed, again, book)
            if not is_worse(found.count(), before.count()):
                after, heard = found, again
        room = noise_level(recordings.noise, sounds)
        best = favourites(heard, book)
        return TuningResult(room, voice, peak, echo_delay(recordings.echo), before, after, best)

    def hear_answer(self, sound: Sound) -> Iterator[Recognition]:
        """Recognise a recording, mono at 16 kHz, as the answer to a question."""
        return hear_recording(sound, self._recognizers, self._book, listening_in("question"), self._today)

    @cached_property
    def _recognizers(self) -> list[Recognizer]:
        return load_recognizers(self._names, self._book, self._on_progress, self._understander)

    def _hear(self, recordings: Recordings, settings: Sequence[Tuning]) -> dict[float, tuple[HeardClip, ...]]:
        """Recognise all clips with some settings, and return them by the gain."""
        room = _lead_in(recordings.noise)
        heard: dict[float, list[HeardClip]] = {tuning.gain: [] for tuning in settings}
        jobs = [(tuning, clip, sound) for tuning in settings for clip, sound in recordings.clips]
        for done, (tuning, clip, sound) in enumerate(jobs, start=1):
            heard[tuning.gain].append(self._hear_clip(clip, sound, room, tuning))
            self._on_progress(done, len(jobs))
        return {gain: tuple(clips) for gain, clips in heard.items()}

    def _hear_clip(self, clip: Clip, sound: Sound, room: Sound, tuning: Tuning) -> HeardClip:
        listen = listening_to(clip.phrase.intent)
        judged = hear_recording(np.concatenate([room, sound]), self._recognizers, self._book, listen, tuning)
        return HeardClip(clip, tuple(one.scores for one in judged if one.end_seconds > len(room) / RATE))


def _lead_in(noise: Sound | None) -> Sound:
    return np.zeros(0, np.float32) if noise is None else np.resize(noise, round(_LEAD_IN_SECONDS * RATE))


_CLIPPED = -0.1
"""dBFS: the peak from which a recording is taken to be clipped."""
_MOST_ROWS = 40
"""The most clips that are all listed; of more clips only those that were not understood are listed."""


def summary(finding: TuningResult, *, is_kept: bool) -> dict[str, Any]:
    """Return the findings as `tune --json` prints them; levels in dBFS, the gain in dB."""
    results = zip(finding.before.results, finding.after.results, strict=True)
    return {
        "kind": "tuning",
        "noise_dbfs": round(finding.noise, 1),
        "voice_dbfs": round(finding.voice, 1),
        "peak_dbfs": round(finding.peak, 1),
        "echo_delay_ms": None if finding.echo_delay is None else round(finding.echo_delay * 1000, 1),
        "before": _counted(finding.before),
        "after": _counted(finding.after),
        "favourites": list(finding.favourites),
        "kept": is_kept,
        "clips": [
            {
                "file": before.clip.name,
                "phrase": before.clip.phrase.text,
                "manner": before.clip.manner.value,
                "before": {"outcome": before.outcome.value, "taken": list(before.taken)},
                "after": {"outcome": after.outcome.value, "taken": list(after.taken)},
            }
            for before, after in results
        ],
    }


def tell(finding: TuningResult, texts: Sentences, console: Console) -> None:
    """Print the findings: each clip before and after, and the proposed settings.

    Args:
        finding: the result of a tuning.
        texts: the sentences of a tuning.
        console: the console to print to.
    """
    results = tuple(zip(finding.before.results, finding.after.results, strict=True))
    said, before_, after_ = texts.say("report.said"), texts.say("report.before"), texts.say("report.after")
    clips = table(said, "", before_, after_)
    for before, after in results:
        if len(results) <= _MOST_ROWS or before.outcome is not ClipOutcome.UNDERSTOOD:
            clips.add_row(before.clip.phrase.text, _lips(before, texts), _shown(before, texts), _shown(after, texts))
    totals = table("", before_, after_)
    for row in _totals(finding, texts):
        totals.add_row(*row)
    for part in (clips, "", totals, "", *_notes(finding, texts)):
        console.print(part)


def _totals(finding: TuningResult, texts: Sentences) -> Iterator[tuple[str, ...]]:
    pair = finding.before, finding.after
    labels = {
        Manner.NORMAL: texts.say("report.understood"),
        Manner.STIFF: texts.say("report.understood_stiff_lips"),
    }
    for manner, label in labels.items():
        if of := finding.before.count(manner).total():
            understood = (setting.count(manner)[ClipOutcome.UNDERSTOOD] for setting in pair)
            yield label, *(texts.say("report.some_of", some=some, all=of) for some in understood)
    wrong, still_wrong = (str(setting.count()[ClipOutcome.WRONG]) for setting in pair)
    yield texts.say("report.taken_for_another"), wrong, still_wrong
    yield texts.say("report.sensitivity"), *(f"{setting.tuning.sensitivity:g}" for setting in pair)
    yield texts.say("report.gain"), *(f"{setting.tuning.gain:g} dB" for setting in pair)


def _notes(finding: TuningResult, texts: Sentences) -> Iterator[str]:
    voice, distance, room = (f"{one:.0f}" for one in (finding.voice, finding.voice - finding.noise, finding.noise))
    yield texts.say("report.voice", voice=voice, distance=distance, room=room)
    if finding.echo_delay is not None:
        yield texts.say("report.echo", milliseconds=f"{finding.echo_delay * 1000:.0f}")
    if finding.peak >= _CLIPPED:
        yield texts.say("report.too_loud")
    if finding.favourites:
        yield texts.say("report.favourites", phrases=", ".join(finding.favourites))
    if finding.after.tuning == finding.before.tuning:
        yield texts.say("report.settings_suit")


def _lips(result: ClipResult, texts: Sentences) -> str:
    return texts.say("report.stiff_lips") if result.clip.manner is Manner.STIFF else ""


def _shown(result: ClipResult, texts: Sentences) -> str:
    match result.outcome:
        case ClipOutcome.UNDERSTOOD:
            return f"[green]{texts.say('report.understood')}"
        case ClipOutcome.MISSED:
            return f"[yellow]{texts.say('report.missed')}"
        case ClipOutcome.WRONG:
            return f"[red]{texts.say('report.taken_for', phrases=', '.join(result.taken))}"


def _counted(setting: TriedSetting) -> dict[str, Any]:
    def counts(manner: Manner | None = None) -> dict[str, int]:
        counted = setting.count(manner)
        return {"clips": counted.total(), **{outcome.value: counted[outcome] for outcome in ClipOutcome}}

    return {
        "sensitivity": setting.tuning.sensitivity,
        "gain": setting.tuning.gain,
        **counts(),
        "by_manner": {manner.value: counts(manner) for manner in Manner},
    }
