"""Draw docs/terminal.svg, the picture in the README: the real session, led to the countdown, on the real page."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.segment import Segment, Segments
from scene import Scene

from voice_coach.face.base import load_texts
from voice_coach.face.terminal.screen import Page
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.routines import Phase

PICTURE = Path(__file__).parents[2] / "docs" / "terminal.svg"
WIDTH, HEIGHT = 80, 24
ASKED_AT_SECONDS = 400.0
"""Into the countdown, when the person asks how much time is left."""


def main() -> None:
    """Play the scene and draw its last view."""
    scene = Scene()
    scene.say(Intent.START)
    scene.go_on_to(Phase.HOLDING)
    scene.wait(ASKED_AT_SECONDS)
    scene.say(Intent.TIME_LEFT)

    console = Console(
        record=True, width=WIDTH, height=HEIGHT, force_terminal=True, color_system="truecolor", file=io.StringIO()
    )
    for line in Page(console, load_texts(load_language("en"))).lines(scene.view, scene.now):
        console.print(Segments([*line, Segment.line()]), end="", soft_wrap=True)
    drawing = console.export_svg(title="voice-coach start", unique_id="page")
    # A picture loads nothing from the network: without the addresses of a font, the reader's own is taken.
    drawing = re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL)
    PICTURE.write_text(re.sub(r"[ \t]+$", "", drawing, flags=re.MULTILINE), encoding="utf-8")


if __name__ == "__main__":
    main()
