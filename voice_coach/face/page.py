"""The terminal page: what of a view stands where, for any size of terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from voice_coach.core.view import Attention
from voice_coach.face.clock import clock_text, remaining_seconds
from voice_coach.face.digits import big
from voice_coach.face.keys import useful_keys
from voice_coach.face.notice import NOTHING
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, RenderableType

    from voice_coach.core.view import CountdownView, View
    from voice_coach.face.notice import Notice

Lines = list[list[Segment]]

BAR_PARTS = 8
"""Steps of the bar within one character."""
_MARGIN = 2
_LABEL_WIDTH = 7
_BETWEEN = "   "
_PHASES = {
    Phase.IDLE: "ready when you are",
    Phase.BRIEFING: "getting ready",
    Phase.APPLYING: "putting it on",
    Phase.HOLDING: "the mask works",
    Phase.PAUSED: "paused",
    Phase.REMOVING: "taking it off",
    Phase.AFTERCARE: "aftercare",
    Phase.DONE: "all done",
}


@dataclass(frozen=True, slots=True)
class Ink:
    """The characters of a drawing: those of Unicode, or ASCII where the terminal has no more."""

    block: str
    bar: str
    """The parts of a character's width, from the narrowest to the whole."""
    track: str
    dots: tuple[str, str, str]
    """A step done, the present one, one to come."""
    ear: str
    rule: str


