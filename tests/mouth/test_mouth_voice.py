from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.errors import MouthError
from voice_coach.language.pack import LanguagePack
from voice_coach.library import load_language
from voice_coach.mouth.synthesis_process import LibraryMissingError, find_espeak
from voice_coach.mouth.synthesizers import EspeakVoice

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT = "Cleanse your face."
LONG = "Spread the mask evenly over your whole face, and keep away from your eyes and your mouth."


@pytest.fixture
def voice(processes: None) -> Iterator[EspeakVoice]:
    with EspeakVoice(load_language("en")) as one:
        yield one


@pytest.fixture
def broken_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """EspeakVoice finds libraries that are empty files."""
    for name in ("libespeak-ng.so.1", "libespeak.so.1"):
        (tmp_path / name).touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))


def seconds(voice: EspeakVoice, text: str, words_per_minute: int) -> float:
    speech = voice.render(text, words_per_minute)
    return len(speech.samples) / speech.rate


def test_every_change_of_text_and_rate_is_heard_in_the_very_next_render(voice: EspeakVoice) -> None:
    first = {(text, rate): seconds(voice, text, rate) for text in (SHORT, LONG) for rate in (120, 165, 220)}
    for text, rate in itertools.islice(itertools.cycle(first), 5, 45, 2):
        assert seconds(voice, text, rate) == pytest.approx(first[text, rate], rel=0.03)
    assert first[LONG, 120] > 1.2 * first[LONG, 165] > 1.4 * first[LONG, 220]
    assert first[LONG, 165] > 2 * first[SHORT, 165]


def test_rendering_prints_nothing(voice: EspeakVoice, capfd: pytest.CaptureFixture[str]) -> None:
    voice.render(SHORT, 165)
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("processes")
def test_english_is_american_and_korean_is_korean() -> None:
    with EspeakVoice(load_language("en")) as english, EspeakVoice(load_language("ko")) as korean:
        assert english.name == "gmw/en-us"
        assert korean.name == "ko"
        assert np.any(korean.render("다음 단계로 갈까요?", 165).samples)


def test_the_version_names_what_renders(voice: EspeakVoice) -> None:
    assert voice.version.startswith("pyttsx3 2.99, eSpeak NG 1.")


@pytest.mark.usefixtures("processes")
def test_a_language_without_a_voice_is_told() -> None:
    with pytest.raises(MouthError, match="no voice for the language “xx”"):
        EspeakVoice(LanguagePack("xx", lambda _name: {"language": "xx", "name": "xx", "espeak_voices": ["xx"]}))


@pytest.mark.usefixtures("processes")
@pytest.mark.usefixtures("broken_libraries")
def test_a_library_that_cannot_be_loaded_is_not_told_as_missing() -> None:
    with pytest.raises(
        MouthError, match=r"cannot be loaded \(.*file too short\): reinstall it with apt install --rein"
    ):
        EspeakVoice(load_language("en"))


@pytest.mark.usefixtures("processes")
def test_a_library_without_its_data_is_told_with_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "espeak-ng-data").mkdir()
    monkeypatch.setenv("ESPEAK_DATA_PATH", str(tmp_path))
    told = rf"cannot be loaded \(.*No such file.*{tmp_path}/espeak-ng-data/phontab.*\): reinstall .* espeak-ng-data"
    with pytest.raises(MouthError, match=told):
        EspeakVoice(load_language("en"))


@pytest.mark.usefixtures("processes")
def test_a_python_package_that_cannot_be_loaded_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyttsx3.py").write_text("raise ImportError('cannot import half of it')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(MouthError, match=r"pyttsx3 cannot be loaded \(cannot import half of it\): run scripts/setup"):
        EspeakVoice(load_language("en"))


def test_a_library_that_is_not_there_is_told_as_missing() -> None:
    with pytest.raises(LibraryMissingError):
        find_espeak(("libespeak-none.so.1", "/nowhere/libespeak.so.1"))


def test_a_library_that_lacks_another_one_is_not_missing(tmp_path: Path) -> None:
    whole = next(path for path in Path("/usr/lib").glob("*/libespeak-ng.so.1"))
    lacking = tmp_path / "libespeak-ng.so.1"
    lacking.write_bytes(whole.read_bytes().replace(b"libsonic.so.0", b"libnonic.so.0"))
    with pytest.raises(OSError, match=r"libnonic\.so\.0: cannot open shared object file"):
        find_espeak(("libespeak-none.so.1", str(lacking)))


def test_a_library_of_another_machine_is_not_missing(tmp_path: Path) -> None:
    whole = next(path for path in Path("/usr/lib").glob("*/libespeak-ng.so.1")).read_bytes()
    foreign = tmp_path / "libespeak-ng.so.1"
    foreign.write_bytes(whole[:4] + bytes([3 - whole[4]]) + whole[5:])  # 32 bits instead of 64, or the other way round
    with pytest.raises(OSError, match="wrong ELF class"):
        find_espeak((str(foreign),))


@pytest.mark.usefixtures("processes")
def test_too_little_memory_is_not_a_missing_library() -> None:
    program = (
        "import resource, sys; from pathlib import Path; import voice_coach.mouth.synthesis_process as us\n"
        "pages = int(Path('/proc/self/statm').read_text().split()[0])\n"
        "limit = pages * resource.getpagesize() + 100_000\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "print(us._hello('pyttsx3', ['en'], Path('unused'))[1]['fault'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "memory\n", done.stderr


def test_a_synthesiser_that_dies_is_replaced(voice: EspeakVoice) -> None:
    died = voice.pid
    os.kill(died, signal.SIGKILL)
    assert seconds(voice, SHORT, 165) > 1.0
    assert voice.pid != died


def test_a_synthesiser_that_hangs_is_replaced(voice: EspeakVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    hung = voice.pid
    monkeypatch.setattr(voice, "_engine", replace(voice._engine, render_seconds=0.3))  # noqa: SLF001 - hurried
    os.kill(hung, signal.SIGSTOP)
    assert seconds(voice, SHORT, 165) > 1.0
    assert voice.pid != hung


def test_a_sentence_that_came_too_late_twice_is_not_heard_instead_of_the_next_one(
    voice: EspeakVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = seconds(voice, SHORT, 165)
    with monkeypatch.context() as patch:
        patch.setattr(voice, "_engine", replace(voice._engine, render_seconds=0.001))  # noqa: SLF001 - far too hurried
        with pytest.raises(MouthError, match="did not render"):
            voice.render(500 * LONG, 165)
    assert seconds(voice, SHORT, 165) == pytest.approx(usual, rel=0.03)


@pytest.mark.usefixtures("processes")
@pytest.mark.usefixtures("broken_libraries")
def test_a_synthesiser_that_stays_broken_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LD_LIBRARY_PATH")
    with EspeakVoice(load_language("en")) as voice:
        monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
        os.kill(voice.pid, signal.SIGKILL)
        with pytest.raises(MouthError, match="espeak-ng"):
            voice.render(SHORT, 165)


@pytest.mark.usefixtures("processes")
def test_a_killed_coach_leaves_no_folder_behind(tmp_path: Path) -> None:
    program = (
        "import os; from voice_coach.library import load_language; "
        "from voice_coach.mouth.synthesizers import EspeakVoice; "
        "voice = EspeakVoice(load_language('en')); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    deadline = time.monotonic() + 10.0
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not list(tmp_path.iterdir())


def test_closing_leaves_no_process(voice: EspeakVoice) -> None:
    pid = voice.pid
    voice.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
