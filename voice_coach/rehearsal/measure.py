"""Measures a rehearsal: commands understood from the coach's lines, response times from the card's recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voice_coach.rehearsal.recorder import end_of_speech, find_onset, first_sound, seconds_of_sound
from voice_coach.routines import Phase
from voice_coach.session.commands import Sound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.rehearsal.coach_process import Line
    from voice_coach.rehearsal.dialogue import Said
    from voice_coach.rehearsal.recorder import Recording
    from voice_coach.rehearsal.rehearsal_script import RehearsalTurn

    Voice = Callable[[str, int], NDArray[np.float32]]

_AROUND_SAID_SECONDS = 0.1
"""Seconds before and after an utterance's playback in which its sound is searched for."""
_CLOCK_TOLERANCE_SECONDS = 0.05
"""Seconds by which the clocks of recording and coach may differ; earlier sound is not the answer to a command."""
_ANSWER_SECONDS = 3.0
"""Seconds after the coach's decision to speak, within which its answer must begin."""
_CUE_SECONDS = 0.1
"""Seconds around an answer's start, within which a tick could be mistaken for the answer."""
_AROUND_DUE_SECONDS = 0.4
"""Seconds before its due time from which a bell or chime is searched for."""
_KNOWN_SECONDS = 0.5
"""Seconds of a known sound that are compared, since its end may be cut off."""
_ALIKE_ENOUGH = 0.3
"""Lowest correlation at which a known sound counts as found, even when it is mixed with another."""
_SPOKEN_SECONDS = 0.5
"""Seconds of audible sound from which a step counts as spoken."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One utterance of a turn, which may be said several times."""

    turn: RehearsalTurn
    said: Said


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """The commands that the coach heard in one attempt, until the next one began."""

    attempt: Attempt
    heard: Line | None
    """The first CommandHeard with the right intent, or None."""
    wrong: tuple[Line, ...]
    """All other commands that the coach heard."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The response time of one command, measured in the sound."""

    outcome: AttemptOutcome
    seconds: float
    """Seconds from the end of the person's last word to the first sound of the answer."""

    @property
    def text(self) -> str:
        """The text that the person said."""
        return self.outcome.attempt.turn.text

    @property
    def milliseconds(self) -> float:
        """The response time in milliseconds, rounded for display."""
        return round(self.seconds * 1000, 1)


@dataclass(frozen=True, slots=True)
class MeasuredCountdown:
    """The length of a countdown, as measured, as planned and as promised."""

    sounded_seconds: float
    """Seconds from the bell to the chime in the recorded sound."""
    due_seconds: float
    """Seconds from the bell to the chime as the coach planned them."""
    promised_seconds: float
    """Seconds that the person was promised: the hold with all added time, plus the time for which it was paused."""

    @property
    def error_seconds(self) -> float:
        """Seconds between the chime and its promised time, without sign."""
        return abs(self.sounded_seconds - self.promised_seconds)


def judge(attempts: Sequence[Attempt], lines: Sequence[Line]) -> tuple[tuple[AttemptOutcome, ...], int]:
    """Determine for each attempt which commands the coach heard before the next one began.

    Returns:
        The outcomes in order, and the number of wrong commands that the coach heard, including those before the first
        attempt.
    """
    heard = [line for line in lines if line["name"] == "CommandHeard"]
    starts = [attempt.said.started_at for attempt in attempts] + [float("inf")]
    outcomes = []
    for attempt, until in zip(attempts, starts[1:], strict=True):
        heard_meanwhile = [line for line in heard if attempt.said.started_at <= line["at"] < until]
        right = next((line for line in heard_meanwhile if line["intent"] == attempt.turn.intent.value), None)
        outcomes.append(AttemptOutcome(attempt, right, tuple(line for line in heard_meanwhile if line is not right)))
    early = sum(1 for line in heard if line["at"] < starts[0])
    return tuple(outcomes), early + sum(len(outcome.wrong) for outcome in outcomes)


def measure_replies(
    outcomes: Sequence[AttemptOutcome],
    lines: Sequence[Line],
    recording: Recording,
    voice: Voice,
    words: Mapping[RehearsalTurn, NDArray[np.float32]],
) -> tuple[tuple[Reply, ...], tuple[Reply, ...]]:
    """Measure the response time of every answer in the recorded sound.

    When the coach was silent, its answer begins with the first sound after the person's last word, or at that word
    itself when the coach answered before its end. When the person interrupted the coach, the answer follows other
    speech without a gap, so it is found by its own sound.

    Args:
        outcomes: The outcomes from `judge`.
        lines: The coach's events and commands.
        recording: The recording of both sides of the card.
        voice: Function that renders a text at some words per minute to samples at the recording's rate.
        words: The sound of each turn without noise, at the same rate, by which its last word is found in any noise.

    Returns:
        The answers to a person who spoke into silence, and those to a person who interrupted the coach. Answers that
        cannot be told from a tick of the countdown are left out.
    """
    cues = [recording.seconds_at(line["due"]) for line in lines if line["name"] == "Cue"]
    polite, interrupting = [], []
    for outcome in outcomes:
        speak = _answer_to(outcome, lines)
        last_word = _last_word(outcome.attempt, recording, words)
        if speak is None or last_word is None:
            continue
        decided = recording.seconds_at(speak["at"]) - _CLOCK_TOLERANCE_SECONDS
        part = recording.slice(last_word, max(last_word, decided) + _ANSWER_SECONDS)
        first = first_sound(part.speaker, part.rate)
        if first is None or any(-_CUE_SECONDS <= cue - last_word <= first + _CUE_SECONDS for cue in cues):
            continue
        if last_word + first >= decided:
            polite.append(Reply(outcome, first))
            continue
        window = part.slice(0.0, decided - last_word + _KNOWN_SECONDS)
        if (answer := _known_answer(window, voice(speak["text"], speak["voice"]["words_per_minute"]))) is not None:
            interrupting.append(Reply(outcome, answer))
    return tuple(polite), tuple(interrupting)


