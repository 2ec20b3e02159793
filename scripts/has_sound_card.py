"""Exit status 0 where there are a microphone and a speaker, 1 where not."""

from __future__ import annotations

import shutil
import subprocess
import sys

from voice_coach.audio.devices import list_devices


def _serves_nothing() -> bool:
    """Whether the sound server offers only the silent device that it makes up where there is no sound card."""
    if shutil.which("pactl") is None:
        return False
    asked = subprocess.run(["pactl", "get-default-sink"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() == "auto_null"


def has_sound_card() -> bool:
    """Whether PortAudio sees a microphone and a speaker that are not made up."""
    devices = list_devices()
    has_microphone = any(device.input_channels for device in devices)
    has_speaker = any(device.output_channels for device in devices)
    return has_microphone and has_speaker and not _serves_nothing()


if __name__ == "__main__":
    sys.exit(not has_sound_card())
