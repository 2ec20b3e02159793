"""Lays a view out as lines for a terminal of any size, and writes only the lines that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from voice_coach.face.base import NO_NOTICE, clock_text, remaining_seconds
from voice_coach.face.terminal.keyboard import useful_keys
from voice_coach.routines import Phase
from voice_coach.session.view import Attention

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, RenderableType

    from voice_coach.face.base import Notice
    from voice_coach.session.view import CountdownView, View

ScreenLines = list[list[Segment]]

BAR_PARTS = 8
"""Lengths that the bar can have within one character."""
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
_DIGITS = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ":": (" ", "#", " ", "#", " "),
}
_DIGIT_ROWS = 5


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters that the page is drawn with, in Unicode or in ASCII."""

    block: str
    bar: str
    """Characters for the last cell of the bar, from the narrowest to a full cell."""
    track: str
    dots: tuple[str, str, str]
    """Characters for a step that is done, for the present step, and for one to come."""
    ear: str
    rule: str


_UNICODE = Glyphs("█", "▏▎▍▌▋▊▉█", "─", ("●", "◉", "○"), "●", "─")
_ASCII = Glyphs("#", "=", "-", ("#", "@", "-"), "*", "-")


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of the page. When the terminal has too few lines, sections with the highest `drop_priority` go first."""

    name: str
    draw: Callable[[], RenderableType]
    drop_priority: int
    starts_group: bool = True
    is_running: bool = False
    """Whether it changes with the time, even while the view stays the same."""


class DiffRenderer:
    """Remembers the lines on the terminal, and writes only those that have changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: ScreenLines = []
        self._size = (0, 0)

    def render(self, lines: ScreenLines) -> str:
        """Return the text that makes the terminal show these lines; empty if it shows them already."""
        changes = []
        if self._size != self._console.size:
            changes.append("\x1b[2J")
            self._shown, self._size = [], self._console.size
        for row, line in enumerate(lines):
            if row >= len(self._shown) or self._shown[row] != line:
                changes.append(f"\x1b[{row + 1};1H{self._as_text(line)}")
        self._shown = lines
        return "".join(changes)

    def _as_text(self, line: list[Segment]) -> str:
        """Return a line as text, with the control sequences for its colours."""
        with self._console.capture() as capture:
            self._console.print(Segments(line), end="", soft_wrap=True)
        return capture.get()


class Page:
    """Draws views for one console. Sections that have not changed since the last drawing are not drawn again."""

    def __init__(self, console: Console, notice: Notice = NO_NOTICE) -> None:
        """Prepare to draw.

        Args:
            console: Knows the size, the colours and whether the terminal can draw Unicode.
            notice: The notice to show until the routine begins.
        """
        self._notice = notice
        self._console = console
        self._glyphs = _ASCII if console.options.ascii_only else _UNICODE
        self._drawn: dict[str, ScreenLines] = {}
        self._drawn_for: object = None

    def lines(self, view: View, now: float, loading: str = "") -> ScreenLines:
        """Draw the page.

        Args:
            view: The view to show.
            now: The time in monotonic seconds, for the countdown.
            loading: The progress of a calibration, such as "3/10"; shown until the coach listens.

        Returns:
            As many lines as the console has, each as wide as the console.
        """
        width, height = self._console.size
        if self._drawn_for != (view, loading, width, height):
            self._drawn, self._drawn_for = {}, (view, loading, width, height)
        rule = [[Segment(self._glyphs.rule * self._width)]]
        head = [*self._draw(_Section("header", lambda: _header(view, loading, self._glyphs), 0)), *rule]
        foot = [*rule, *self._draw(_Section("keys", lambda: _keys(view, self._width), 0))]
        if len(head + foot) > height // 2:
            foot = []
        sections = [*_sections(view, now, self._glyphs, self._width, height), *self._notice_for(view)]
        body = _fill([(section, self._draw(section)) for section in sections], height - len(head + foot))
        margin = Segment(" " * _MARGIN)
        return [Segment.adjust_line_length([margin, *line], width) for line in [*head, *body, *foot]][:height]

    def _notice_for(self, view: View) -> Iterator[_Section]:
        if view.phase is not Phase.IDLE or not self._notice.lines:
            return
        yield _Section("notice", lambda: Text("\n".join(self._notice.lines), "dim"), drop_priority=5)
        if self._notice.picture and not self._console.options.ascii_only:
            picture = Text("\n".join(self._notice.picture), "white on black", no_wrap=True)
            yield _Section("picture", lambda: picture, drop_priority=8, starts_group=False)

    @property
    def _width(self) -> int:
        return max(1, self._console.width - 2 * _MARGIN)

    def _draw(self, section: _Section) -> ScreenLines:
        if section.is_running or section.name not in self._drawn:
            options = self._console.options.update(width=self._width, height=None)
            self._drawn[section.name] = self._console.render_lines(section.draw(), options, pad=False)
        return self._drawn[section.name]


def bar_cells(width: int) -> int:
    """Return how many different lengths the bar has on a page of this width."""
    return (width - 2 * _MARGIN) * BAR_PARTS


