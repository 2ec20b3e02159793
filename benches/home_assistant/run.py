"""Runs the bench of the coach in a real Home Assistant."""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.common.cache import cache_folder
from benches.common.publishing import DOCS, MEASURED, as_json, describe, page_with, parser_of, publish, shortened, table
from benches.home_assistant.hass import VERSION, HomeAssistant, set_up
from benches.home_assistant.house import TITLES, HomeCoach, Mosquitto, coaching, device, free_port
from voice_coach.errors import CoachError
from voice_coach.integrations.mqtt_messages import BUTTONS, ENTITIES
from voice_coach.language.intents import Intent
from voice_coach.library import load_routine

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = DOCS / "home-assistant.md"
_LIMIT_SECONDS = 1.0
"""Seconds within which a press or a choice must have arrived."""
_HOLD_SECONDS = 100.0
_RETURN_SECONDS = 60.0
"""Seconds after which a Home Assistant that has not found its broker again counts as lost; it tries every ten."""
_SETTLING_SECONDS = 1.0
_MOMENT_SECONDS = 0.01
_PREFIX = "voice_coach_"
_SHOWN = {
    **dict.fromkeys(("step", "phase", "ends", "time_left", "hearing", "command", "feeling", "timers"), "sensor"),
    "running": "binary_sensor",
    "mask": "select",
    "minutes": "number",
    "milestone": "event",
}
_TO_THE_HOLD = (("start", "briefing"), ("next", ""), ("next", ""), ("next", "holding"))
_AUTOMATIONS = ("ring_when_the_mask_comes_off", "no_fan_while_the_coach_listens", "the_mask_on_the_phone")


@dataclass
class Outcome:
    """The figures of a run, and what failed."""

    figures: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def demand(self, is_so: object, otherwise: str) -> None:
        """Note a failure unless something is so."""
        if not is_so:
            self.failures.append(otherwise)


def main() -> int:
    """Measure, print a JSON object, and keep it in docs/measured/home-assistant.json."""
    parser = parser_of("home-assistant")
    parser.add_argument("--presses", type=int, default=50, help="how many presses and choices are timed [50]")
    parser.add_argument("--kills", type=int, default=20, help="how often the broker is killed [20]")
    parser.add_argument("--environment", type=Path, help="a Python environment that has Home Assistant [made once]")
    options = parser.parse_args()
    try:
        environment = options.environment or set_up(cache_folder("home-assistant"), _say)
        outcome = measure(environment, options.presses, options.kills)
    except CoachError as error:
        sys.exit(f"scripts/bench home-assistant: {error}")
    figures = {"machine": describe("paho-mqtt"), "home_assistant": VERSION, **outcome.figures}
    against = shortened(parser, options, "presses", "kills") + outcome.failures
    publish(
        lambda: {
            MEASURED / "home-assistant.json": as_json(figures),
            PAGE: page_with("home-assistant", section(figures), PAGE),
        },
        against,
    )
    print(json.dumps({**figures, "failures": outcome.failures}))
    return 1 if outcome.failures else 0


def measure(environment: Path, presses: int, kills: int) -> Outcome:
    """Run everything once.

    Args:
        environment: the Python environment that has Home Assistant.
        presses: how many presses and choices are timed.
        kills: how often the broker is killed.

    Raises:
        CoachError: Home Assistant or mosquitto does not run.
    """
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hass").mkdir()
        with Mosquitto(Path(folder)) as broker:
            automations = automations_of(PAGE.read_text("utf-8"))
            home = HomeAssistant(environment, Path(folder) / "hass", free_port(), broker.port, automations)
            _say("Home Assistant checks the automations of the page.")
            complaints = home.complaints()
            outcome.demand(not complaints, f"Home Assistant does not accept the automations: {complaints[-500:]}")
            with home, coaching(broker.address, shown=device(has_feeling=True), hold_seconds=_HOLD_SECONDS) as coach:
                _entities(home, outcome)
                _presses(home, coach, presses, outcome)
                _routine(home, coach, outcome)
                _kills(home, coach, broker, kills, outcome)
                _restart(home, outcome)
                warnings = [line for line in home.log().splitlines() if "components.mqtt" in line and "voice" in line]
                outcome.demand(not warnings, f"Home Assistant complains: {' '.join(warnings)[:600]}")
    return outcome


def automations_of(page: str) -> list[str]:
    """Return the YAML blocks of a page, each of which is an automation."""
    return re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def _entities(home: HomeAssistant, outcome: Outcome) -> None:
    wanted = {f"{_SHOWN[key]}.{_PREFIX}{key}" for key in ENTITIES}
    wanted |= {f"button.{_PREFIX}{intent.value}" for intent in BUTTONS}
    begun = time.monotonic()
    home.wait_for(f"sensor.{_PREFIX}hearing", lambda state: state == "listening", _RETURN_SECONDS)
    _wait(lambda: wanted <= home.states().keys(), _RETURN_SECONDS)
    states = home.states()
    missing = sorted(wanted - states.keys())
    outcome.figures["entities"] = len(wanted) - len(missing)
    outcome.figures["entities_after_seconds"] = round(time.monotonic() - begun, 1)
    outcome.demand(not missing, f"missing: {', '.join(missing)}")
    shown = (wanted & states.keys()) - {f"sensor.{_PREFIX}ends"}  # only a countdown that runs has an end
    unavailable = sorted(name for name in shown if states[name]["state"] == "unavailable")
    outcome.demand(not unavailable, f"unavailable: {', '.join(unavailable)}")


