"""What `voice-coach routine` prints: the list, one routine, and a reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from voice_coach.core.reading_through import read_through
from voice_coach.core.routine import USUAL_LONGEST_SECONDS
from voice_coach.core.session import new_session
from voice_coach.library import is_own, load_routine, routine_names
from voice_coach.routine_folder import own_names, own_path, read_routine_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.core.routine import Claim, Routine, Step
    from voice_coach.core.wording import Wording

    Row = dict[str, str | int | float | None]

_MINUTE = 60.0


def summaries(language: str) -> list[Row]:
    """What there is to know of every routine of a language, shipped ones first."""
    return [_summary(name, language) for name in routine_names(language)]


def _summary(name: str, language: str) -> Row:
    row: Row = {"name": name, "title": "", "minutes": None, "steps": 0, "mask": "", "own": name in own_names()}
    if row["own"] and (wrong := len(read_routine_file(own_path(name)).mistakes)):
        return {**row, "mistakes": wrong}
    routine = load_routine(name, language)
    minutes: str | float | None = None
    if routine.hold is not None:
        minutes = "overnight" if routine.is_overnight else routine.hold_seconds(None) / _MINUTE
    found: Row = {"title": routine.title, "minutes": minutes, "steps": len(routine.steps), "mask": routine.mask}
    return {**row, **found, "own": is_own(name, language), "mistakes": 0}


def print_list(rows: Sequence[Row]) -> None:
    """Print the table of all routines."""
    table = Table("name", "title", "minutes", "steps", "mask", "", box=None, header_style="bold cyan", pad_edge=False)
    for row in rows:
        minutes = row["minutes"]
        shown = f"{minutes:g}" if isinstance(minutes, float) else minutes or "-"
        note = "your own" if row["own"] else ""
        if row["mistakes"]:
            note = f"your own, with mistakes: voice-coach routine check {row['name']}"
        cells = (str(row["title"]), str(shown), str(row["steps"] or "-"), str(row["mask"] or "-"), f"[dim]{note}")
        table.add_row(f"[bold]{row['name']}", *cells)
    Console().print(table)


def print_routine(routine: Routine) -> None:
    """Print a routine with all that it says."""
    console = Console(highlight=False)
    console.print(f"{routine.title}\n", style="bold", markup=False)
    for claim in (routine.warning, routine.often):
        if claim:
            console.print(f"{_told(claim)}\n", markup=False)
    table = Table("", "step", "part", "what is said, why, and who says so", box=None, header_style="bold cyan")
    for number, step in enumerate(routine.steps, start=1):
        table.add_row(str(number), _plain(step.title), step.phase.value, _plain(_said(step, routine)))
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


def _plain(text: str) -> str:
    """A person's own words are no markup."""
    return text.replace("[", r"\[")


def print_reading(routine: Routine, wording: Wording, *, is_daytime: bool) -> None:
    """Print what the coach says in the whole routine, and when."""
    console = Console(highlight=False)
    title = ""
    for spoken in read_through(new_session(routine, wording), is_daytime=is_daytime):
        if spoken.title != title:
            title = spoken.title
            console.print(f"\n{spoken.step_number}. {title}" if title else "", style="bold", markup=False)
        minutes, seconds = divmod(int(spoken.at), 60)
        text = spoken.text or f"({spoken.sound.value})" if spoken.sound else spoken.text
        console.print(f"  {minutes:3}:{seconds:02}  {text}", markup=False, soft_wrap=True)
