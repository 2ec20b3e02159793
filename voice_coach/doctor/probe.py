"""One check in a process of its own: `python -m voice_coach.doctor.probe NAME CIRCUMSTANCES` prints a finding."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from voice_coach.doctor.finding import CheckContext
from voice_coach.doctor.runner import checks
from voice_coach.library import load_language, load_routine
from voice_coach.memory.settings import Settings


def main() -> None:
    """Make the check. What libraries print goes nowhere; the finding has a descriptor of its own."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        name, given = sys.argv[1], json.loads(sys.argv[2])
        settings = Settings(**given["settings"])
        circumstances = CheckContext(load_language(settings.language), load_routine, settings, given["is_running"])
        check = next(check for check in checks(with_loop=True) if check.name == name)
        json.dump(check.look(circumstances).as_json(), answer)
        answer.flush()
        os._exit(0)  # libraries of sound may hang when they are torn down


if __name__ == "__main__":
    main()
