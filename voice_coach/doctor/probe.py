"""Runs one check in its own process: `python -m voice_coach.doctor.probe NAME CONTEXT` prints a finding as JSON.

CONTEXT is the JSON that `CheckContext.as_json` returns.
"""

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
    """Run the check and print its finding; the output of libraries is discarded, so that stdout holds only JSON."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        name, given = sys.argv[1], json.loads(sys.argv[2])
        settings = Settings(**given["settings"])
        circumstances = CheckContext(load_language(settings.language), load_routine, settings, given["is_running"])
        check = next(check for check in checks(with_loop=True) if check.name == name)
        json.dump(check.look(circumstances).as_json(), answer)
        answer.flush()
        os._exit(0)  # sound libraries may hang at a normal exit


if __name__ == "__main__":
    main()
