"""The edges of a coach that hears and speaks through a voice assistant; they know nothing of OpenVoiceOS itself.

The assistant transcribes what is said and asks whether that is for the coach; it speaks the coach's sentences and plays
its sounds. `ovos` is the skill of OpenVoiceOS, which puts these edges around the real session.
"""

from __future__ import annotations

import queue
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import soundfile

from voice_coach import clock
from voice_coach.errors import CoachError, bystander
from voice_coach.language.intents import Intent
from voice_coach.language.normalization import plain_words
from voice_coach.language.understanding import understand
from voice_coach.memory.settings_schema import SETTINGS
from voice_coach.mouth.speaker import synthesise
from voice_coach.schema import parse_flag
from voice_coach.session.commands import Cue, Listen, Show, Speak
from voice_coach.session.events import CommandHeard, EarsReady, Event, SpeechEnded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voice_coach.language.understanding import Understander, Understood
    from voice_coach.session.commands import Command, Prepare

    Post = Callable[[Event | CoachError], None]

SETTINGS_OF_THE_SKILL = ("routine", "minutes", "skin", "detail", "page")
"""The coach's settings that a person may make in the assistant's own settings, with the same values."""
OF_THE_ASSISTANT = frozenset(
    {
        Intent.LOUDER, Intent.QUIETER, Intent.SLOWER, Intent.FASTER, Intent.SLEEP, Intent.WAKE, Intent.PERSON,
        Intent.LANGUAGE,
    }
)  # fmt: skip
"""The intents that are left to the assistant, because voice, ears, people and language are its own affair."""
OF_THE_ASSISTANT_UNNAMED = frozenset({Intent.TIMER, Intent.TIMER_STOP, Intent.TIMER_LEFT})
"""The intents that are left to the assistant unless they name what they are for: every assistant has timers too."""
_INSIST_SECONDS = 30.0
"""Seconds after a "stop" within which another one ends the coach at once."""
_HUSHED_SECONDS = 0.6
"""Seconds after a "stop" for which the coach says nothing: the assistant silences itself then, and would cut it off."""
_AWAKE_SECONDS = 120.0
"""Seconds after which the assistant is told again that the coach goes on: OpenVoiceOS forgets it after 300."""
_BEAT_SECONDS = 30.0
"""Seconds after which the loop looks whether that is due."""
_SECONDS_A_BYTE = 0.1
"""Seconds of speech per byte of a text, of a slow voice; a Korean syllable has three bytes."""
_PATIENCE_SECONDS = 8.0
"""Seconds that an assistant may take to begin a sentence, or to tell that it has ended, before it is taken as said."""
_GAP_SECONDS = 0.4
"""Seconds of silence after which a text has ended: an assistant may render and play it sentence by sentence."""
_RATE = 22_050
"""Samples per second of the sounds that the assistant is given."""


class Assistant(Protocol):
    """The functions of a voice assistant that the edges use. Each may wait: only the courier's thread calls them."""

    def say(self, text: str, *, expects_answer: bool) -> None:
        """Begin to say a text, and listen after it without a wake word if an answer is expected."""

    def hush(self) -> None:
        """Break off all speech."""

    def play(self, sound: Path) -> None:
        """Play a WAV file at once, beside any speech."""

    def stay_active(self) -> None:
        """Go on asking the coach first whether what is said is for it."""


class RoutineStoppedError(CoachError):
    """The routine ends without a goodbye; a session that is under way is kept and can be gone on with."""


