"""The real loop and session, with bystanders of which nothing works: the mask comes off in time."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import pytest

from voice_coach import loop
from voice_coach.errors import FaceError
from voice_coach.face.base import CompositeFace, Face, SilentFace
from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine
from voice_coach.routines import Phase
from voice_coach.session import new_session
from voice_coach.session.commands import Sound
from voice_coach.session.events import CommandHeard, EarsReady, SpeechEnded, Started
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.session import commands

TO_THE_HOLD = (Intent.START, Intent.NEXT, Intent.NEXT, Intent.NEXT)
TO_LEAVE = (Intent.QUIT, Intent.YES)
HOLD_SECONDS = 0.3
TAKE_OFF = "Time to take the mask off."


class _Ears:
    def start(self, post: loop.Post) -> None:
        post(EarsReady(engine="test"))

    def listen(self, listen: commands.Listen) -> None: ...
    def stop(self) -> None: ...


class _Mouth:
    """It needs no time for a sentence. Who hears the first one, goes to the hold; who hears that it is over, leaves."""

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.cues: list[commands.Cue] = []

    def start(self, post: loop.Post) -> None:
        self._post = post

    def speak(self, speak: commands.Speak) -> None:
        self._post(SpeechEnded(utterance_id=speak.utterance_id))
        answers = TO_LEAVE if TAKE_OFF in speak.text else () if self.spoken else TO_THE_HOLD
        for intent in answers:
            self._post(CommandHeard(intent=intent, text="two words"))
        self.spoken.append(speak.text)

    def cue(self, cue: commands.Cue) -> None:
        self.cues.append(cue)

    def prepare(self, prepare: commands.Prepare) -> None: ...
    def hush(self) -> None: ...
    def stop(self) -> None: ...


def methods_of(role: type) -> set[str]:
    return {name for name, value in vars(role).items() if callable(value) and not name.startswith("_")}


class Failing:
    """Something that has all methods of a role, and raises an error in each but those that work."""

    keys: Mapping[Intent, str] = MappingProxyType({})
    seconds = 0.1

    def __init__(self, role: type, error: BaseException, *working: str) -> None:
        self.called: set[str] = set()
        for name in methods_of(role):
            setattr(self, name, partial(self._call, name, None if name in working else error))

    def _call(self, name: str, error: BaseException | None, *_arguments: object) -> None:
        self.called.add(name)
        if error is not None:
            raise type(error)(*error.args)  # anew: the traceback of one that is raised again and again grows


class _Page(SilentFace):
    """Keeps what it is to show."""

    def __init__(self) -> None:
        self.shown: list[object] = []

    def show(self, view: View) -> None:
        self.shown.append(view)

    def tell_loading(self, done: int, total: int) -> None:
        self.shown.append((done, total))


NO_ROOM = OSError(28, "No space left on device")
ERRORS = [NO_ROOM, BrokenPipeError(), FaceError("The light is gone."), RuntimeError(), TypeError()]
ROLES = (loop.Memory, Face, loop.Observer, loop.Pulse)
NOT_NEEDED = {"save", "recall", "tell_loading"}
"""By a routine in which nobody changes the voice or asks for the past, with ears that load nothing."""


def live(mouth: _Mouth, *bystanders: Any) -> None:  # noqa: ANN401 - one of each role
    """Live through a mask."""
    session = new_session(load_routine("facial_mask", "en"), load_language("en").wording, hold_seconds=HOLD_SECONDS)
    memory, face, observer, pulse = bystanders
    edges = loop.Edges(_Ears(), mouth, face, memory, [observer], pulse)
    loop.run(session, edges, Started(is_daytime=True))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_bystanders_that_fail_in_all_that_they_do_end_no_countdown(error: Exception) -> None:
    mouth = _Mouth()
    bystanders = [Failing(role, error, "start") for role in ROLES]
    live(mouth, *bystanders)
    assert any(TAKE_OFF in text for text in mouth.spoken)
    assert Sound.CHIME in {cue.sound for cue in mouth.cues}
    for role, one in zip(ROLES, bystanders, strict=True):
        assert one.called >= methods_of(role) - NOT_NEEDED, "each had its chance to do harm"


def test_it_is_shown_that_the_memory_fails() -> None:
    page = _Page()
    live(_Mouth(), Failing(loop.Memory, NO_ROOM, "start"), page, Failing(loop.Observer, NO_ROOM), loop.NoPulse())
    views = [view for view in page.shown if isinstance(view, View)]
    assert views[-1].faults
    assert not views[0].faults


@pytest.mark.parametrize("leaving", [KeyboardInterrupt(), SystemExit(143)], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.__name__)
def test_who_wants_to_leave_can_do_so_whatever_the_program_is_busy_with(role: type, leaving: BaseException) -> None:
    bystanders = [
        Failing(each, leaving, "start", "stop") if each is role else Failing(each, NO_ROOM, "start", "stop")
        for each in ROLES
    ]
    with pytest.raises(type(leaving)):
        live(_Mouth(), *bystanders)


def test_a_face_that_was_asked_for_wrongly_still_ends_the_start() -> None:
    face = Failing(Face, FaceError("Port 80 is taken."))
    with pytest.raises(FaceError, match="Port 80"):
        live(_Mouth(), Failing(loop.Memory, NO_ROOM, "start"), face, Failing(loop.Observer, NO_ROOM), loop.NoPulse())


def test_a_face_that_fails_spares_the_other_ones() -> None:
    failing, page = Failing(Face, NO_ROOM, "start"), _Page()
    both = CompositeFace(cast("Face", failing), page)
    both.start(lambda _heard: None)
    both.show(View(phase=Phase.IDLE))
    both.tell_loading(1, 2)
    assert page.shown == [View(phase=Phase.IDLE), (1, 2)]