def _fill(sections: list[tuple[_Section, ScreenLines]], room: int) -> ScreenLines:
    """Stack sections into `room` lines: drop sections until the rest fits, and put spare lines between the groups."""
    while sections and sum(len(lines) for _, lines in sections) > room:
        least_needed = max(sections, key=lambda section: section[0].drop_priority)
        if least_needed[0].drop_priority == 0:
            break
        sections = [section for section in sections if section is not least_needed]
    spare = room - sum(len(lines) for _, lines in sections)
    groups = sum(section.starts_group for section, _ in sections)
    stacked: ScreenLines = []
    for section, lines in sections:
        if section.starts_group and spare > 0:
            gap = min(3, -(-spare // max(1, groups)))
            stacked += [[] for _ in range(gap)]
            spare -= gap
            groups -= 1
        stacked += lines
    return [*stacked, *([] for _ in range(room - len(stacked)))][:room]


def _header(view: View, loading: str, glyphs: Glyphs) -> RenderableType:
    header = Table.grid(expand=True, padding=(0, 1))
    header.add_column(no_wrap=True)
    header.add_column(no_wrap=True, justify="right")
    state, style = _state_of_ears(view, loading)
    header.add_row(
        Text.assemble(("voice coach", "bold cyan"), ("  " + _PHASES[view.phase], "dim")),
        Text(f"{glyphs.ear} {state}", style),
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


def _sections(view: View, now: float, glyphs: Glyphs, width: int, height: int) -> Iterator[_Section]:
    countdown = view.countdown
    yield _Section("title", lambda: _title(view), drop_priority=0)
    if view.step_number:
        yield _Section("progress", lambda: _progress(view, glyphs), drop_priority=7, starts_group=False)
    if view.faults:
        lines = Text("\n".join(view.faults), "bold red")
        yield _Section("troubles", lambda: _labelled("Trouble", lines), drop_priority=0)
    if countdown:
        yield _Section("clock", lambda: _clock(countdown, now, glyphs, width, height), drop_priority=1, is_running=True)
        yield _Section("bar", lambda: _bar(countdown, now, glyphs, width), drop_priority=6, is_running=True)
    if view.saying:
        yield _Section("saying", lambda: _labelled("Coach", Text(view.saying, "bold")), drop_priority=2)
    if view.question:
        asked = Text(view.question, "bold magenta")
        yield _Section("question", lambda: _labelled("Asked", asked), drop_priority=0, starts_group=not view.saying)
    if view.heard or view.heard_note:
        is_alone = not (view.saying or view.question)
        yield _Section("heard", lambda: _labelled("You", _heard(view)), drop_priority=3, starts_group=is_alone)
    if view.may_say:
        yield _Section("may say", lambda: _labelled("Say", _may_say(view, width)), drop_priority=4)


def _title(view: View) -> Text:
    if not view.step_number:
        return Text(view.title or "Welcome", "bold")
    step = (f"Step {view.step_number} of {view.step_count}   ", "cyan")
    return Text.assemble(step, (view.title, "bold"))


def _progress(view: View, glyphs: Glyphs) -> Text:
    done, here, to_come = glyphs.dots
    return Text.assemble(
        (f"{done} " * (view.step_number - 1), "green"),
        (f"{here} ", "bold cyan"),
        (f"{to_come} " * (view.step_count - view.step_number), "dim"),
    )


def _clock(countdown: CountdownView, now: float, glyphs: Glyphs, width: int, height: int) -> Text:
    text = clock_text(remaining_seconds(countdown, now))
    style = "bold green" if countdown.ends_at is not None else "dim"
    scale = 2 if height >= 34 and width >= 72 else 1  # noqa: PLR2004 - what twice the size needs
    if height < 16 or width < 40:  # noqa: PLR2004 - too small for big digits
        return Text(text, style)
    lines = _big(text, scale, glyphs.block)
    margin = " " * ((width - len(lines[0])) // 2)
    return Text("\n".join(margin + line for line in lines), style, no_wrap=True)


def _bar(countdown: CountdownView, now: float, glyphs: Glyphs, width: int) -> Text:
    share = remaining_seconds(countdown, now) / max(countdown.total_seconds, 1.0)
    parts = round((1 - min(1.0, share)) * width * BAR_PARTS)
    whole, rest = divmod(parts, BAR_PARTS)
    bar = glyphs.bar[-1] * whole
    if rest and len(glyphs.bar) == BAR_PARTS:
        bar += glyphs.bar[rest - 1]
    return Text.assemble((bar, "green"), (glyphs.track * (width - len(bar)), "dim"))


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
    """Return the items side by side, in as many lines as they need; no item is broken."""
    lines = [Text()]
    for item in items:
        if lines[-1] and lines[-1].cell_len + len(_BETWEEN) + item.cell_len > width:
            lines.append(Text())
        lines[-1] = lines[-1] + Text(_BETWEEN) + item if lines[-1] else item
    return Text("\n").join(lines)


def _big(text: str, scale: int, block: str) -> list[str]:
    """Draw big digits and colons, each from three by five points.

    Args:
        text: Only 0-9 and ":".
        scale: 1 draws a point as 2 by 1 characters (which is about square), 2 as 4 by 2.
        block: The character of a drawn point.

    Returns:
        5 * scale lines of equal width.
    """
    lines = []
    for row in range(_DIGIT_ROWS):
        points = " ".join(_DIGITS[letter][row] for letter in text)
        line = "".join((block if point == "#" else " ") * 2 * scale for point in points)
        lines += [line] * scale
    return lines