def _presses(home: HomeAssistant, coach: HomeCoach, count: int, outcome: Outcome) -> None:
    """Press a button, and choose a mask, again and again, and time both until the session has them and is seen to."""
    arrived: dict[str, list[float]] = {"press": [], "choice": []}
    shown: dict[str, list[float]] = {"press": [], "choice": []}
    masks = [title for name, title in TITLES.items() if name != "facial_mask"]
    for number in range(count):
        intent, mask = (Intent.HELP, Intent.REPEAT)[number % 2], masks[number % len(masks)]
        calls = {
            "press": partial(home.call, "button.press", f"button.{_PREFIX}{intent.value}"),
            "choice": partial(home.call, "select.select_option", "select.voice_coach_mask", option=mask),
        }
        results = {"press": ("sensor.voice_coach_command", intent.value), "choice": ("select.voice_coach_mask", mask)}
        for kind, call in calls.items():
            before, begun = len(coach.posted), time.monotonic()
            call()
            if _has_come(coach, before):
                arrived[kind].append(coach.posted[before].at - begun)
            entity, value = results[kind]
            home.wait_for(entity, value.__eq__, _RETURN_SECONDS)
            shown[kind].append(time.monotonic() - begun)
    time.sleep(_SETTLING_SECONDS)
    outcome.demand(len(coach.posted) == 2 * count, f"{len(coach.posted)} of {2 * count} presses and choices have come")
    for kind in ("press", "choice"):
        outcome.figures[f"{kind}_ms"] = _milliseconds(arrived[kind])
        outcome.figures[f"{kind}_shown_ms"] = _milliseconds(shown[kind])
        outcome.demand(max(arrived[kind], default=9.0) < _LIMIT_SECONDS, f"a {kind} took longer than a second")
    outcome.figures["presses"] = count


def _routine(home: HomeAssistant, coach: HomeCoach, outcome: Outcome) -> None:
    """Lead through a whole routine by buttons alone, and see that Home Assistant follows each step."""
    coach.posted.clear()
    home.call("select.select_option", "select.voice_coach_mask", option=TITLES["facial_mask"])
    home.wait_for("select.voice_coach_mask", lambda state: state == TITLES["facial_mask"], _RETURN_SECONDS)
    seen: list[str] = []

    def press(key: str, phase: str = "") -> None:
        before = home.state("sensor.voice_coach_step")
        home.call("button.press", f"button.{_PREFIX}{key}")
        is_seen = home.wait_for("sensor.voice_coach_step", lambda state: state != before, 5.0)
        outcome.demand(is_seen is not None, f'the step after "{before}" was not seen')
        seen.append(home.state("sensor.voice_coach_step"))
        outcome.demand(phase in {"", home.state("sensor.voice_coach_phase")}, f"not {phase} at {seen[-1]}")

    for key, phase in _TO_THE_HOLD:
        press(key, phase)
    ends = home.state("sensor.voice_coach_ends")
    outcome.demand("None" not in {each["state"] for each in home.states().values()}, "None is shown")
    outcome.demand(ends.endswith("+00:00"), f"the end of the hold is {ends}")
    minutes = home.state("number.voice_coach_minutes")
    home.call("number.set_value", "number.voice_coach_minutes", value=float(minutes) + 1)
    longer = home.wait_for("number.voice_coach_minutes", lambda state: float(state) == float(minutes) + 1, 5.0)
    outcome.demand(longer is not None, "the hold was not made longer")
    home.call("number.set_value", "number.voice_coach_minutes", value=1)  # as short as can be: the chime comes soon
    home.wait_for("number.voice_coach_minutes", lambda state: float(state) < float(minutes), 5.0)
    is_over = home.wait_for("sensor.voice_coach_phase", lambda state: state == "removing", 3 * _HOLD_SECONDS)
    outcome.demand(is_over is not None, "the end of the hold was not seen")
    seen.append(home.state("sensor.voice_coach_step"))
    while home.state("sensor.voice_coach_phase") != "done" and len(seen) < 2 * 10:
        press("next")
    outcome.demand(home.state("binary_sensor.voice_coach_running") == "off", "the end of the routine was not seen")
    last = home.states()["event.voice_coach_milestone"]["attributes"].get("event_type")
    outcome.demand(last == "finished", f"the last event was {last}")
    for name in _AUTOMATIONS:
        state = home.states().get(f"automation.{name}", {"attributes": {}})
        outcome.demand(state["attributes"].get("last_triggered"), f"the automation {name} has not run")
    steps = [step.title for step in load_routine("facial_mask", "en").steps]
    followed = [step for step in dict.fromkeys(seen) if step != "unknown"]
    outcome.demand(followed == steps, f"the steps that were seen are {', '.join(followed)}")
    outcome.figures["steps_followed"] = len(followed)


