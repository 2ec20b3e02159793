"""Several people and one coach: their skin, history and tuning are kept apart, in files and in the running program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benches.home_assistant.house import free_port
from tests.memory.masks import history_in, mask_at
from tests.patience import patient
from voice_coach.cli.options import Fallbacks, settings_with
from voice_coach.client import Coach, CoachUnreachableError
from voice_coach.language.intents import PEOPLE
from voice_coach.library import load_language
from voice_coach.memory.clocks import read_stamp
from voice_coach.memory.folders import keep_person, kept_person, state_folder
from voice_coach.memory.history.history_file import data_folder
from voice_coach.memory.settings import PERSONAL, SettingsFile, load_settings, settings_path
from voice_coach.routines import Skin
from voice_coach.session.commands import SavePreferences, Voice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from tests.conftest import Coach as Program


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("HOME", str(home))
    for kind in ("CONFIG", "DATA", "STATE"):
        monkeypatch.delenv(f"XDG_{kind}_HOME", raising=False)


def written(text: str, person: str = PEOPLE[0]) -> None:
    path = settings_path(person)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_what_is_personal_is_their_own_and_all_else_is_the_household_s() -> None:
    written('skin = "oily"\nminutes = 12\nvolume = 0.5\nlanguage = "ko"\ngain = 6\n')
    written('skin = "dry"\nlanguage = "en"\n', "two")
    first, second, third = (settings_with({}, person) for person in PEOPLE[:3])
    assert (first.skin, first.minutes, first.gain) == ("oily", 12, 6)
    assert (second.skin, second.minutes, second.gain) == ("dry", None, 0.0)
    assert third.skin is None
    assert {one.language for one in (first, second, third)} == {"ko"}
    given = Fallbacks({}, "two").settings()  # in English where there is no recogniser for Korean
    assert replace(given, language=second.language) == second


def test_what_is_chosen_by_voice_is_kept_for_who_chose_it() -> None:
    written('skin = "oily"\n')
    SettingsFile(settings_path("three")).save(SavePreferences(Voice(150, 0.9), Skin.DRY))
    assert load_settings().skin == "oily"
    assert settings_with({}, "three").skin == "dry"
    assert set(PERSONAL) >= {"skin", "detail", "words_per_minute", "volume"}


def test_who_was_led_last_is_remembered_whatever_stands_in_the_file() -> None:
    assert kept_person() == "one"
    keep_person("three")
    assert kept_person() == "three"
    for rubbish in (b"", b"five", b"\xff" * 100, b"two\n"):
        (state_folder() / "person").write_bytes(rubbish)
        assert kept_person() == "one"


def test_a_mistake_in_a_person_s_file_is_told_with_its_place() -> None:
    written("volume = 7\n", "two")
    fallbacks = Fallbacks({}, "two")
    assert fallbacks.settings().volume == load_settings().volume
    assert str(settings_path("two")) in fallbacks.complaints[0]


def test_nobody_is_shown_the_history_of_another(program: Program) -> None:
    written('people = ["Anna", "Ben"]\n')
    with history_in(data_folder("two")) as history:
        mask_at(history, read_stamp())

    def masks_of(*named: str) -> int:
        return int(json.loads(program("history", "--json", *named).stdout)["counts"]["total"])

    assert [masks_of("--person", name) for name in ("1", "Anna", "2", "Ben", "ben", "3")] == [0, 0, 1, 1, 1, 0]
    assert masks_of() == 0
    keep_person("two")
    assert masks_of() == 1
    program("history", "forget", "--all", "--yes", "--person", "Anna")
    assert masks_of("--person", "Ben") == 1


def test_an_unknown_person_is_one_sentence_with_those_that_there_are(program: Program) -> None:
    written('people = ["Anna", "Ben"]\n')
    refused = program("history", "--person", "Carla")
    assert refused.returncode == 2
    assert "choose one of 1, 2, 3, 4, Anna, Ben" in refused.stderr


def test_names_can_be_said_unless_they_mean_something_else() -> None:
    pack = load_language("en")
    names = pack.names_of_people(["Anna-Lena", "Ready", "O'Brien", "Mr. Ben"])
    assert names == {"one": ("anna lena",), "three": ("o'brien",)}
    book = pack.phrase_book_with(None, names)
    assert book.shipped is pack.phrase_book
    assert book.by_text["i'm anna lena"].slot_value == "one"
    assert {phrase.text for phrase in pack.phrase_book.phrases} < {phrase.text for phrase in book.phrases}


@contextmanager
def running(home: Path, port: int) -> Iterator[Coach]:
    card = home / "asound.conf"
    card.write_text("pcm.unusable { type file }\n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": str(card)}
    command = [sys.executable, "-m", "voice_coach", "start", "--wait", "--page", str(port), "--daytime"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        yield Coach(f"http://127.0.0.1:{port}")
        child.kill()


def until(coach: Coach, is_so: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
    given_up_at = time.monotonic() + patient(60)
    while True:
        with suppress(CoachUnreachableError):
            if is_so(state := coach.state()):
                return state
        assert time.monotonic() < given_up_at
        time.sleep(0.05)


def skin(state: Mapping[str, Any]) -> list[str]:
    return [one["value"] for one in state["choices"] if one["intent"] == "skin" and one["is_chosen"]]


@pytest.mark.usefixtures("processes")
def test_a_running_coach_leads_the_one_who_says_who_they_are(home: Path) -> None:
    written('people = ["Anna", "Ben"]\nskin = "oily"\n')
    with running(home, free_port()) as coach:
        until(coach, lambda state: skin(state) == ["oily"])
        coach.press("person", value="two")
        until(coach, lambda state: skin(state) == [])
        coach.press("skin", value="dry")
        until(coach, lambda state: skin(state) == ["dry"])
        coach.press("person", value="one")
        until(coach, lambda state: skin(state) == ["oily"])
        coach.press("person", value="two")
        until(coach, lambda state: skin(state) == ["dry"])
    assert kept_person() == "two"
    assert load_settings().skin == "oily"
