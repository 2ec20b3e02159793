"""Prints the coverage of voice_coach, a line for each room, from what pytest-cov has left in .coverage."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path, PurePath

_COUNTS = ("covered_lines", "num_statements", "covered_branches", "num_branches")


def main() -> None:
    """Print the table, the sum last."""
    rooms: dict[str, Counter[str]] = {}
    for name, counts in _by_file().items():
        parts = PurePath(name).parts
        room = f"{parts[1]}/" if len(parts) > len(("voice_coach", "file")) else "(files beside the rooms)"
        for key in (room, "all"):
            rooms.setdefault(key, Counter()).update(counts)
    rooms["all"] = rooms.pop("all")
    print(f"{'room':<26}{'lines':>14}{'branches':>16}{'covered':>9}")
    for room, of in rooms.items():
        covered, known = of[_COUNTS[0]] + of[_COUNTS[2]], of[_COUNTS[1]] + of[_COUNTS[3]]
        lines, branches = f"{of[_COUNTS[0]]}/{of[_COUNTS[1]]}", f"{of[_COUNTS[2]]}/{of[_COUNTS[3]]}"
        print(f"{room:<26}{lines:>14}{branches:>16}{100 * covered / max(known, 1):>8.1f}%")


def _by_file() -> dict[str, dict[str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)], check=True)
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return {name: {key: file["summary"][key] for key in _COUNTS} for name, file in files.items()}


if __name__ == "__main__":
    main()
