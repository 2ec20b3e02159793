"""The skill of OpenVoiceOS: it starts by intent, then converses until the routine is over, and leaves all else alone.

The skill has no logic of its own. It runs the real session in the real loop, in a thread, with edges of which
OpenVoiceOS does the work (`ovos_edges`). This module can only be imported where OpenVoiceOS is installed; its entry
points in pyproject.toml are how OpenVoiceOS finds it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ovos_utils.process_utils import RuntimeRequirements
from ovos_workshop.skills.converse import ConversationalSkill

from voice_coach.errors import CoachError, bystander
from voice_coach.face.base import SilentFace
from voice_coach.integrations.ovos_edges import (
    SETTINGS_OF_THE_SKILL,
    AssistantMouth,
    Courier,
    RoutineStoppedError,
    TranscriptEars,
    settings_of,
)
from voice_coach.language.intents import Intent
from voice_coach.language.understanding import understand
from voice_coach.library import is_own, load_language, load_routine, load_routines
from voice_coach.loop import Edges, run
from voice_coach.memory.clocks import is_daytime_now
from voice_coach.memory.session_store import SessionStore
from voice_coach.memory.settings import Settings, SettingsFile, read_settings
from voice_coach.mirror.listeners import address_of
from voice_coach.mirror.mirror_face import MirrorFace
from voice_coach.mirror.paired_devices import DevicesFile
from voice_coach.mirror.pairing import Pairing
from voice_coach.mirror.static_files import load_texts
from voice_coach.routines import Skin
from voice_coach.session import new_session
from voice_coach.session.commands import Voice
from voice_coach.session.events import CommandHeard, Restored

if TYPE_CHECKING:
    from pathlib import Path

    from ovos_bus_client.message import Message

    from voice_coach.face.base import Face
    from voice_coach.language.pack import LanguagePack
    from voice_coach.routines import Routine
    from voice_coach.session.events import Started
    from voice_coach.session.state import Session

_ACTIVE_MINUTES = 30
"""Minutes for which the skill asks to be active each time; cores that give it fewer are told again and again."""
_REFUSED_SECONDS = 2.0
"""Seconds after which a "stop" no longer comes of words that were just refused, such as "stop the music"."""
_END_SECONDS = 20.0
"""Seconds to wait for the end of a routine when OpenVoiceOS unloads the skill."""


@dataclass(eq=False)
class Coaching:
    """A routine that runs: its thread, its edges, and the message that the person has last spoken by.

    It is the Assistant of its edges. OpenVoiceOS finds the microphone and the speaker to answer by in the message that
    a method is called with (`dig_for_message`), so each call hands that message on as an argument.
    """

    skill: FacialMaskSkill
    message: Message
    courier: Courier
    ears: TranscriptEars | None = None
    """None until the languages are loaded, and so for the first second."""
    mouth: AssistantMouth | None = None
    thread: threading.Thread | None = None

    def say(self, text: str, *, expects_answer: bool) -> None:
        """Speak by OpenVoiceOS."""
        self.skill.say_by(self.message, text, expects_answer=expects_answer)

    def hush(self) -> None:
        """Have OpenVoiceOS break off its speech."""
        self.skill.hush_by(self.message)

    def play(self, sound: Path) -> None:
        """Have OpenVoiceOS play a sound at once."""
        self.skill.play_by(self.message, sound)

    def stay_active(self) -> None:
        """Have OpenVoiceOS go on asking this skill first."""
        self.skill.activate_by(self.message)


class FacialMaskSkill(ConversationalSkill):  # type: ignore[misc]  # OpenVoiceOS has no types
    """Leads through a facial mask and the skincare after it, by OpenVoiceOS' own ears, voice and screen."""

    runtime_requirements = RuntimeRequirements(
        internet_before_load=False,
        network_before_load=False,
        gui_before_load=False,
        requires_internet=False,
        requires_network=False,
        requires_gui=False,
        no_internet_fallback=True,
        no_network_fallback=True,
        no_gui_fallback=True,
    )
    """The skill needs no network, no internet and no screen, neither to be loaded nor to work."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as OpenVoiceOS hands them on
        self._coaching: Coaching | None = None
        self._lock = threading.Lock()
        self._refused_at: float | None = None
        """The time, by `time.monotonic()`, at which the last utterance was refused; None when it was not."""
        super().__init__(*args, **kwargs)

    def initialize(self) -> None:
        """Register the intent, listen to the ends of speech, and write down which settings there are.

        The language is read ahead, because that takes seconds, for which the person would have to wait.
        """
        self.register_intent_file("start.intent", self.handle_start)
        self.add_event("recognizer_loop:utterance", self._on_utterance, speak_errors=False)
        self.add_event("recognizer_loop:audio_output_start", self._on_audio_began, speak_errors=False)
        self.add_event("recognizer_loop:audio_output_end", self._on_audio_ended, speak_errors=False)
        missing = [name for name in SETTINGS_OF_THE_SKILL if name not in self.settings]
        if missing:
            self.settings.update(dict.fromkeys(missing))
            self.settings.store()
        threading.Thread(target=self._read_language, name="language", daemon=True).start()

    def _read_language(self) -> None:
        with bystander("reading the language ahead"):
            pack = load_language(self.core_lang.partition("-")[0])
            understand("", pack.understander)

    def handle_start(self, message: Message) -> None:
        """Begin a routine, or go on with the one that was interrupted; the words may choose the mask."""
        text = str(message.data.get("utterance", ""))
        with self._lock:
            running = self._coaching
            if running is None:
                coaching = Coaching(self, message, Courier())
                coaching.thread = threading.Thread(
                    target=self._coach, args=(coaching, message, text), name="coach", daemon=True
                )
                self._coaching = coaching
                coaching.thread.start()
        if running is not None and running.ears is not None:
            running.ears.hear(text)

    def can_converse(self, message: Message) -> bool:
        """Return whether what was said is a command that the coach can take now; all else is left to other skills."""
        coaching, texts = self._coaching, message.data.get("utterances")
        if coaching is None or coaching.ears is None:
            return False
        is_ours = not texts or coaching.ears.command_in(str(texts[0])) is not None  # old cores ask without the words
        self._refused_at = None if is_ours else time.monotonic()
        return is_ours

    def converse(self, message: Message) -> bool:
        """Give the coach a command; return whether it was one, and change nothing if it was none."""
        coaching, texts = self._coaching, message.data.get("utterances")
        if coaching is None or coaching.ears is None or not texts:
            return False
        before, coaching.message = coaching.message, message
        is_ours = coaching.ears.hear(str(texts[0]))
        if not is_ours:
            coaching.message = before
        return is_ours

    def can_stop(self, message: Message) -> bool:  # noqa: ARG002 - as OpenVoiceOS calls it
        """Return whether there is a routine to be stopped, and the words may mean it."""
        return self._coaching is not None and not self._is_refused()

    def stop(self) -> bool:
        """Fall silent and ask whether to leave; a second "stop" ends the routine. Return whether one was stopped.

        OpenVoiceOS takes any words with "stop" in them for a stop of the skill that spoke last, even if that does not
        want to be stopped (`can_stop`), but it asks `can_converse` before: "stop the music" changes nothing here.
        """
        coaching = self._coaching
        if coaching is None or coaching.ears is None or self._is_refused():
            return False
        coaching.ears.hear_stop()
        return True

    def shutdown(self) -> None:
        """End the routine when OpenVoiceOS unloads the skill; it is kept and can be gone on with."""
        coaching = self._coaching
        if coaching is None or coaching.thread is None:
            return
        if coaching.ears is not None:
            coaching.ears.end()
        if coaching.thread is not threading.current_thread():
            coaching.thread.join(_END_SECONDS)

    def say_by(self, message: Message, text: str, *, expects_answer: bool) -> None:  # noqa: ARG002 - see Coaching
        """Speak to whoever has spoken by a message, and listen for an answer if one is expected."""
        self.speak(text, expect_response=expects_answer)

    def hush_by(self, message: Message) -> None:
        """Break off the speech of the device that a message came from."""
        self.bus.emit(message.forward("mycroft.audio.speech.stop", {"skill_id": self.skill_id}))

    def play_by(self, message: Message, sound: Path) -> None:  # noqa: ARG002 - see Coaching
        """Play a sound on the device that a message came from."""
        self.play_audio(str(sound), instant=True)

    def activate_by(self, message: Message) -> None:  # noqa: ARG002 - see Coaching
        """Keep this skill the first one to be asked in the session of a message."""
        self.activate(duration_minutes=_ACTIVE_MINUTES)

    def _is_refused(self) -> bool:
        """Return whether the words that led to this were refused a moment ago."""
        return self._refused_at is not None and time.monotonic() - self._refused_at < _REFUSED_SECONDS

    def _on_utterance(self, _message: Message) -> None:
        self._refused_at = None

    def _on_audio_began(self, _message: Message) -> None:
        if self._coaching is not None and self._coaching.mouth is not None:
            self._coaching.mouth.audio_began()

    def _on_audio_ended(self, _message: Message) -> None:
        if self._coaching is not None and self._coaching.mouth is not None:
            self._coaching.mouth.audio_ended()

    def _coach(self, coaching: Coaching, message: Message, text: str) -> None:
        """Lead through a routine until it is over; what the person can mend is said in one sentence."""
        try:
            session, edges, first = self._parts(coaching, message, text)
            run(session, edges, first)
        except RoutineStoppedError:
            pass
        except CoachError as error:
            self.say_by(message, str(error), expects_answer=False)
        except Exception:
            self.log.exception("the coach has failed")
            self._say_failed(message)
        finally:
            coaching.courier.stop()
            with self._lock:
                self._coaching = None
            self._let_go(coaching.message)

    def _say_failed(self, message: Message) -> None:  # noqa: ARG002 - see Coaching
        self.speak_dialog("failed")

    def _let_go(self, message: Message) -> None:  # noqa: ARG002 - see Coaching
        """Give the conversation and the screen back."""
        self.deactivate()
        self.gui.release()

    def _parts(self, coaching: Coaching, message: Message, text: str) -> tuple[Session, Edges, Started | Restored]:
        """Build everything that the loop needs.

        Args:
            coaching: is given its ears and mouth.
            message: the message of the starting intent, which has the language.
            text: the words that started the coach.

        Raises:
            CoachError: there is no such language or routine, or another coach runs here.
        """
        settings, complaint = self._coach_settings(message)
        pack = load_language(settings.language)
        routine, routines = load_routine(settings.routine, settings.language), load_routines(settings.language)
        is_asked_for = settings.routine != Settings().routine
        memory = SessionStore(
            SettingsFile(complaint=complaint), routine.id if is_asked_for else None, settings.language
        )
        understander = pack.understander_with(routine) if is_own(routine.id, pack.code) else pack.understander
        face = self._face(settings, pack, message)
        first = memory.begin(is_daytime=is_daytime_now())
        if not is_asked_for and first.past.last is not None:
            routine = routines.get(first.past.last.routine, routine)
        opening = None if isinstance(first, Restored) else _opening(text, pack)
        mouth = AssistantMouth(coaching, coaching.courier)
        ears = TranscriptEars(understander, opening, lambda: coaching.courier.send(coaching.hush))
        coaching.ears, coaching.mouth = ears, mouth
        first = first if isinstance(first, Restored) else replace(first, is_greeting=False)
        edges = Edges(ears=ears, mouth=mouth, face=face, memory=memory, observers=(mouth,), pulse=mouth)
        return _session(settings, pack, routine, routines), edges, first

    def _coach_settings(self, message: Message) -> tuple[Settings, str]:  # noqa: ARG002 - the language is the message's
        """Return the coach's settings with those of the skill in their place, and the mistakes in either."""
        read = read_settings()
        own, mistakes = settings_of(self.settings)
        language = self.lang.partition("-")[0]
        complaints = [read.complaint, *mistakes] if read.complaint else mistakes
        for mistake in mistakes:
            self.log.warning("the skill's settings: %s", mistake)
        return replace(read.settings, language=language, **own), "\n".join(complaints)

    def _face(self, settings: Settings, pack: LanguagePack, message: Message) -> Face:
        """Return the mirror, shown on the screen of OpenVoiceOS, if the settings want one; else no face."""
        address = address_of(settings)
        if address is None:
            return SilentFace()
        url = f"{address.scheme}://127.0.0.1:{address.port}/"
        threading.Thread(target=self._show_page, args=(message, url), name="screen", daemon=True).start()
        return MirrorFace(address, load_texts(pack), pack.wording, Pairing(DevicesFile(None)), is_patient=True)

    def _show_page(self, message: Message, url: str) -> None:  # noqa: ARG002 - see Coaching
        """Show the coach's page if there is a screen; whether there is one may take seconds to find out."""
        if self.gui.connected:
            self.gui.show_url(url, override_idle=True)


def _opening(text: str, pack: LanguagePack) -> CommandHeard:
    """Return the first command: the mask that the starting words name, or else to begin."""
    meant = understand(text, pack.understander)
    if meant.intent is Intent.MASK:
        return CommandHeard(intent=Intent.MASK, text=text, slot_value=meant.slot_value)
    return CommandHeard(intent=Intent.START, text=text)


def _session(settings: Settings, pack: LanguagePack, routine: Routine, routines: Any) -> Session:  # noqa: ANN401
    return new_session(
        routine,
        pack.wording,
        voice=Voice(settings.words_per_minute, settings.volume),
        hold_seconds=settings.minutes and settings.minutes * 60.0,
        routines=routines,
        skin=Skin(settings.skin) if settings.skin else None,
        is_brief=settings.detail == "brief",
    )
