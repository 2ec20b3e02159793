from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from voice_coach.mirror.paired_devices import DevicesContents, DevicesFile, PairedDevice
from voice_coach.mirror.pairing import Pairing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Coach


@pytest.fixture
def file(home: Path) -> DevicesFile:
    """The file of the child's home."""
    return DevicesFile(home / ".local" / "share" / "voice-coach" / "mirror.json")


def have(file: DevicesFile, *names: str) -> None:
    """Devices that were paired some time ago."""
    devices = tuple(PairedDevice(name, "ab" * 32, "2027-01-15", "2027-02-01") for name in names)
    file.change(lambda _: DevicesContents(devices))


def test_pair_shows_a_code_and_a_picture_and_the_running_coach_takes_it(coach: Coach, file: DevicesFile) -> None:
    running = Pairing(file)
    shown = coach("page", "pair", "--url", "http://192.168.1.20:8765")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "█" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert "http://192.168.1.20:8765/" in shown.stdout
    assert "is not encrypted" in shown.stdout
    code = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", shown.stdout)
    assert code
    assert running.pair(code[0], "192.168.1.7", "curl/8")


def test_pair_speaks_the_language_of_the_settings(coach: Coach, home: Path) -> None:
    settings = home / ".config" / "voice-coach" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('language = "ko"\n', encoding="utf-8")
    shown = coach("page", "pair", "--url", "http://192.168.1.20:8765").stdout
    assert "이 주소를 열어 주세요: http://192.168.1.20:8765/" in shown
    assert "phone" not in shown


def test_pair_tells_programs_the_same(coach: Coach, file: DevicesFile) -> None:
    below = json.loads(coach("page", "pair", "--json", "--url", "https://home.example/mask").stdout)
    assert below["urls"] == ["https://home.example/mask/"]
    told = json.loads(coach("page", "pair", "--json", "--url", "https://mirror.example").stdout)
    bare = told["code"].replace("-", "")
    assert (told["seconds"], told["urls"]) == (600, ["https://mirror.example/"])
    assert told["pairing_urls"] == [f"https://mirror.example/#pair={bare}"]
    assert Pairing(file).pair(told["code"], "192.168.1.7", "")


def test_where_the_terminal_has_no_blocks_the_words_have_to_do(coach: Coach) -> None:
    shown = coach("page", "pair", "--url", "http://192.168.1.20:8765", PYTHONIOENCODING="ascii")
    assert shown.returncode == 0
    assert "?" not in shown.stdout
    assert "The code is" in shown.stdout


def test_pair_says_what_to_do_when_no_page_is_open_to_the_network(coach: Coach) -> None:
    told = coach("page", "pair")
    assert told.returncode == 0
    if "in no network" not in told.stdout:
        assert told.stderr.count("\n") == 1
        assert "--page-lan" in told.stderr
        assert "settings.toml" in told.stderr


def test_list_names_the_devices_and_their_days(coach: Coach, file: DevicesFile) -> None:
    assert coach("page", "list").stdout == "No device is paired. To pair one: voice-coach page pair\n"
    assert coach("page", "list", "--json").stdout == "[]\n"
    have(file, "curl", "iPad, Safari")
    lines = coach("page", "list").stdout.splitlines()
    assert lines[1] == "iPad, Safari: paired 2027-01-15, last seen 2027-02-01"
    first = json.loads(coach("page", "list", "--json").stdout)[0]
    assert first == {"name": "curl", "paired_on": "2027-01-15", "seen_on": "2027-02-01"}


def test_unpair_removes_one_or_all_and_says_so(coach: Coach, file: DevicesFile) -> None:
    have(file, "curl", "iPad, Safari", "iPad, Safari 2")
    assert coach("page", "unpair", "ipad,", "safari", "2").stdout == "Unpaired: iPad, Safari 2.\n"
    assert coach("page", "unpair", "--all", "--json").stdout == '["curl", "iPad, Safari"]\n'
    assert coach("page", "unpair", "--all").stdout == "No device is paired. To pair one: voice-coach page pair\n"
    assert file.read().devices == ()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["unpair"], "Say which device"),
        (["unpair", "iPod, Safari"], 'did you mean "iPad, Safari"?'),
        (["unpair", "zzz"], "there are iPad, Safari."),
        (["pair", "--url", "http://mirror:99999"], "must be an address such as"),
        (["pair", "--url", "http://[x"], "must be an address such as"),
        (["pair", "--url", "http://mirror/?a=b"], "must be an address such as"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    coach: Coach, file: DevicesFile, arguments: list[str], sentence: str
) -> None:
    have(file, "iPad, Safari")
    refused = coach("page", *arguments)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert sentence in refused.stderr


def test_a_folder_that_cannot_be_written_is_a_sentence(coach: Coach, home: Path) -> None:
    (home / ".local").write_text("no folder")
    refused = coach("page", "pair", "--url", "http://192.168.1.20:8765")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert "cannot be changed" in refused.stderr