def _answer_to(outcome: AttemptOutcome, lines: Sequence[Line]) -> Line | None:
    if outcome.heard is None:
        return None
    heard_at = outcome.heard["at"]
    return next((line for line in lines if line["name"] == "Speak" and line["at"] == heard_at), None)


def _last_word(
    attempt: Attempt, recording: Recording, words: Mapping[RehearsalTurn, NDArray[np.float32]]
) -> float | None:
    start = recording.seconds_at(attempt.said.started_at) - _AROUND_SAID_SECONDS
    part = recording.slice(start, recording.seconds_at(attempt.said.ended_at) + _AROUND_SAID_SECONDS)
    said = words[attempt.turn]
    end = end_of_speech(said, part.rate)
    sample, likeness = find_onset(part.microphone, said)
    return (
        None
        if likeness < _ALIKE_ENOUGH or end is None
        else recording.seconds_at(part.started_at) + sample / part.rate + end
    )


def _known_answer(part: Recording, answer: NDArray[np.float32]) -> float | None:
    sample, likeness = find_onset(part.speaker, answer)
    audible = first_sound(answer, part.rate)
    return None if likeness < _ALIKE_ENOUGH or audible is None else sample / part.rate + audible


def measure_countdown(
    lines: Sequence[Line], recording: Recording, sounds: Mapping[Sound, NDArray[np.float32]]
) -> MeasuredCountdown | None:
    """Measure the length of the countdown, from its bell to its chime.

    Args:
        lines: The coach's events and commands.
        recording: The recording of both sides of the card.
        sounds: The bell and the chime as the coach plays them, at the recording's rate.

    Returns:
        The measured countdown, or None when the bell or the chime was not found.
    """
    due = {sound: _due(lines, sound) for sound in (Sound.BELL, Sound.CHIME)}
    onset = {sound: _onset(recording, at, sounds[sound]) for sound, at in due.items() if at is not None}
    bell, chime = due[Sound.BELL], due[Sound.CHIME]
    heard_bell, heard_chime = onset.get(Sound.BELL), onset.get(Sound.CHIME)
    if bell is None or chime is None or heard_bell is None or heard_chime is None:
        return None
    return MeasuredCountdown(heard_chime - heard_bell, chime - bell, promised_seconds(lines, chime))


def _due(lines: Sequence[Line], sound: Sound) -> float | None:
    """Return the time at which a sound was due, the last one for a chime that was postponed; None when it never was."""
    dues = [float(line["due"]) for line in lines if line["name"] == "Cue" and line["sound"] == sound.value]
    if not dues:
        return None
    return dues[0] if sound is Sound.BELL else dues[-1]


def _onset(recording: Recording, due: float, pattern: NDArray[np.float32]) -> float | None:
    start = recording.seconds_at(due) - _AROUND_DUE_SECONDS
    part = recording.slice(start, start + _AROUND_DUE_SECONDS + _KNOWN_SECONDS)
    sample, likeness = find_onset(part.speaker, pattern)
    return part.started_at + sample / part.rate if likeness >= _ALIKE_ENOUGH else None


def promised_seconds(lines: Sequence[Line], until: float) -> float:
    """Return the seconds of the hold in its last length, plus all seconds for which it was paused before `until`."""
    total = paused = 0.0
    paused_since: float | None = None
    for line in lines:
        if line["name"] != "Show" or line["at"] > until:
            continue
        view: dict[str, Any] = line["view"]
        if view["countdown"] is not None:
            total = view["countdown"]["total_seconds"]
        is_paused = view["phase"] == Phase.PAUSED.value
        if is_paused and paused_since is None:
            paused_since = line["at"]
        elif not is_paused and paused_since is not None:
            paused += line["at"] - paused_since
            paused_since = None
    return total + paused


def steps_spoken(lines: Sequence[Line], recording: Recording, step_texts: Sequence[str]) -> int:
    """Count the steps whose text the coach said audibly on the speaker's side of the recording."""
    spoken: set[int] = set()
    speaks = [line for line in lines if line["name"] in ("Speak", "SpeechEnded", "Hush")]
    for line, following in zip(speaks, [*speaks[1:], None], strict=True):
        if line["name"] != "Speak":
            continue
        until = following["at"] if following else line["at"] + _ANSWER_SECONDS
        part = recording.slice(recording.seconds_at(line["at"]), recording.seconds_at(until))
        if seconds_of_sound(part.speaker, part.rate) >= _SPOKEN_SECONDS:
            spoken |= {number for number, text in enumerate(step_texts, 1) if text in line["text"]}
    return len(spoken)
