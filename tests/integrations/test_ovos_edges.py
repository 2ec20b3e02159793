"""The edges of the OpenVoiceOS skill around the real session, in the real loop; only the assistant is of the test."""

from __future__ import annotations

import threading
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import soundfile

from tests.patience import patient
from voice_coach import clock
from voice_coach.content_index import languages
from voice_coach.face.base import SilentFace
from voice_coach.integrations import ovos_edges
from voice_coach.integrations.ovos_edges import (
    AssistantMouth,
    Courier,
    RoutineStoppedError,
    TranscriptEars,
    heard_in,
    settings_of,
)
from voice_coach.language.intents import Intent
from voice_coach.language.understanding import understand
from voice_coach.library import load_language, load_routine, load_routines
from voice_coach.loop import Edges, run
from voice_coach.memory.session_store import SessionStore
from voice_coach.memory.settings import SettingsFile
from voice_coach.routines import Phase
from voice_coach.session import new_session
from voice_coach.session.commands import Cue, Show, Sound, Speak, Voice
from voice_coach.session.events import CommandHeard, Event, SpeechEnded, Started
from voice_coach.session.listening import listening
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice_coach.errors import CoachError
    from voice_coach.session.commands import Command

FOREIGN = (
    "what's the weather", "set an alarm for seven", "play some music", "who is Ada Lovelace", "turn on the lights",
    "stop the music", "start the dishwasher", "pause the film", "add milk to the shopping list", "",
    "set a timer for ten minutes", "remind me in five minutes", "cancel the timer", "good morning",
)  # fmt: skip
UNDERSTANDER = load_language("en").understander


