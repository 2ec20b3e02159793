"""From clips heard to figures: counts, rates, delays, and the curve of misses against false commands."""

from __future__ import annotations

from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from engines_heard import OURS, book_of
from hearing_plan import TALK
from listening import Commands, Others
from outcomes import Outcomes
from places import STATED

from voice_coach.ears.verdict import Accepted, Thresholds, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hearing_results import Results
    from listening import Clip

    from voice_coach.core.phrases import Phrase
    from voice_coach.ears.hearing import Judged

    Figures = dict[str, Any]
    """As in docs/measured/hearing.json."""

SENSITIVITIES = tuple(round(0.05 * step, 2) for step in range(21))
WORKING_POINT = 0.5


def figures_of(results: Results) -> Figures:
    """All figures, ready for JSON: `engines` by name, and `wider`, `voices` and `curve` of our own."""
    engines = dict.fromkeys(task.engine for task, _clips in results)
    said = [(task, clips) for task, clips in results if isinstance(task, Commands)]
    ours = [(task, clips) for task, clips in said if task.engine == OURS]
    stated = [(task, clips) for task, clips in ours if task.place.name in STATED]
    return {
        "engines": {engine: _engine([one for one in results if one[0].engine == engine]) for engine in engines},
        "wider": _by_place([(task, clips) for task, clips in ours if task.place.name not in STATED]),
        "voices": {
            voice: _by_place([(task, clips) for task, clips in stated if task.voice.name == voice])
            for voice in dict.fromkeys(task.voice.name for task, _clips in stated)
        },
        "curve": [point(results, sensitivity) for sensitivity in SENSITIVITIES] if ours else [],
    }


def outcome(said: Phrase, taken: Sequence[Phrase]) -> Outcomes:
    """What became of one command."""
    if not taken:
        return Outcomes(missed=1)
    if any(phrase.intent is not said.intent for phrase in taken):
        return Outcomes(wrong=1)
    return Outcomes(right=1, misnumbered=int(any(phrase.minutes != said.minutes for phrase in taken)))


def taken_at(sensitivity: float, engine: str) -> Callable[[Clip], list[Phrase]]:
    """A function that says which commands are taken from a clip at a sensitivity, decided anew from its evidence.

    Below the working point, what had been taken at a pause has no later evidence; a person who goes on is then missed.
    """
    book, thresholds = book_of(engine), Thresholds.at(sensitivity)

    def first_accepted(judged: Judged) -> Phrase | None:
        verdicts = (decide(evidence, book, thresholds) for evidence in judged.evidence)
        return next((verdict.phrase for verdict in verdicts if isinstance(verdict, Accepted)), None)

    return lambda clip: [phrase for one in clip.answers if (phrase := first_accepted(one.judged))]


def taken(clip: Clip) -> list[Phrase]:
    """The commands that were taken from a clip."""
    return [one.judged.verdict.phrase for one in clip.answers if isinstance(one.judged.verdict, Accepted)]


def _engine(results: Results) -> Figures:
    said = [(task, clips) for task, clips in results if isinstance(task, Commands) and task.place.name in STATED]
    return {
        "places": _by_place(said),
        "sounds": _sounds([(task, clips) for task, clips in results if isinstance(task, Others)]),
        "delay_ms": {
            place: _delays(clip for task, clips in said if task.place.name == place for clip in clips)
            for place in dict.fromkeys(task.place.name for task, _clips in said)
        },
    }


def _by_place(results: Sequence[tuple[Commands, Sequence[Clip]]]) -> dict[str, dict[str, int]]:
    sums: dict[str, Outcomes] = {}
    for task, clips in results:
        for clip in clips:
            if clip.said:
                sums[task.place.name] = sums.get(task.place.name, Outcomes()) + outcome(clip.said, taken(clip))
    return {place: one.counts for place, one in sums.items()}


def _sounds(results: Sequence[tuple[Others, Sequence[Clip]]]) -> Figures:
    """By kind, and in it by place: the seconds, the sounds, those of them with a command taken, and the commands."""
    sounds: Figures = {}
    for task, clips in results:
        one = sounds.setdefault(task.kind, {}).setdefault(
            task.place.name, {"seconds": 0.0, "sounds": 0, "sounds_taken": 0, "commands": []}
        )
        commands = [taken(clip) for clip in clips]
        one["seconds"] = round(one["seconds"] + sum(clip.seconds for clip in clips), 1)
        one["sounds"] += len(clips)
        one["sounds_taken"] += sum(map(bool, commands))
        one["commands"] += [phrase.text for phrases in commands for phrase in phrases]
    return sounds


def _delays(clips: Iterable[Clip]) -> dict[str, float]:
    """From the end of the word to the verdict, of the commands that were taken rightly."""
    delays = [
        1000 * (first.at_seconds + first.deciding_seconds - clip.word_end)
        for clip in clips
        if clip.said and outcome(clip.said, taken(clip)).right
        for first in [one for one in clip.answers if isinstance(one.judged.verdict, Accepted)][:1]
    ]
    if len(delays) < 2:  # noqa: PLR2004  quantiles need two
        return {}
    return {"median": round(median(delays)), "p95": round(quantiles(delays, n=20)[-1])}


def point(results: Results, sensitivity: float, engine: str = OURS) -> Figures:
    """Of an engine: right by place, and false commands an hour of talk."""
    take = taken_at(sensitivity, engine)
    said: dict[str, Outcomes] = {}
    commands, seconds = 0, 0.0
    for task, clips in results:
        if task.engine != engine:
            continue
        if isinstance(task, Others) and task.kind == TALK:
            commands += sum(len(take(clip)) for clip in clips)
            seconds += sum(clip.seconds for clip in clips)
        elif isinstance(task, Commands) and task.place.name in STATED:
            heard = [outcome(clip.said, take(clip)) for clip in clips if clip.said]
            said[task.place.name] = sum(heard, said.get(task.place.name, Outcomes()))
    return {
        "sensitivity": sensitivity,
        "false_commands": commands,
        "hours": round(seconds / 3600, 3),
        "places": {place: one.counts for place, one in said.items()},
    }
