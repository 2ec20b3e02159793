"""The played part: a person interrupts the running coach on the virtual sound card, where the coach hears itself."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benches.common.acoustics import active_level
from benches.duplex.scenes import spoken
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.models.catalogue import AUTO
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.speech_renderer import SpeechRenderer
from voice_coach.mouth.synthesizers import open_voice
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import SPEAKING_LEVEL, VOICES, Person
from voice_coach.rehearsal.measure import Attempt, judge, measure_replies
from voice_coach.rehearsal.rehearsal_script import RehearsalTurn, TurnMoment
from voice_coach.rehearsal.virtual_card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.rehearsal.coach_process import CoachState
    from voice_coach.rehearsal.recorder import Recording


_READY_SECONDS, _MOMENT_SECONDS, _HEARING_SECONDS = 120.0, 60.0, 1.5
_INTO_SPEECH_SECONDS = 0.8
_QUESTIONS = (
    ("why is that", Intent.WHY),
    ("say that again", Intent.REPEAT),
    ("which step are we on", Intent.WHICH_STEP),
    ("what can i say", Intent.HELP),
    ("what comes next", Intent.WHATS_NEXT),
    ("tell me why", Intent.WHY),
)
"""Questions whose answers are long enough to be interrupted again."""


def interrupt(
    turns: int, echo_db: float, person_db: float, on_progress: Callable[[str], None]
) -> tuple[int, int, list[float]]:
    """Start the real program and talk over it.

    Args:
        turns: how often.
        echo_db: the echo's level against the person's usual one.
        person_db: this person's level against the echo's.
        on_progress: told what is said.

    Returns:
        How often the person was obeyed, wrong commands, and the seconds from the end of the last word to when
        the coach has broken off and something else begins.
    """
    # The person of the card speaks at one level; so the echo is made louder or softer, and the ratio stays.
    coach_level = float(np.median([active_level(sound) for _, sound in spoken()]))
    gain_db = 20 * float(np.log10(SPEAKING_LEVEL)) - coach_level - person_db
    on_progress(f"the echo at the microphone is {gain_db:+.1f} dB against what is played; asked for {echo_db:+g}")
    with VirtualCard() as card, tempfile.TemporaryDirectory() as folder:
        card.let_microphone_hear_speaker(gain_db)
        environment = {**card.environment, **{f"XDG_{kind}_HOME": folder for kind in ("CONFIG", "DATA", "STATE")}}
        card.start_recording()
        with CoachProcess(["--daytime"], environment, Path(folder) / "log", lambda _line: None) as coach:
            person = Person(card, Path(folder))
            coach.wait_until(lambda state: state.is_listening, _READY_SECONDS)
            coach.wait_until(lambda state: state.is_silent, _MOMENT_SECONDS)
            attempts = [_say(coach, person, _turn(VOICES[0], "start the mask", Intent.START))]
            for number in range(turns):
                text, intent = _QUESTIONS[number % len(_QUESTIONS)]
                coach.wait_until(_is_well_into_speech, _MOMENT_SECONDS)
                if not _is_well_into_speech(coach.state):
                    attempts.append(_say(coach, person, _turn(VOICES[0], "say that again", Intent.REPEAT)))
                    coach.wait_until(_is_well_into_speech, _MOMENT_SECONDS)
                on_progress(text)
                turn = _turn(VOICES[number % len(VOICES)], text, intent, TurnMoment.BARGE_IN)
                attempts.append(_say(coach, person, turn))
            recording, lines = card.stop_recording(), coach.state.lines
            words = {attempt.turn: person.sound(attempt.turn.voice, attempt.turn.text) for attempt in attempts}
    outcomes, wrong = judge(attempts, lines)
    interruptions = [outcome for outcome in outcomes if outcome.attempt.turn.moment is TurnMoment.BARGE_IN]
    opened, _ = open_voice(AUTO, load_language("en"))
    with closing(opened):
        voice = SpeechRenderer(opened, SpeechCache(), recording.rate)
        _, replies = measure_replies(interruptions, lines, _without_echo(recording, gain_db), voice.get, words)
    return sum(outcome.heard is not None for outcome in interruptions), wrong, [reply.seconds for reply in replies]


def _turn(voice: str, text: str, intent: Intent, moment: TurnMoment = TurnMoment.POLITE) -> RehearsalTurn:
    return RehearsalTurn(voice, text, intent, step=0, moment=moment)


def _say(coach: CoachProcess, person: Person, turn: RehearsalTurn) -> Attempt:
    attempt = Attempt(turn, person.say(turn.voice, turn.text))
    coach.wait_until(
        lambda state: any(
            line["name"] == "CommandHeard" and line["at"] >= attempt.said.started_at for line in state.lines
        ),
        _HEARING_SECONDS,
    )
    return attempt


def _is_well_into_speech(state: CoachState) -> bool:
    return state.has_spoken_for(_INTO_SPEECH_SECONDS)


def _without_echo(recording: Recording, gain_db: float) -> Recording:
    """Both sides are on one clock, so that the person alone is the difference."""
    echo = np.clip(recording.speaker * 10 ** (gain_db / 20), -1.0, 1.0)
    return replace(recording, microphone=(recording.microphone - echo).astype(np.float32))
