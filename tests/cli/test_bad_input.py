"""Whatever is wrong, the real program says one sentence with the remedy on stderr, and its exit status is not 0."""

from __future__ import annotations

import importlib.util
import shutil
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Coach = Callable[..., subprocess.CompletedProcess[str]]

_USAGE, _TROUBLE = 2, 1


def _assert_complains(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    """One sentence (or a list of mistakes) that names what is wrong, and neither traceback nor output."""
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""
    assert done.stderr.startswith("voice-coach: ")
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("minutes", ["0", "-5", "100000", "9", "21", "12.5", "abc", "", "1e1", "9" * 50])
def test_minutes_that_cannot_be_are_refused_with_those_that_can(coach: Coach, minutes: str) -> None:
    done = coach("start", "--minutes", minutes)
    _assert_complains(done, _USAGE, "--minutes must be a whole number from 10 to 20", "for example 15")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "flag", "value", "words"),
    [
        (
            "start",
            "--engine",
            "mooshine",
            ["auto, moonshine, moonshine-alone, moonshine-published, vosk", 'did you mean "moonshine"?'],
        ),
        ("start", "--engine", "", ["auto, moonshine, moonshine-alone, moonshine-published, vosk"]),
        ("rehearse", "--engine", "voks", ['did you mean "vosk"?']),
        ("hear", "--engine", "whisper", ["auto, moonshine, moonshine-alone, moonshine-published, vosk"]),
        ("start", "--lang", "xx", ["--lang must be"]),
        ("hear", "--lang", "english", ["--lang must be", 'for example "en".']),
        ("understand", "--lang", "../en", ["--lang must be"]),
        ("commands", "--lang", "tlh", ["--lang must be"]),
        ("start", "--routine", "face_mask", ['did you mean "facial_mask"?']),
        ("start", "--routine", "../../etc/passwd", ["--routine must be"]),
        ("start", "--volume", "11", ["a number from 0 to 1"]),
        ("start", "--sensitivity", "2", ["--sensitivity must be a number from 0 to 1"]),
        ("hear", "--gain", "60", ["--gain must be a number from -20 to 40"]),
        ("start", "--words-per-minute", "fast", ["a whole number from 80 to 300"]),
        ("start", "--input", " ", ["--input must be the name of a sound device"]),
        ("hear", "--phase", "asleep", ["idle", "question"]),
        ("rehearse", "--hold", "long", ["--hold"]),
        ("rehearse", "--hold", "nan", ["--hold"]),
        ("rehearse", "--snr", "loud", ["--snr must be a number from -20 to 60"]),
        ("rehearse", "--noise", "no_such_tap.wav", ["no_such_tap.wav does not exist"]),
        ("start", "--mintues", "12", ["--minutes"]),
    ],
)
def test_an_unknown_value_is_refused_with_what_is_known(
    coach: Coach, command: str, flag: str, value: str, words: list[str]
) -> None:
    more = {"hear": ["file.wav"], "understand": ["next step"]}.get(command, [])
    _assert_complains(coach(command, *more, flag, value), _USAGE, *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["strat"], 'did you mean "start"?'),
        (["xyzzy"], "the commands are start, "),
        (["--loud"], "see `voice-coach --help`."),
        (["hear"], "see `voice-coach hear --help`."),
        (["understand"], "see `voice-coach understand --help`."),
        (["completion", "tcsh"], "bash"),
        (["start", "now"], "see `voice-coach start --help`."),
    ],
)
def test_a_wrong_command_line_is_answered_with_the_way_to_the_right_one(
    coach: Coach, arguments: list[str], words: str
) -> None:
    _assert_complains(coach(*arguments), _USAGE, words)


def test_settings_with_three_mistakes_are_told_all_at_once(coach: Coach, home: Path) -> None:
    folder = home / ".config" / "voice-coach"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text('minutes = 100000\nengin = "vosk"\n# fine\nlanguage = "xx"\n')
    done = coach("start")
    _assert_complains(done, _USAGE, "line 1: minutes", "line 2: ", 'did you mean "engine"?', "line 4: language")


def test_settings_that_are_no_toml_are_told_with_their_lines(coach: Coach, home: Path) -> None:
    folder = home / ".config" / "voice-coach"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("minutes: 15\nengine = vosk\n")
    _assert_complains(coach("start"), _USAGE, "line 1: not TOML", "line 2: not TOML")


def test_where_nothing_could_give_it_a_command_the_remedies_are_told(program: Coach) -> None:
    ways = ("Plug a microphone in", "in a terminal", "--page", "--wait")
    for card in ("none", "speaker"):
        _assert_complains(program("start", card=card), _TROUBLE, "No microphone was found", *ways)


def test_a_list_of_no_devices_is_a_sentence(program: Coach) -> None:
    _assert_complains(program("devices"), _TROUBLE, "No microphone and no speaker was found", "plug in", "start --page")