class Room:
    """An assistant that says each sentence in no time, unless it is told to wait."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bool]] = []
        self.hushes = 0
        self.played: list[Path] = []
        self.calls_to_stay = 0
        self.mouth: AssistantMouth | None = None
        self.has_audio = True

    def say(self, text: str, *, expects_answer: bool) -> None:
        """Take note of it; its audio ends at once."""
        self.said.append((text, expects_answer))
        if self.has_audio and self.mouth is not None:
            self.mouth.audio_began()
            self.mouth.audio_ended()

    def hush(self) -> None:
        """Count it."""
        self.hushes += 1

    def play(self, sound: Path) -> None:
        """Take note of a sound, which must be one."""
        assert soundfile.info(sound).frames > 0
        self.played.append(sound)

    def stay_active(self) -> None:
        """Count it."""
        self.calls_to_stay += 1


class Lasting:
    """A coach in a thread, as the skill runs it, with a store of its own."""

    def __init__(self, folder: Path, *, opening: Intent | None = Intent.START, hold_seconds: float = 900.0) -> None:
        self.room, self.courier = Room(), Courier()
        self.events: list[Event] = []
        pack = load_language("en")
        self.mouth = self.room.mouth = AssistantMouth(self.room, self.courier)
        first = None if opening is None else CommandHeard(intent=opening, text="start the mask")
        self.ears = TranscriptEars(pack.understander, first, lambda: self.courier.send(self.room.hush))
        store = SessionStore(SettingsFile(folder / "settings.toml"), None, "en", folder)
        session = new_session(
            load_routine("facial_mask", "en"), pack.wording, hold_seconds=hold_seconds, routines=load_routines("en")
        )
        edges = Edges(self.ears, self.mouth, SilentFace(), store, (self.mouth, self), self.mouth)
        begun = store.begin(is_daytime=True)
        begun = replace(begun, is_greeting=False) if isinstance(begun, Started) else begun
        self.ended_by: CoachError | None = None
        self.begun = begun
        self._thread = threading.Thread(target=self._run, args=(session, edges), daemon=True)
        self._thread.start()

    def _run(self, session: object, edges: Edges) -> None:
        try:
            run(session, edges, self.begun)  # type: ignore[arg-type]
        except RoutineStoppedError as error:
            self.ended_by = error
        finally:
            self.courier.stop()

    def observe(self, event: Event, _commands: tuple[Command, ...]) -> None:
        """Take note of what reaches the session."""
        self.events.append(event)

    def stop(self) -> None:
        """It is an observer that needs no end."""

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + patient(10.0)
        while not condition():
            assert time.monotonic() < deadline, self.room.said
            time.sleep(0.01)

    def until_said(self, part: str) -> None:
        """Wait for a sentence."""
        self.until(lambda: any(part in text for text, _ in self.room.said))

    def until_over(self) -> None:
        """Wait for the end of the loop."""
        self._thread.join(patient(10.0))
        assert not self._thread.is_alive()

    @property
    def commands(self) -> list[Intent]:
        """The commands that have reached the session."""
        return [event.intent for event in self.events if isinstance(event, CommandHeard)]


@pytest.fixture
def coach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lasting]:
    """A coach whose first step is being said; it is ended after the test."""
    monkeypatch.setattr(ovos_edges, "_HUSHED_SECONDS", 0.01)
    monkeypatch.setattr(ovos_edges, "_GAP_SECONDS", 0.01)
    running = Lasting(tmp_path)
    running.until_said("Let's begin")
    yield running
    running.ears.end()
    running.until_over()


def test_the_words_that_start_it_begin_the_routine_without_a_greeting_in_between(coach: Lasting) -> None:
    assert coach.commands == [Intent.START]
    assert coach.room.said[-1][0].startswith("Let's begin")


def test_a_command_is_taken_and_answered(coach: Lasting) -> None:
    assert coach.ears.hear("next step")
    coach.until_said("Massage your face")


@pytest.mark.parametrize("text", FOREIGN)
def test_what_is_not_for_the_coach_is_refused_and_reaches_nothing(coach: Lasting, text: str) -> None:
    assert coach.ears.command_in(text) is None
    assert not coach.ears.hear(text)
    assert coach.ears.hear("which step is this")
    coach.until(lambda: Intent.WHICH_STEP in coach.commands)
    assert coach.commands == [Intent.START, Intent.WHICH_STEP]


def test_to_be_asked_changes_nothing(coach: Lasting) -> None:
    assert coach.ears.command_in("next step") is not None
    assert coach.ears.hear("which step is this")
    coach.until(lambda: Intent.WHICH_STEP in coach.commands)
    assert Intent.NEXT not in coach.commands


def test_pain_is_answered_at_once(coach: Lasting) -> None:
    assert coach.ears.hear("ouch it burns")
    coach.until(lambda: Intent.STINGS in coach.commands)
    coach.until(lambda: coach.room.hushes > 0)


def test_a_yes_is_taken_only_after_a_question(coach: Lasting) -> None:
    assert not coach.ears.hear("yes")
    assert coach.ears.hear("start over")
    coach.until(lambda: any(expects for _, expects in coach.room.said))
    coach.until(lambda: coach.ears.command_in("yes") is not None)


def test_only_a_question_has_the_assistant_listen_for_an_answer(coach: Lasting) -> None:
    coach.ears.hear("start over")
    coach.until(lambda: len(coach.room.said) > 1)
    assert [expects for _, expects in coach.room.said] == [False, True]


@pytest.mark.parametrize("text", ["louder", "speak slower", "volume up", "go to sleep", "wake up coach"])
def test_its_own_voice_and_ears_are_the_assistants_affair(coach: Lasting, text: str) -> None:
    assert not coach.ears.hear(text)


def test_one_stop_falls_silent_and_asks(coach: Lasting) -> None:
    coach.ears.hear_stop()
    coach.until_said("Shall we end here?")
    assert coach.room.hushes > 0
    assert coach.ended_by is None


def test_a_stop_that_comes_twice_by_the_bus_asks_once(coach: Lasting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ovos_edges, "_HUSHED_SECONDS", 5.0)
    coach.ears.hear_stop()
    coach.ears.hear_stop()
    assert coach.ended_by is None
    assert coach.commands.count(Intent.QUIT) <= 1


def test_a_second_stop_ends_and_the_place_is_kept(coach: Lasting, tmp_path: Path) -> None:
    coach.ears.hear("next step")
    coach.ears.hear_stop()
    coach.until_said("Shall we end here?")
    coach.ears.hear_stop()
    coach.until_over()
    again = Lasting(tmp_path, opening=None)
    again.until(lambda: bool(again.events))
    assert not isinstance(again.begun, Started)
    again.ears.end()
    again.until_over()


def test_a_no_to_the_question_makes_the_next_stop_a_first_one(coach: Lasting) -> None:
    coach.ears.hear_stop()
    coach.until_said("Shall we end here?")
    coach.until(lambda: coach.ears.hear("no"))
    coach.until(lambda: Intent.NO in coach.commands)
    coach.ears.hear_stop()
    coach.until(lambda: coach.commands.count(Intent.QUIT) == 2)
    assert coach.ended_by is None


def test_a_goodbye_ends_it_by_itself(coach: Lasting) -> None:
    coach.ears.hear("quit")
    coach.until(lambda: coach.ears.hear("yes"))
    coach.until_over()
    assert coach.ended_by is None


def test_after_the_end_nothing_is_taken(tmp_path: Path) -> None:
    over = Lasting(tmp_path)
    over.until_said("Let's begin")
    over.ears.end()
    over.until_over()
    assert not over.ears.hear("next step")


def test_an_assistant_is_told_at_the_start_that_the_coach_goes_on(coach: Lasting) -> None:
    assert coach.room.calls_to_stay == 1


def test_the_assistant_is_told_again_before_it_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((1000.0, 1060.0, 1119.0, 1121.0, 1200.0, 1242.0))
    monkeypatch.setattr(clock, "now", lambda: next(times))
    room, courier = Room(), Courier()
    mouth = AssistantMouth(room, courier)
    for _ in range(6):
        mouth.beat()
    courier.stop()
    assert room.calls_to_stay == 3


def test_a_whole_routine_is_lived_through(tmp_path: Path) -> None:
    through = Lasting(tmp_path, hold_seconds=0.3)
    through.until_said("Let's begin")
    for said in ("Massage", "Spread the mask", "lean back"):
        through.ears.hear("next step")
        through.until_said(said)
    through.until_said("Time to take the mask off.")
    through.until(lambda: any("chime" in sound.name for sound in through.room.played))
    through.ears.end()
    through.until_over()


class Posted:
    """Events of a mouth that stands alone."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def __call__(self, event: object) -> None:
        """Take note of it."""
        self.events.append(event)

    def wait(self) -> None:
        """Wait for the first event."""
        deadline = time.monotonic() + patient(5.0)
        while not self.events:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture
