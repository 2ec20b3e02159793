"""Whatever lies where a person's file is expected, whoever reads it goes on at once, with a sentence."""

from __future__ import annotations

import ast
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.odd_files import MAKERS
from tests.patience import patient
from voice_coach.doctor.setup_checks import session_owner
from voice_coach.errors import CoachError
from voice_coach.library import load_language, load_routines, routine_names
from voice_coach.memory.settings import Settings, SettingsFile, read_settings
from voice_coach.mirror.listeners import read_certificate
from voice_coach.mirror.paired_devices import DevicesContents, DevicesFile
from voice_coach.models.integrity import SEAL_NAME, _read_seal
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.personal_file import MOST_BYTES, NoTextError, UnfitFileError, read_bytes, read_text
from voice_coach.routine_folder import own_folder, own_path, read_routine_file
from voice_coach.session.commands import SavePreferences, Voice
from voice_coach.tuning.clip_recordings import TABLE, read_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = TypeVar("Answer")
PATIENCE_SECONDS = patient(20.0)
"""Nobody who reads needs as many milliseconds."""


def soon(read: Callable[[], Answer]) -> Answer:
    """What comes of reading, which must not wait; a reader that waits is left behind."""
    came: list[Answer | BaseException] = []

    def try_it() -> None:
        try:
            came.append(read())
        except BaseException as error:  # noqa: BLE001 - handed on below
            came.append(error)

    reader = threading.Thread(target=try_it, daemon=True)
    reader.start()
    reader.join(PATIENCE_SECONDS)
    assert came, "it waits for ever"
    if isinstance(came[0], BaseException):
        raise came[0]
    return came[0]


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return MAKERS[request.param]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


def test_only_a_regular_file_is_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "odd"
    make(path)
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one is told by the next line
        soon(lambda: read_bytes(path))
    assert caught.value.strerror


