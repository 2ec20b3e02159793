"""A tuning by voice: the person is asked for each command, and what was said is kept in a folder of recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import soundfile

from voice_coach.core.intents import Intent
from voice_coach.ears.verdict import Accepted
from voice_coach.errors import RecordingError
from voice_coach.sound.recordings import RATE
from voice_coach.tuning.levels import noise_level, voice_level
from voice_coach.tuning.proposal import Manner, Outcome
from voice_coach.tuning.recordings import ECHO, NOISE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.ears.hearing import Judged
    from voice_coach.tuning.finding import Finding
    from voice_coach.tuning.room import Room
    from voice_coach.tuning.script import Script

    Sound = NDArray[np.float32]

_QUIET_SECONDS = 3.0
_COMMAND_SECONDS = 2.8
"""To say a command after it was asked for."""
_ANSWER_SECONDS = 3.0
_AUDIBLE = 6.0
"""dB by which a voice is above the room."""
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Interview:
    """The conversation of a tuning."""

    room: Room
    """Open."""
    script: Script
    tell: Callable[[str], None]
    """Puts a line on the screen."""

    def record(self, folder: Path) -> None:
        """Ask for all commands and write what is said, as `recordings` reads it.

        Args:
            folder: is made if there is none.

        Raises:
            RecordingError: the folder cannot be written.
        """
        texts = self.script.texts
        _write(folder / ECHO, self.room.say(texts.say("spoken.greeting")))
        self.tell(texts.say("shown.be_quiet"))
        quiet = self.room.listen(_QUIET_SECONDS)
        _write(folder / NOISE, quiet)
        introductions = {Manner.NORMAL: texts.say("spoken.normal"), Manner.STIFF: texts.say("spoken.stiff")}
        for manner, introduction in introductions.items():
            self.room.say(introduction)
            for number, phrase in enumerate(self.script.commands, start=1):
                said = self._ask_for(phrase, manner, noise_level(quiet, []) + _AUDIBLE)
                if said is not None:
                    _write(folder / manner.value / f"{number:02}-{phrase.replace(' ', '-')}.wav", said)
        self.room.say(texts.say("spoken.one_moment"))

    def ask_to_keep(self, finding: Finding, hear: Callable[[Sound], Iterable[Judged]]) -> bool | None:
        """Tell the result and ask whether to keep it.

        Args:
            finding: the result.
            hear: hears a recording while a question is open.

        Returns:
            The answer; None when none was understood.
        """
        texts = self.script.texts
        before, after = (setting.count()[Outcome.UNDERSTOOD] for setting in (finding.before, finding.after))
        count = len(finding.after.results)
        result = texts.say("spoken.same", after=after, count=count)
        if finding.after.tuning != finding.before.tuning:
            result = texts.say("spoken.better", before=before, after=after, count=count)
        self.room.say(result)
        self.tell(texts.say("shown.answer_now"))
        answer = _answer(hear(self.room.listen(_ANSWER_SECONDS)))
        if answer is not None:
            self.room.say(texts.say("spoken.kept") if answer else texts.say("spoken.not_kept"))
        return answer

    def _ask_for(self, phrase: str, manner: Manner, audible: float) -> Sound | None:
        """What the person says when asked; None when nothing above a level in dBFS is heard, twice."""
        texts = self.script.texts
        asked, cue = texts.say("spoken.command", phrase=phrase), texts.say("shown.say_now", phrase=phrase)
        if manner is Manner.STIFF:
            cue = texts.say("shown.say_now_stiffly", phrase=phrase)
        for _ in range(_TRIES):
            self.room.say(asked)
            self.tell(cue)
            said = self.room.listen(_COMMAND_SECONDS)
            if voice_level([said]) > audible:
                return said
            asked = texts.say("spoken.again", phrase=phrase)
        return None


def _answer(heard: Iterable[Judged]) -> bool | None:
    intents = {judged.verdict.phrase.intent for judged in heard if isinstance(judged.verdict, Accepted)}
    return intents == {Intent.YES} if intents in ({Intent.YES}, {Intent.NO}) else None


def _write(path: Path, sound: Sound) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, sound, RATE, subtype="PCM_16")
    except (OSError, soundfile.SoundFileError) as error:
        message = f"{path} cannot be written ({error}): name another folder with --keep."
        raise RecordingError(message) from error
