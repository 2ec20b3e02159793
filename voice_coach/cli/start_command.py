"""`voice-coach start`: puts the coach together from its parts, and replaces what the settings make impossible."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, suppress
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TextIO

import click

from voice_coach.cli.log import keep_libraries_quiet, tell
from voice_coach.cli.mirror_commands import open_mirror, page_options
from voice_coach.cli.options import (
    Checked,
    Fallbacks,
    channel_option,
    engine_option,
    gain_option,
    language_option,
    load_texts,
    nearness_option,
    person_option,
    sensitivity_option,
    setting,
    settings_with,
    voice_option,
)
from voice_coach.errors import CoachError, DeviceProblem, EarsError, MicrophoneError, SettingsError
from voice_coach.language.intents import PEOPLE
from voice_coach.memory.folders import keep_person
from voice_coach.memory.settings import PERSONAL, Settings, SettingsFile, keep_settings, settings_path
from voice_coach.memory.settings_schema import FOR_EXAMPLE
from voice_coach.schema import Number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from voice_coach.ears.wake_word import WakeWord
    from voice_coach.errors import DeviceError
    from voice_coach.face.base import CompositeFace, Face, Notice
    from voice_coach.language.intents import Intent
    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences
    from voice_coach.loop import Edges
    from voice_coach.memory.session_store import SessionStore
    from voice_coach.mirror.mirror_face import MirrorFace
    from voice_coach.mouth.mouth import SpeakingMouth
    from voice_coach.routines import Routine
    from voice_coach.session.commands import Quit
    from voice_coach.session.events import Restored, Started
    from voice_coach.session.state import Session


_DEFAULT = Settings()

_HOLD = Number(1, 1800, example="20", hint=FOR_EXAMPLE)


@click.command(short_help='Begin; then say "start the mask", or press S.')
@setting("minutes", "--minutes", "N", "Length of the countdown, 10 to 20; else as the mask and the skin need it.")
@setting("skin", "--skin", "TYPE", "Your skin: dry, oily, combination, sensitive or normal.")
@setting("detail", "--detail", "D", "full, or brief: what to do, but not how.")
@language_option()
@engine_option()
@setting("routine", "--routine", "NAME", "Which routine to lead through.")
@voice_option()
@setting("input", "--input", "D", "Microphone, by its number or a part of its name.")
@channel_option()
@setting("output", "--output", "D", "Speaker, by its number or a part of its name.")
@setting("words_per_minute", "--words-per-minute", "N", "How fast the coach speaks, 80 to 300.")
@setting("volume", "--volume", "V", "How loud the coach speaks, 0 to 1.")
@sensitivity_option()
@nearness_option()
@gain_option()
@person_option()
@page_options
@setting("button_pin", "--button-pin", "N", "Pin of a button, 0 to 27 (BCM); see docs/hands.md.")
@setting("light_pin", "--light-pin", "N", "Pin of a light, 0 to 27 (BCM).")
@click.option("--plain", is_flag=True, help="Plain lines instead of a page.")
@click.option("--wait", is_flag=True, help="For a service: begin whatever is missing or wrong, without a question.")
@click.option("--json", "as_json", is_flag=True, hidden=True, help="Every event and command as a JSON line.")
@click.option("--hold-seconds", type=Checked("hold", _HOLD), hidden=True, help="Countdown of a rehearsal.")
@click.option(
    "--daytime/--evening",
    "is_daytime",
    default=None,
    help="Instead of the local clock: whether sunscreen belongs to it.",
)
def start(  # noqa: PLR0913 - all that has no setting
    *,
    plain: bool,
    wait: bool,
    as_json: bool,
    hold_seconds: float | None,
    is_daytime: bool | None,
    person: str,
    **flags: Any,  # noqa: ANN401 - the settings, each checked by its rule
) -> None:
    """Start the coach. Then say "start the mask", or press s.

    Without a microphone you use the keys, or the page; without a speaker you read. Plugged in later, both are used.

    What no flag says, the settings file does: ~/.config/voice-coach/settings.toml, with lines such as

    \b
      minutes = 12
      input = "USB Audio"

    Its names are minutes, skin, detail, language, engine, routine, voice, input, channel, output, words_per_minute,
    volume, button_pin, light_pin, page, page_lan, page_certificate, page_key, page_proxy, mqtt_url, mqtt_user,
    mqtt_password_file, mqtt_ca_file, mqtt_command, mqtt_feeling (docs/home-assistant.md), wake_word (okay_nabu,
    hey_jarvis, hey_mycroft or alexa), hold_sound (rain or waves), duck_players, people,
    nearness, sensitivity, gain and favourites; the last three are found by `voice-coach tune`.

    \b
    Examples:
      voice-coach start
      voice-coach start --minutes 10 --input "USB Audio"
      voice-coach start --plain
      voice-coach start --page                    a live page at http://127.0.0.1:8765/
      voice-coach start --page-lan                and on the home network, for a tablet or a phone
    """
    from voice_coach.supervised_process import give_back_large_blocks

    give_back_large_blocks()
    way = _Way(plain=plain, wait=wait, as_json=as_json, hold_seconds=hold_seconds)
    comes_back, goes_on = wait, False
    while person:
        keep_person(person)
        end = _lead(person, flags, way, is_daytime=is_daytime, comes_back=comes_back, goes_on=goes_on)
        comes_back, goes_on = False, True  # whoever comes next has not been greeted
        if end.next_language:
            _keep_language(end.next_language)
            flags["language"] = end.next_language  # also when it could not be kept, or another was given as a flag
        if end.next_person != person:
            flags = {name: value for name, value in flags.items() if name not in PERSONAL}
        person = end.next_person


def _keep_language(code: str) -> None:
    """Write the language that was chosen by voice into the household's settings; a disk that refuses is only told."""
    try:
        keep_settings({"language": code})
    except SettingsError as error:
        tell(str(error))