_UNICODE = Ink("█", "▏▎▍▌▋▊▉█", "─", ("●", "◉", "○"), "●", "─")
_ASCII = Ink("#", "=", "-", ("#", "@", "-"), "*", "-")


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of the page. Those of the highest `luxury` go first when the terminal is low."""

    name: str
    draw: Callable[[], RenderableType]
    luxury: int
    starts_group: bool = True
    is_running: bool = False
    """Whether it changes while the view stays."""


class Page:
    """Draws views for one console; what has not changed since the last drawing is not drawn again."""

    def __init__(self, console: Console, notice: Notice = NOTHING) -> None:
        """Prepare to draw.

        Args:
            console: Knows the size, the colours and whether the terminal can draw Unicode.
            notice: Stands on the page until the routine begins.
        """
        self._notice = notice
        self._console = console
        self._ink = _ASCII if console.options.ascii_only else _UNICODE
        self._drawn: dict[str, Lines] = {}
        self._drawn_for: object = None

    def lines(self, view: View, now: float, loading: str = "") -> Lines:
        """Draw the page.

        Args:
            view: What to show.
            now: Monotonic seconds, for the countdown.
            loading: How far the ears have come; shown until they listen.

        Returns:
            As many lines as the console is high, each as wide as it.
        """
        width, height = self._console.size
        if self._drawn_for != (view, loading, width, height):
            self._drawn, self._drawn_for = {}, (view, loading, width, height)
        rule = [[Segment(self._ink.rule * self._width)]]
        head = [*self._draw(_Section("header", lambda: _header(view, loading, self._ink), 0)), *rule]
        foot = [*rule, *self._draw(_Section("keys", lambda: _keys(view, self._width), 0))]
        if len(head + foot) > height // 2:
            foot = []
        sections = [*_sections(view, now, self._ink, self._width, height), *self._notice_for(view)]
        body = _fill([(section, self._draw(section)) for section in sections], height - len(head + foot))
        margin = Segment(" " * _MARGIN)
        return [Segment.adjust_line_length([margin, *line], width) for line in [*head, *body, *foot]][:height]

    def _notice_for(self, view: View) -> Iterator[_Section]:
        if view.phase is not Phase.IDLE or not self._notice.lines:
            return
        yield _Section("notice", lambda: Text("\n".join(self._notice.lines), "dim"), luxury=5)
        if self._notice.picture and not self._console.options.ascii_only:
            picture = Text("\n".join(self._notice.picture), "white on black", no_wrap=True)
            yield _Section("picture", lambda: picture, luxury=8, starts_group=False)

    @property
    def _width(self) -> int:
        return max(1, self._console.width - 2 * _MARGIN)

    def _draw(self, section: _Section) -> Lines:
        if section.is_running or section.name not in self._drawn:
            options = self._console.options.update(width=self._width, height=None)
            self._drawn[section.name] = self._console.render_lines(section.draw(), options, pad=False)
        return self._drawn[section.name]


def bar_cells(width: int) -> int:
    """How many different lengths the bar of a page of this width has."""
    return (width - 2 * _MARGIN) * BAR_PARTS


def _fill(sections: list[tuple[_Section, Lines]], room: int) -> Lines:
    """Stack sections into `room` lines: luxuries are dropped until all fits, spare lines go between the groups."""
    while sections and sum(len(lines) for _, lines in sections) > room:
        most_luxurious = max(sections, key=lambda section: section[0].luxury)
        if most_luxurious[0].luxury == 0:
            break
        sections = [section for section in sections if section is not most_luxurious]
    spare = room - sum(len(lines) for _, lines in sections)
    groups = sum(section.starts_group for section, _ in sections)
    stacked: Lines = []
    for section, lines in sections:
        if section.starts_group and spare > 0:
            gap = min(3, -(-spare // max(1, groups)))
            stacked += [[] for _ in range(gap)]
            spare -= gap
            groups -= 1
        stacked += lines
    return [*stacked, *([] for _ in range(room - len(stacked)))][:room]


def _header(view: View, loading: str, ink: Ink) -> RenderableType:
    header = Table.grid(expand=True, padding=(0, 1))
    header.add_column(no_wrap=True)
    header.add_column(no_wrap=True, justify="right")
    state, style = _state_of_ears(view, loading)
    header.add_row(
        Text.assemble(("voice coach", "bold cyan"), ("  " + _PHASES[view.phase], "dim")),
        Text(f"{ink.ear} {state}", style),
    )
    return header


def _state_of_ears(view: View, loading: str) -> tuple[str, str]:
    match view.attention:
        case Attention.LOADING:
            return f"the ears are loading {loading}".strip(), "yellow"
        case Attention.DEAF:
            return "I cannot hear you", "bold red"
        case Attention.CLOSED:
            return "closed", "dim"
        case Attention.LISTENING:
            return ("I hear something", "bold green") if view.is_hearing else ("listening", "green")


def _sections(view: View, now: float, ink: Ink, width: int, height: int) -> Iterator[_Section]:
    countdown = view.countdown
    yield _Section("title", lambda: _title(view), luxury=0)
    if view.step_number:
        yield _Section("progress", lambda: _progress(view, ink), luxury=7, starts_group=False)
    if view.troubles:
        lines = Text("\n".join(view.troubles), "bold red")
        yield _Section("troubles", lambda: _labelled("Trouble", lines), luxury=0)
    if countdown:
        yield _Section("clock", lambda: _clock(countdown, now, ink, width, height), luxury=1, is_running=True)
        yield _Section("bar", lambda: _bar(countdown, now, ink, width), luxury=6, is_running=True)
    if view.saying:
        yield _Section("saying", lambda: _labelled("Coach", Text(view.saying, "bold")), luxury=2)
    if view.question:
        asked = Text(view.question, "bold magenta")
        yield _Section("question", lambda: _labelled("Asked", asked), luxury=0, starts_group=not view.saying)
    if view.heard or view.heard_note:
        is_alone = not (view.saying or view.question)
        yield _Section("heard", lambda: _labelled("You", _heard(view)), luxury=3, starts_group=is_alone)
    if view.may_say:
        yield _Section("may say", lambda: _labelled("Say", _may_say(view, width)), luxury=4)


def _title(view: View) -> Text:
    if not view.step_number:
        return Text(view.title or "Welcome", "bold")
    step = (f"Step {view.step_number} of {view.step_count}   ", "cyan")
    return Text.assemble(step, (view.title, "bold"))


def _progress(view: View, ink: Ink) -> Text:
    done, here, to_come = ink.dots
    return Text.assemble(
        (f"{done} " * (view.step_number - 1), "green"),
        (f"{here} ", "bold cyan"),
        (f"{to_come} " * (view.step_count - view.step_number), "dim"),
    )


def _clock(countdown: CountdownView, now: float, ink: Ink, width: int, height: int) -> Text:
    text = clock_text(remaining_seconds(countdown, now))
    style = "bold green" if countdown.ends_at is not None else "dim"
    scale = 2 if height >= 34 and width >= 72 else 1  # noqa: PLR2004 - what twice the size needs
    if height < 16 or width < 40:  # noqa: PLR2004 - too small for big digits
        return Text(text, style)
    lines = big(text, scale, ink.block)
    margin = " " * ((width - len(lines[0])) // 2)
    return Text("\n".join(margin + line for line in lines), style, no_wrap=True)


def _bar(countdown: CountdownView, now: float, ink: Ink, width: int) -> Text:
    share = remaining_seconds(countdown, now) / max(countdown.total_seconds, 1.0)
    parts = round((1 - min(1.0, share)) * width * BAR_PARTS)
    whole, rest = divmod(parts, BAR_PARTS)
    bar = ink.bar[-1] * whole
    if rest and len(ink.bar) == BAR_PARTS:
        bar += ink.bar[rest - 1]
    return Text.assemble((bar, "green"), (ink.track * (width - len(bar)), "dim"))


def _labelled(label: str, content: Text) -> RenderableType:
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=_LABEL_WIDTH)
    row.add_column()
    row.add_row(Text(label, "dim"), content)
    return row


def _heard(view: View) -> Text:
    if not view.heard_note:
        return Text(view.heard, "green")
    words = (f"{view.heard}  ", "yellow") if view.heard else ""
    return Text.assemble(words, (view.heard_note, "dim"))


def _may_say(view: View, width: int) -> Text:
    return _row([Text(phrase, "cyan") for phrase in view.may_say], width - _LABEL_WIDTH - 2)


def _keys(view: View, width: int) -> Text:
    return _row([Text.assemble((key.name, "bold"), (f" {key.label}", "dim")) for key in useful_keys(view)], width)


def _row(items: list[Text], width: int) -> Text:
    """Items side by side, in as many lines as they need; none is broken."""
    lines = [Text()]
    for item in items:
        if lines[-1] and lines[-1].cell_len + len(_BETWEEN) + item.cell_len > width:
            lines.append(Text())
        lines[-1] = lines[-1] + Text(_BETWEEN) + item if lines[-1] else item
    return Text("\n").join(lines)