def mouth(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[AssistantMouth, Room, Posted]]:
    """A mouth by itself, with an assistant that never says when it has ended."""
    monkeypatch.setattr(ovos_edges, "_GAP_SECONDS", 0.1)
    room, courier, posted = Room(), Courier(), Posted()
    alone = AssistantMouth(room, courier)
    alone.start(posted)
    yield alone, room, posted
    alone.stop()
    courier.stop()


def order(mouth: AssistantMouth, number: int, text: str = "Rinse.") -> None:
    speak = Speak(number, text, Voice())
    mouth.speak(speak)
    mouth.observe(SpeechEnded(utterance_id=0), (speak,))


def test_a_sentence_has_ended_when_the_assistants_audio_has(mouth: tuple[AssistantMouth, Room, Posted]) -> None:
    one, _, posted = mouth
    order(one, 7)
    one.audio_began()
    one.audio_ended()
    one.audio_ended()
    posted.wait()
    assert posted.events == [SpeechEnded(utterance_id=7)]


def test_a_pause_between_two_sentences_of_a_text_is_not_its_end(mouth: tuple[AssistantMouth, Room, Posted]) -> None:
    one, _, posted = mouth
    order(one, 7, "Rinse. Then pat it dry.")
    one.audio_began()
    one.audio_ended()
    one.audio_began()
    time.sleep(0.3)
    assert posted.events == []
    one.audio_ended()
    posted.wait()
    assert posted.events == [SpeechEnded(utterance_id=7)]


def test_the_end_of_a_hushed_sentence_is_not_taken_for_that_of_the_next(
    mouth: tuple[AssistantMouth, Room, Posted],
) -> None:
    one, _, posted = mouth
    order(one, 7)
    one.audio_began()
    one.hush()
    order(one, 8)
    one.audio_ended()  # of the first
    time.sleep(0.3)
    assert posted.events == []
    one.audio_began()
    one.audio_ended()
    posted.wait()
    assert posted.events == [SpeechEnded(utterance_id=8)]


