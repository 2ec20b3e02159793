"""Every event and command as one JSON object per line, made from the dataclasses themselves."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.printable import printable

if TYPE_CHECKING:
    from voice_coach.core.commands import Command
    from voice_coach.core.events import Event
    from voice_coach.face.background_writer import TextSink


class JsonLines:
    """An observer of the loop: `{"kind": "event", "name": "Heard", "at": 12.5, ...}` and likewise for commands.

    A command carries the time of the event it came from. Enums are written as their values, sets as sorted lists.

    Args:
        stream: takes the lines; it flushes by itself.
    """

    def __init__(self, stream: TextSink) -> None:
        self._stream = stream

    def observe(self, event: Event, commands: tuple[Command, ...]) -> None:
        """Write one line for the event and one for each command that came of it."""
        self._write("event", event, event.at)
        for command in commands:
            self._write("command", command, event.at)

    def stop(self) -> None:
        """Let what is written reach its reader."""
        self._stream.flush()

    def _write(self, kind: str, item: Event | Command, at: float) -> None:
        line = {"kind": kind, "name": type(item).__name__, "at": at} | _as_json(item)
        self._stream.write(printable(json.dumps(line, ensure_ascii=False)) + "\n")


def _as_json(item: object) -> dict[str, object]:
    return {field.name: _value(getattr(item, field.name)) for field in fields(item)}  # type: ignore[arg-type]


def _value(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return _as_json(value)
    if isinstance(value, frozenset):
        return sorted((_value(member) for member in value), key=str)
    if isinstance(value, tuple):
        return [_value(member) for member in value]
    return value
