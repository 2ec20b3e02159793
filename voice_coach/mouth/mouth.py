"""The mouth: a worker renders the sentences of Speak and Prepare, and a speaker plays them."""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import ExitStack
from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.errors import MouthError, problem_with
from voice_coach.models.catalogue import STANDARD
from voice_coach.mouth.speaker import EchoTap, Speaker, background, synthesise
from voice_coach.mouth.speech_cache import PatientCache, SpeechCache
from voice_coach.mouth.speech_renderer import NOTHING, SpeechRenderer
from voice_coach.mouth.synthesizers import FallbackVoice, open_voice
from voice_coach.session.commands import Sound
from voice_coach.session.events import Fault, FaultCleared, FaultRaised, SpeechEnded

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.errors import DeviceError
    from voice_coach.language.pack import LanguagePack
    from voice_coach.mouth.synthesizer_client import SpeechVoice
    from voice_coach.session.commands import Cue, Prepare, Speak
    from voice_coach.session.events import Event

_LOOK_SECONDS = 0.1
"""Seconds between two looks whether the voice is loaded, while sentences wait to be rendered ahead."""

_log = logging.getLogger(__name__)


class SpeakingMouth:
    """The mouth that the loop uses.

    Its worker renders a sentence that is to be said before any that are prepared, so that a sentence waits at most for
    one other to be rendered. Nothing is prepared while the voice is loaded, because another one would render it. A
    sentence that cannot be rendered is logged and ends at once, so that the coach goes on. Without a speaker, sentences
    are dropped, as is the sentence that is being said when the speaker is lost; no SpeechEnded follows for these.

    Args:
        voice: renders sentences; closed by `stop`.
        speaker: plays them; its process is running already; closed by `stop`.
        cache: keeps rendered sentences on the disk.
        fallback_notice: a sentence for the person when another voice speaks than the one that was asked for.
    """

    def __init__(self, voice: SpeechVoice, speaker: Speaker, cache: SpeechCache, fallback_notice: str = "") -> None:
        self._fallback_notice = fallback_notice
        self._voice = voice
        self._speaker = speaker
        self._cache = PatientCache(cache)
        self._renderer = SpeechRenderer(voice, self._cache, speaker.rate)
        self._cues = _cues(speaker.rate)
        self._made_background: tuple[str, int] = ("", 0)
        """The sound in the background that the speaker has, and its rate."""
        self._changed = threading.Condition()
        """Guards the attributes below."""
        self._background = ""
        self._speak: Speak | None = None
        self._ahead: deque[tuple[str, int]] = deque()
        self._is_stopping = False
        self._worker = threading.Thread(target=self._work, name="mouth", daemon=True)

    @property
    def fallback_notice(self) -> str:
        """A sentence for the person when another voice speaks than the one asked for; it may take seconds to come."""
        late = self._voice.notice if isinstance(self._voice, FallbackVoice) else ""
        return self._fallback_notice or late

    @property
    def speaker_pid(self) -> int | None:
        """The number of the process that plays now; None while one is replaced by the next."""
        return self._speaker.pid

    @property
    def voice_pid(self) -> int:
        """The number of the process that renders now."""
        return self._voice.pid

    def find_speaker(self) -> DeviceError | None:
        """Wait until the speaker is open; return why it is not, which may change: it is looked for all the time.

        Raises:
            DeviceError: one was asked for that does not exist.
        """
        return problem_with(self._speaker.wait_until_open)

    def start(self, post: Callable[[Event], None]) -> None:
        """Start the worker, and post events from now on: SpeechEnded, FaultRaised and FaultCleared."""
        self._speaker.follow(_Poster(post))
        self._worker.start()

    def speak(self, speak: Speak) -> None:
        """Say a text as soon as it is rendered, instead of what is being said."""
        with self._changed:
            self._speak = speak
            self._changed.notify()

    def prepare(self, prepare: Prepare) -> None:
        """Render texts ahead while nothing is to be said; they replace the texts of an earlier call."""
        with self._changed:
            self._ahead = deque((text, prepare.voice.words_per_minute) for text in prepare.texts)
            self._changed.notify()

    def hush(self) -> None:
        """Stop all sound now, and drop the cues that are not yet due."""
        with self._changed:
            self._speak = None
            self._speaker.hush()

    def cue(self, cue: Cue) -> None:
        """Schedule a cue, a short sound, to begin at its time."""
        rate, cues = self._cues
        self._speaker.cue(cues[cue.sound], rate, clock.on_device_clock(cue.due), cue.volume)

    def background(self, kind: str, gain: float) -> None:
        """Let a sound be heard below everything else at a linear gain, 0 to 1; it is made the first time.

        Args:
            kind: one of BACKGROUNDS.
            gain: 0 for silence.
        """
        with self._changed:
            self._background = kind
            self._changed.notify()
        self._speaker.turn_background(gain)

    def stop(self) -> None:
        """Stop all sound, and close the speaker and the voice."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._speaker.close()
        if self._worker.ident is not None:
            self._worker.join()
        self._cache.close()
        self._voice.close()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopping or self._speak or self._ahead or self._lacks_sounds())
                if self._is_stopping:
                    return
                speak = self._speak
                needs_cues, needs_background = self._lacks_cues(), self._lacks_background()
            if speak:
                self._say(speak)
            elif needs_cues:
                self._cues = _cues(self._speaker.rate)
            elif needs_background:
                self._make_background()
            elif ahead := self._next_ahead():
                self._rendered(*ahead)

    def _next_ahead(self) -> tuple[str, int] | None:
        """Return the next text to render ahead, with its pace; None if there is something to say, or no voice yet."""
        if not self._is_voice_loaded():
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopping or self._speak, _LOOK_SECONDS)
            return None
        with self._changed:
            return self._ahead.popleft() if self._ahead and not self._speak else None

    def _is_voice_loaded(self) -> bool:
        try:
            return self._voice.is_ready()
        except MouthError as error:
            _log.warning("%s", error)
            return True  # what cannot be rendered ends at once

    def _make_background(self) -> None:
        kind, rate = self._background, self._speaker.rate
        self._speaker.background(background(kind, rate), rate)
        self._made_background = (kind, rate)

    def _lacks_sounds(self) -> bool:
        return self._lacks_cues() or self._lacks_background()

    def _lacks_background(self) -> bool:
        """Return whether the sound in the background must be made, or made anew for another speaker."""
        return bool(self._background) and self._made_background != (self._background, self._speaker.rate)

    def _lacks_cues(self) -> bool:
        """Return whether the cues must be made anew, because the rate of the speaker has changed."""
        return self._cues[0] != self._speaker.rate

    def _say(self, speak: Speak) -> None:
        samples = self._rendered(speak.text, speak.voice.words_per_minute)
        with self._changed:
            if self._speak is not speak or self._is_stopping:
                return  # hushed, or there is something else to say by now
            self._speak = None
            self._speaker.say(speak.utterance_id, samples, self._renderer.rate, speak.voice.volume)

    def _rendered(self, text: str, words_per_minute: int) -> NDArray[np.float32]:
        self._renderer.rate = self._speaker.rate  # another speaker may have come
        try:
            return self._renderer.get(text, words_per_minute)
        except MouthError as error:
            _log.warning("%s", error)
        except Exception:  # noqa: BLE001 - whatever it is, the next sentence may be said again
            _log.exception("a sentence cannot be said: %s", text)
        return NOTHING


class _Poster:
    """A SpeakerListener that posts an event for everything that the speaker reports."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post

    def ended(self, utterance_id: int) -> None:
        self._post(SpeechEnded(utterance_id=utterance_id))

    def lost(self) -> None:
        self._post(FaultRaised(fault=Fault.NO_SPEAKER))

    def found(self) -> None:
        self._post(FaultCleared(fault=Fault.NO_SPEAKER))