def test_without_any_audio_a_sentence_lasts_as_long_as_it_takes_to_read(
    mouth: tuple[AssistantMouth, Room, Posted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ovos_edges, "_PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(ovos_edges, "_SECONDS_A_BYTE", 0.001)
    one, _, posted = mouth
    order(one, 7)
    posted.wait()
    assert posted.events == [SpeechEnded(utterance_id=7)]


def test_a_hush_leaves_out_what_was_ordered_and_sounds_that_are_not_due(
    mouth: tuple[AssistantMouth, Room, Posted],
) -> None:
    one, room, _ = mouth
    one.cue(Cue(Sound.CHIME, clock.now() + 0.2, 0.8))
    one.speak(Speak(7, "Rinse.", Voice()))
    one.hush()
    one.observe(SpeechEnded(utterance_id=0), ())
    time.sleep(0.3)
    assert room.said == []
    assert room.played == []


def test_a_session_that_has_fallen_asleep_lets_the_assistant_have_its_screen_back(
    mouth: tuple[AssistantMouth, Room, Posted],
) -> None:
    one, _, posted = mouth
    one.observe(SpeechEnded(utterance_id=0), (Show(View(phase=Phase.DONE, is_asleep=True)),))
    assert [type(event) for event in posted.events] == [RoutineStoppedError]


def test_an_assistant_that_fails_ends_nothing(mouth: tuple[AssistantMouth, Room, Posted]) -> None:
    one, room, _ = mouth
    courier = one._courier  # noqa: SLF001 - what the skill has at hand
    courier.send(lambda: (_ for _ in ()).throw(OSError("the bus is gone")).__next__())
    order(one, 7)
    courier.stop()
    assert [text for text, _ in room.said] == ["Rinse."]


@pytest.mark.parametrize(
    ("text", "phase", "is_taken"),
    [
        ("next", Phase.APPLYING, True),
        ("next", Phase.IDLE, False),
        ("it burns", Phase.IDLE, True),
        ("ouch", Phase.DONE, True),
        ("ten minutes", Phase.APPLYING, False),
    ],
)
def test_the_session_says_what_may_be_taken(text: str, phase: Phase, is_taken: bool) -> None:  # noqa: FBT001
    heard = heard_in(text, understand(text, UNDERSTANDER), listening(phase))
    assert (heard is not None) == is_taken


def test_a_timer_that_has_a_name_is_the_coach_s_own() -> None:
    text = "set a timer for the eye patches for five minutes"
    heard = heard_in(text, understand(text, UNDERSTANDER), listening(Phase.APPLYING))
    assert heard is not None
    assert (heard.intent, heard.slot_value, heard.minutes) == (Intent.TIMER, "eye_patches", 5)


def test_two_commands_in_one_breath_stay_together() -> None:
    text = "done and what's next"
    heard = heard_in(text, understand(text, UNDERSTANDER), listening(Phase.APPLYING))
    assert heard is not None
    assert heard.intent is Intent.NEXT
    assert heard.next_command is not None
    assert heard.next_command.intent is Intent.WHATS_NEXT


def test_settings_of_the_skill_are_checked_like_those_of_the_file() -> None:
    right, mistakes = settings_of({"routine": "clay_mask", "minutes": "12", "skin": "", "page": None, "other": 1})
    assert right == {"routine": "clay_mask", "minutes": 12}
    assert mistakes == []


def test_a_wrong_setting_gets_a_sentence_and_the_others_count() -> None:
    right, mistakes = settings_of({"minutes": 99, "skin": "dry"})
    assert right == {"skin": "dry"}
    assert len(mistakes) == 1
    assert "minutes" in mistakes[0]


ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "voice_coach" / "integrations" / "locale"


def test_every_language_of_the_coach_can_start_the_skill() -> None:
    folders = {folder.name[:2]: folder for folder in LOCALE.iterdir()}
    assert folders.keys() == set(languages())
    for folder in folders.values():
        for name in ("start.intent", "failed.dialog"):
            lines = (folder / name).read_text(encoding="utf-8").splitlines()
            assert lines
            assert all(line.strip() for line in lines), "an empty line would match anything"


def test_the_skill_and_its_locale_are_installed_where_old_and_new_cores_look() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    points = project["project"]["entry-points"]
    assert points["opm.skill"] == points["ovos.plugin.skill"]
    assert set(points["opm.skill"].values()) == {"voice_coach.integrations.ovos:FacialMaskSkill"}
    assert "integrations/locale/**/*" in project["tool"]["setuptools"]["package-data"]["voice_coach"]
