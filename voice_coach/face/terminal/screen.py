"""Lays a view out as lines for a terminal of any size, and writes only the lines that changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from voice_coach.face.base import NO_NOTICE, beside_instruction, clock_text, remaining_seconds
from voice_coach.face.terminal.keyboard import choice_keys, useful_keys
from voice_coach.language.intents import SLOTS
from voice_coach.routines import Phase
from voice_coach.session.view import Attention, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console, RenderableType

    from voice_coach.face.base import Notice
    from voice_coach.face.terminal.keyboard import Key
    from voice_coach.language.wording import Sentences
    from voice_coach.session.view import CountdownView, View

ScreenLines = list[list[Segment]]

BAR_PARTS = 8
"""Lengths that the bar can have within one character."""
_MARGIN = 2
_LABEL_GAP = 2
_BETWEEN = "   "
_WIDE_COLUMNS = 100
"""Columns from which the list of steps stands beside the rest."""
_COLUMN_GAP = 4
_WIDEST_LIST = 3
"""The list of steps takes at most this part of the page: a third."""
_ESSENTIAL = 2
"""Sections with at most this `drop_priority` are worth more than the line of keys."""
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
    dots: Mapping[Progress, str]
    """The character before a step, by its progress."""
    ear: str
    rule: str


_UNICODE = Glyphs("█", "▏▎▍▌▋▊▉█", "─", dict(zip(Progress, "●◉○╌", strict=True)), "●", "─")
_ASCII = Glyphs("#", "=", "-", dict(zip(Progress, "#@-x", strict=True)), "*", "-")
_PROGRESS_STYLES = {
    Progress.DONE: ("green", "dim"),
    Progress.NOW: ("bold cyan", "bold"),
    Progress.TO_COME: ("dim", ""),
    Progress.LEFT_OUT: ("dim", "dim strike"),
}
"""The styles of the character before a step and of its title."""


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


@dataclass(frozen=True, slots=True)
class _Frame:
    """Everything that one drawing of the page depends on."""

    view: View
    now: float
    """The time in monotonic seconds."""
    loading: str
    texts: Sentences
    glyphs: Glyphs
    width: int
    """Columns within the margins."""
    height: int
    """Lines of the terminal."""
    list_width: int = 0
    """Columns of the list of steps beside the rest; 0 where it does not fit."""

    @property
    def body_width(self) -> int:
        """Columns left of the list of steps."""
        return self.width - self.list_width - _COLUMN_GAP if self.list_width else self.width


class Page:
    """Draws views for one console. Sections that have not changed since the last drawing are not drawn again."""

    def __init__(self, console: Console, texts: Sentences, notice: Notice = NO_NOTICE) -> None:
        """Prepare to draw.

        Args:
            console: Knows the size, the colours and whether the terminal can draw Unicode.
            texts: The texts of the terminal.
            notice: The notice to show until the routine begins.
        """
        self._console = console
        self._texts = texts
        self._notice = notice
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
        columns, height = self._console.size
        if self._drawn_for != (view, loading, columns, height):
            self._drawn, self._drawn_for = {}, (view, loading, columns, height)
        width = max(1, columns - 2 * _MARGIN)
        frame = _Frame(view, now, loading, self._texts, self._glyphs, width, height, _list_width(view, columns, height))
        rule = [[Segment(self._glyphs.rule * width)]]
        head = [*self._draw(_Section("header", lambda: _header(frame), 0), width), *rule]
        foot = [*rule, *self._draw(_Section("keys", lambda: _keys(frame), 0), width)]
        sections = [*_sections(frame), *self._notice_for(view)]
        drawn = [(section, self._draw(section, frame.body_width)) for section in sections]
        essential = sum(len(lines) for section, lines in drawn if section.drop_priority <= _ESSENTIAL)
        if len(head + foot) > height // 2 or essential > height - len(head + foot):
            foot = []
        body = _fill(drawn, height - len(head + foot))
        if frame.list_width:
            steps = self._draw(_Section("steps", lambda: _steps(frame), 0), frame.list_width)
            body = _beside(body, steps, frame.body_width + _COLUMN_GAP)
        margin = Segment(" " * _MARGIN)
        return [Segment.adjust_line_length([margin, *line], columns) for line in [*head, *body, *foot]][:height]

    def _notice_for(self, view: View) -> Iterator[_Section]:
        if view.phase is not Phase.IDLE or not self._notice.lines:
            return
        yield _Section("notice", lambda: Text("\n".join(self._notice.lines), "dim"), drop_priority=6)
        if self._notice.picture and not self._console.options.ascii_only:
            picture = Text("\n".join(self._notice.picture), "white on black", no_wrap=True)
            captioned = Group(Text(self._notice.caption, "dim"), picture) if self._notice.caption else picture
            yield _Section("picture", lambda: captioned, drop_priority=9, starts_group=False)

    def _draw(self, section: _Section, width: int) -> ScreenLines:
        if section.is_running or section.name not in self._drawn:
            options = self._console.options.update(width=width, height=None)
            self._drawn[section.name] = self._console.render_lines(section.draw(), options, pad=False)
        return self._drawn[section.name]


def bar_cells(width: int) -> int:
    """Return how many different lengths the bar has at most on a page of this width."""
    return (width - 2 * _MARGIN) * BAR_PARTS


def _list_width(view: View, columns: int, height: int) -> int:
    """Return the columns that the list of steps needs beside the rest; 0 where there is no room or no step."""
    if columns < _WIDE_COLUMNS or len(view.steps) > height // 2 or not view.steps:
        return 0
    longest = max(cell_len(step.title) for step in view.steps)
    return min(longest + 2, (columns - 2 * _MARGIN) // _WIDEST_LIST)


def _beside(left: ScreenLines, right: ScreenLines, width: int) -> ScreenLines:
    """Put the lines of a column, which is as wide as given, beside those of another; both begin on the same line."""
    empty: list[Segment] = []
    first = next((row for row, line in enumerate(left) if line), 0)
    above = min(first, len(left) - len(right))
    rows = zip_longest(left, [empty] * above + right, fillvalue=empty)
    return [[*Segment.adjust_line_length(line, width), *beside] for line, beside in rows][: len(left)]


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


def _header(frame: _Frame) -> RenderableType:
    """Draw the first line: name and phase on the left, and the state of the ears, which is never cut, on the right."""
    state, style = _state_of_ears(frame)
    ears = Text(f"{frame.glyphs.ear} {state}", style)
    phase = (frame.texts.say(f"phase.{frame.view.phase.value}"), "dim")
    room = frame.width - ears.cell_len - 1
    left = Text.assemble((frame.texts.say("page.name"), "bold cyan"), "  ", phase)
    if left.cell_len > room:
        left = Text.assemble(phase)
    left.truncate(max(0, room), overflow="ellipsis", pad=True)
    return Text.assemble(left, " ", ears, no_wrap=True)


def _state_of_ears(frame: _Frame) -> tuple[str, str]:
    texts, view = frame.texts, frame.view
    match view.attention:
        case Attention.LOADING:
            return f"{texts.say('ears.loading')} {frame.loading}".strip(), "yellow"
        case Attention.STANDBY:
            return texts.say("ears.standby"), "dim"
        case Attention.DEAF:
            return texts.say("ears.deaf"), "bold red"
        case Attention.CLOSED:
            return texts.say("ears.closed"), "dim"
        case Attention.LISTENING:
            return (
                (texts.say("ears.hearing"), "bold green") if view.is_hearing else (texts.say("ears.listening"), "green")
            )


def _sections(frame: _Frame) -> Iterator[_Section]:
    view, texts = frame.view, frame.texts
    saying = beside_instruction(view)
    yield _Section("title", lambda: _title(frame), drop_priority=0)
    if view.step_number and not frame.list_width:
        yield _Section("progress", lambda: _progress(frame), drop_priority=8, starts_group=False)
    if view.faults:
        lines = Text("\n".join(view.faults), "bold red")
        yield _Section("troubles", lambda: _labelled(frame, texts.say("label.trouble"), lines), drop_priority=0)
    if view.instruction:
        yield _Section("instruction", lambda: Text(view.instruction, "bold"), drop_priority=2)
    yield from _times(frame)
    if saying:
        spoken = Text(saying, "" if view.instruction else "bold")
        yield _Section("saying", lambda: _labelled(frame, texts.say("label.coach"), spoken), drop_priority=3)
    if view.question:
        asked = _labelled(frame, texts.say("label.question"), Text(view.question, "bold magenta"))
        yield _Section("question", lambda: asked, drop_priority=0, starts_group=not saying)
    if view.heard or view.heard_note:
        heard, is_alone = _heard(view), not (saying or view.question)
        yield _Section(
            "heard", lambda: _labelled(frame, texts.say("label.heard"), heard), drop_priority=4, starts_group=is_alone
        )
    if view.may_say:
        phrases = _row([Text(phrase, "cyan") for phrase in view.may_say], _beside_labels(frame))
        yield _Section("may say", lambda: _labelled(frame, texts.say("label.may_say"), phrases), drop_priority=5)
    if view.choices:
        yield _Section("choices", lambda: _choices(frame), drop_priority=6)


def _times(frame: _Frame) -> Iterator[_Section]:
    """Yield the sections that change with the time: the countdown of the mask, and the timers beside it."""
    countdown = frame.view.countdown
    if countdown:
        yield _Section("clock", lambda: _clock(frame, countdown), drop_priority=1, is_running=True)
        yield _Section("bar", lambda: _bar(frame, countdown), drop_priority=7, is_running=True)
    if frame.view.timers:
        yield _Section("timers", lambda: _timers(frame), drop_priority=2, is_running=True)


def _timers(frame: _Frame) -> RenderableType:
    """Draw the timers beside the mask, each with its time."""
    texts = [
        Text.assemble(f"{timer.name} ", (clock_text(remaining_seconds(timer.countdown, frame.now)), "bold"))
        for timer in frame.view.timers
    ]
    return _labelled(frame, frame.texts.say("label.timers"), _row(texts, _beside_labels(frame)))


def _title(frame: _Frame) -> Text:
    view, texts = frame.view, frame.texts
    if not view.step_number or view.phase is Phase.DONE:
        return Text(view.title or texts.say("page.welcome"), "bold")
    step = texts.say("page.step", number=view.step_number, count=view.step_count)
    return Text.assemble((f"{step}   ", "cyan"), (view.title, "bold"))


def _progress(frame: _Frame) -> Text:
    view, dots = frame.view, frame.glyphs.dots
    is_here = view.phase is not Phase.DONE
    parts = {
        Progress.DONE: view.step_number - is_here,
        Progress.NOW: int(is_here),
        Progress.TO_COME: view.step_count - view.step_number,
    }
    return Text.assemble(
        *((f"{dots[progress]} " * count, _PROGRESS_STYLES[progress][0]) for progress, count in parts.items())
    )


def _steps(frame: _Frame) -> Text:
    """Draw the list of steps, a line for each; a title that is too long is cut."""
    lines = []
    for step in frame.view.steps:
        dot, title = _PROGRESS_STYLES[step.progress]
        line = Text.assemble((f"{frame.glyphs.dots[step.progress]} ", dot), (step.title, title))
        line.truncate(frame.list_width, overflow="ellipsis")
        lines.append(line)
    return Text("\n").join(lines)


def _clock(frame: _Frame, countdown: CountdownView) -> Text:
    text = clock_text(remaining_seconds(countdown, frame.now))
    style = "bold green" if countdown.ends_at is not None else "dim"
    width, height = frame.body_width, frame.height
    scale = 2 if height >= 34 and width >= 72 else 1  # noqa: PLR2004 - what twice the size needs
    if height < 16 or width < 40:  # noqa: PLR2004 - too small for big digits
        return Text(text, style)
    lines = _big(text, scale, frame.glyphs.block)
    margin = " " * ((width - len(lines[0])) // 2)
    return Text("\n".join(margin + line for line in lines), style, no_wrap=True)


def _bar(frame: _Frame, countdown: CountdownView) -> Text:
    width, glyphs = frame.body_width, frame.glyphs
    share = remaining_seconds(countdown, frame.now) / max(countdown.total_seconds, 1.0)
    parts = round((1 - min(1.0, share)) * width * BAR_PARTS)
    whole, rest = divmod(parts, BAR_PARTS)
    bar = glyphs.bar[-1] * whole
    if rest and len(glyphs.bar) == BAR_PARTS:
        bar += glyphs.bar[rest - 1]
    return Text.assemble((bar, "green"), (glyphs.track * (width - len(bar)), "dim"))


def _labelled(frame: _Frame, label: str, content: Text) -> RenderableType:
    row = Table.grid(padding=(0, _LABEL_GAP, 0, 0))
    row.add_column(width=_label_width(frame))
    row.add_column()
    row.add_row(Text(label, "dim"), content)
    return row


def _label_width(frame: _Frame) -> int:
    return max(cell_len(text) for name, text in frame.texts.texts.items() if name.startswith("label."))


def _beside_labels(frame: _Frame) -> int:
    """Return the columns that are left beside a label."""
    return frame.body_width - _label_width(frame) - _LABEL_GAP


def _heard(view: View) -> Text:
    if not view.heard_note:
        return Text(view.heard, "green")
    words = (f"{view.heard}  ", "yellow") if view.heard else ""
    return Text.assemble(words, (view.heard_note, "dim"))


def _choices(frame: _Frame) -> RenderableType:
    """Draw what can be chosen, each with its key; what is chosen is bold, and where there is room, masks have times."""
    rows = (
        (frame.texts.say(f"label.{SLOTS[intent]}"), _key_row(frame, keys, _beside_labels(frame)))
        for intent, keys in choice_keys(frame.view).items()
    )
    return Group(*(_labelled(frame, name, row) for name, row in rows))


def _keys(frame: _Frame) -> Text:
    return _key_row(frame, useful_keys(frame.view), frame.width)


def _key_row(frame: _Frame, keys: tuple[Key, ...], width: int) -> Text:
    return _row([_key(frame, key) for key in keys], width)


def _key(frame: _Frame, key: Key) -> Text:
    label, choice = key.label(frame.texts), key.choice
    if choice and choice.detail and frame.width >= _WIDE_COLUMNS:
        label = f"{label}, {choice.detail}"
    style = "cyan" if choice and choice.is_chosen else "dim"
    return Text.assemble((key.name(frame.texts), "bold"), (f" {label}", style))


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
