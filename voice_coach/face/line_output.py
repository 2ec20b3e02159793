"""Output in lines, as plain text for people or JSON for programs. A thread writes them, so no slow reader delays it."""

from __future__ import annotations

import json
import logging
import queue
import sys
import threading
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TextIO

from voice_coach import clock
from voice_coach.face.base import NO_KEYS, NO_NOTICE, Face, clock_text, remaining_seconds
from voice_coach.face.terminal.keyboard import choice_keys, key_names, useful_keys
from voice_coach.face.terminal.terminal_session import KeyReader, keyboard_of
from voice_coach.printable import on_a_line, printable
from voice_coach.routines import Phase
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.face.base import KeyNames, Notice, PostHeard
    from voice_coach.face.terminal.keyboard import Key
    from voice_coach.language.wording import Sentences
    from voice_coach.session.commands import Command
    from voice_coach.session.events import Event


_MOST_WAITING = 10_000
"""Texts that may wait to be written. A whole routine writes about a thousand."""
_FLUSH_SECONDS = 1.0
"""Seconds that `flush` waits for a slow reader."""

_log = logging.getLogger(__name__)


class TextSink(Protocol):
    """An object that texts can be written to, such as a stream."""

    def write(self, text: str, /) -> object:
        """Write a text, now or soon."""

    def flush(self) -> object:
        """Wait until what was written has reached its reader, but not for long."""


class BackgroundWriter:
    """A TextSink that writes to a stream in a thread of its own. No method raises; any thread may call them.

    A text is dropped when too many others wait for a slow reader, when the disk is full, or when the reader has gone.
    None of this is an error, because the person still hears the coach.

    Args:
        stream: the stream, which nothing else may write to.
        most_waiting: texts that may wait, at most.
    """

    def __init__(self, stream: TextIO, most_waiting: int = _MOST_WAITING) -> None:
        self._stream = stream
        self._waiting: queue.Queue[str | threading.Event] = queue.Queue(most_waiting)
        self._is_failing = False
        threading.Thread(target=self._run, name="standard output", daemon=True).start()

    def write(self, text: str, /) -> None:
        """Queue a text to be written by the thread."""
        self._put(text)

    def flush(self) -> None:
        """Wait until all texts are written, _FLUSH_SECONDS at most."""
        is_written = threading.Event()
        if self._put(is_written):
            is_written.wait(_FLUSH_SECONDS)

    def _put(self, item: str | threading.Event) -> bool:
        try:
            self._waiting.put_nowait(item)
        except queue.Full:
            self._tell_failing("nobody reads it")
            return False
        return True

    def _run(self) -> None:
        while True:
            item = self._waiting.get()
            if isinstance(item, str):
                self._write(item)
            else:
                item.set()

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: somebody has closed it
            self._tell_failing(error)
        else:
            self._is_failing = False

    def _tell_failing(self, reason: object) -> None:
        """Log a warning for the first of several failures; a text may then have been written in part."""
        if not self._is_failing:
            self._is_failing = True
            _log.warning("standard output is not written: %s", reason)


