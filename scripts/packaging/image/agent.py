"""Runs in the emulated machine for scripts/check-image: gives it a sound card, records it, and does what it is asked.

It comes with an archive that is appended to the initial file system (initrd), and lies in memory: the image knows
nothing of it. Each line on the port is a request in JSON, each answer a line; sound and output are base64.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from array import array
from pathlib import Path

PORT = Path("/dev/virtio-ports/voice-coach.check")
HERE = Path(__file__).parent
RATE = 44_100
RECORDING = HERE / "heard.raw"
"""Everything that came out of the speaker since the start: 16-bit samples, two channels."""


SOUND_SERVER = Path("/etc/pulse/default.pa.d")
DEVICES = """\
load-module module-alsa-sink device=hw:Loopback,0,0 sink_name=speaker
load-module module-null-sink sink_name=microphone
set-default-sink speaker
set-default-source microphone.monitor
"""
"""What the coach's PulseAudio is told to use. It takes no card by itself that somebody else has open (the recorder);
and the kernel's loopback did not last as a microphone of PulseAudio 16."""
HISS = HERE / "hiss.raw"
"""The microphone's own noise, two seconds at -72 dBFS: one that gives only zeros is taken to be muted."""
HISS_FOR_EVER = f"""\
while :; do
  (while cat {HISS}; do :; done) | pacat --playback --device=microphone --raw --format=s16le --rate=16000 --channels=1
  sleep 1
done"""
SERVER = "PULSE_SERVER=unix:/run/user/1000/pulse/native"
"""Named, or a client that comes before the server would start one of its own."""
AS_COACH = ["setpriv", "--reuid", "coach", "--regid", "coach", "--init-groups",
            "env", "HOME=/home/coach", "XDG_RUNTIME_DIR=/run/user/1000", SERVER]  # fmt: skip


def main() -> None:
    """Serve requests until the machine ends."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", SOUND_SERVER], check=True)
    (SOUND_SERVER / "check.pa").write_text(DEVICES, encoding="ascii")
    subprocess.run(["modprobe", "snd-aloop", "pcm_substreams=1"], check=True)
    subprocess.run(["modprobe", "virtio_console"], check=True)
    device = ["--device", "hw:Loopback,1,0", "--format", "S16_LE", "--rate", str(RATE), "--channels", "2"]
    while not Path("/dev/snd/controlC0").exists():
        time.sleep(0.05)
    subprocess.Popen(["arecord", "--quiet", *device, "--file-type", "raw", RECORDING], stderr=subprocess.DEVNULL)
    begun = time.monotonic()
    HISS.write_bytes(bytes(array("h", (byte % 29 - 14 for byte in os.urandom(32_000)))))
    subprocess.Popen([*AS_COACH, "sh", "-c", HISS_FOR_EVER], stderr=subprocess.DEVNULL)
    while not PORT.exists():
        time.sleep(0.05)
    with PORT.open("r+b", buffering=0) as port:
        waiting = b""
        while True:
            got = port.read(65_536)
            if not got:  # nobody listens yet
                time.sleep(0.1)
                continue
            waiting += got
            *lines, waiting = waiting.split(b"\n")
            for line in lines:
                answer = json.dumps(answer_to(json.loads(line), begun)).encode() + b"\n"
                while answer:
                    answer = answer[port.write(answer) or 0 :]


def answer_to(request: dict[str, object], begun: float) -> dict[str, object]:
    """Do what a request asks; its answer tells the machine's own time, too."""
    answer: dict[str, object] = {"id": request["id"], "recording_since": begun}
    try:
        if "read" in request:  # a part of the recording
            with RECORDING.open("rb") as file:
                file.seek(int(str(request["read"])))
                answer["sound"] = base64.b64encode(file.read(4_000_000)).decode()
        elif "play" in request:
            answer["since"] = time.monotonic()
            subprocess.run(
                [*AS_COACH, "paplay", "--device=microphone", HERE / f"{request['play']}.wav"], check=True, timeout=300
            )
        elif "run" in request:
            done = subprocess.run(
                ["/bin/sh", "-c", str(request["run"])], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                errors="replace", check=False, timeout=300,
            )  # fmt: skip
            answer |= {"status": done.returncode, "out": done.stdout, "err": done.stderr}
    except (OSError, subprocess.SubprocessError) as error:
        answer["error"] = str(error)
    answer["now"] = time.monotonic()
    return answer


if __name__ == "__main__":
    main()
