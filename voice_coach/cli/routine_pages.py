"""What `voice-coach routine` prints: the list, one routine, and a reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from voice_coach.content_index import shipped_names
from voice_coach.core.reading_through import read_through
from voice_coach.core.session import new_session
from voice_coach.face.console import SafeConsole, words
from voice_coach.library import load_routine, own_files
from voice_coach.routine_folder import own_folder, own_names, read_own
from voice_coach.routines import USUAL_LONGEST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.core.wording import Wording
    from voice_coach.routine_folder import RoutineFile
    from voice_coach.routines import Claim, Routine, Step

    Row = dict[str, str | int | float | None]

_MINUTE = 60.0


def summaries(language: str) -> list[Row]:
    """What there is to know of every routine of a language, shipped ones first."""
    own = own_files(language)
    return [_summary(name, language, own.get(name)) for name in dict.fromkeys((*shipped_names(language), *own))]


def _summary(name: str, language: str, file: RoutineFile | None) -> Row:
    row: Row = {"name": name, "title": "", "minutes": None, "steps": 0, "mask": "", "own": file is not None}
    if file is not None and file.mistakes:
        return {**row, "mistakes": len(file.mistakes)}
    routine = load_routine(name, language)
    minutes: str | float | None = None
    if routine.hold is not None:
        minutes = "overnight" if routine.is_overnight else routine.hold_seconds(None) / _MINUTE
    found: Row = {"title": routine.title, "minutes": minutes, "steps": len(routine.steps), "mask": routine.mask}
    return {**row, **found, "mistakes": 0}


def print_list(rows: Sequence[Row]) -> None:
    """Print the table of all routines."""
    table = Table("name", "title", "minutes", "steps", "mask", "", box=None, header_style="bold cyan", pad_edge=False)
    for row in rows:
        minutes = row["minutes"]
        shown = f"{minutes:g}" if isinstance(minutes, float) else minutes or "-"
        note = "your own" if row["own"] else ""
        if row["mistakes"]:
            note = f"your own, with mistakes: voice-coach routine check {row['name']}"
        cells = (str(row["title"]), str(shown), str(row["steps"] or "-"), str(row["mask"] or "-"))
        table.add_row(words(row["name"], "bold"), *map(words, cells), words(note, "dim"))
    SafeConsole().print(table)


def note_on_unread() -> str:
    """A sentence about the own files that no list shows; empty when all are shown."""
    names, read = own_names(), read_own()
    if len(names) == len(read):
        return ""
    unread = len(names) - len(read)
    return f"{own_folder()} holds {unread} more: move there what you do not use, or name one to `routine show`."


def print_routine(routine: Routine) -> None:
    """Print a routine with all that it says."""
    console = SafeConsole(highlight=False)
    console.print(f"{routine.title}\n", style="bold", markup=False)
    for claim in (routine.warning, routine.often):
        if claim:
            console.print(f"{_told(claim)}\n", markup=False)
    table = Table("", "step", "part", "what is said, why, and who says so", box=None, header_style="bold cyan")
    for number, step in enumerate(routine.steps, start=1):
        table.add_row(str(number), words(step.title), step.phase.value, words(_said(step, routine)))
    console.print(table)


def _said(step: Step, routine: Routine) -> str:
    lines = [step.text]
    hold = routine.hold if routine.hold_position is not None and routine.steps[routine.hold_position] is step else None
    if hold is not None:
        longest = (
            f", at most {hold.longest_seconds / _MINUTE:g}" if hold.longest_seconds != USUAL_LONGEST_SECONDS else ""
        )
        lines.append("Overnight." if hold.seconds is None else f"{hold.seconds / _MINUTE:g} minutes{longest}.")
    if step.only is not None:
        lines.append(f"Only: {step.only.value}. {step.instead}".rstrip())
    if step.is_optional:
        lines.append("Optional.")
    lines += [f"Why: {_told(step.why)}"] if step.why else []
    lines += [f"For {skin.value} skin: {_told(claim)}" for skin, claim in step.how_by_skin.items()]
    lines += [f"More: {_told(claim)}" for claim in step.more]
    return "\n".join(lines) + "\n"


def _told(claim: Claim) -> str:
    return f"{claim.say} ({claim.source.name})"


def print_reading(routine: Routine, wording: Wording, *, is_daytime: bool) -> None:
    """Print what the coach says in the whole routine, and when."""
    console = SafeConsole(highlight=False)
    title = ""
    for spoken in read_through(new_session(routine, wording), is_daytime=is_daytime):
        if spoken.title != title:
            title = spoken.title
            console.print(f"\n{spoken.step_number}. {title}" if title else "", style="bold", markup=False)
        minutes, seconds = divmod(int(spoken.at), 60)
        text = spoken.text or f"({spoken.sound.value})" if spoken.sound else spoken.text
        console.print(f"  {minutes:3}:{seconds:02}  {text}", markup=False, soft_wrap=True)
