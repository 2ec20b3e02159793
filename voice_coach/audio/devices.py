"""Lists microphones and speakers, and finds one by its number or a part of its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from voice_coach import set_up_again
from voice_coach.errors import CoachError, DeviceProblem, MicrophoneError, SpeakerError, did_you_mean


@dataclass(frozen=True, slots=True)
class SoundDevice:
    """A sound device, as PortAudio sees it."""

    index: int
    name: str
    input_channels: int
    output_channels: int
    rate: int
    """The device's own rate, frames a second."""
    is_default_input: bool = False
    is_default_output: bool = False

    def __str__(self) -> str:
        directions = (
            ("microphone", self.input_channels, self.is_default_input),
            ("speaker", self.output_channels, self.is_default_output),
        )
        uses = ", ".join(noun + " *" * is_default for noun, channels, is_default in directions if channels)
        return f"{self.index:3} {self.name} ({uses})"


@dataclass(frozen=True, slots=True)
class _Direction:
    """The differences between looking for a microphone and for a speaker."""

    kind: str
    noun: str
    option: str
    channels: str
    error: type[MicrophoneError | SpeakerError]
    absent: str
    """The sentence for when there is none at all."""

    def usable(self, devices: tuple[SoundDevice, ...]) -> list[SoundDevice]:
        return [device for device in devices if getattr(device, self.channels)]


_ANOTHER_PLACE = "if one is plugged in, try another socket, or restart the machine with it plugged in."
_INPUT = _Direction(
    "input", "microphone", "--input", "input_channels", MicrophoneError,
    f"No microphone was found: plug one in, such as a USB microphone or a headset; {_ANOTHER_PLACE}",
)  # fmt: skip
_OUTPUT = _Direction(
    "output", "speaker", "--output", "output_channels", SpeakerError,
    f"No speaker was found: plug one in, such as a USB speaker or headphones; {_ANOTHER_PLACE}",
)  # fmt: skip


def portaudio(error: type[CoachError] = CoachError) -> Any:  # noqa: ANN401  the module sounddevice has no types
    """Return the module `sounddevice`; it is imported when first needed, because the import opens PortAudio.

    Raises:
        CoachError: (of the given class) PortAudio is missing or does not work.
    """
    try:
        import sounddevice  # noqa: PLC0415  see above
    except Exception as reason:  # PortAudio has a class of its own, which cannot be imported now
        raise error(_why_no_portaudio(reason)) from reason
    return sounddevice


def _why_no_portaudio(reason: Exception) -> str:
    told = " ".join(str(reason).split())
    if isinstance(reason, ImportError):
        return f"The Python package sounddevice cannot be loaded ({told}): run {set_up_again()}."
    if isinstance(reason, OSError) and told == "PortAudio library not found":
        return "PortAudio, the way to microphone and speaker, is missing: install it with apt install libportaudio2."
    return (
        f"PortAudio, the way to microphone and speaker, does not work ({told}): "
        "reinstall it with apt install --reinstall libportaudio2."
    )


def list_devices() -> tuple[SoundDevice, ...]:
    """Return all sound devices, possibly none.

    Raises:
        CoachError: PortAudio is missing.
    """
    return _list_devices(CoachError)


def find_input(name: str | None) -> SoundDevice:
    """Return the microphone with this number or part of a name, the default one for None.

    Raises:
        MicrophoneError: no microphone or several match, or PortAudio is missing.
    """
    return _find(_INPUT, name)


def find_output(name: str | None) -> SoundDevice:
    """Return the speaker with this number or part of a name, the default one for None.

    Raises:
        SpeakerError: no speaker or several match, or PortAudio is missing.
    """
    return _find(_OUTPUT, name)


def _list_devices(error: type[CoachError]) -> tuple[SoundDevice, ...]:
    sounddevice = portaudio(error)
    default_input, default_output = (_default(sounddevice, direction.kind) for direction in (_INPUT, _OUTPUT))
    return tuple(
        SoundDevice(
            index=found["index"],
            name=found["name"],
            input_channels=found["max_input_channels"],
            output_channels=found["max_output_channels"],
            rate=int(found["default_samplerate"]),
            is_default_input=found["index"] == default_input,
            is_default_output=found["index"] == default_output,
        )
        for found in sounddevice.query_devices()
    )


def _default(sounddevice: Any, kind: str) -> int | None:  # noqa: ANN401  the module sounddevice has no types
    try:
        return int(sounddevice.query_devices(kind=kind)["index"])
    except (sounddevice.PortAudioError, ValueError):
        return None


def _find(direction: _Direction, name: str | None) -> SoundDevice:
    usable = direction.usable(_list_devices(direction.error))
    if not usable:
        raise direction.error(direction.absent, DeviceProblem.ABSENT)
    if name is None:
        return _default_of(direction, usable)
    matches = _matches(usable, name)
    if len(matches) == 1:
        return matches[0]
    raise direction.error(_no_single_match(direction, usable, name, matches), DeviceProblem.UNKNOWN)


def _default_of(direction: _Direction, usable: list[SoundDevice]) -> SoundDevice:
    for device in usable:
        if getattr(device, f"is_default_{direction.kind}"):
            return device
    message = f"No {direction.noun} is the default: choose one with {direction.option}; voice-coach devices lists them."
    raise direction.error(message)


def _matches(usable: list[SoundDevice], name: str) -> list[SoundDevice]:
    wanted = name.strip().casefold()
    for matches in (
        [device for device in usable if str(device.index) == wanted],
        [device for device in usable if device.name.casefold() == wanted],
    ):
        if matches:
            return matches
    return [device for device in usable if wanted and wanted in device.name.casefold()]


def _no_single_match(direction: _Direction, usable: list[SoundDevice], name: str, matches: list[SoundDevice]) -> str:
    if matches:
        several = ", ".join(f"{device.index} {device.name}" for device in matches)
        return f"More than one {direction.noun} is called “{name}” ({several}): choose one by its number."
    hints = (did_you_mean(name, [device.name for device in usable]), "voice-coach devices lists them.")
    return f"There is no {direction.noun} “{name}”: {' '.join(filter(None, hints))}"