class PlainFace(Face):
    """A face that writes a line of plain text for everything that has changed since the last view.

    Where a person sits at a terminal, its keys work, and no line is mixed with what is typed.

    Args:
        stream: takes the lines; it flushes by itself.
        texts: the texts of the terminal.
        notice: the notice to write first.
    """

    def __init__(self, stream: TextSink, texts: Sentences, notice: Notice = NO_NOTICE) -> None:
        self._stream = stream
        self._texts = texts
        self._notice = notice
        self._last: View | None = None
        self._keys: KeyReader | None = None

    @property
    def keys(self) -> KeyNames:
        """The names of the keys by intent; none when standard input is not a terminal, or belongs to another job."""
        return NO_KEYS if keyboard_of(sys.stdin) is None else key_names(self._texts)

    def start(self, post: PostHeard) -> None:
        """Write the notice, and begin to read keys if there are any.

        Args:
            post: Takes a CommandHeard for each key that has a command.
        """
        picture = (self._notice.caption, *self._notice.picture) if self._notice.picture else ()
        for line in (*self._notice.lines, *picture):
            self._write(line)
        keyboard = keyboard_of(sys.stdin)
        if keyboard is not None:
            self._keys = KeyReader(keyboard, post, lambda: self._last or View(phase=Phase.IDLE))

    def show(self, view: View) -> None:
        """Write a line for everything that this view changes."""
        for line in self._news(view, clock.now()):
            self._write(line)
        self._last = view

    def tell_loading(self, done: int, total: int) -> None:
        """Write how many sounds of a calibration are done, of how many."""
        self._write(self._texts.say("line.learning", done=done, total=total))

    def stop(self) -> None:
        """Give the keyboard back, and wait until what was written has reached its reader, but not for long."""
        if self._keys is not None:
            self._keys.stop()
        self._stream.flush()

    def _write(self, line: str) -> None:
        self._stream.write(on_a_line(line) + "\n")

    def _news(self, view: View, now: float) -> Iterator[str]:
        last, texts = self._last, self._texts

        def is_new(*names: str) -> bool:
            return last is None or any(getattr(view, name) != getattr(last, name) for name in names)

        if is_new("attention"):
            yield texts.say(f"line.{view.attention.value}")
        before = last.faults if last else ()
        yield from (texts.say("line.trouble", trouble=each) for each in view.faults if each not in before)
        yield from (texts.say("line.trouble_over", trouble=each) for each in before if each not in view.faults)
        if is_new("heard", "heard_note"):
            yield from self._news_of_hearing(view)
        if is_new("step_number", "title") and view.step_number and view.phase is not Phase.DONE:
            yield texts.say("line.step", number=view.step_number, count=view.step_count, title=view.title)
        if is_new("instruction") and view.instruction and view.instruction not in view.saying:
            yield texts.say("line.instruction", text=view.instruction)
        if view.countdown and (last is None or last.countdown is None or is_new("phase")):
            time = clock_text(remaining_seconds(view.countdown, now))
            is_running = view.countdown.ends_at is not None
            yield texts.say("line.running", time=time) if is_running else texts.say("line.paused", time=time)
        if is_new("caption") and view.caption:
            yield texts.say("line.coach", text=view.caption)
        if is_new("question") and view.question not in view.saying:
            yield texts.say("line.question", text=view.question)
        if is_new("may_say", "question") and view.may_say:
            yield texts.say("line.may_say", phrases=", ".join(view.may_say))
        yield from self._news_of_keys(view)

    def _news_of_hearing(self, view: View) -> Iterator[str]:
        """Yield what was heard, with its note; a note alone only if it may be about a key, as others are many."""
        if view.heard:
            yield self._texts.say("line.heard", text=view.heard) + (f"  ({view.heard_note})" if view.heard_note else "")
        elif view.heard_note and self._keys is not None:
            yield self._texts.say("line.note", text=view.heard_note)

    def _news_of_keys(self, view: View) -> Iterator[str]:
        """Yield a line with the useful keys, if they have changed and there is a keyboard."""
        if self._keys is None or (self._last and _shown_keys(self._last) == _shown_keys(view)):
            return
        named = (f"{key.name(self._texts)} {key.label(self._texts)}" for key in _shown_keys(view))
        if keys := ", ".join(named):
            yield self._texts.say("line.keys", keys=keys)


def _shown_keys(view: View) -> tuple[Key, ...]:
    return (*useful_keys(view), *(key for keys in choice_keys(view).values() for key in keys))


class JsonLines:
    """An observer of the loop that writes each event and command as a line of JSON.

    A line is `{"kind": "event", "name": "CommandHeard", "at": 12.5, ...}`, and likewise for commands. A command
    has the time of the event that caused it. Enums are written as their values, sets as sorted lists.

    Args:
        stream: takes the lines; it flushes by itself.
    """

    def __init__(self, stream: TextSink) -> None:
        self._stream = stream

    def observe(self, event: Event, commands: tuple[Command, ...]) -> None:
        """Write one line for the event and one for each command that it caused."""
        self._write("event", event, event.at)
        for command in commands:
            self._write("command", command, event.at)

    def stop(self) -> None:
        """Wait until what was written has reached its reader, but not for long."""
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
