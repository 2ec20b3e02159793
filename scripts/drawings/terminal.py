"""Draw docs/terminal.svg, the picture in the README: the real session, led to the countdown, on the real page."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.segment import Segment, Segments

from voice_coach.core.commands import Show
from voice_coach.core.events import EarsReady, Event, Heard, SpeechEnded, Started, Ticked
from voice_coach.core.intents import Intent
from voice_coach.core.session import new_session, next_deadline, step
from voice_coach.core.view import Phase, View
from voice_coach.face.page import Page
from voice_coach.library import load_routine, load_wording

PICTURE = Path(__file__).parents[2] / "docs" / "terminal.svg"
WIDTH, HEIGHT = 80, 24
ASKED_AT_SECONDS = 400.0
"""Into the countdown, when the person asks how much time is left."""


class Scene:
    """A session played with a clock of our own."""

    def __init__(self) -> None:
        self._session = new_session(load_routine("facial_mask", "en"), load_wording("en"))
        self.view = View(phase=Phase.IDLE)
        self.now = 0.0
        self.play(Started(is_daytime=True))
        self.play(EarsReady(engine="moonshine"))

    def play(self, event: Event) -> None:
        """Let one event happen now."""
        self._session, commands = step(self._session, replace(event, at=self.now))
        self.view = [command.view for command in commands if isinstance(command, Show)][-1]

    def wait(self, seconds: float) -> None:
        """Let time pass; whatever is being said ends at once."""
        end = self.now + seconds
        while True:
            if self._session.saying:
                self.play(SpeechEnded(utterance_id=self._session.saying.utterance_id))
            deadline = next_deadline(self._session)
            if deadline is None or deadline > end:
                break
            self.now = max(self.now, deadline)
            self.play(Ticked())
        self.now = end


def main() -> None:
    """Play the scene and draw its last view."""
    scene = Scene()
    scene.play(Heard(intent=Intent.START, text="start the mask"))
    while scene.view.phase is not Phase.HOLDING:
        scene.wait(5.0)
        scene.play(Heard(intent=Intent.NEXT, text="next step"))
    scene.wait(ASKED_AT_SECONDS)
    scene.play(Heard(intent=Intent.TIME_LEFT, text="how much time is left"))

    console = Console(
        record=True, width=WIDTH, height=HEIGHT, force_terminal=True, color_system="truecolor", file=io.StringIO()
    )
    for line in Page(console).lines(scene.view, scene.now):
        console.print(Segments([*line, Segment.line()]), end="", soft_wrap=True)
    drawing = console.export_svg(title="voice-coach start", unique_id="page")
    # A picture loads nothing from the network: without the addresses of a font, the reader's own is taken.
    drawing = re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL)
    PICTURE.write_text(re.sub(r"[ \t]+$", "", drawing, flags=re.MULTILINE), encoding="utf-8")


if __name__ == "__main__":
    main()