def _kills(home: HomeAssistant, coach: HomeCoach, broker: Mosquitto, kills: int, outcome: Outcome) -> None:
    """Kill the broker again and again: the state is right afterwards, and a press arrives, once."""
    back: list[float] = []
    lost = doubled = cut_off = 0
    for number in range(kills):
        mask = ("clay_mask", "gel_mask")[number % 2]
        before = len(coach.posted)
        pressing = threading.Thread(target=_press_help, args=(home,))
        pressing.start()
        time.sleep(_MOMENT_SECONDS * (number % 5))  # so that it dies before, while and after it hands the press on
        broker.kill()
        coach.say(Intent.MASK, slot_value=mask)  # what happens meanwhile must be seen afterwards
        broker.start()
        begun = time.monotonic()
        is_seen = home.wait_for(f"select.{_PREFIX}mask", TITLES[mask].__eq__, _RETURN_SECONDS)
        back.append(time.monotonic() - begun)
        lost += is_seen is None
        pressing.join()
        time.sleep(_SETTLING_SECONDS)
        cut_off += len(coach.posted) == before
        doubled += len(coach.posted) - before > 1
        before = len(coach.posted)
        home.call("button.press", f"button.{_PREFIX}repeat")
        _has_come(coach, before)
        time.sleep(_SETTLING_SECONDS)
        came = len(coach.posted) - before
        lost += came == 0
        doubled += came > 1
        _say(f"broker killed {number + 1} of {kills} times: seen again after {back[-1]:.1f} s")
    outcome.figures |= {"kills": kills, "lost": lost, "doubled": doubled, "cut_off": cut_off}
    outcome.figures["back_seconds"] = (
        [round(value, 1) for value in (statistics.median(back), max(back))] if back else []
    )
    outcome.demand(not lost, f"{lost} of {kills} states or presses were lost")
    outcome.demand(not doubled, f"{doubled} of {kills} presses were done twice")


def _press_help(home: HomeAssistant) -> None:
    with suppress(OSError):  # Home Assistant may find in this moment that it has no broker, and then it says so
        home.call("button.press", f"button.{_PREFIX}help")


def _restart(home: HomeAssistant, outcome: Outcome) -> None:
    home.stop()
    home.start()
    seen = home.wait_for(f"sensor.{_PREFIX}hearing", lambda state: state == "listening", _RETURN_SECONDS)
    outcome.demand(seen is not None, "the coach was not seen after a new start of Home Assistant")
    outcome.figures["seen_after_restart_seconds"] = None if seen is None else round(seen, 1)


def _has_come(coach: HomeCoach, before: int) -> bool:
    """Wait until the session has had more commands than before; return whether it has."""
    _wait(lambda: len(coach.posted) > before, _RETURN_SECONDS)
    return len(coach.posted) > before


def _wait(is_so: Callable[[], bool], seconds: float) -> None:
    given_up_at = time.monotonic() + seconds
    while not is_so() and time.monotonic() < given_up_at:
        time.sleep(0.005)


def _milliseconds(seconds: list[float]) -> list[int]:
    """Return the median and the longest of some times."""
    return [round(1_000 * value) for value in (statistics.median(seconds), max(seconds))] if seconds else []


def section(figures: dict[str, Any]) -> str:
    """Return the section of the page that has the figures."""
    rows = [
        ("entities that appear", str(figures["entities"])),
        ("a press reaches the session (median, longest)", _pair(figures["press_ms"], "ms")),
        ("a choice reaches the session", _pair(figures["choice_ms"], "ms")),
        ("from the press until Home Assistant shows what came of it", _pair(figures["press_shown_ms"], "ms")),
        ("steps of a routine seen, led by buttons alone", str(figures["steps_followed"])),
        ("the broker was killed and started again", f"{figures['kills']} times"),
        ("states lost, or presses after it", str(figures["lost"])),
        ("presses done twice", str(figures["doubled"])),
        ("of the presses in the very moment of a kill, not done", str(figures["cut_off"])),
        ("from the broker's start until Home Assistant shows the coach", _pair(figures["back_seconds"], "s")),
    ]
    return f"""\
## Measured

`scripts/bench home-assistant` runs the real session and face with mosquitto and Home Assistant
{figures["home_assistant"]}, all on one machine; {figures["presses"]} presses and as many choices through its REST API.
The three automations above are accepted by its own check, and each ran in the routine (what they call is not there).

{table(("what", "found"), rows)}

Measured on {figures["machine"]}.
"""


def _pair(values: list[float], unit: str) -> str:
    return f"{values[0]:g} {unit}, {values[1]:g} {unit}" if values else "-"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
