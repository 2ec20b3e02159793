"""PortAudio, and the microphone and the speaker that the settings name. Nothing is recorded or played here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voice_coach.doctor.finding import failure, ok, warning
from voice_coach.doctor.sound_server import server_address
from voice_coach.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.doctor.finding import Circumstances, Finding
    from voice_coach.sound.devices import Device

_RATES = (16_000, 44_100, 48_000)
"""Hz: what the recogniser wants, and what cards do."""
REINSTALL = "sudo apt install --reinstall libportaudio2"
LIST_DEVICES = "voice-coach devices"


def look_at_portaudio(circumstances: Circumstances) -> Finding:
    """Whether the library is here, and what it sees."""
    from voice_coach.sound.devices import list_devices, portaudio

    texts = circumstances.texts
    try:
        sounddevice = portaudio()
    except CoachError as error:
        remedy = "scripts/setup" if isinstance(error.__cause__, ImportError) else REINSTALL
        return failure("portaudio", texts.say("portaudio.unusable", reason=error), remedy)
    version = sounddevice.get_portaudio_version()[1].split(",")[0]
    found = list_devices()
    apis = [api["name"] for api in sounddevice.query_hostapis()]
    meaning = texts.say("portaudio.fine", version=version, count=len(found))
    return ok("portaudio", meaning, version=version, apis=apis, devices=len(found))


def look_at_microphone(circumstances: Circumstances) -> Finding:
    """Whether the microphone of the settings is there, and at which rates it can be recorded."""
    from voice_coach.sound.devices import find_input, portaudio

    return _look("microphone", lambda: find_input(circumstances.settings.input), "input", portaudio, circumstances)


def look_at_speaker(circumstances: Circumstances) -> Finding:
    """Whether the speaker of the settings is there, and at which rates it plays."""
    from voice_coach.sound.devices import find_output, portaudio

    return _look("speaker", lambda: find_output(circumstances.settings.output), "output", portaudio, circumstances)


def unusable(name: str, meaning: str, remedy: str, circumstances: Circumstances, **figures: object) -> Finding:
    """A failure, unless a coach is running: then its devices may be taken, and that is as it should be."""
    if circumstances.is_running:
        return warning(name, circumstances.texts.say("devices.taken", meaning=meaning), "", **figures)
    return failure(name, meaning, remedy, **figures)


def rates_of(sounddevice: Any, device: Device, kind: str) -> list[int]:  # noqa: ANN401 - a module without types
    """The rates of interest that a device takes for one channel, in Hz.

    Args:
        sounddevice: the module.
        device: which.
        kind: input or output.
    """
    check = getattr(sounddevice, f"check_{kind}_settings")
    rates = []
    for rate in sorted({*_RATES, device.rate}):
        try:
            check(device=device.index, channels=1, dtype="float32", samplerate=rate)
        except sounddevice.PortAudioError:
            continue
        rates.append(rate)
    return rates


def _look(
    name: str,
    find: Callable[[], Device],
    kind: str,
    portaudio: Callable[[], Any],
    circumstances: Circumstances,
) -> Finding:
    texts = circumstances.texts
    wanted = circumstances.settings.input if kind == "input" else circumstances.settings.output
    try:
        sounddevice = portaudio()
        device = find()
    except CoachError as error:
        meaning = texts.say(f"{name}.unusable", reason=error)
        if wanted is None:
            meaning = texts.say(f"{name}.none")
        return unusable(name, meaning, _remedy(), circumstances)
    channels = device.input_channels if kind == "input" else device.output_channels
    rates = rates_of(sounddevice, device, kind)
    figures = {"device": device.name, "channels": channels, "rate": device.rate, "rates": rates}
    if not rates:
        meaning = texts.say(f"{name}.no_rate", device=device.name)
        return unusable(name, meaning, "fuser -v /dev/snd/*", circumstances, **figures)
    counted = texts.say("devices.one_channel") if channels == 1 else texts.say("devices.channels", count=channels)
    kilohertz = ", ".join(f"{rate / 1000:g}" for rate in rates)
    meaning = texts.say("devices.fine", device=device.name, channels=counted, rates=kilohertz)
    return ok(name, meaning, **figures)


def _remedy() -> str:
    """With a sound server, the usual reason is that ALSA does not know the way to it."""
    return "sudo apt install libasound2-plugins" if server_address() and not _sees_devices() else LIST_DEVICES


def _sees_devices() -> bool:
    from voice_coach.sound.devices import list_devices

    try:
        return bool(list_devices())
    except CoachError:
        return False
