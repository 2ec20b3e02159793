"""The settings file: read strictly, with every mistake told at once; written without losing what the person wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from voice_coach.errors import SettingsError
from voice_coach.memory.settings import PAGE_PORT, Settings, SettingsFile, load_settings
from voice_coach.mirror.listeners import address_of
from voice_coach.session.commands import SavePreferences, Voice

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "voice-coach" / "settings.toml"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _mistakes(path: Path, text: str) -> str:
    _write(path, text)
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    return str(caught.value)


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    assert load_settings(path) == Settings()


def test_all_settings_are_read(path: Path) -> None:
    _write(
        path,
        """
        minutes = 12
        language = "en"
        engine = "vosk"
        routine = "facial_mask"
        input = "USB"  # the one on the shelf
        output = "HDMI"
        words_per_minute = 180
        volume = 1
        sensitivity = 0.6
        gain = -6
        """,
    )
    assert load_settings(path) == Settings(12, "en", "vosk", "facial_mask", "USB", "HDMI", 180, 1, 0.6, -6)


def test_the_channel_of_the_microphone_is_a_number_from_1_on(path: Path) -> None:
    assert load_settings(path).channel is None
    _write(path, "channel = 2")
    assert load_settings(path).channel == 2
    assert "channel must be a whole number from 1 to 8, not 0" in _mistakes(path, "channel = 0")


def test_a_mirror_on_the_home_network_has_a_port_also_when_nobody_chose_one(path: Path) -> None:
    assert load_settings(path).page_port is None
    _write(path, "page_lan = true")
    assert load_settings(path).page_port == PAGE_PORT
    _write(path, 'page = 9000\npage_lan = true\npage_certificate = "/home/pi/mirror.pem"')
    assert load_settings(path).page_port == 9000


@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.1.20", "::1", "fd00::20"])
def test_a_proxy_is_named_by_its_address(path: Path, address: str) -> None:
    assert load_settings(path).page_proxy is None
    _write(path, f'page = 9000\npage_proxy = "{address}"')
    told = address_of(load_settings(path))
    assert told
    assert told.proxy == address


def test_the_file_lies_where_xdg_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    _write(tmp_path / "voice-coach" / "settings.toml", "minutes = 11")
    assert load_settings().minutes == 11


def test_every_mistake_is_told_at_once_with_line_what_is_allowed_and_the_nearest_word(path: Path) -> None:
    told = _mistakes(path, '# mine\nminutes = 45\n\nengine = "mooshine"\nlanguge = "en"\nvolume = "loud"\n')
    assert told.splitlines() == [
        f"{path} has 4 mistakes:",
        "  line 2: minutes must be a whole number from 10 to 20, not 45; for example 15.",
        (
            "  line 4: engine must be one of auto, moonshine, moonshine-alone, moonshine-published, vosk, "
            'not "mooshine"; did you mean "moonshine"?'
        ),
        '  line 5: there is no setting "languge"; did you mean "language"?',
        '  line 6: volume must be a number from 0 to 1, not "loud"; for example 0.8.',
        "Correct it, or delete the file to have the defaults.",
    ]


def test_a_broken_line_hides_no_other_mistake(path: Path) -> None:
    told = _mistakes(path, "minutes = 45\nengine = moonshine\nvolume 0.5\ninput = 3\n").splitlines()
    assert [line.split(":")[0].strip() for line in told[1:-1]] == ["line 1", "line 2", "line 3", "line 4"]
    assert "not TOML" in told[2]
    assert "not TOML" in told[3]


@pytest.mark.parametrize(
    "line",
    [
        "minutes = true",
        "minutes = 12.5",
        "minutes = -5",
        "minutes = 100000",
        'minutes = "15"',
        "volume = nan",
        "volume = inf",
        "volume = -0.1",
        "sensitivity = 1.1",
        "gain = 41",
        'input = ""',
        "input = 3",
        "engine = []",
        "engine = 1979-05-27",
        'routine = "clay"',
        'language = "xx"',
        "words_per_minute = 0",
        "page = 0",
        "page = 70000",
        "page = true",
        'page_lan = "yes"',
        "page_lan = 1",
        'page_certificate = ""',
        "page_key = 3",
        'page_proxy = "localhost"',
        'page_proxy = "127.0.0.1:80"',
        'page_proxy = "10.0.0.0/8"',
        "page_proxy = true",
        "page_proxy = 1",
        "[minutes]\nvalue = 15",
        "[voice]\nvolume = 0.5",
    ],
)
def test_a_value_that_is_not_allowed_is_a_mistake_of_its_line(path: Path, line: str) -> None:
    assert "\n  line 2: " in _mistakes(path, f"# settings\n{line}\n")


def test_a_setting_that_stands_twice_is_a_mistake(path: Path) -> None:
    assert "line 2: minutes is set twice" in _mistakes(path, "minutes = 15\nminutes = 16\n")


def test_a_file_that_is_no_text_or_no_file_is_told_in_a_sentence(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"minutes = 15\n\xff\xfe\n")
    with pytest.raises(SettingsError, match="line 2: it is not UTF-8 text"):
        load_settings(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(path)


def _save(path: Path, words_per_minute: int, volume: float) -> str:
    memory = SettingsFile(path)
    memory.save(SavePreferences(Voice(words_per_minute, volume)))
    return memory.trouble


def test_saving_keeps_comments_order_and_all_other_settings(path: Path) -> None:
    _write(path, "# my settings\nminutes = 12  # short\nvolume = 0.5\n")
    assert _save(path, 180, 0.7) == ""
    assert path.read_text() == "# my settings\nminutes = 12  # short\nvolume = 0.7\nwords_per_minute = 180\n"


def test_saving_makes_the_file_and_its_folder(path: Path) -> None:
    assert _save(path, 150, 0.9) == ""
    assert load_settings(path) == Settings(words_per_minute=150, volume=0.9)
    assert [file.name for file in path.parent.iterdir()] == ["settings.toml"]


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("minutes = 12\n")
    path.parent.mkdir()
    path.symlink_to(real)
    _save(path, 150, 0.9)
    assert path.is_symlink()
    assert "words_per_minute = 150" in real.read_text()


def test_the_file_keeps_its_permissions(path: Path) -> None:
    _write(path, "minutes = 12\n")
    path.chmod(0o640)
    _save(path, 150, 0.9)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_disk_that_takes_nothing_is_a_note_and_no_crash(tmp_path: Path) -> None:
    in_the_way = tmp_path / "voice-coach"
    in_the_way.write_text("a file where the folder should be")
    trouble = _save(in_the_way / "settings.toml", 150, 0.9)
    assert "were not kept" in trouble
    assert trouble.endswith(".")


def test_a_full_disk_leaves_the_old_file_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(path, "minutes = 12\n")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "No space left on device" in _save(path, 150, 0.9)
    assert path.read_text() == "minutes = 12\n"
    assert len(list(path.parent.iterdir())) == 1


def test_a_file_broken_meanwhile_is_left_alone(path: Path) -> None:
    _write(path, "minutes = = 12\n")
    assert "not correct TOML" in _save(path, 150, 0.9)
    assert path.read_text() == "minutes = = 12\n"


def test_many_savings_end_with_the_last(path: Path) -> None:
    memory = SettingsFile(path)
    for words_per_minute in range(100, 130):
        memory.save(SavePreferences(Voice(words_per_minute, 0.5)))
    assert memory.trouble == ""
    assert load_settings(path).words_per_minute == 129