@dataclass(kw_only=True)
class _Way:
    """How the coach runs, whomever it leads."""

    plain: bool
    wait: bool
    as_json: bool
    hold_seconds: float | None

    @cached_property
    def stdout(self) -> TextIO:
        """The real standard output; from the first call on, libraries write into the log."""
        return keep_libraries_quiet()


def _lead(  # noqa: PLR0913 - all that differs from one person to the next
    person: str, flags: Mapping[str, Any], way: _Way, *, is_daytime: bool | None, comes_back: bool, goes_on: bool
) -> Quit:
    """Lead one person until the coach ends, or is to begin anew for somebody else or in another language.

    A coach that goes on must not end because a person's own routine is not there in the language that was chosen.
    """
    from voice_coach.library import load_language, load_routine, load_routines
    from voice_coach.loop import run
    from voice_coach.memory.clocks import is_daytime_now
    from voice_coach.memory.session_store import SessionStore
    from voice_coach.session.view_builder import notes_of

    if is_daytime is None:
        is_daytime = is_daytime_now()
    wait = way.wait
    fallbacks = Fallbacks(flags, person)
    settings = fallbacks.settings() if wait else settings_with(flags, person)
    is_lenient = wait or goes_on
    routine = fallbacks.routine(settings) if is_lenient else load_routine(settings.routine, settings.language)
    for complaint in fallbacks.complaints:
        tell(complaint)
    pack, routines = load_language(settings.language), load_routines(settings.language)
    settings_file = SettingsFile(settings_path(person), complaint="\n".join(fallbacks.complaints))
    memory = SessionStore(settings_file, flags.get("routine") and routine.id, settings.language, person=person)
    first = memory.begin(is_daytime=is_daytime, comes_back=comes_back)
    if settings.routine == _DEFAULT.routine and not flags.get("routine"):
        routine = _last_kind(first, routines) or routine
    titles = {name: one.title for name, one in routines.items()}
    edges = _edges(settings, pack, routine, memory, titles, way)
    keys, hold_seconds = edges.face.keys, way.hold_seconds
    session = _session(settings, pack, routine, routines, person=person, hold_seconds=hold_seconds, keys=keys)
    if flags.get("minutes") and session.is_request_overruled:
        tell(" ".join(notes_of(session)))
    try:
        return run(session, edges, first)
    finally:
        if settings_file.trouble:
            tell(settings_file.trouble)


def _last_kind(first: Started | Restored, routines: Mapping[str, Routine]) -> Routine | None:
    """Return the routine of the last mask, with which the person probably goes on; None when there is none."""
    last = first.past.last
    return routines.get(last.routine) if last else None


def _session(  # noqa: PLR0913 - all that the session is made from, once
    settings: Settings,
    pack: LanguagePack,
    routine: Routine,
    routines: Mapping[str, Routine],
    *,
    person: str,
    hold_seconds: float | None,
    keys: Mapping[Intent, str],
) -> Session:
    """Return the session before its first event; in a rehearsal it has the hold that was asked for."""
    from voice_coach.routines import Skin
    from voice_coach.session import new_session
    from voice_coach.session.commands import Voice

    known = pack.phrase_book.by_text
    favourites = [known[text] for text in settings.favourites if text in known]
    return new_session(
        routine,
        pack.wording.preferring(favourites).naming(dict(zip(PEOPLE, settings.people, strict=False))),
        voice=Voice(settings.words_per_minute, settings.volume),
        hold_seconds=hold_seconds or (settings.minutes and settings.minutes * 60.0),
        keys=keys,
        routines=routines,
        skin=Skin(settings.skin) if settings.skin else None,
        is_brief=settings.detail == "brief",
        person=person,
        languages=_languages_heard(settings.engine),
    )


