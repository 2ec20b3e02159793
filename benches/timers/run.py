"""Runs the bench of timers by name: three of them and a mask, and the coach is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benches.common.publishing import parser_of
from benches.common.running import environment_of
from voice_coach import clock
from voice_coach.client import Coach
from voice_coach.language.intents import Intent
from voice_coach.mouth.speaker import synthesise
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.recorder import find_onset
from voice_coach.rehearsal.virtual_card import VirtualCard
from voice_coach.routines import Phase
from voice_coach.session.commands import Sound

if TYPE_CHECKING:
    from voice_coach.rehearsal.recorder import Recording

_PORT = 8769
_TIMERS = {"eye_patches": 1, "hair_mask": 2, "lip_mask": 3}
"""The minutes of each timer."""
_HOLD_SECONDS = 100
_KILLED_AFTER_SECONDS = 20.0
_READY_SECONDS = 60.0
_AROUND_SECONDS = 1.0
_ALIKE_ENOUGH = 0.3
"""The likeness from which a chime counts as found; a sentence may be spoken over it."""
_MOST_MS = 50.0


def main() -> int:
    """Measure once; returns the exit status."""
    parser_of("timers").parse_args()
    with VirtualCard() as card, tempfile.TemporaryDirectory() as folder:
        environment = environment_of(card, folder)
        arguments = ["--page", str(_PORT), "--hold-seconds", str(_HOLD_SECONDS), "--daytime"]
        log = Path(folder, "log")
        card.start_recording()
        _tell("three timers beside a mask")
        with CoachProcess(arguments, environment, log, lambda _line: None) as coach:
            if not coach.wait_until(lambda state: state.is_listening, _READY_SECONDS):
                raise RuntimeError(coach.complaint())
            dues = _set_timers()
            time.sleep(_KILLED_AFTER_SECONDS)
            os.kill(coach.pid, signal.SIGKILL)
            coach.exit_status(_READY_SECONDS)
        _tell("the coach was killed and is started again")
        with CoachProcess(arguments, environment, log, lambda _line: None) as coach:
            coach.wait_until(lambda state: state.is_listening, _READY_SECONDS)
            time.sleep(max(0.0, max(dues.values()) + 3 * _AROUND_SECONDS - clock.now()))
            said = [line["text"] for line in coach.state.lines if line["name"] == "Speak"]
        recording = card.stop_recording()
    found = {name: _off_ms(recording, due) for name, due in dues.items()}
    announced = sum("time's up" in text for text in said)
    print(json.dumps({"off_ms": found, "announced": announced, "killed_after_s": _KILLED_AFTER_SECONDS}))
    is_in_time = all(off is not None and abs(off) <= _MOST_MS for off in found.values())
    return 0 if is_in_time and announced == len(_TIMERS) else 1


def _set_timers() -> dict[str, float]:
    """Go on to the hold, set all timers, and return when each is due, in monotonic seconds."""
    coach = Coach(f"http://127.0.0.1:{_PORT}")
    coach.say(Intent.START.value)
    while coach.state()["phase"] != Phase.HOLDING.value:
        coach.say(Intent.NEXT.value)
    for name, minutes in _TIMERS.items():
        coach.say(Intent.TIMER.value, minutes=minutes, value=name)
    ends = (timer["ends_at"] for timer in coach.state()["timers"])  # the next one to ring first
    return dict(zip(_TIMERS, ends, strict=True))


def _off_ms(recording: Recording, due: float) -> float | None:
    """Return the milliseconds by which a chime began late; None where none is found."""
    start = recording.seconds_at(due) - _AROUND_SECONDS
    part = recording.slice(start, start + 3 * _AROUND_SECONDS)
    sample, likeness = find_onset(part.speaker, synthesise(Sound.CHIME, part.rate))
    return round(1e3 * (sample / part.rate - _AROUND_SECONDS), 1) if likeness >= _ALIKE_ENOUGH else None


def _tell(text: str) -> None:
    print(f"==> {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