def test_a_pipe_is_not_even_opened_which_a_writer_would_notice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnfitFileError):
        read_bytes(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device"):  # ENXIO: nobody reads it
        os.open(tmp_path / "pipe", os.O_WRONLY | os.O_NONBLOCK)


def test_a_file_that_becomes_a_pipe_while_it_is_opened_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    before = (tmp_path / "file").stat()
    monkeypatch.setattr(Path, "stat", lambda _path: before)
    with pytest.raises(UnfitFileError, match="a pipe"):
        soon(lambda: read_bytes(tmp_path / "pipe"))


def test_a_link_to_a_file_is_followed_and_a_mark_and_line_ends_go(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes("\ufeffa\r\nb\rc\n".encode())
    (tmp_path / "link").symlink_to("real")
    assert read_text(tmp_path / "link") == "a\nb\nc\n"


def test_the_largest_file_is_read_and_a_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * MOST_BYTES)
    assert len(read_text(path)) == MOST_BYTES
    path.write_bytes(b"x" * (MOST_BYTES + 1))
    with pytest.raises(UnfitFileError, match="larger than 100 kB"):
        read_text(path)


def test_a_file_that_tells_no_size_is_not_read_beyond_the_limit() -> None:
    with pytest.raises(UnfitFileError, match="larger"):
        read_bytes(Path("/proc/self/smaps"), most=100)


def test_the_line_of_the_first_byte_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a\nb\n\xff\n")
    with pytest.raises(NoTextError) as caught:
        read_text(path)
    assert caught.value.line == 3


def test_a_routine_is_a_mistake_then_and_the_other_routines_are_there(make: Callable[[Path], None]) -> None:
    own_folder().mkdir(parents=True)
    make(own_path("mine"))
    (mistake,) = soon(lambda: read_routine_file(own_path("mine"))).mistakes
    assert mistake.line == 0
    assert mistake.sentence.endswith(".")
    assert "mine" not in soon(lambda: load_routines("en"))
    assert "facial_mask" in load_routines("en")
    assert "mine" in soon(lambda: routine_names("en"))


def test_a_routines_folder_that_is_none_holds_none(make: Callable[[Path], None]) -> None:
    own_folder().parent.mkdir(parents=True)
    make(own_folder())
    assert set(soon(lambda: load_routines("en"))) == set(routine_names("en")) != set()


def test_settings_have_their_defaults_then_and_a_complaint(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "settings.toml"
    make(path)
    read = soon(lambda: read_settings(path))
    assert read.settings == Settings()
    assert str(path) in read.complaint


def test_saving_settings_leaves_it_there_and_tells_so(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "settings.toml"
    make(path)
    before = path.lstat()
    file = SettingsFile(path)
    soon(lambda: file.save(SavePreferences(Voice(150, 0.9))))
    assert "were not kept" in file.trouble
    assert path.lstat().st_ino == before.st_ino


def test_nobody_is_paired_then(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "mirror.json"
    make(path)
    try:
        assert soon(DevicesFile(path).read) == DevicesContents()
    except CoachError as error:
        assert str(path) in str(error)  # noqa: PT017 - either is right: put aside, or told


@pytest.mark.parametrize("which", [0, 1], ids=["certificate", "key"])
def test_a_certificate_cannot_be_used_then(tmp_path: Path, make: Callable[[Path], None], which: int) -> None:
    pair = [tmp_path / "certificate.pem", tmp_path / "key.pem"]
    pair[1 - which].write_text("")
    make(pair[which])
    with pytest.raises(CoachError, match=r"check .*\.$"):
        soon(lambda: read_certificate(*pair))


def test_a_table_of_recordings_cannot_be_read_then(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / TABLE)
    with pytest.raises(CoachError, match=r"\.$"):
        soon(lambda: read_folder(tmp_path, load_language("en").phrase_book))


def test_a_model_is_damaged_then(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / SEAL_NAME)
    try:
        assert soon(lambda: _read_seal(tmp_path)) == {}
    except CoachError as error:
        assert SEAL_NAME in str(error)  # noqa: PT017 - a link to itself is not there at all


def test_speech_is_rendered_anew_then(tmp_path: Path, make: Callable[[Path], None]) -> None:
    cache = SpeechCache(tmp_path)
    make(cache._path(("a",)))  # noqa: SLF001 - where it lies is its own affair
    assert soon(lambda: cache.get("a")) is None


def test_no_coach_is_at_work_then(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "state" / "voice-coach" / "session.lock"
    path.parent.mkdir(parents=True)
    make(path)
    assert soon(session_owner) is None


OPENS_BY_ITSELF = {
    "voice_coach/personal_file.py": "the one way",
    # What the system or the coach itself has written, and no person:
    "voice_coach/__init__.py": "where pip noted that it had the package from",
    "voice_coach/cli/log.py": "writes",
    "voice_coach/cli/streams.py": "the standard streams",
    "voice_coach/cli/routine_commands.py": "writes a new file",
    "voice_coach/doctor/machine_checks.py": "/proc and /sys",
    "voice_coach/doctor/probe.py": "/dev/null",
    "voice_coach/ears/closed_grammar/calibration.py": "own tables",
    "voice_coach/ears/closed_grammar/speech_model.py": "a package's model",
    "voice_coach/integrations/mqtt_face.py": "a connection",
    "voice_coach/library.py": "the package's own content",
    "voice_coach/memory/clocks.py": "/sys and /proc",
    "voice_coach/memory/folders.py": "the coach's own files and folders",
    "voice_coach/memory/history/quarantine.py": "the history, checked by the history",
    "voice_coach/memory/lock.py": "a lock, opened for reading and writing, which waits for nobody",
    "voice_coach/mirror/static_files.py": "the package's own page",
    "voice_coach/models/catalogue.py": "the package's own list",
    "voice_coach/models/download.py": "own downloads, and answers of the network",
    "voice_coach/models/fetching.py": "a lock, and what it unpacks",
    "voice_coach/models/integrity.py": "RECORD of an installed package",
    "voice_coach/mouth/speech_cache.py": "sound in memory",
    "voice_coach/mouth/synthesizer_client.py": "own sound",
    "voice_coach/mouth/synthesis_process.py": "own sound",
    "voice_coach/rehearsal/virtual_card.py": "own files of a rehearsal",
    "voice_coach/rehearsal/coach_process.py": "own files of a rehearsal",
    "voice_coach/audio/microphone_process.py": "/dev/null",
    "voice_coach/audio/recordings.py": "a recording, which must be a file",
    "voice_coach/audio/channel_layout.py": "/proc",
    "voice_coach/audio/speaker_process.py": "/dev/null",
    "voice_coach/client.py": "the coach's own page, by HTTP",
    "voice_coach/doctor/sound_measurements.py": "a stream of sound",
    "voice_coach/tuning/interview.py": "a stream of sound",
    "voice_coach/ears/live.py": "a stream of sound",
}


def _opens(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            is_ours = isinstance(node.func, ast.Name) and name in {"read_text", "read_bytes"}
            if name in {"open", "read_text", "read_bytes", "fdopen"} and not is_ours:
                yield name


def test_who_opens_files_otherwise_is_known_by_name(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    opening = {
        str(path.relative_to(root))
        for path in (root / "voice_coach").rglob("*.py")
        if list(_opens(path.read_text(encoding="utf-8")))
    }
    assert opening == OPENS_BY_ITSELF.keys(), "read a person's file by voice_coach.personal_file, or say why not"
