"""Plain lines: for pipes, logs, screen readers and terminals that can do no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.core.view import Attention
from voice_coach.face.base import NO_KEYS, NO_NOTICE, Face
from voice_coach.face.remaining_time import clock_text, remaining_seconds
from voice_coach.printable import on_a_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.core.view import View
    from voice_coach.face.background_writer import TextSink
    from voice_coach.face.base import KeyNames, Notice, PostHeard


_ATTENTION = {
    Attention.LOADING: "The ears are loading.",
    Attention.LISTENING: "Listening.",
    Attention.DEAF: "Nothing is heard.",
    Attention.CLOSED: "The coach is closed.",
}


class PlainFace(Face):
    """Writes a line for whatever changed since the last view.

    Args:
        stream: takes the lines; it flushes by itself.
        notice: is written first.
    """

    keys: KeyNames = NO_KEYS

    def __init__(self, stream: TextSink, notice: Notice = NO_NOTICE) -> None:
        self._stream = stream
        self._notice = notice
        self._last: View | None = None

    def start(self, post: PostHeard) -> None:  # noqa: ARG002 - there are no keys
        """Write the notice."""
        for line in (*self._notice.lines, *self._notice.picture):
            self._stream.write(on_a_line(line) + "\n")

    def show(self, view: View) -> None:
        """Write the lines that are new."""
        for line in _news(self._last, view, clock.now()):
            self._stream.write(on_a_line(line) + "\n")
        self._last = view

    def tell_loading(self, done: int, total: int) -> None:
        """Write how far the ears have come with something that takes long."""
        self._stream.write(f"The ears learn their phrases: {done} of {total}.\n")

    def stop(self) -> None:
        """Let what is written reach its reader."""
        self._stream.flush()


def _news(last: View | None, view: View, now: float) -> Iterator[str]:
    def is_new(*names: str) -> bool:
        return last is None or any(getattr(view, name) != getattr(last, name) for name in names)

    if is_new("attention"):
        yield _ATTENTION[view.attention]
    before = last.troubles if last else ()
    yield from (f"Trouble: {trouble}" for trouble in view.troubles if trouble not in before)
    yield from (f"No more: {trouble}" for trouble in before if trouble not in view.troubles)
    if is_new("heard", "heard_note") and view.heard:
        yield f"You:   {view.heard}" + (f"  ({view.heard_note})" if view.heard_note else "")
    if is_new("step_number", "title") and view.step_number:
        yield f"Step {view.step_number} of {view.step_count}: {view.title}"
    if view.countdown and (last is None or last.countdown is None or is_new("phase")):
        state = "running" if view.countdown.ends_at is not None else "standing still"
        yield f"Clock: {clock_text(remaining_seconds(view.countdown, now))}, {state}"
    if is_new("saying") and view.saying:
        yield f"Coach: {view.saying}"
    if is_new("may_say", "question") and view.may_say:
        yield f"Say:   {', '.join(view.may_say)}"