@pytest.mark.parametrize(("flag", "noun"), [("--input", "microphone"), ("--output", "speaker")])
def test_an_unknown_device_is_refused_with_the_nearest_one(program: Coach, flag: str, noun: str) -> None:
    done = program("start", flag, "defualt", card="both")
    _assert_complains(done, _TROUBLE, f"There is no {noun}", "default", "voice-coach devices")


def _broken_libraries(folder: Path, *names: str) -> str:
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return str(folder)


def test_without_espeak_the_remedy_is_told(program: Coach, tmp_path: Path) -> None:
    names = ("libespeak-ng.so.1", "libespeak-ng.so", "libespeak.so.1", "libespeak.so")
    libraries = _broken_libraries(tmp_path / "lib", *names)
    done = program("start", "--voice", "standard", card="both", LD_LIBRARY_PATH=libraries)
    _assert_complains(done, _TROUBLE, "eSpeak", "apt install")


@pytest.mark.parametrize("command", ["start", "devices"])
def test_without_portaudio_the_remedy_is_told(program: Coach, tmp_path: Path, command: str) -> None:
    libraries = _broken_libraries(tmp_path / "lib", "libportaudio.so.2", "libportaudio.so")
    _assert_complains(program(command, LD_LIBRARY_PATH=libraries), _TROUBLE, "PortAudio", "apt install")


def _sound(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        noise = np.random.default_rng(3).normal(0.0, 3_000.0, 16_000)
        file.writeframes(noise.astype("<i2").tobytes())
    return path


def _model_package(folder: Path, keep: float | None) -> str:
    """A package in front of the real one: without the model's files (None), or with this part of each."""
    package = folder / "moonshine_voice"
    assets = package / "assets" / "tiny-en"
    assets.mkdir(parents=True)
    (package / "__init__.py").touch()
    if keep is not None:
        spec = importlib.util.find_spec("moonshine_voice")
        assert spec is not None
        assert spec.origin is not None
        for file in Path(spec.origin).with_name("assets").joinpath("tiny-en").iterdir():
            if file.is_file():
                content = file.read_bytes()
                (assets / file.name).write_bytes(content[: round(len(content) * keep)])
    return str(folder)


@pytest.mark.parametrize("keep", [None, 0.0, 0.5], ids=["missing", "empty", "half"])
def test_a_model_that_is_missing_or_damaged_is_told_with_the_remedy(
    program: Coach, tmp_path: Path, keep: float | None
) -> None:
    package = _model_package(tmp_path / "packages", keep)
    done = program("hear", _sound(tmp_path / "sound.wav"), PYTHONPATH=f"{package}:{Path.cwd()}")
    _assert_complains(done, _TROUBLE, "odel", "scripts/setup")


def test_vosk_without_its_english_model_says_how_to_get_it(program: Coach, tmp_path: Path) -> None:
    done = program("hear", "--engine", "vosk", _sound(tmp_path / "sound.wav"), VOICE_COACH_MODELS=str(tmp_path))
    _assert_complains(done, _TROUBLE, "voice-coach fetch-model en")


def test_a_model_that_nobody_knows_is_refused_with_those_that_are_known(coach: Coach) -> None:
    _assert_complains(coach("fetch-model", "enn"), _USAGE, "did you mean")


def _random_bytes(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(50_000))


def _half(path: Path) -> None:
    content = _sound(path).read_bytes()
    path.write_bytes(content[:30])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_random_bytes, "no sound file"),
        (_half, "no sound"),
        (Path.mkdir, "is a folder"),
        (Path.touch, "is empty"),
        (lambda _path: None, "does not exist"),
    ],
    ids=["random bytes", "a damaged header", "a folder", "an empty file", "nothing"],
)
def test_what_is_no_recording_is_named_with_what_would_be(
    program: Coach, tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "sound.wav"
    make(path)
    _assert_complains(program("hear", path), _USAGE, str(path), words, "give a WAV or FLAC recording")


def test_an_unreadable_recording_does_not_keep_the_others_from_being_heard(program: Coach, tmp_path: Path) -> None:
    done = program("hear", tmp_path / "first.wav", _sound(tmp_path / "noise.wav"), tmp_path / "last.wav")
    _assert_complains(done, _USAGE, "first.wav", "last.wav")
    assert "noise.wav" not in done.stderr


def test_text_that_is_no_text_is_no_command(coach: Coach) -> None:
    done = coach("understand", "-", stdin="\0\x07\nnext step\n" + "next " * 10_000)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_written_does_not_matter(program: Coach, home: Path) -> None:
    shutil.rmtree(home)
    home.touch()
    assert program("commands").returncode == 0
    _assert_complains(program("start"), _TROUBLE, "No microphone was found")
