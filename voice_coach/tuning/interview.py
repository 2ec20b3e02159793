"""Tuning by voice: the coach asks the person to say commands, and records them."""

from __future__ import annotations

import queue
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Self

import numpy as np
import soundfile

from voice_coach.audio.recordings import RATE
from voice_coach.ears.echo.playback_reference import Played
from voice_coach.ears.microphone import Microphone
from voice_coach.ears.rejection import Accepted
from voice_coach.errors import EarsError, MouthError, RecordingError
from voice_coach.language.intents import Intent
from voice_coach.language.wording import read_sentences, sentences_schema
from voice_coach.models.catalogue import STANDARD
from voice_coach.mouth import open_mouth
from voice_coach.schema import Array, Field, Text
from voice_coach.session.commands import Speak, Voice
from voice_coach.session.events import FaultRaised, SpeechEnded
from voice_coach.tuning.clip_recordings import ECHO, NOISE, noise_level, voice_level
from voice_coach.tuning.proposal import ClipOutcome, Manner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from numpy.typing import NDArray

    from voice_coach.ears.channel_follower import Captured
    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences
    from voice_coach.session.events import Event

    Sound = NDArray[np.float32]
    from collections.abc import Iterable
    from pathlib import Path

    from voice_coach.ears.pipeline import Recognition
    from voice_coach.tuning.tuner import TuningResult


PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "spoken": {
        "greeting": "", "normal": "", "stiff": "", "command": "phrase", "again": "phrase", "one_moment": "",
        "better": "before after count", "same": "after count", "kept": "", "not_kept": "",
    },
    "shown": {
        "be_quiet": "", "say_now": "phrase", "say_now_stiffly": "phrase", "answer_now": "", "hearing": "",
        "not_used": "reason", "keep_this": "", "kept": "", "not_kept": "",
    },
    "report": {
        "said": "", "before": "", "after": "", "stiff_lips": "", "understood": "", "understood_stiff_lips": "",
        "missed": "", "taken_for": "phrases", "taken_for_another": "", "some_of": "some all", "sensitivity": "",
        "gain": "", "voice": "voice distance room", "echo": "milliseconds", "too_loud": "", "favourites": "phrases",
        "settings_suit": "",
    },
}  # fmt: skip
"""The sentences of content/<language>/tuning.toml, and their placeholders."""


@dataclass(frozen=True, slots=True)
class TuningScript:
    """The commands and sentences of a tuning in one language."""

    commands: tuple[str, ...]
    """Phrases that the person is asked to say, once normally and once with stiff lips."""
    texts: Sentences