def _languages_heard(engine: str) -> dict[str, str]:
    """Return the languages that an engine can hear on this machine, each by its code with its own name."""
    from voice_coach.content_index import languages
    from voice_coach.ears import recognizer_names
    from voice_coach.library import load_language

    heard = {}
    for code in languages():
        with suppress(CoachError):  # its model is not installed
            recognizer_names(engine, code)
            heard[code] = load_language(code).own_name
    return heard


def _wake_word(name: str | None) -> WakeWord | None:
    """Load a wake word; without it the coach still has its wake phrase, so its absence is only told."""
    if name is None:
        return None
    from voice_coach.ears.wake_word import MicroWakeWord

    try:
        return MicroWakeWord(name)
    except EarsError as error:
        tell(str(error))
        return None


def _edges(  # noqa: PLR0913, PLR0917 - all that the edges are built from, once
    settings: Settings,
    pack: LanguagePack,
    routine: Routine,
    memory: SessionStore,
    titles: Mapping[str, str],
    way: _Way,
) -> Edges:
    from voice_coach.ears import Tuning, open_ears
    from voice_coach.ears.echo.canceller import EchoCanceller
    from voice_coach.ears.echo.playback_reference import Played
    from voice_coach.face.base import NO_NOTICE
    from voice_coach.face.line_output import BackgroundWriter, JsonLines
    from voice_coach.library import is_own
    from voice_coach.loop import Edges
    from voice_coach.mouth import open_mouth
    from voice_coach.service.watchdog import pulse_of_this_process

    wait = way.wait
    screen = Screen(way.stdout, plain=way.plain, as_json=way.as_json)

    def tell_loading(done: int, total: int) -> None:
        face.tell_loading(done, total)  # made below, when it is known what it has to say at first

    own, people = routine if is_own(routine.id, pack.code) else None, pack.names_of_people(settings.people)
    has_own = own is not None or bool(people)
    played = Played()
    pulse = pulse_of_this_process()
    with ExitStack() as on_error:
        # First of all, as the greeting waits for the voice, which takes longest to load.
        mouth = open_mouth(
            pack, settings.output, played, voice=settings.voice, wait_for_device=True, wait_for_voice=False
        )
        on_error.callback(mouth.stop)
        mirror, notice = open_mirror(settings, pack, is_attended=not wait) or (None, NO_NOTICE)
        home = _smart_home(settings, pack, titles)
        ears = open_ears(
            settings.engine,
            pack.phrase_book_with(own, people) if has_own else pack.phrase_book,
            lambda: pack.understander_with(own, people) if has_own else pack.understander,
            settings.input,
            tell_loading,
            tuning=Tuning(settings.sensitivity, settings.gain, settings.nearness),
            channel=settings.channel,
            played=played,
            front_end=EchoCanceller(played),
            wait_for_device=True,
            wake_word=_wake_word(settings.wake_word),
        )
        on_error.callback(ears.forget_microphone)
        ears.look_for_microphone()
        if mouth.fallback_notice:
            tell(mouth.fallback_notice)
        else:  # a voice that cannot be loaded later on is told at the end, as the screen is the face's till then
            click.get_current_context().call_on_close(lambda: _tell_if_any(mouth.fallback_notice))
        if not wait:
            ways = _Ways(screen.has_keys, has_page=mirror is not None, has_button=settings.button_pin is not None)
            missing = _missing(ears.find_microphone(), mouth.find_speaker(), ways, load_texts(pack))
            for sentence in missing:
                tell(sentence)
            if screen.is_drawn_on:  # where lines are written, they would stand twice
                notice = replace(notice, lines=(*missing, *notice.lines))
        on_error.pop_all()
    home += _background_faces(settings, mouth)
    face = faces_of(screen, settings, pack, mirror, notice, home=home)
    return Edges(
        ears=ears,
        mouth=mouth,
        face=face,
        memory=memory,
        observers=[JsonLines(BackgroundWriter(way.stdout)), pulse] if way.as_json else [pulse],
        pulse=pulse,
    )


