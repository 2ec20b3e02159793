"""Runs the bench of everything that connects the coach with a home: the same coach alone, and with all of it on.

"Everything" is the page with a program that follows it, MQTT with a real broker, the Wyoming server, a trained wake
word and a timer. While idle, all listen to silence; replies are measured in the sound of the card.

Then questions are asked in the hold while its sound plays, and the microphone hears the speaker nearly as loudly as it
plays.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benches.common.publishing import parser_of
from benches.common.running import environment_of, percent_of_a_core
from benches.home_assistant.house import Mosquitto, free_port
from voice_coach.client import Coach, CoachUnreachableError
from voice_coach.language.intents import Intent
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import VOICES, Person
from voice_coach.rehearsal.recorder import end_of_speech, first_sound
from voice_coach.rehearsal.virtual_card import VirtualCard
from voice_coach.routines import Phase
from voice_coach.session.commands import BACKGROUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.rehearsal.recorder import Recording

_READY_SECONDS = 120.0
_SETTLING_SECONDS = 8.0
_ANSWER_SECONDS = 6.0
_QUESTIONS = ("which step is this", "what comes next", "go back one step", "next step")
_MOST_MORE_PERCENT = 1.0
"""Points of a core that everything may cost an idle coach."""
_MOST_LATER_MS = 50.0
"""Milliseconds by which the median reply may be later; two runs of the same coach differ by less."""
_IN_THE_HOLD = {
    "how much time is left": Intent.TIME_LEFT, "which step is this": Intent.WHICH_STEP,
    "what comes next": Intent.WHATS_NEXT, "why is that": Intent.WHY, "add one minute": Intent.ADD_TIME,
    "who says so": Intent.WHO_SAYS, "repeat that please": Intent.REPEAT, "one minute less": Intent.CUT_TIME,
}  # fmt: skip
_STEPS_TO_THE_HOLD = 3
_ECHO_DB = -6.0
"""Gain from the speaker to the microphone while the hold's sound plays."""
_MOST_MISSED = 0.05
"""The share of questions that may be missed beside it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one way to live."""

    idle_percent: float
    """Of one core, of all processes of the coach and of the Wyoming server, while nobody speaks."""
    replies_ms: tuple[float, ...]
    """From the end of each question to the first sound of its answer."""
    unanswered: int

    def as_json(self) -> dict[str, object]:
        """Return the figures of the cost."""
        middle, late = (round(float(np.percentile(self.replies_ms, share))) for share in (50, 95))
        return {
            "idle_percent": round(self.idle_percent, 2), "reply_median_ms": middle, "reply_95_ms": late,
            "answered": len(self.replies_ms), "unanswered": self.unanswered,
        }  # fmt: skip


def main() -> int:
    """Measure both ways by turns; returns the exit status."""
    parser = parser_of("at-home")
    parser.add_argument("--idle-seconds", type=float, default=60.0, help="how long to watch the idle coach [60]")
    parser.add_argument("--questions", type=int, default=24, help="how many are asked [24]")
    options = parser.parse_args()
    alone = _measure(options.idle_seconds, options.questions, is_at_home=False)
    at_home = _measure(options.idle_seconds, options.questions, is_at_home=True)
    heard = {sound: _heard_beside(sound, options.questions) for sound in BACKGROUNDS}
    print(
        json.dumps({"alone": alone.as_json(), "at_home": at_home.as_json(), "asked": options.questions, "heard": heard})
    )
    later = float(np.median(at_home.replies_ms) - np.median(alone.replies_ms))
    is_cheap = at_home.idle_percent - alone.idle_percent <= _MOST_MORE_PERCENT
    is_answered = at_home.unanswered <= alone.unanswered
    is_heard = min(heard.values()) >= (1 - _MOST_MISSED) * options.questions
    return 0 if is_cheap and is_answered and is_heard and later <= _MOST_LATER_MS else 1


def _measure(idle_seconds: float, questions: int, *, is_at_home: bool) -> Cost:
    _tell("with everything switched on" if is_at_home else "alone")
    with ExitStack() as house:
        folder = Path(house.enter_context(tempfile.TemporaryDirectory()))
        card = house.enter_context(VirtualCard())
        environment = environment_of(card, str(folder))
        port, settings = free_port(), ""
        if is_at_home:
            broker = house.enter_context(Mosquitto(folder))
            broker_url = f"mqtt://127.0.0.1:{broker.port}"
            settings = f'mqtt_url = "{broker_url}"\nwake_word = "hey_jarvis"\npage = {port}\n'
        coach = house.enter_context(_coach_with(settings, folder, environment))
        pids = [coach.pid]
        if is_at_home:
            pids.append(house.enter_context(_wyoming(environment)))
            house.enter_context(_followed(port))
        coach.wait_until(lambda state: state.is_silent, _READY_SECONDS)
        time.sleep(_SETTLING_SECONDS)
        idle = percent_of_a_core(pids, idle_seconds)
        if is_at_home:
            Coach(f"http://127.0.0.1:{port}").say("timer", minutes=60, value="hair_mask")
        return Cost(idle, *_replies(coach, card, folder, questions))