def _cues(rate: int) -> tuple[int, dict[Sound, NDArray[np.float32]]]:
    """Make all cues at a sample rate; return that rate and the cues."""
    return rate, {sound: synthesise(sound, rate) for sound in Sound}


def open_mouth(  # noqa: PLR0913 - all that a mouth can be told, once
    pack: LanguagePack,
    output_device: str | None = None,
    tap: EchoTap | None = None,
    *,
    voice: str = STANDARD,
    wait_for_device: bool = False,
    wait_for_voice: bool = True,
) -> SpeakingMouth:
    """Return a mouth for a language; it is not started yet.

    Args:
        pack: the pack of the language that it speaks.
        output_device: number or part of the name of the speaker; None for the default one.
        tap: receives all sound that is played.
        voice: `models.catalogue.AUTO`, or the name of a voice; where that one does not speak the language, the
            standard one does, and `fallback_notice` says so.
        wait_for_device: where there is no speaker, post FaultRaised and wait for one.
        wait_for_voice: return when the voice is loaded; if not, another one may say the first sentences.

    Raises:
        MouthError: no speaker (unless it is waited for), no eSpeak NG, or no voice for the language.
    """
    speaker = Speaker(output_device, tap)
    speaker.start()  # the processes of speaker and voice start side by side
    with ExitStack() as undo:
        undo.callback(speaker.close)
        opened, fallback_notice = open_voice(voice, pack, is_awaited=wait_for_voice)
        undo.callback(opened.close)
        if not wait_for_device:
            speaker.wait_until_open()
        undo.pop_all()
    return SpeakingMouth(opened, speaker, SpeechCache(), fallback_notice)
