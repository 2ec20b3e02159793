"""The messages between the coach and a smart home: Home Assistant's discovery, the state, and commands. Pure.

The coach is one device with an entity for each fact, choice and button. Every entity has a retained configuration of
its own (single-component discovery), which every version of Home Assistant understands; all of them read their values
from one retained JSON message, the state. What was said is in no message: of a command only its intent is told.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from voice_coach import __version__
from voice_coach.face.base import remaining_seconds
from voice_coach.language.intents import SPECS, TIMER_INTENTS, Intent, Kind
from voice_coach.routines import LONGEST_HOLD_SECONDS, Milestone, Phase
from voice_coach.routines.past_masks import Feeling
from voice_coach.session.events import CommandHeard, Via
from voice_coach.session.view import Attention

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences
    from voice_coach.session.view import CountdownView, View

ENTITIES = (
    "step", "phase", "ends", "time_left", "hearing", "running", "command", "feeling", "mask", "minutes", "milestone",
    "timers",
)  # fmt: skip
"""The keys of the entities besides the buttons."""
PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {"device": {"name": ""}, "entity": dict.fromkeys(ENTITIES, "")}
"""The placeholders of the names that a smart home shows (`smart_home.toml` of each language)."""

BIRTH_TOPIC = "homeassistant/status"
"""The topic on which Home Assistant says that it has come up or goes down."""
BIRTH = b"online"
_APPLICATION = b"voice-coach: a device of a smart home"
ONLINE, OFFLINE = "online", "offline"
LONGEST_PAYLOAD = 1_000
"""Bytes that a command may have; Home Assistant's have about a hundred."""
_LONGEST_STATE = 255
"""Characters of a state that Home Assistant takes."""
TimerEnds = Sequence[tuple[str, datetime]]
"""The names of timers, each with its end by the wall clock."""
_Configs = dict[tuple[str, str], dict[str, Any]]
_PRESS = "PRESS"
_UNKNOWN = "unknown"
_NEVER = "1970-01-01T00:00:00+00:00"
_MINUTE = 60
_MOST_MINUTES = int(LONGEST_HOLD_SECONDS // _MINUTE)
_LONGEST_ID = 64

BUTTONS = tuple(
    intent
    for intent, spec in SPECS.items()
    if intent is not Intent.ON_FOR and intent not in TIMER_INTENTS and (not spec.slot or spec.is_slot_optional)
)
"""The intents that have a button: all that need no value. "It has been on for ..." does, a number of minutes, and a
button of timers would bear the name of one."""
TELLING_OF_SKIN = frozenset({Intent.FELT, Intent.STINGS})
"""The intents that tell how the skin feels, which is shown only to those who ask for it."""
_RESTING = (Phase.IDLE, Phase.DONE)

STARTED, HOLD_BEGUN, TIME_IS_UP, MASK_OFF, FINISHED = "started", "hold_begun", "time_is_up", "mask_off", "finished"
EVENTS = (STARTED, HOLD_BEGUN, *(one.name.lower() for one in Milestone), TIME_IS_UP, MASK_OFF, FINISHED)
"""The types of the event entity, in the order of a routine."""
_LATE_SECONDS = 30.0
"""Seconds after which a milestone is no news any more, as when the machine has slept."""
_CLOCK_STEP_SECONDS = 2.0
"""Seconds by which the wall clock must differ before the end of a countdown is told anew; less is a rounding."""


@dataclass(frozen=True, slots=True)
class HomeCommand:
    """A command from the smart home, before it is known whether it came once or twice."""

    heard: CommandHeard | None
    """The command for the coach; None when there is nothing to do, as for a hold that is that long already."""
    id: str = ""
    """An id that no other message has; empty when the sender gave none."""


@dataclass(frozen=True)
class HomeDevice:
    """The coach as a device of the smart home: its topics, its discovery, and the meaning of what comes in."""

    node: str
    """A name that no other device of the home has, of letters, digits and underscores."""
    device_name: str
    names: Mapping[str, str]
    """The names of the entities, by their keys."""
    buttons: Mapping[Intent, str]
    """The names of the buttons."""
    masks: Mapping[str, str]
    """The titles of the routines that can be chosen, by their ids; no title stands twice."""
    has_command: bool = True
    """Whether the intent of the last command is shown."""
    has_feeling: bool = False
    """Whether it is shown how the skin felt after the last mask."""

    @property
    def availability_topic(self) -> str:
        """The topic that says whether the coach is there; its will says so when it is not."""
        return f"voice-coach/{self.node}/availability"

    @property
    def state_topic(self) -> str:
        """The topic of the state."""
        return f"voice-coach/{self.node}/state"

    @property
    def event_topic(self) -> str:
        """The topic of the milestones, which are not retained."""
        return f"voice-coach/{self.node}/event"

    @property
    def command_topics(self) -> str:
        """The filter of the topics on which commands come in."""
        return f"{self._commands}/+"

    @property
    def _commands(self) -> str:
        return f"voice-coach/{self.node}/do"

    @cached_property
    def discovery(self) -> Mapping[str, str]:
        """The retained configuration of each entity by its topic; empty for one that shall not be there."""
        unwanted = {"command": not self.has_command, "feeling": not self.has_feeling}
        found = {}
        for (component, key), own in {**self._facts(), **self._controls(), **self._presses()}.items():
            config = {"availability_topic": self.availability_topic, **self._common(component, key), **own}
            topic = f"homeassistant/{component}/{self.node}/{key}/config"
            is_unwanted = unwanted.get(key, False) and component == "sensor"
            found[topic] = "" if is_unwanted else _json({name: one for name, one in config.items() if one is not None})
        return found

    def state(
        self, view: View, now: float, ends: datetime | None, command: Intent | None, timers: TimerEnds = ()
    ) -> str:
        """Return the state as JSON.

        Args:
            view: the latest view.
            now: the time in seconds of the coach's clock.
            ends: the end of the countdown by the wall clock; None when none is running.
            command: the intent of the last command.
            timers: the ends of the timers beside the mask.
        """
        countdown = view.countdown
        is_running = view.phase not in _RESTING
        # Not the view's title: while it stings, that says so.
        titles = [step.title for step in view.steps[: view.step_number]] if is_running else []
        is_told = command is not None and (self.has_feeling or command not in TELLING_OF_SKIN)
        found: dict[str, Any] = {
            "running": "ON" if is_running else "OFF",
            "phase": view.phase.value,
            "step": titles[-1][:_LONGEST_STATE] if titles else None,
            "step_number": view.step_number if is_running else None,
            "step_count": view.step_count,
            "ends": ends and ends.isoformat(timespec="seconds"),
            "time_left": countdown and math.ceil(remaining_seconds(countdown, now) / _MINUTE),
            "minutes": countdown and math.ceil(countdown.total_seconds / _MINUTE),
            "hearing": view.attention.value,
            "troubles": list(view.faults),
            "timers": [{"name": name, "ends": end.isoformat(timespec="seconds")} for name, end in timers],
            "mask": self.masks.get(view.routine),
        }
        if self.has_command:
            found["command"] = command.value if command and is_told else None
        if self.has_feeling:
            found["feeling"] = view.feeling and view.feeling.value
        return _json(found)

    def read(self, topic: str, payload: bytes, view: View) -> HomeCommand | None:
        """Return the meaning of a message; None when it has none, whatever it holds.

        Args:
            topic: the topic on which it came.
            payload: its bytes.
            view: the latest view, from which the length of a hold is changed.
        """
        place, _, key = topic.rpartition("/")
        if place != self._commands or len(payload) > LONGEST_PAYLOAD:
            return None
        value, message_id = _value_of(payload)
        if key == "mask":
            mask = next((name for name, title in self.masks.items() if value in {name, title}), None)
            return HomeCommand(_by_program(Intent.MASK, slot_value=mask), message_id) if mask else None
        if key == "minutes":
            minutes = _minutes(value)
            return None if minutes is None else HomeCommand(_to_last(minutes, view.countdown), message_id)
        intent = next((one for one in self.buttons if one.value == key), None)
        return HomeCommand(_by_program(intent), message_id) if intent and value == _PRESS else None

    def _common(self, component: str, key: str) -> dict[str, Any]:
        named = f"voice_coach_{key}"
        return {
            "unique_id": f"{self.node}_{component}_{key}",
            "object_id": named,  # so that automations find it in every language
            "default_entity_id": f"{component}.{named}",  # the same, by the name that it has since 2025.10
            "qos": 1,
            "device": {
                "identifiers": [self.node],
                "name": self.device_name,
                "manufacturer": "voice-coach",
                "model": "voice-coach",
                "sw_version": __version__,
            },
            "origin": {"name": "voice-coach", "sw_version": __version__},
        }

    def _facts(self) -> _Configs:
        """Return the own part of the configuration of what is only shown, by component and key."""
        words = {"phase": [one.value for one in Phase], "hearing": [one.value for one in Attention]}
        feelings = [*(one.value for one in Feeling), _UNKNOWN]
        return {
            ("sensor", "step"): self._text("step")
            | {"icon": "mdi:format-list-numbered", **self._attributes("step_number", "step_count")},
            ("sensor", "phase"): self._value("phase", device_class="enum", options=words["phase"], icon="mdi:spa"),
            ("sensor", "ends"): self._end(),
            ("sensor", "time_left"): self._value("time_left", device_class="duration", unit_of_measurement="min"),
            ("sensor", "hearing"): self._value("hearing", device_class="enum", options=words["hearing"])
            | {"icon": "mdi:ear-hearing", **self._attributes("troubles")},
            ("sensor", "timers"): self._value("timers")
            | {"value_template": "{{ value_json.timers | count }}", "icon": "mdi:timer-outline"}
            | self._attributes("timers"),
            ("binary_sensor", "running"): self._value("running", device_class="running"),
            ("sensor", "command"): self._text("command")
            | {"icon": "mdi:account-voice", "entity_category": "diagnostic"},
            ("sensor", "feeling"): self._text("feeling") | {"device_class": "enum", "options": feelings},
            ("event", "milestone"): {
                "name": self.names["milestone"],
                "icon": "mdi:bell-outline",
                "state_topic": self.event_topic,
                "event_types": list(EVENTS),
            },
        }

    def _controls(self) -> _Configs:
        """Return the same of what can be chosen."""
        minutes = {"unit_of_measurement": "min", "min": 1, "max": _MOST_MINUTES, "step": 1, "mode": "box"}
        return {
            ("select", "mask"): self._value("mask", options=list(self.masks.values()), icon="mdi:face-mask-outline")
            | self._commanded("mask"),
            ("number", "minutes"): self._value("minutes", icon="mdi:timer-edit-outline")
            | minutes
            | self._commanded("minutes"),
        }

    def _presses(self) -> _Configs:
        """Return the same of the buttons; how the coach speaks is set up rather than done."""
        found: _Configs = {}
        for intent, name in self.buttons.items():
            config = {"name": name, "payload_press": _PRESS, **self._commanded(intent.value)}
            is_setting = intent.spec.kind is Kind.VOICE
            found["button", intent.value] = config | ({"entity_category": "config"} if is_setting else {})
        return found

    def _value(self, key: str, **more: object) -> dict[str, Any]:
        """Return the part of a configuration by which an entity reads its value from the state."""
        template = f"{{{{ value_json.{key} }}}}"
        return {"name": self.names[key], "state_topic": self.state_topic, "value_template": template, **more}

    def _text(self, key: str) -> dict[str, Any]:
        """Return the same for a text that may be missing, for which Home Assistant has a word; else it shows "None"."""
        return self._value(key) | {"value_template": f"{{{{ value_json.{key} or '{_UNKNOWN}' }}}}"}

    def _end(self) -> dict[str, Any]:
        """Return the same for the end of the hold: unavailable when there is none, as only a time can be told."""
        template = "{{ 'online' if value_json.ends else 'offline' }}"
        there = {"topic": self.state_topic, "value_template": template}
        return self._value("ends") | {
            "value_template": f"{{{{ value_json.ends or '{_NEVER}' }}}}",
            "device_class": "timestamp",
            "availability_topic": None,
            "availability": [{"topic": self.availability_topic}, there],
            "availability_mode": "all",
        }

    def _attributes(self, *keys: str) -> dict[str, str]:
        values = ", ".join(f"'{one}': value_json.{one}" for one in keys)
        template = f"{{{{ {{{values}}} | to_json }}}}"
        return {"json_attributes_topic": self.state_topic, "json_attributes_template": template}

    def _commanded(self, key: str) -> dict[str, Any]:
        """Return the part of a configuration by which an entity sends commands, each with an id of its own.

        A broker that fails may deliver a message twice, and nothing else in it would tell.
        """
        template = '{"value": {{ value | to_json }}, "id": "{{ now().timestamp() }}"}'
        return {"command_topic": f"{self._commands}/{key}", "command_template": template}


def load_texts(pack: LanguagePack) -> Sentences:
    """Read the names that a smart home shows in a language.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    return pack.sentences("smart_home", PLACEHOLDERS)


def node_of(machine_id: str) -> str:
    """Return a name of a machine that tells nobody its id: a hash with a key of the application (machine-id(5))."""
    return f"voice_coach_{hmac.new(machine_id.encode(), _APPLICATION, hashlib.sha256).hexdigest()[:16]}"


def device_of(
    node: str, pack: LanguagePack, titles: Mapping[str, str], *, has_command: bool = True, has_feeling: bool = False
) -> HomeDevice:
    """Make the device in a person's language.

    Args:
        node: a name that no other device of the home has.
        pack: the language.
        titles: the titles of all routines that can be chosen, by their ids.
        has_command: whether the intent of the last command is shown.
        has_feeling: whether it is shown how the skin felt.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    texts, wording = load_texts(pack), pack.wording
    masks: dict[str, str] = {}
    for name, title in titles.items():
        short = title[: _LONGEST_STATE - len(name) - 3]
        masks[name] = short if short not in masks.values() else f"{short} ({name})"
    phrases = {intent: wording.written(wording.phrases[intent]) for intent in BUTTONS}
    return HomeDevice(
        node,
        texts.say("device.name"),
        {key: texts.say(f"entity.{key}") for key in ENTITIES},
        {intent: phrase[:1].upper() + phrase[1:] for intent, phrase in phrases.items()},
        masks,
        has_command=has_command,
        has_feeling=has_feeling,
    )


class ViewFollower:
    """Finds from view to view what a single view does not tell: milestones, the last command, and when a hold ends."""

    def __init__(self) -> None:
        self._phase: Phase | None = None
        self._was_holding = False
        self._countdown: tuple[float | None, float] | None = None
        self._left = 0.0
        self._ends: tuple[float, datetime] | None = None
        self._timers: dict[tuple[str, float], datetime] = {}
        self.command: Intent | None = None
        """The intent of the last command; None before the first one."""

    def follow(self, view: View, now: float, wall: float) -> list[str]:
        """Take a view, the same or another one, and return the events since the last call.

        Args:
            view: the latest view.
            now: the time in seconds of the coach's clock.
            wall: the time of the wall clock, in seconds since 1970.
        """
        self.command = view.command or self.command
        events = [*self._milestones(view.countdown, now), *self._steps(view)]
        self._ends = self._end(view.countdown, now, wall)
        self._timers = {
            (one.name, one.countdown.ends_at): self._steady(one.name, one.countdown.ends_at, now, wall)
            for one in view.timers
            if one.countdown.ends_at is not None
        }
        return events

    @property
    def ends(self) -> datetime | None:
        """The end of the countdown by the wall clock; None when none is running."""
        return self._ends and self._ends[1]

    @property
    def timers(self) -> TimerEnds:
        """The ends of the timers beside the mask by the wall clock, each with the timer's name."""
        return tuple((name, end) for (name, _), end in self._timers.items())

    def _steps(self, view: View) -> Iterator[str]:
        before, phase = self._phase, view.phase
        if before is not None and phase is not before:
            if before in _RESTING and phase not in _RESTING:
                yield STARTED
            if phase is Phase.HOLDING and not self._was_holding:
                yield HOLD_BEGUN
            if self._was_holding and phase not in {Phase.HOLDING, Phase.PAUSED}:
                yield MASK_OFF
            if phase is Phase.DONE:
                yield FINISHED
        if phase is not Phase.PAUSED:
            self._was_holding = phase is Phase.HOLDING
        self._phase = phase

    def _milestones(self, countdown: CountdownView | None, now: float) -> Iterator[str]:
        """Yield the latest milestone that has come since the last call, if it is still news."""
        if countdown is None and self._left and self._countdown and (self._countdown[0] or math.inf) <= now:
            yield TIME_IS_UP  # the mask is off already: on a busy machine this call came late
        left = 0.0 if countdown is None else remaining_seconds(countdown, now)
        known = None if countdown is None else (countdown.ends_at, countdown.total_seconds)
        if countdown is not None and known == self._countdown:
            marks = {one.name.lower(): one.remaining_seconds(countdown.total_seconds) for one in Milestone}
            marks[TIME_IS_UP] = 0.0
            come = {name: at for name, at in marks.items() if left <= at < self._left}
            latest = min(come, key=lambda name: come[name], default=None)
            if latest is not None and (latest == TIME_IS_UP or come[latest] - left < _LATE_SECONDS):
                yield latest
        self._countdown, self._left = known, left

    def _end(self, countdown: CountdownView | None, now: float, wall: float) -> tuple[float, datetime] | None:
        if countdown is None or countdown.ends_at is None:
            return None
        before = self._ends[1] if self._ends is not None and self._ends[0] == countdown.ends_at else None
        return countdown.ends_at, _by_wall(countdown.ends_at, now, wall, before)

    def _steady(self, name: str, ends_at: float, now: float, wall: float) -> datetime:
        return _by_wall(ends_at, now, wall, self._timers.get((name, ends_at)))


def _by_wall(ends_at: float, now: float, wall: float, before: datetime | None) -> datetime:
    """Return an end by the wall clock, to the second: the same as before, unless the clock was set."""
    ends = datetime.fromtimestamp(round(wall + ends_at - now), UTC)
    is_same = before is not None and abs((ends - before).total_seconds()) < _CLOCK_STEP_SECONDS
    return before if before is not None and is_same else ends


def _by_program(intent: Intent, *, minutes: int | None = None, slot_value: str = "") -> CommandHeard:
    return CommandHeard(intent=intent, via=Via.PROGRAM, minutes=minutes, slot_value=slot_value)


def _to_last(minutes: int, countdown: CountdownView | None) -> CommandHeard | None:
    """Return the command after which the hold lasts so many minutes in all; None when it does already.

    Without a countdown it is a request for more time, so that the coach says why there is none to change.
    """
    more = minutes - (0 if countdown is None else math.ceil(countdown.total_seconds / _MINUTE))
    if not more:
        return None
    return _by_program(Intent.ADD_TIME if more > 0 else Intent.CUT_TIME, minutes=abs(more))


def _value_of(payload: bytes) -> tuple[str, str]:
    """Return the value and the id of a message: of a JSON object with both, or a plain value without an id."""
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return "", ""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return text, ""
    value, message_id = found.get("value"), found.get("id", "")
    is_id = isinstance(message_id, str) and len(message_id) <= _LONGEST_ID
    return ("" if isinstance(value, dict | list | None) else str(value)), (message_id if is_id else "")


def _minutes(value: str) -> int | None:
    try:
        minutes = float(value)
    except ValueError:
        return None
    return int(minutes) if minutes.is_integer() and 1 <= minutes <= _MOST_MINUTES else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
