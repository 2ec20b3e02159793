"""What a smart home is told, and what its messages mean: no broker is needed for that."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benches.home_assistant.house import NODE, TITLES, device
from voice_coach.integrations.mqtt_messages import (
    BUTTONS,
    EVENTS,
    HomeDevice,
    ViewFollower,
    device_of,
    node_of,
)
from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routines
from voice_coach.routines import Phase
from voice_coach.routines.past_masks import Feeling
from voice_coach.session.events import CommandHeard, Via
from voice_coach.session.view import CountdownView, Progress, StepView, TimerView, View

IDLE, HOLDING, PAUSED = View(phase=Phase.IDLE), View(phase=Phase.HOLDING), View(phase=Phase.PAUSED)
NOW, WALL = 1_000.0, 1_800_000_000.0
DO = f"voice-coach/{NODE}/do"


def held(seconds: float, total: float = 900.0, ends_at: float | None = NOW + 600) -> View:
    return replace(HOLDING, countdown=CountdownView(seconds, ends_at, total))


def told(view: View, shown: HomeDevice | None = None, command: Intent | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shown or device()).state(view, NOW, None, command))
    return found


def test_time_left_is_told_in_whole_minutes_which_do_not_tick() -> None:
    assert told(IDLE)["time_left"] is None
    assert told(held(600))["time_left"] == 10
    states = {device().state(held(600, ends_at=NOW + 600), NOW + second, None, None) for second in range(61)}
    assert len(states) == 2, "ten minutes, and once less than ten"


def test_timers_are_told_by_name_with_ends_that_do_not_tick() -> None:
    timers = (
        TimerView("Eye patches", CountdownView(300, NOW + 300, 300)),
        TimerView("Tea", CountdownView(180, NOW + 180, 180)),
    )
    follower, states = ViewFollower(), set()
    for second in range(60):
        follower.follow(replace(IDLE, timers=timers), NOW + second, WALL + second + (0.9 if second % 2 else 0.0))
        states.add(device().state(IDLE, NOW, None, None, follower.timers))
    assert len(states) == 1
    names = [timer["name"] for timer in json.loads(states.pop())["timers"]]
    assert names == ["Eye patches", "Tea"]


def test_a_pause_has_time_left_and_no_end() -> None:
    view = replace(PAUSED, countdown=CountdownView(330, None, 900))
    follower = ViewFollower()
    follower.follow(view, NOW, WALL)
    assert (told(view)["time_left"], follower.ends) == (6, None)


def test_the_end_is_a_time_of_the_wall_clock_that_stays_the_same() -> None:
    follower = ViewFollower()
    ends = set()
    for second in range(500):
        follower.follow(held(600), NOW + second, WALL + second + (0.9 if second % 2 else 0.0))
        ends.add(follower.ends)
    assert ends == {datetime.fromtimestamp(WALL + 600, UTC)}
    follower.follow(held(600), NOW + 500, WALL + 4_100)
    assert follower.ends == datetime.fromtimestamp(WALL + 4_200, UTC), "the wall clock was set"


def test_the_step_is_named_also_while_it_stings() -> None:
    steps = tuple(StepView(title, Progress.NOW) for title in ("Cleanse", "Apply the mask", "Serum"))
    view = View(phase=Phase.REMOVING, step_number=2, step_count=3, steps=steps, title="It stings.", is_in_pain=True)
    assert told(view)["step"] == "Apply the mask"
    assert "sting" not in device().state(view, NOW, None, Intent.STINGS)
    assert told(replace(view, phase=Phase.IDLE))["step"] is None


def test_how_it_felt_is_told_only_when_asked_for() -> None:
    view = replace(IDLE, feeling=Feeling.TIGHT)
    assert "feeling" not in told(view)
    assert told(view, device(has_feeling=True))["feeling"] == "tight"
    assert told(view, command=Intent.FELT)["command"] is None
    assert told(view, device(has_feeling=True), Intent.FELT)["command"] == "felt"
    assert "command" not in told(view, device(has_command=False), Intent.NEXT)


def test_no_sentence_and_no_word_that_was_heard_is_told() -> None:
    view = View(phase=Phase.HOLDING, saying="secret", heard="secret", heard_note="secret", question="secret")
    assert "secret" not in device().state(view, NOW, None, Intent.NEXT)


def test_milestones_come_once_each_in_their_order_whatever_the_views_are() -> None:
    follower, found = ViewFollower(), []
    for second in range(902):
        view = replace(held(900, ends_at=NOW + 900), saying=str(second % 7))
        found += follower.follow(view, NOW + second, WALL + second)
    assert found == ["ten_minutes", "half", "five_minutes", "three_minutes", "two_minutes", "one_minute", "time_is_up"]
    assert set(found) < set(EVENTS)


def test_after_a_sleep_only_what_is_news_is_told() -> None:
    follower = ViewFollower()
    follower.follow(held(900, ends_at=NOW + 900), NOW, WALL)
    assert follower.follow(held(900, ends_at=NOW + 900), NOW + 700, WALL) == [], "ten and five minutes are long past"
    assert follower.follow(held(900, ends_at=NOW + 900), NOW + 5_000, WALL) == ["time_is_up"]


def test_added_time_brings_no_milestone_and_a_pause_none_twice() -> None:
    follower = ViewFollower()
    follower.follow(held(301, ends_at=NOW + 301), NOW, WALL)
    assert follower.follow(held(241, ends_at=NOW + 241), NOW, WALL) == [], "a minute was cut, across the milestone"
    paused = replace(PAUSED, countdown=CountdownView(100, None, 900))
    assert follower.follow(paused, NOW, WALL) == []
    assert follower.follow(held(100, ends_at=NOW + 130), NOW + 30, WALL) == []


def test_a_coach_that_comes_back_in_the_middle_of_a_hold_tells_no_beginning() -> None:
    assert ViewFollower().follow(held(600), NOW, WALL) == []


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (Phase.IDLE, Phase.BRIEFING, ["started"]),
        (Phase.APPLYING, Phase.HOLDING, ["hold_begun"]),
        (Phase.HOLDING, Phase.REMOVING, ["mask_off"]),
        (Phase.AFTERCARE, Phase.DONE, ["finished"]),
        (Phase.BRIEFING, Phase.PAUSED, []),
    ],
)
def test_a_change_of_phase_is_an_event(before: Phase, after: Phase, events: list[str]) -> None:
    follower = ViewFollower()
    follower.follow(View(phase=before), NOW, WALL)
    assert follower.follow(View(phase=after), NOW, WALL) == events


def test_a_hold_that_is_paused_goes_on_without_a_new_beginning() -> None:
    follower = ViewFollower()
    phases = (Phase.APPLYING, Phase.HOLDING, Phase.PAUSED, Phase.HOLDING, Phase.PAUSED, Phase.REMOVING)
    found = [event for phase in phases for event in follower.follow(View(phase=phase), NOW, WALL)]
    assert found == ["hold_begun", "mask_off"]


@pytest.mark.parametrize("intent", BUTTONS)
def test_every_button_is_a_command_of_a_program(intent: Intent) -> None:
    wanted = CommandHeard(intent=intent, via=Via.PROGRAM)
    found = device().read(f"{DO}/{intent.value}", b'{"value": "PRESS", "id": "1"}', IDLE)
    assert found
    assert (found.heard, found.id) == (wanted, "1")
    plain = device().read(f"{DO}/{intent.value}", b"PRESS", IDLE)
    assert plain
    assert (plain.heard, plain.id) == (wanted, "")


@pytest.mark.parametrize(
    ("wanted", "view", "command"),
    [
        (17, held(600), (Intent.ADD_TIME, 2)),
        (12, held(600), (Intent.CUT_TIME, 3)),
        (15, held(600), None),
        (20, IDLE, (Intent.ADD_TIME, 20)),
    ],
)
def test_a_number_of_minutes_becomes_what_is_missing(
    wanted: int, view: View, command: tuple[Intent, int] | None
) -> None:
    found = device().read(f"{DO}/minutes", json.dumps({"value": wanted, "id": "x"}).encode(), view)
    assert found
    assert (found.heard and (found.heard.intent, found.heard.minutes)) == command


@given(topic=st.text(max_size=40), payload=st.binary(max_size=200))
def test_anything_at_all_means_nothing_or_a_command(topic: str, payload: bytes) -> None:
    assert device().read(topic, payload, IDLE) is None
    for key in ("mask", "minutes", "next"):
        found = device().read(f"{DO}/{key}", payload, IDLE)
        assert found is None or found.heard is None or found.heard.via is Via.PROGRAM


@pytest.mark.parametrize("language", ["en", "ko"])
def test_each_language_has_names_for_all_and_no_two_of_a_kind_alike(language: str) -> None:
    titles = {name: routine.title for name, routine in load_routines(language).items()}
    shown = device_of(NODE, load_language(language), titles)
    assert len(set(shown.buttons.values())) == len(BUTTONS)
    assert len(set(shown.names.values())) == len(shown.names)


def test_two_routines_of_one_title_can_be_told_apart_and_no_title_is_too_long() -> None:
    shown = device_of(NODE, load_language("en"), {"a": "Clay", "b": "Clay", "c": "x" * 900})
    assert (shown.masks["a"], shown.masks["b"]) == ("Clay", "Clay (b)")
    assert all(len(title) <= 255 for title in shown.masks.values())
    assert len(TITLES) == 7


def test_a_machine_has_a_name_that_tells_nothing_of_its_id() -> None:
    machine_id = "0123456789abcdef0123456789abcdef"
    name = node_of(machine_id)
    assert name == node_of(machine_id) != node_of(machine_id[::-1])
    assert not any(machine_id[at : at + 6] in name for at in range(20))
