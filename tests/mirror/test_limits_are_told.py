"""docs/mirror.md tells the limits that hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.mirror.feed import Activity, state_of
from voice_coach.mirror.limits import Limits
from voice_coach.mirror.page_commands import TIMED
from voice_coach.mirror.paired_devices import LENGTH, LIFE_SECONDS, MOST_WRONG
from voice_coach.mirror.pairing import MOST_DEVICES, WINDOW_SECONDS, WRONG_IN_ALL, WRONG_PER_ADDRESS
from voice_coach.routines import Phase
from voice_coach.session.view import View

if TYPE_CHECKING:
    import pytest

LIMITS = Limits()
BURST_SECONDS = 5
TOLD = {
    "pages and programs that watch; kept for this machine": f"{LIMITS.streams}; {LIMITS.streams_kept}",
    "connections in all; kept for this machine": f"{LIMITS.connections}; {LIMITS.connections_kept}",
    "connections from one address off this machine": f"{LIMITS.connections_per_address}",
    "connections without a key, off this machine": f"{LIMITS.connections_of_strangers}",
    "requests with one key, or without one from an address off this machine": f"{LIMITS.requests_per_second} a second, "
    f"{BURST_SECONDS * LIMITS.requests_per_second} at once",
    "the head of a request: size, lines, time": f"{LIMITS.head // 1024} kB, {LIMITS.header_lines}, "
    f"{LIMITS.head_seconds} s",
    "a body: size, time": f"{LIMITS.body // 1024} kB, {LIMITS.body_seconds} s",
    "commands of a device": f"{LIMITS.commands_per_second} a second, {LIMITS.command_burst} at once",
    "wrong codes of an address off this machine; in all": f"{WRONG_PER_ADDRESS}; {WRONG_IN_ALL} a minute",
    "wrong codes for one code": f"{MOST_WRONG}",
    "paired devices": f"{MOST_DEVICES}",
    "not taking what was sent": f"{LIMITS.send_seconds} s",
    "between two requests": f"{LIMITS.idle_seconds} s",
}


def page(config: pytest.Config) -> str:
    return (config.rootpath / "docs" / "mirror.md").read_text(encoding="utf-8")


def test_the_table_of_limits_has_those_that_hold(pytestconfig: pytest.Config) -> None:
    rows = [line.strip("| ").split(" | ") for line in page(pytestconfig).partition("## Limits")[2].splitlines()]
    assert {row[0]: row[1] for row in rows if len(row) == 3} == TOLD
    assert (LENGTH, LIFE_SECONDS, WINDOW_SECONDS) == (8, 600, 60)


def test_every_field_of_the_state_and_its_words_are_told(pytestconfig: pytest.Config) -> None:
    fields = page(pytestconfig).partition("| the state has | |")[2].partition("`/events`")[0]
    state = state_of(View(phase=Phase.IDLE), 0.0, revision=1, language="en")
    words = [*(phase.value for phase in Phase), *(activity.value for activity in Activity)]
    assert [word for word in [*state, *words] if f"`{word}`" not in fields] == []


def test_the_intents_with_minutes_are_told(pytestconfig: pytest.Config) -> None:
    assert [intent for intent in TIMED if f"`{intent.value}`" not in page(pytestconfig)] == []
