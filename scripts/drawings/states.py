"""Draw the state diagram of the core from its own table: docs/states.dot, and docs/states.svg with Graphviz."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from voice_coach.core.diagram import states_in_dot

DOT_FILE = Path(__file__).parents[2] / "docs" / "states.dot"


def main() -> int:
    """Write both files; without Graphviz only the first."""
    DOT_FILE.write_text(states_in_dot(), encoding="utf-8")
    dot = shutil.which("dot")
    if dot is None:
        print(f"Wrote {DOT_FILE.name} only: install graphviz to draw the SVG too.", file=sys.stderr)
        return 1
    subprocess.run([dot, "-Tsvg", str(DOT_FILE), "-o", str(DOT_FILE.with_suffix(".svg"))], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