class Courier:
    """A thread that carries out what the assistant is asked for, in order, so that the loop never waits for it."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def send(self, job: Callable[[], None]) -> None:
        """Carry out a job after those before it; what it raises is logged."""
        self._jobs.put(job)

    def stop(self, seconds: float = 5.0) -> None:
        """Carry out what was sent, for some seconds at most, and end the thread."""
        self._jobs.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(seconds)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            with bystander("the voice assistant"):
                job()


class TranscriptEars:
    """Ears of which an assistant does the hearing: they find the commands in what it has transcribed.

    Args:
        understander: finds the meaning of a text.
        opening: the first command, which the words that started the coach stand for; None to wait for one.
        hush: breaks off the coach's speech.
    """

    def __init__(
        self, understander: Understander, opening: CommandHeard | None, hush: Callable[[], None] = lambda: None
    ) -> None:
        self._understander = understander
        self._opening = opening
        self._hush = hush
        self._listen: Listen | None = None
        """The last command of the session; None before the first one, and after the end."""
        self._post: Post = lambda _event: None
        self._stopped_at: float | None = None

    def start(self, post: Post) -> None:
        """Post commands from now on."""
        self._post = post
        post(EarsReady(engine="assistant"))

    def listen(self, listen: Listen) -> None:
        """Take from now on only the intents that `listen` allows; the first time, post the opening command."""
        self._listen = listen
        opening, self._opening = self._opening, None
        if opening is not None:
            self._post(opening)

    def stop(self) -> None:
        """Take nothing any more; may be called again."""
        self._listen = None

    def command_in(self, text: str) -> CommandHeard | None:
        """Return the command that a text stands for now; None when it is not for the coach, which changes nothing."""
        listen = self._listen
        if listen is None:
            return None
        return heard_in(text, understand(text, self._understander), listen)

    def hear(self, text: str) -> bool:
        """Post the command that a text stands for; return whether there was one."""
        command = self.command_in(text)
        if command is None:
            return False
        self._stopped_at = None
        self._post(command)
        return True

    def hear_stop(self) -> None:
        """Take the assistant's own "stop": be silent and ask whether to leave, or leave at once when it is insisted on.

        A routine that is left so is kept, and goes on when the coach is started again.
        """
        now, before = clock.now(), self._stopped_at
        self._stopped_at = now
        if before is not None and _HUSHED_SECONDS < now - before < _INSIST_SECONDS:
            self.end()
        elif before is None or now - before >= _INSIST_SECONDS:  # one "stop" may come twice, by two ways of the bus
            self._hush()
            later = threading.Timer(_HUSHED_SECONDS, self._post, (CommandHeard(intent=Intent.QUIT, text="stop"),))
            later.daemon = True
            later.start()

    def end(self) -> None:
        """End the loop without a word."""
        self._post(RoutineStoppedError("The coach was stopped; start it again to go on."))


def heard_in(text: str, meant: Understood, listen: Listen) -> CommandHeard | None:
    """Return the command of a text that was understood, if the session may take it now; else None.

    The rules are those of the ears (`ears.rejection`) for a text of which there is no sound: an intent that is listened
    for, and two words at least where one might be caught from other talk, but for what is urgent.
    """
    intent = meant.intent
    if intent is None or intent not in listen.intents or intent in OF_THE_ASSISTANT:
        return None
    if intent in OF_THE_ASSISTANT_UNNAMED and not meant.slot_value:
        return None
    words = plain_words(text)
    if len(words.split()) < listen.shortest_words and not intent.spec.is_urgent:
        return None
    after = meant.next_command
    return CommandHeard(
        intent=intent,
        text=words,
        minutes=meant.minutes,
        slot_value=meant.slot_value,
        next_command=heard_in(text, after, listen) if after else None,
    )


class AssistantMouth:
    """The mouth, an observer and the pulse of a coach that speaks through an assistant; one object for all three.

    A sentence is handed over at the end of its turn, when it is known whether the session listens for an answer to it.
    It has ended when the assistant's audio has; an assistant without audio is given the time that it takes to read.

    Args:
        assistant: speaks and plays.
        courier: calls the assistant.
    """

    seconds: float | None = _BEAT_SECONDS

    def __init__(self, assistant: Assistant, courier: Courier) -> None:
        self._assistant = assistant
        self._courier = courier
        self._post: Post = lambda _event: None
        self._lock = threading.Lock()
        self._ordered: Speak | None = None
        """The sentence that was ordered in this turn and is not handed over yet."""
        self._current: int | None = None
        """The id of the sentence that is being said; None while there is none."""
        self._is_sounding = False
        """Whether the assistant's audio has begun since the sentence was handed over."""
        self._timer: threading.Timer | None = None
        """Ends the sentence; None while there is none."""
        self._longest_seconds = 0.0
        """Seconds that the sentence may sound without a pause."""
        self._cues: list[threading.Timer] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._told_at: float | None = None
        self._is_question = False

    def start(self, post: Post) -> None:
        """Post SpeechEnded from now on."""
        self._post = post
        self._folder = tempfile.TemporaryDirectory(prefix="voice-coach-")

    def speak(self, speak: Speak) -> None:
        """Say a sentence, in place of what is being said."""
        if self._forget_speech():
            self._courier.send(self._assistant.hush)
        self._ordered = speak

    def prepare(self, prepare: Prepare) -> None:
        """Do nothing: the assistant renders its own speech."""

    def hush(self) -> None:
        """Fall silent, without SpeechEnded; sounds that are not yet due are left out."""
        self._ordered = None
        self._forget_cues()
        self._forget_speech()
        self._courier.send(self._assistant.hush)

    def cue(self, cue: Cue) -> None:
        """Have a sound played when it is due."""
        timer = threading.Timer(
            max(0.0, cue.due - clock.now()), self._courier.send, (lambda: self._assistant.play(self._sound_of(cue)),)
        )
        timer.daemon = True
        self._cues = [*(one for one in self._cues if one.is_alive()), timer]
        timer.start()

    def observe(self, _event: Event, commands: tuple[Command, ...]) -> None:
        """Hand over the sentence of this turn; end the loop when the session has fallen asleep."""
        for command in commands:
            match command:
                case Listen():
                    self._is_question = command.question_is_open
                case Show(view) if view.is_asleep:  # nobody wants anything: the assistant has its screen back
                    self._post(RoutineStoppedError("Nobody has said anything; start the coach again."))
                case _:
                    pass
        speak, self._ordered = self._ordered, None
        if speak is not None:
            self._hand_over(speak)

    def beat(self) -> None:
        """Tell the assistant from time to time that the coach goes on."""
        now = clock.now()
        if self._told_at is None or now - self._told_at >= _AWAKE_SECONDS:
            self._told_at = now
            self._courier.send(self._assistant.stay_active)

    def audio_began(self) -> None:
        """Take note that the assistant's audio has begun; from any thread."""
        with self._lock:
            if self._current is not None:
                self._is_sounding = True
                self._expect_end(self._longest_seconds)

    def audio_ended(self) -> None:
        """Post SpeechEnded soon if the sentence was sounding; the end of one that was hushed before is ignored."""
        with self._lock:
            if self._is_sounding:
                self._expect_end(_GAP_SECONDS)

    def stop(self) -> None:
        """Fall silent; may be called again, as each of the three edges is stopped by itself."""
        folder, self._folder = self._folder, None
        if folder is None:
            return
        self._forget_cues()
        if self._forget_speech():
            self._courier.send(self._assistant.hush)
        self._courier.send(folder.cleanup)

    def _hand_over(self, speak: Speak) -> None:
        seconds = _PATIENCE_SECONDS + _SECONDS_A_BYTE * len(speak.text.encode())
        with self._lock:
            self._current, self._is_sounding, self._longest_seconds = speak.utterance_id, False, seconds
            self._expect_end(seconds)
        expects_answer = self._is_question
        self._courier.send(lambda: self._assistant.say(speak.text, expects_answer=expects_answer))

    def _expect_end(self, seconds: float) -> None:
        """Take the sentence as ended after some seconds, unless this is called again; the lock must be held."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._end, (self._current,))
        self._timer.daemon = True
        self._timer.start()

    def _end(self, utterance_id: int) -> None:
        with self._lock:
            if self._current != utterance_id or threading.current_thread() is not self._timer:
                return
            self._current, self._is_sounding, self._timer = None, False, None
        self._post(SpeechEnded(utterance_id=utterance_id))

    def _forget_cues(self) -> None:
        cues, self._cues = self._cues, []
        for timer in cues:
            timer.cancel()

    def _forget_speech(self) -> bool:
        """Wait for the end of no sentence any more; return whether one was being said."""
        with self._lock:
            was_saying = self._current is not None
            if self._timer is not None:
                self._timer.cancel()
            self._current, self._is_sounding, self._timer = None, False, None
        return was_saying

    def _sound_of(self, cue: Cue) -> Path:
        """Return the path of a sound's file, which is written when it is first wanted."""
        folder = self._folder
        if folder is None:
            raise RoutineStoppedError("The coach has ended; start it again to hear its sounds.")
        path = Path(folder.name) / f"{cue.sound.value}-{round(100 * cue.volume)}.wav"
        if not path.exists():
            soundfile.write(path, cue.volume * synthesise(cue.sound, _RATE), _RATE)
        return path


def settings_of(values: Mapping[str, object]) -> tuple[dict[str, Any], list[str]]:
    """Check the settings that a person has made in the assistant.

    Args:
        values: all of them by name; those that are not the coach's, and empty ones, are ignored.

    Returns:
        The right ones, and a sentence for each mistake.
    """
    right: dict[str, Any] = {}
    mistakes: list[str] = []
    for name in SETTINGS_OF_THE_SKILL:
        value, wanted = values.get(name), SETTINGS.fields[name].type
        if value is None or value == "":
            continue
        value = parse_flag(wanted, value) if isinstance(value, str) else value
        found = [mistake.sentence for mistake in wanted.mistakes(value, (name,))]
        mistakes += found
        if not found:
            right[name] = value
    return right, mistakes
