"""Histories for tests: sessions told as the coach tells them."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.memory.history.history_file import History
from voice_coach.routines.past_masks import (
    Ending,
    Feeling,
    FeelingReported,
    HistoryEvent,
    SessionEnded,
    SessionStarted,
    StepReached,
)
from voice_coach.session.persistence import Stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FRIDAY = Stamp("9b2e", 5000.0, 1_800_014_400.0, is_wall_trusted=True)
"""In the middle of the 15th (UTC) of January 2027, which is a Friday; days are counted from here."""
DAY = 86_400.0
KINDS = ("facial", "clay", "sheet", "gel", "peel_off", "exfoliating", "sleeping")
STEPS = ("cleanse", "steam", "apply", "relax", "rinse", "toner", "serum", "eyes", "moisturise", "sunscreen")


def later(stamp: Stamp, seconds: float) -> Stamp:
    """The same clocks so much later."""
    return replace(stamp, monotonic=stamp.monotonic + seconds, wall=stamp.wall + seconds)


def mask_at(  # noqa: PLR0913, PLR0917 - each test names what matters to it
    history: History,
    stamp: Stamp,
    ending: Ending | None = Ending.DONE,
    feeling: Feeling | None = None,
    kind: str = "clay",
    name: str = "Clay mask",
    steps: Sequence[str] = STEPS,
) -> None:
    """A session that begins then, with a step every five minutes."""
    facts: list[HistoryEvent] = [SessionStarted(f"{kind}_mask", name, kind, 600.0)]
    facts += [StepReached(step, is_mask_on=step in {"relax", "marmalade"}) for step in steps]
    for number, fact in enumerate(facts):
        history.record(fact, later(stamp, 300.0 * number))
    end = later(stamp, 300.0 * len(facts))
    if ending:
        history.record(SessionEnded(ending), end)
    if feeling:
        history.record(FeelingReported(feeling), later(end, 5.0))


def history_in(folder: Path) -> closing[History]:
    """A history that is closed when the `with` ends."""
    return closing(History(folder, patience_seconds=0.2))


def many_masks(folder: Path, count: int, until: Stamp, seed: int = 1) -> None:
    """So many sessions, one every second day, the last one at `until`; written in one transaction to be quick."""
    chance = random.Random(seed)  # noqa: S311 - a test's
    with history_in(folder) as history:
        mask_at(history, later(until, -2 * DAY * (count - 1)))
    with history_in(folder) as history, history.store.writing() as connection:
        (columns,) = connection.execute("SELECT group_concat(name) FROM pragma_table_info('session')").fetchone()
        assert columns.startswith("id,routine,name,mask")
        from voice_coach.memory.clocks import local_time  # noqa: PLC0415 - beside its only use

        for number in range(2, count + 1):
            stamp = later(until, -2 * DAY * (count - number))
            kind = chance.choice(KINDS)
            began = local_time(stamp.wall).isoformat()
            ending = chance.choice(("done", "done", "left"))
            connection.execute(
                "INSERT INTO session (id, routine, name, mask, hold_seconds, began, boot, monotonic, wall, "
                "is_wall_trusted, ending, ended_seconds) VALUES (?, ?, ?, ?, 600.0, ?, 'b', 1.0, ?, 1, ?, 1800.0)",
                (
                    number,
                    f"{kind}_mask",
                    kind.title(),
                    kind,
                    began,
                    stamp.wall,
                    ending,
                ),
            )
            for place, step in enumerate(STEPS):
                sql = "INSERT INTO step (session, step, is_mask_on, after_seconds) VALUES (?, ?, ?, ?)"
                connection.execute(sql, (number, step, (step, ending) == ("relax", "done"), 60.0 * place))
            if chance.random() < 0.5:
                feeling = chance.choice(list(Feeling)).value
                connection.execute("INSERT INTO feeling (session, feeling) VALUES (?, ?)", (number, feeling))
