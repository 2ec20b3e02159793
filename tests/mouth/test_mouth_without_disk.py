"""The mouth where no disk takes anything: it speaks."""

from __future__ import annotations

import queue
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.disks import Failure, ext4_disk
from tests.mouth.test_mouth import PATIENCE_SECONDS, SHORT, VOICE, seconds_of_sound
from voice_coach.library import load_language
from voice_coach.mouth.mouth import SpeakingMouth
from voice_coach.mouth.speaker import Speaker
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.synthesizers import EspeakVoice
from voice_coach.session.commands import Speak
from voice_coach.session.events import SpeechEnded

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.mouth.synthesizer_client import Speech
    from voice_coach.rehearsal.virtual_card import VirtualCard
    from voice_coach.session.events import Event

NO_FOLDER = "import tempfile; tempfile._candidate_tempdir_list = list"
"""As where all folders for temporary files are full."""
SPEAK = f"""
from voice_coach.library import load_language
from voice_coach.mouth.synthesizers import {{voice}}
with {{voice}}({{arguments}}) as one:
    print(len(one.render("{SHORT}", 165).samples))
"""


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(("voice", "arguments"), [("EspeakVoice", "load_language('en')"), ("NaturalVoice", "")])
def test_a_voice_needs_no_folder_for_temporary_files(voice: str, arguments: str) -> None:
    script = NO_FOLDER + SPEAK.format(voice=voice, arguments=arguments)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert int(done.stdout) > 10_000


@pytest.fixture
def speaker(sound_card: VirtualCard) -> Speaker:
    one = Speaker(None)
    one.start()
    one.wait_until_open()
    sound_card.start_recording()
    return one


def test_what_is_said_is_heard_though_the_disk_of_the_cache_hangs(
    speaker: Speaker, sound_card: VirtualCard, tmp_path: Path
) -> None:
    events: queue.Queue[Event] = queue.Queue()
    with ext4_disk(tmp_path / "disk") as disk:
        mouth = SpeakingMouth(EspeakVoice(load_language("en")), speaker, SpeechCache(disk.folder / "speech"))
        mouth.start(events.put)
        disk.fail(Failure.FROZEN)
        for number, text in enumerate((SHORT, f"{SHORT} Well done.")):
            mouth.speak(Speak(number, text, VOICE))
            assert events.get(timeout=PATIENCE_SECONDS) == SpeechEnded(utterance_id=number)
        assert seconds_of_sound(sound_card.stop_recording()) > 1.0
        mouth.stop()
        disk.thaw()


def test_whatever_a_voice_raises_the_next_sentence_is_said(
    speaker: Speaker, sound_card: VirtualCard, tmp_path: Path
) -> None:
    class Odd(EspeakVoice):
        def render(self, text: str, words_per_minute: int) -> Speech:
            if text == "odd":
                raise EOFError
            return super().render(text, words_per_minute)

    events: queue.Queue[Event] = queue.Queue()
    mouth = SpeakingMouth(Odd(load_language("en")), speaker, SpeechCache(tmp_path))
    mouth.start(events.put)
    for number, text in enumerate(("odd", SHORT)):
        mouth.speak(Speak(number, text, VOICE))
        assert events.get(timeout=PATIENCE_SECONDS) == SpeechEnded(utterance_id=number)
    assert seconds_of_sound(sound_card.stop_recording()) > 0.3
    mouth.stop()
