"""Which names of a routine's steps the recognisers cannot take, for `voice-coach routine check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.content_index import languages
from voice_coach.ears.engines import words_unknown_to
from voice_coach.errors import CoachError
from voice_coach.library import load_language
from voice_coach.models import find_vosk_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.core.step_names import StepNames
    from voice_coach.routine_folder import RoutineFile
    from voice_coach.routines import Routine


def what_is_not_heard(file: RoutineFile) -> Iterator[str]:
    """A line for each name that cannot be used, and by which recogniser; and the names that can."""
    language = str(file.content["language"])
    if language not in languages():
        yield f'The coach does not speak the language "{language}"; it speaks {", ".join(languages())}.'
        return
    pack = load_language(language)
    routine = file.routine(pack.own_source)
    names = pack.step_names(routine)
    yield from _left_out(routine, names)
    yield from _unknown(names, language)
    said = ", ".join(f'"{name}"' for found in names.by_step.values() for name in found)
    yield f"Its steps can be named: {said}." if said else "Its steps cannot be named by voice."


def _left_out(routine: Routine, names: StepNames) -> Iterator[str]:
    """Names that the person wrote, and steps that got none; what was only tried is nobody's concern."""
    written = {(step.id, word.lower()) for step in routine.steps for word in step.words}
    for one in names.left_out:
        if (one.step, one.name) in written or one.step not in names.by_step:
            yield f'The step "{one.step}" cannot be called "{one.name}": {one.reason}. Give it other `words`.'


def _unknown(names: StepNames, language: str) -> Iterator[str]:
    words = sorted({word for found in names.by_step.values() for name in found for word in name.split()})
    for engine in ("moonshine", "vosk"):
        if engine == "vosk" and find_vosk_model(language) is None:
            continue
        try:
            unknown = words_unknown_to(engine, language, words)
        except CoachError as error:
            yield f"{engine.capitalize()} could not be asked: {error}"
            continue
        if unknown:
            listed = ", ".join(f'"{word}"' for word in unknown)
            yield f"{engine.capitalize()} does not know {listed}: it cannot hear names with it. Give other `words`."
