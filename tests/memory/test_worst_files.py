"""The worst that a file of the largest size can hold costs little more than a good one: no reader takes the square."""

from __future__ import annotations

import time
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.routines.broken_routines import GOOD, HEAD
from voice_coach.library import load_routines
from voice_coach.memory.settings import Settings, SettingsFile, load_settings, read_settings
from voice_coach.personal_file import MOST_BYTES, MOST_TOLD
from voice_coach.routine_folder import MOST_FILES, own_folder, read_own, read_routine_file
from voice_coach.routines import id_from
from voice_coach.schema import MOST_PARTS, lines_of, read_toml
from voice_coach.session.commands import SavePreferences, Voice

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Coach = Callable[..., subprocess.CompletedProcess[str]]

FEW_BYTES = 5_000
SIZE = MOST_BYTES - 1_000
STEP = HEAD + '[[steps]]\ntitle = "a"\nsay = "b"\n'
TIMES_A_GOOD_ONE = 500
"""What takes the square of such a length takes many thousand times as long."""


def filled(part: str, begins: str = "", ends: str = "") -> str:
    return begins + part * ((SIZE - len(begins) - len(ends)) // len(part)) + ends


def numbered(template: str, begins: str = "") -> str:
    text, number = [begins], 0
    room = SIZE - len(begins)
    while (room := room - len(line := template.format(n=number))) > 0:
        text.append(line)
        number += 1
    return "".join(text)


WORST = {
    "dots": filled("a.", ends="a = 1"),
    "dots in a header": filled("a.", "[", "a]"),
    "dots between quotes": filled('"a".', ends="a = 1"),
    "dots between spaces": filled("a . ", ends="a = 1"),
    "names of many parts": numbered("a{n}.b.c.d.e.f.g.h.i.j.k.l.m = 1\n"),
    "tables of many parts": numbered("[a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p{n}]\n"),
    "a quote that is not closed": filled('\\"', 'x = "'),
    "quotes that are not closed": filled("a='"),
    "long quotes": filled('"""\n'),
    "escapes": filled("\\n", 'a = "', '"'),
    "brackets": filled("[", "a = "),
    "braces": filled("{a=", "a = "),
    "brackets that are not closed": filled("a = [\n"),
    "brackets that are not closed behind what is right": numbered("k{n} = [1]\n")[: SIZE // 2] + "\na = [\n" * 6_000,
    "what is no TOML": filled("x\n"),
    "what is no TOML behind what is right": numbered('k{n} = "hello there"\n')[: SIZE // 2] + "\nx\n" * 10_000,
    "one line": filled("a"),
    "spaces": filled(" ", ends="x"),
    "equals signs": filled("="),
    "unknown names": numbered("titel{n} = 1\n"),
    "empty steps": filled("[[steps]]\n", HEAD),
    "steps of one name": filled('[[steps]]\nid = "a"\n', HEAD),
    "lists in lists": filled("[[a]]\n[[a.b]]\n[[a.b.c]]\n"),
    "words": STEP + "words = [" + ",".join(str(number) for number in range(15_000)) + "]",
    "words of one kind": filled('"a",', STEP + "words = [", "]"),
    "tables as milestones": filled("{a=1},", STEP + "milestones = [", "]"),
    "a hold of a huge number": filled("F", STEP + "longest = 5\nhold = 0x"),
    "words that are huge numbers": STEP + "words = [0x" + "F" * 40_000 + ",0x" + "F" * 40_000 + "]",
    "huge numbers": "a = [" + ",".join(["9" * 4_300] * 22) + "]",
    "a number that is too long": filled("9", "a = "),
    "skins": HEAD + "skin = {" + ",".join(f"dry{number} = {{minutes = 99}}" for number in range(3_500)) + "}",
    "a title of accents": STEP.replace('"a"', '"a' + "\u0315\u0300" * 20_000 + '"'),
    "a title that makes no id": STEP.replace('"a"', '"' + "!" * 90_000 + '"'),
    "deep enough to be read": "a = " + "[" * 400 + "]" * 400,
}


@pytest.fixture(scope="module")
def most_seconds() -> float:
    """Of this machine's processor, as busy and as slow as it is."""
    good, spent = filled("# a line as people write it\nkey = 1\n[a]\n"[:28], ends="\na = 1"), []
    for _ in range(5):
        begun = time.process_time()
        tomllib.loads(good)
        lines_of(good)
        spent.append(time.process_time() - begun)
    return TIMES_A_GOOD_ONE * max(spent)


@pytest.fixture(autouse=True)
def routines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    own_folder().mkdir(parents=True)
    return own_folder()


@pytest.mark.parametrize("name", WORST)
def test_a_routine_is_judged_soon_and_told_on_a_page(tmp_path: Path, most_seconds: float, name: str) -> None:
    path = tmp_path / "worst.toml"
    path.write_text(WORST[name], encoding="utf-8")
    assert path.stat().st_size <= MOST_BYTES
    begun = time.process_time()
    file = read_routine_file(path)
    assert time.process_time() - begun < most_seconds
    told = file.complaint.splitlines()
    assert file.mistakes
    assert len(told) <= MOST_TOLD + 3
    assert max(map(len, told)) < 1_000


@pytest.mark.parametrize("name", WORST)
def test_settings_are_judged_soon_and_told_on_a_page(tmp_path: Path, most_seconds: float, name: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(WORST[name], encoding="utf-8")
    begun = time.process_time()
    read = read_settings(path)
    assert time.process_time() - begun < most_seconds
    assert read.settings == Settings()
    told = read.complaint.splitlines()
    assert 2 < len(told) <= MOST_TOLD + 3
    assert max(map(len, told)) < 1_000


def test_a_name_has_as_many_parts_as_anybody_needs() -> None:
    name = ".".join("a" * MOST_PARTS)
    assert read_toml(f"{name} = 1").mistakes == []
    assert [one.line for one in read_toml(f"# first\n{name}.a = 1").mistakes] == [2]
    prose = f'say = "{"Breathe in. And out. " * MOST_PARTS}"'
    assert read_toml(prose).mistakes == []
    assert read_toml(f"a = [{'1.5, ' * MOST_PARTS}]").mistakes == []


def test_of_many_mistakes_thirty_are_told_and_the_others_counted(tmp_path: Path) -> None:
    path = tmp_path / "routine.toml"
    path.write_text(GOOD + "".join(f"nonsense{number} = 1\n" for number in range(40)))
    told = read_routine_file(path).complaint.splitlines()
    assert told[0] == f"{path} has 40 mistakes:"
    assert told[-2] == "  and 10 more"
    assert len(told) == MOST_TOLD + 3
    path.write_text(GOOD + "".join(f"nonsense{number} = 1\n" for number in range(4_000)))
    assert "at least 100 mistakes" in read_routine_file(path).complaint


def test_of_thousands_of_routines_the_first_are_read_and_any_can_be_named(routines: Path, most_seconds: float) -> None:
    for number in range(3_000):
        (routines / f"r{number:04}.toml").write_text(GOOD, encoding="utf-8")
    begun = time.process_time()
    assert len([name for name in load_routines("en") if name.startswith("r0")]) == MOST_FILES
    assert time.process_time() - begun < most_seconds
    settings = routines.parent / "settings.toml"
    settings.write_text('routine = "r2999"')
    assert load_settings(settings).routine == "r2999"


def test_of_many_large_routines_a_few_are_read(routines: Path) -> None:
    for number in range(MOST_FILES):
        (routines / f"r{number:04}.toml").write_text(filled("# more\n", GOOD), encoding="utf-8")
    assert 0 < len(read_own()) < MOST_FILES / 5


@pytest.mark.parametrize("name", WORST)
def test_saving_into_such_settings_loses_nothing_of_them(tmp_path: Path, name: str) -> None:
    path = tmp_path / "settings.toml"
    text = WORST[name] if len(WORST[name]) < FEW_BYTES else WORST[name][:FEW_BYTES]
    path.write_text(text, encoding="utf-8")
    file = SettingsFile(path)
    file.save(SavePreferences(Voice(150, 0.9)))
    if file.trouble:
        assert path.read_text(encoding="utf-8") == text
    else:
        kept = set(path.read_text(encoding="utf-8").splitlines())
        assert set(text.splitlines()) <= kept
        assert "volume = 0.9" in kept


def test_dots_are_refused_before_settings_are_changed_among_them(tmp_path: Path, most_seconds: float) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(WORST["dots"])
    file = SettingsFile(path)
    begun = time.process_time()
    file.save(SavePreferences(Voice(150, 0.9)))
    assert time.process_time() - begun < most_seconds
    assert file.trouble
    assert path.read_text() == WORST["dots"]


def test_an_id_is_made_of_no_more_than_a_title_may_have() -> None:
    assert len(id_from("a" * 1_000)) <= 100


def test_the_program_answers_too(coach: Coach, tmp_path: Path) -> None:
    path = tmp_path / "dots.toml"
    path.write_text(WORST["dots"])
    done = coach("routine", "check", path)  # which ends it after a minute
    assert done.returncode == 2
    assert "line 1: a name of more than 16 parts" in done.stderr


def test_what_the_list_of_routines_leaves_out_is_said(coach: Coach, home: Path) -> None:
    folder = home / ".config" / "voice-coach" / "routines"
    folder.mkdir(parents=True)
    for number in range(MOST_FILES + 7):
        (folder / f"r{number:04}.toml").write_text(GOOD, encoding="utf-8")
    done = coach("routine", "list")
    assert f"{folder} holds 7 more" in done.stderr
    assert coach("routine", "show", "r0106").returncode == 0
