"""`voice-coach doctor`, run as a person runs it."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.patience import patient
from voice_coach.content_index import languages
from voice_coach.doctor.finding import load_texts
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Callable

    Coach = Callable[..., subprocess.CompletedProcess[str]]

NAMES = [
    "python", "memory", "disk", "clock", "raspberry_pi", "settings", "models", "calibration", "voice", "recogniser",
    "sound_server", "portaudio", "microphone", "microphone_level", "speaker", "hands", "mirror", "service",
]  # fmt: skip
SOUND = {"microphone", "speaker"}

pytestmark = pytest.mark.usefixtures("processes")  # most checks look in a process of their own


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """The findings by name; the shape of the answer is checked."""
    assert "Traceback" not in done.stderr + done.stdout
    answer = json.loads(done.stdout)
    assert set(answer) == {"findings", "can_work"}
    states = {finding["state"] for finding in answer["findings"]}
    assert states <= {"ok", "warning", "failure"}
    assert answer["can_work"] == ("failure" not in states)
    assert done.returncode == (0 if answer["can_work"] else 1)
    for finding in answer["findings"]:
        assert set(finding) == {"name", "state", "meaning", "remedy", "figures"}
        assert finding["meaning"].endswith((".", "?")), finding
        assert "\n" not in finding["meaning"] + finding["remedy"]
        assert finding["state"] != "failure" or finding["remedy"]
    return {finding["name"]: finding for finding in answer["findings"]}


def failed(found: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, finding in found.items() if finding["state"] == "failure"}


def test_without_a_sound_card_everything_else_is_well_and_the_coach_cannot_work(program: Coach, home: Path) -> None:
    done = program("doctor", "--json")
    found = findings(done)
    assert list(found) == NAMES
    assert failed(found) == SOUND
    assert found["recogniser"]["figures"]["understood"] == [found["recogniser"]["figures"]["said"]]
    assert found["voice"]["figures"]["voice"] == "heart"
    assert done.stderr == ""
    assert [path for path in home.rglob("*") if "voice-coach" in path.name] == [], "it makes no folders of the coach"


def test_people_get_a_line_for_each_check_the_remedy_below_and_a_conclusion(program: Coach) -> None:
    done = program("doctor")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    told = [line.split()[0] for line in lines[:-1] if not line.startswith(" ")]
    assert len(told) == len(NAMES)
    assert set(told) == {"ok", "warning", "failure"}
    microphone = next(number for number, line in enumerate(lines) if line.startswith("failure  microphone"))
    assert "No microphone was found" in lines[microphone]
    assert lines[microphone + 1].strip().startswith("→ Plug in a USB microphone or a headset")
    assert lines[-1].startswith("The coach cannot be used by voice yet")
    assert lines[-1].endswith("(microphone, speaker).")


def test_on_a_terminal_lines_are_broken_at_its_width_and_coloured(home: Path) -> None:
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "doctor", "voice", *SOUND],
        stdout=slave, stderr=slave, stdin=slave,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm-256color", "COLUMNS": "70"},
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            shown += os.read(master, 65536)
        except OSError:
            break
    os.close(master)
    assert child.wait(patient(60)) == 1
    assert b"looking at: voice" in shown
    assert b"\x1b[32mok" in shown
    assert b"No microphone was found" in shown


def test_a_whole_sound_card_is_all_that_was_missing(program: Coach) -> None:
    found = findings(program("doctor", *SOUND, "microphone_level", "--json", card="both"))
    assert found["microphone"]["state"] == found["speaker"]["state"] == "ok"
    assert failed(found) <= {"microphone_level"}, "ALSA's null device delivers zeros"


def test_while_a_coach_runs_devices_that_it_has_taken_are_no_failure(program: Coach, home: Path) -> None:
    lock = home / ".local" / "state" / "voice-coach" / "session.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as file:
        file.write("process 4711, since 2026-11-24 12:00\n")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        found = findings(program("doctor", "microphone", "service", "--json"))
    assert found["microphone"]["state"] == "warning"
    assert "while the coach is running" in found["microphone"]["meaning"]
    assert found["service"]["figures"]["running_process"] == 4711


def test_mistakes_of_the_settings_are_told_as_sentences_and_nothing_else_suffers(program: Coach, home: Path) -> None:
    path = home / ".config" / "voice-coach" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text('minutes = 99\nengin = "vosk"\n')
    found = findings(program("doctor", "--json"))
    assert failed(found) == SOUND | {"settings"}
    first, second = found["settings"]["figures"]["mistakes"]
    assert first.startswith("line 1: minutes must be a whole number from 10 to 20")
    assert 'did you mean "engine"' in second
    assert str(path) in found["settings"]["remedy"]


def test_settings_that_are_no_text_are_a_finding_too(program: Coach, home: Path) -> None:
    path = home / ".config" / "voice-coach" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe\0")
    assert "settings" in failed(findings(program("doctor", "settings", "--json")))


def _copied_model(folder: Path) -> Path:
    """The package with the model in it, as it was installed, in another place."""
    spec = importlib.util.find_spec("moonshine_voice")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    assets = folder / "moonshine_voice" / "assets" / "tiny-en"
    assets.mkdir(parents=True)
    (folder / "moonshine_voice" / "__init__.py").touch()
    for file in (package / "assets" / "tiny-en").iterdir():
        if file.is_file():
            shutil.copy(file, assets)
    (record,) = package.parent.glob("moonshine_voice-*.dist-info")
    shutil.copytree(record, folder / record.name)
    return assets


def test_a_model_that_was_copied_whole_is_intact_and_one_flipped_bit_is_found(program: Coach, tmp_path: Path) -> None:
    assets = _copied_model(tmp_path / "packages")
    path = f"{tmp_path / 'packages'}:{Path.cwd()}"
    assert findings(program("doctor", "models", "--json", PYTHONPATH=path))["models"]["state"] == "ok"
    file = assets / "encoder_model.ort"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    models = findings(program("doctor", "models", "--json", PYTHONPATH=path))["models"]
    assert models["state"] == "failure"
    assert "are damaged (encoder_model.ort in" in models["meaning"]
    assert "pip install --force-reinstall --no-deps moonshine-voice==" in models["remedy"]


def test_a_model_that_is_cut_off_is_found_even_if_nothing_is_known_of_it(program: Coach, tmp_path: Path) -> None:
    assets = _copied_model(tmp_path / "packages")
    shutil.rmtree(next((tmp_path / "packages").glob("*.dist-info")))
    (assets / "decoder_model_merged.ort").write_bytes(b"")
    found = findings(program("doctor", "recogniser", "--json", PYTHONPATH=f"{tmp_path / 'packages'}:{Path.cwd()}"))
    assert "recogniser" in failed(found)


@pytest.mark.parametrize(("language", "state"), [("ko", "failure"), ("en", "warning")])
def test_without_espeak_the_remedy_is_told_and_in_english_the_natural_voice_still_speaks(
    program: Coach, tmp_path: Path, language: str, state: str
) -> None:
    for name in ("libespeak-ng.so.1", "libespeak-ng.so", "libespeak.so.1", "libespeak.so"):
        (tmp_path / name).touch()
    found = findings(program("doctor", "--json", "--lang", language, LD_LIBRARY_PATH=str(tmp_path)))
    assert found["voice"]["state"] == state
    assert found["voice"]["remedy"].startswith("sudo apt install")
    assert found["recogniser"]["state"] == "warning"
    assert failed(found) == (SOUND | {"voice"} if state == "failure" else SOUND)


def test_with_a_broken_portaudio_there_is_a_failure_with_the_remedy(program: Coach, tmp_path: Path) -> None:
    for name in ("libportaudio.so.2", "libportaudio.so"):
        (tmp_path / name).touch()
    found = findings(program("doctor", "portaudio", "--json", LD_LIBRARY_PATH=str(tmp_path)))
    assert "portaudio" in failed(found)
    assert found["portaudio"]["remedy"] == "sudo apt install --reinstall libportaudio2"
    assert "file too short" in found["portaudio"]["meaning"]


def test_without_numpy_the_doctor_itself_still_works(program: Coach, tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text('raise ImportError("no numpy here")\n')
    found = findings(program("doctor", "--json", PYTHONPATH=f"{tmp_path}:{Path.cwd()}"))
    assert {"voice", "recogniser", "microphone_level"} <= failed(found)
    assert found["recogniser"]["remedy"] == "scripts/setup"


def test_pins_that_the_settings_name_are_tried(program: Coach, home: Path) -> None:
    path = home / ".config" / "voice-coach" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text("button_pin = 17\n")
    found = findings(program("doctor", "hands", "--json"))
    assert "hands" in failed(found)
    assert "The pins of button and light cannot be used" in found["hands"]["meaning"]


def test_pins_that_can_be_used_are_fine(program: Coach, home: Path) -> None:
    path = home / ".config" / "voice-coach" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text("button_pin = 17\nlight_pin = 27\n")
    found = findings(program("doctor", "hands", "--json", GPIOZERO_PIN_FACTORY="mock"))
    assert found["hands"]["state"] == "ok"


def test_control_c_ends_it_at_once_and_leaves_no_process(home: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "doctor"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert child.stdout is not None
    while child.stdout.readline().split()[1:2] != ["calibration"]:
        pass
    child.send_signal(signal.SIGINT)
    _, complaints = child.communicate(timeout=patient(20))
    assert (child.returncode, complaints.strip()) == (130, "")
    deadline = time.monotonic() + patient(10)  # the synthesiser leaves when it sees that nobody is there any more
    while _with_home(home):
        assert time.monotonic() < deadline, _with_home(home)
        time.sleep(0.05)


def _with_home(home: Path) -> list[str]:
    """The processes that were started with this home folder."""
    mine = f"HOME={home}\0".encode()
    return [path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if mine in _read(path)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_warning_comes_before_the_chirp_and_the_loop_is_the_last_finding(program: Coach) -> None:
    done = program("doctor", "--loop", "--json")
    assert done.stderr == "At the end three short chirps will be played.\n"
    assert list(findings(done)) == [*NAMES, "loop"]


@pytest.mark.parametrize("language", languages())
def test_the_doctor_speaks_the_language_of_the_settings_and_names_its_findings_alike(
    program: Coach, home: Path, language: str
) -> None:
    path = home / ".config" / "voice-coach" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text(f'language = "{language}"\n')
    texts = load_texts(load_language(language))
    found = findings(program("doctor", "microphone", "service", "--json"))
    assert list(found) == ["microphone", "service"]
    assert found["microphone"]["meaning"] == texts.say("microphone.none")
    assert found["service"]["meaning"].startswith(texts.say("service.runs_not"))
    shown = program("doctor", "--lang", language).stdout
    for name in NAMES:
        assert texts.say(f"{name}.title") in shown
    assert texts.say("report.can_work") not in shown


def test_of_the_checks_that_are_named_each_is_told_once_in_their_order_and_without_a_conclusion(program: Coach) -> None:
    assert list(findings(program("doctor", "service", "python", "python", "--json"))) == ["python", "service"]
    shown = program("doctor", "raspberry pi")
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--lop"], ["now"], ["--input", ""]])
def test_bad_usage_is_told_as_such(program: Coach, arguments: list[str]) -> None:
    done = program("doctor", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("voice-coach: ")