def load_script(pack: LanguagePack) -> TuningScript:
    """Read the script of a language.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    commands = Field(Array(Text()), is_required=True)
    file = pack.document("tuning", sentences_schema(PLACEHOLDERS, commands=commands))
    return TuningScript(file.texts("commands"), read_sentences(file, PLACEHOLDERS))


class Room:
    """A microphone and a speaker that are open while a `with` block runs.

    Args:
        pack: the language that is spoken.
        voice: the speed and the volume of the speech.
        input_device: the number of the microphone, or a part of its name; None for the default one.
        output_device: the same for the speaker.
        voice_name: the name of the voice, as for `start --voice`.
        channel: the channel of the microphone, from 1 on; None for the channel with the person's voice.

    Raises:
        CoachError: on entering the block, when one of the devices cannot be used.
    """

    def __init__(  # noqa: PLR0913 - all that a room can be told, once
        self,
        pack: LanguagePack,
        voice: Voice,
        input_device: str | None,
        output_device: str | None,
        voice_name: str = STANDARD,
        *,
        channel: int | None = None,
    ) -> None:
        self._voice = voice
        self._played = Played()
        self._mouth = open_mouth(pack, output_device, self._played, voice=voice_name)
        self._microphone = Microphone(input_device, channel, self._played)
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._ids = count()
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        """Open the speaker and the microphone."""
        with ExitStack() as undo:
            self._mouth.start(self._events.put)
            undo.callback(self._mouth.stop)
            self._microphone.open()
            undo.callback(self._microphone.close)
            self._exits = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the microphone and the speaker."""
        self._exits.close()

    def say(self, text: str) -> Sound:
        """Say a text to its end.

        Returns:
            The sound meanwhile, shape (samples, 2): left the microphone's, right the speaker's.

        Raises:
            CoachError: the speaker or the microphone was unplugged.
        """
        wanted = next(self._ids)
        self._mouth.speak(Speak(wanted, text, self._voice))
        return self._record(lambda _samples: self._has_ended(wanted))

    def listen(self, seconds: float) -> Sound:
        """Record the microphone for some seconds, and return its sound, shape (samples,)."""
        return self._record(lambda samples: samples >= seconds * RATE)[:, 0]

    def _has_ended(self, utterance_id: int) -> bool:
        while not self._events.empty():
            event = self._events.get()
            if isinstance(event, FaultRaised):  # what was being said has no end
                message = "The speaker is gone: plug it in again and start anew."
                raise MouthError(message)
            if isinstance(event, SpeechEnded) and event.utterance_id == utterance_id:
                return True
        return False

    def _record(self, is_over: Callable[[int], bool]) -> Sound:
        kept: list[tuple[Captured, Sound]] = []
        """Each block of the microphone, and the sound that was played meanwhile."""
        samples = 0
        began = sys.maxsize
        while not is_over(samples):
            block = self._microphone.read()
            if block is None:
                message = "The microphone was closed: plug it in again and start anew."
                raise EarsError(message)
            if kept and block.channel != kept[-1][0].channel:  # what follows may have been heard before, elsewhere
                kept = [one for one in kept if one[0].at < block.at]
                samples = sum(len(one.sound) for one, _ in kept)
            # Blocks come in time or late: the least delayed one knows best when the first sample was.
            began = min(began, round(block.at * RATE) - samples)
            kept.append((block, self._played.read(began + samples, len(block.sound))))
            samples += len(block.sound)
        sides = [np.stack([block.sound, played], axis=1) for block, played in kept]
        return np.concatenate([np.zeros((0, 2), np.float32), *sides])


_QUIET_SECONDS = 3.0
_COMMAND_SECONDS = 2.8
"""Seconds in which the person may say a command after being asked for it."""
_ANSWER_SECONDS = 3.0
_AUDIBLE = 6.0
"""dB above the room's noise from which a recording is taken to hold a voice."""
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Interview:
    """The conversation in which a person is asked to say commands."""

    room: Room
    """The devices, which must be open."""
    script: TuningScript
    tell: Callable[[str], None]
    """A function that shows a line on the screen."""

    def record(self, folder: Path) -> None:
        """Ask for all commands, and write a recording of each, which `clip_recordings` can read.

        Args:
            folder: the folder of the recordings, which is made if there is none.

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

    def ask_to_keep(self, finding: TuningResult, hear: Callable[[Sound], Iterable[Recognition]]) -> bool | None:
        """Tell the result and ask whether to keep it.

        Args:
            finding: the result.
            hear: a function that recognises a recording while a question is open.

        Returns:
            True for yes, False for no, None when no answer was understood.
        """
        texts = self.script.texts
        before, after = (setting.count()[ClipOutcome.UNDERSTOOD] for setting in (finding.before, finding.after))
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
        """Ask for a phrase, and return its recording; None if twice no sound is louder than `audible` (dBFS)."""
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


def _answer(heard: Iterable[Recognition]) -> bool | None:
    intents = {judged.decision.phrase.intent for judged in heard if isinstance(judged.decision, Accepted)}
    return intents == {Intent.YES} if intents in ({Intent.YES}, {Intent.NO}) else None


def _write(path: Path, sound: Sound) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, sound, RATE, subtype="PCM_16")
    except (OSError, soundfile.SoundFileError) as error:
        message = f"{path} cannot be written ({error}): name another folder with --keep."
        raise RecordingError(message) from error