@contextmanager
def _coach_with(settings: str, folder: Path, environment: dict[str, str]) -> Iterator[CoachProcess]:
    """Start a coach with settings; give it once it listens."""
    file = folder / "voice-coach" / "settings.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(settings)
    with CoachProcess(["--daytime"], environment, folder / "log", lambda _line: None) as coach:
        if not coach.wait_until(lambda state: state.is_listening, _READY_SECONDS):
            raise RuntimeError(coach.complaint())
        yield coach


def _replies(coach: CoachProcess, card: VirtualCard, folder: Path, questions: int) -> tuple[tuple[float, ...], int]:
    """Ask one thing after the other by voice; return the time of each answer in ms, and how many got none."""
    person = Person(card, folder)
    asked = [(VOICES[number % len(VOICES)], _QUESTIONS[number % len(_QUESTIONS)]) for number in range(questions)]
    person.learn([(VOICES[0], "start the mask"), *asked])
    taken = [_ask(coach, card, person, voice, text) for voice, text in [(VOICES[0], "start the mask"), *asked]]
    replies = tuple(one for one in taken[1:] if one is not None)
    return replies, len(taken) - 1 - len(replies)


def _ask(coach: CoachProcess, card: VirtualCard, person: Person, voice: str, text: str) -> float | None:
    card.start_recording()
    person.say(voice, text)
    time.sleep(1.0)  # the answer has begun by then, or comes late
    coach.wait_until(lambda state: state.is_silent, _ANSWER_SECONDS * 3)
    recording: Recording = card.stop_recording()
    ended = end_of_speech(recording.microphone, recording.rate)
    answered = None if ended is None else first_sound(recording.speaker, recording.rate, after=ended)
    return None if ended is None or answered is None else 1e3 * (answered - ended)


def _heard_beside(sound: str, questions: int) -> int:
    """Return how many questions are understood, each once and rightly, in the hold while a sound plays."""
    _tell(f"in the hold, beside {sound}")
    with ExitStack() as house:
        folder = Path(house.enter_context(tempfile.TemporaryDirectory()))
        card = house.enter_context(VirtualCard())
        coach = house.enter_context(_coach_with(f'hold_sound = "{sound}"\n', folder, environment_of(card, str(folder))))
        coach.wait_until(lambda state: state.is_silent, _READY_SECONDS)
        card.let_microphone_hear_speaker(_ECHO_DB)
        person, voices = Person(card, folder), cycle(VOICES)
        for text in ("start the mask", *["next step"] * _STEPS_TO_THE_HOLD):
            _ask(coach, card, person, VOICES[0], text)
        if coach.state.phase != Phase.HOLDING:
            raise RuntimeError("the coach did not come to the hold")
        return sum(
            _intents(coach, card, person, next(voices), text) == [_IN_THE_HOLD[text].value]
            for text in islice(cycle(_IN_THE_HOLD), questions)
        )


def _intents(coach: CoachProcess, card: VirtualCard, person: Person, voice: str, text: str) -> list[str]:
    """Ask something; return the intents that the coach takes from it."""
    known = len(coach.state.lines)
    _ask(coach, card, person, voice, text)
    return [line["intent"] for line in coach.state.lines[known:] if line["name"] == "CommandHeard"]


@contextmanager
def _wyoming(environment: dict[str, str]) -> Iterator[int]:
    """The Wyoming server beside the coach; gives its process id once it serves."""
    port = free_port()
    command = [sys.executable, "-m", "voice_coach", "wyoming", "--port", str(port), "--no-zeroconf"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None  # noqa: S101 - a pipe was asked for
        server.stdout.readline()  # it says where it serves
        yield server.pid
        server.terminate()


@contextmanager
def _followed(port: int) -> Iterator[None]:
    """A light, say, follows the page."""

    def follow() -> None:
        with suppress(CoachUnreachableError):
            for _state in Coach(f"http://127.0.0.1:{port}").states():
                pass

    threading.Thread(target=follow, daemon=True).start()
    yield


def _tell(text: str) -> None:
    print(f"==> {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
