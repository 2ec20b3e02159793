from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from voice_coach.audio.devices import find_input, find_output, list_devices
from voice_coach.errors import EarsError, MouthError

if TYPE_CHECKING:
    from pathlib import Path

TELL_ERRORS = """
from voice_coach.errors import CoachError
from voice_coach.audio.devices import find_input, find_output, list_devices
for look in (list_devices, lambda: find_input(None), lambda: find_output(None)):
    try:
        print(look())
    except CoachError as error:
        print(type(error).__name__, error)
"""


def told(environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", TELL_ERRORS],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.usefixtures("sound_card")
def test_the_card_has_a_microphone_and_a_speaker_and_a_default() -> None:
    devices = {device.name: device for device in list_devices()}
    assert {"microphone", "speaker", "default"} <= set(devices)
    assert devices["default"].is_default_input
    assert devices["default"].is_default_output
    assert devices["speaker"].rate in {44_100, 48_000}
    assert [device.index for device in list_devices()] == list(range(len(devices)))


@pytest.mark.usefixtures("sound_card")
def test_without_a_name_the_default_is_found() -> None:
    assert find_input(None).name == find_output(None).name == "default"


@pytest.mark.usefixtures("sound_card")
def test_a_device_is_found_by_its_number_or_a_part_of_its_name() -> None:
    speaker = find_output("speaker")
    assert find_output(str(speaker.index)) == find_output(" SPEAK ") == speaker


@pytest.mark.usefixtures("sound_card")
def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(MouthError, match='did you mean "speaker"'):
        find_output("speeker")
    with pytest.raises(EarsError, match=r"no microphone “99”.*voice-coach devices"):
        find_input("99")
    with pytest.raises(EarsError, match="no microphone “”"):
        find_input("")


@pytest.mark.usefixtures("sound_card")
def test_a_part_of_several_names_is_answered_with_all_of_them() -> None:
    with pytest.raises(MouthError, match=r"\(\d+ \w+, \d+ \w+.*choose one by its number"):
        find_output("e")


@pytest.mark.usefixtures("sound_card")
def test_a_device_reads_as_a_line_of_a_list() -> None:
    assert str(find_output(None)).endswith("default (microphone *, speaker *)")


@pytest.mark.usefixtures("processes")
def test_where_there_is_no_device_the_remedy_is_told(tmp_path: Path) -> None:
    (tmp_path / "alsa.conf").write_text("pcm.unusable { type file }\n")
    listed, microphone, speaker = told({"ALSA_CONFIG_PATH": str(tmp_path / "alsa.conf")})
    assert listed == "()"
    assert microphone.startswith("MicrophoneError No microphone was found: plug one in")
    assert speaker.startswith("SpeakerError No speaker was found: plug one in")


@pytest.mark.usefixtures("processes")
def test_with_a_broken_portaudio_the_remedy_is_told(tmp_path: Path) -> None:
    (tmp_path / "libportaudio.so.2").touch()
    answers = told({"LD_LIBRARY_PATH": str(tmp_path)})
    assert [answer.split()[0] for answer in answers] == ["CoachError", "MicrophoneError", "SpeakerError"]
    assert all("file too short" in answer for answer in answers)
    assert all(answer.endswith("apt install --reinstall libportaudio2.") for answer in answers)
