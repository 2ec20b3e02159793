"""What a rehearsal came to: understanding from the coach's lines, times from the recording of the card."""

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
_BEFORE_DECIDED_SECONDS = 0.05
"""The clocks of recording and coach agree so well; what sounds earlier than its decision is no answer."""
_PATIENCE_SECONDS = 3.0
"""An answer that begins later than this after the coach decided to speak is none."""
_CUE_SECONDS = 0.1
"""A tick so near could be taken for the beginning of the answer."""
_AROUND_DUE_SECONDS = 0.4
_KNOWN_SECONDS = 0.5
"""How much of a known sound is looked at: its end may be cut short."""
_ALIKE_ENOUGH = 0.3
"""A known sound mixed with another still correlates this much with itself."""
_SPOKEN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Attempt:
    """A turn, as often as it was said."""

    turn: RehearsalTurn
    said: Said


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """What became of one attempt."""

    attempt: Attempt
    heard: Line | None
    """The first right Heard of its time, or None."""
    wrong: tuple[Line, ...]
    """Other commands that the coach heard in its time."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How fast one command was answered, in the sound."""

    outcome: AttemptOutcome
    seconds: float
    """From the end of the person's last word to the first sound of the answer."""

    @property
    def text(self) -> str:
        """What the person said."""
        return self.outcome.attempt.turn.text

    @property
    def milliseconds(self) -> float:
        """The same time, for people."""
        return round(self.seconds * 1000, 1)


@dataclass(frozen=True, slots=True)
class MeasuredCountdown:
    """How true the countdown was."""

    sounded_seconds: float
    """From the bell to the chime, in the sound."""
    due_seconds: float
    """The same as the coach meant it."""
    promised_seconds: float
    """The same as the person was promised: the hold, with what was added, and the time that it was paused."""

    @property
    def error_seconds(self) -> float:
        """How far the chime was from its promised time, without sign."""
        return abs(self.sounded_seconds - self.promised_seconds)


def judge(attempts: Sequence[Attempt], lines: Sequence[Line]) -> tuple[tuple[AttemptOutcome, ...], int]:
    """Tell for each attempt what the coach heard, until the next one began.

    Returns:
        The outcomes in order, and how many wrong commands the coach took, those before the first attempt included.
    """
    heard = [line for line in lines if line["name"] == "CommandHeard"]
    starts = [attempt.said.started_at for attempt in attempts] + [float("inf")]
    outcomes = []
    for attempt, until in zip(attempts, starts[1:], strict=True):
        mine = [line for line in heard if attempt.said.started_at <= line["at"] < until]
        right = next((line for line in mine if line["intent"] == attempt.turn.intent.value), None)
        outcomes.append(AttemptOutcome(attempt, right, tuple(line for line in mine if line is not right)))
    early = sum(1 for line in heard if line["at"] < starts[0])
    return tuple(outcomes), early + sum(len(outcome.wrong) for outcome in outcomes)


def measure_replies(
    outcomes: Sequence[AttemptOutcome],
    lines: Sequence[Line],
    recording: Recording,
    voice: Voice,
    words: Mapping[RehearsalTurn, NDArray[np.float32]],
) -> tuple[tuple[Reply, ...], tuple[Reply, ...]]:
    """Measure every answer in the sound.

    An answer into silence begins with the first sound after the person's last word; at the last word itself, when the
    coach was so sure that it answered before. An answer to an interruption takes the place of other speech without a
    gap, so it is recognised by its own sound.

    Args:
        outcomes: From `judge`.
        lines: The coach's events and commands.
        recording: Both sides of the card.
        voice: How an answer sounds: text and words a minute to samples at the recording's rate.
        words: How each turn sounds by itself, at the same rate: the last word of it is found in any noise.

    Returns:
        Answers to a person who spoke into silence, and answers to one who interrupted the coach. Left out are those
        that cannot be told from a tick of the last seconds.
    """
    cues = [recording.seconds_at(line["due"]) for line in lines if line["name"] == "Cue"]
    polite, interrupting = [], []
    for outcome in outcomes:
        speak = _answer_to(outcome, lines)
        last_word = _last_word(outcome.attempt, recording, words)
        if speak is None or last_word is None:
            continue
        decided = recording.seconds_at(speak["at"]) - _BEFORE_DECIDED_SECONDS
        part = recording.slice(last_word, max(last_word, decided) + _PATIENCE_SECONDS)
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
    """Measure the countdown from its bell to its chime.

    Args:
        lines: The coach's events and commands.
        recording: Both sides of the card.
        sounds: The bell and the chime as the coach plays them, at the recording's rate.

    Returns:
        The countdown, or None when one of the two was not heard.
    """
    due = {sound: _due(lines, sound) for sound in (Sound.BELL, Sound.CHIME)}
    onset = {sound: _onset(recording, at, sounds[sound]) for sound, at in due.items() if at is not None}
    bell, chime = due[Sound.BELL], due[Sound.CHIME]
    heard_bell, heard_chime = onset.get(Sound.BELL), onset.get(Sound.CHIME)
    if bell is None or chime is None or heard_bell is None or heard_chime is None:
        return None
    return MeasuredCountdown(heard_chime - heard_bell, chime - bell, _promised(lines, chime))


def _due(lines: Sequence[Line], sound: Sound) -> float | None:
    """Return when a sound was due; of a chime that was put off, the last time."""
    dues = [float(line["due"]) for line in lines if line["name"] == "Cue" and line["sound"] == sound.value]
    if not dues:
        return None
    return dues[0] if sound is Sound.BELL else dues[-1]


def _onset(recording: Recording, due: float, pattern: NDArray[np.float32]) -> float | None:
    start = recording.seconds_at(due) - _AROUND_DUE_SECONDS
    part = recording.slice(start, start + _AROUND_DUE_SECONDS + _KNOWN_SECONDS)
    sample, likeness = find_onset(part.speaker, pattern)
    return part.started_at + sample / part.rate if likeness >= _ALIKE_ENOUGH else None


def _promised(lines: Sequence[Line], until: float) -> float:
    """Return the hold in its last length, plus all the time that it stood still before `until`."""
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
    """Count the steps whose text the coach said, and whose sound was on the speaker's side."""
    spoken: set[int] = set()
    speaks = [line for line in lines if line["name"] in ("Speak", "SpeechEnded", "Hush")]
    for line, following in zip(speaks, [*speaks[1:], None], strict=True):
        if line["name"] != "Speak":
            continue
        until = following["at"] if following else line["at"] + _PATIENCE_SECONDS
        part = recording.slice(recording.seconds_at(line["at"]), recording.seconds_at(until))
        if seconds_of_sound(part.speaker, part.rate) >= _SPOKEN_SECONDS:
            spoken |= {number for number, text in enumerate(step_texts, 1) if text in line["text"]}
    return len(spoken)