def _background_faces(settings: Settings, mouth: SpeakingMouth) -> list[Face]:
    """Return the faces for sound in the background that the settings ask for."""
    if settings.hold_sound is None and not settings.duck_players:
        return []
    from voice_coach.face.background_sound import HoldSound, PlayerDucker

    sound = [HoldSound(partial(mouth.background, settings.hold_sound))] if settings.hold_sound else []
    return [*sound, *([PlayerDucker()] if settings.duck_players else [])]


def _smart_home(settings: Settings, pack: LanguagePack, titles: Mapping[str, str]) -> list[Face]:
    """Return the face for the smart home, if the settings ask for one; who wants none pays for none.

    Raises:
        FaceError: its settings cannot be used.
    """
    if not settings.names_broker:
        return []
    from voice_coach.integrations.mqtt_face import MqttFace, broker_of, id_of_this_machine
    from voice_coach.integrations.mqtt_messages import device_of, node_of

    node, has_command, has_feeling = node_of(id_of_this_machine()), settings.mqtt_command, settings.mqtt_feeling
    device = device_of(node, pack, titles, has_command=has_command, has_feeling=has_feeling)
    return [MqttFace(broker_of(settings), device)]


def _tell_if_any(sentence: str) -> None:
    if sentence:
        tell(sentence)


@dataclass(frozen=True, slots=True)
class _Ways:
    """The ways besides the voice in which a person can give the coach commands."""

    has_keys: bool
    has_page: bool
    has_button: bool

    def told(self, texts: Sentences) -> str:
        """Return them in words; empty when there is none."""
        match self.has_keys, self.has_page:
            case True, True:
                return texts.say("start.by_keys_or_page")
            case True, False:
                return texts.say("start.by_keys")
            case False, True:
                return texts.say("start.by_page")
        return texts.say("start.by_button") if self.has_button else ""


def _missing(microphone: DeviceError | None, speaker: DeviceError | None, ways: _Ways, texts: Sentences) -> list[str]:
    """Return a sentence for what is missing: what can be done without it, and how to get it; none if nothing is.

    Raises:
        DeviceError: without a microphone nothing could ever give the coach a command.
    """
    how = ways.told(texts)
    if microphone is not None and not how:
        if microphone.problem is DeviceProblem.ABSENT:
            raise MicrophoneError(texts.say("start.nothing_leads"), microphone.problem)
        raise microphone
    absent = [error is not None and error.problem is DeviceProblem.ABSENT for error in (microphone, speaker)]
    if all(absent):
        return [texts.say("start.no_sound", how=how)]
    sentences = []
    if microphone is not None:
        unusable = texts.say("start.microphone_unusable", reason=microphone, how=how)
        sentences.append(texts.say("start.no_microphone", how=how) if absent[0] else unusable)
    if speaker is not None:
        unusable = texts.say("start.speaker_unusable", reason=speaker)
        sentences.append(texts.say("start.no_speaker") if absent[1] else unusable)
    return sentences


@dataclass(frozen=True, slots=True)
class Screen:
    """Standard output, and how the coach is to be shown on it."""

    stdout: TextIO
    _: KW_ONLY
    plain: bool = False
    as_json: bool = False

    @property
    def is_drawn_on(self) -> bool:
        """Whether it is a terminal on which a page can be drawn."""
        is_able = self.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        return is_able and not (self.plain or self.as_json)

    @property
    def has_keys(self) -> bool:
        """Whether it takes keys: a page does, and so do plain lines on a terminal."""
        return self.stdout.isatty() and not self.as_json and sys.stdin is not None and sys.stdin.isatty()


def faces_of(  # noqa: PLR0913 - all faces that there are
    screen: Screen,
    settings: Settings,
    pack: LanguagePack,
    page: MirrorFace | None,
    notice: Notice,
    *,
    home: Sequence[Face] = (),
) -> CompositeFace:
    """Return the face on the screen, and with it the page, button, light and smart home that the settings ask for."""
    from voice_coach.face.base import CompositeFace

    faces: list[Face] = [_face(screen, pack, notice)]
    if settings.button_pin is not None or settings.light_pin is not None:
        from voice_coach.face.gpio import GpioFace

        faces.append(GpioFace(settings.button_pin, settings.light_pin))
    return CompositeFace(*faces, *([page] if page else []), *home)


def _face(screen: Screen, pack: LanguagePack, notice: Notice) -> Face:
    from voice_coach.face.base import SilentFace, load_texts
    from voice_coach.face.line_output import BackgroundWriter, PlainFace
    from voice_coach.face.terminal import TerminalFace

    if screen.as_json:
        return SilentFace()
    if screen.is_drawn_on:
        return TerminalFace(screen.stdout, load_texts(pack), notice)
    return PlainFace(BackgroundWriter(screen.stdout), load_texts(pack), notice)
