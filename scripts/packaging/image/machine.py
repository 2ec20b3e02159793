"""The emulated machine of scripts/check-image: QEMU with the image's own kernel, and one who is asked inside."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent
AGENT_UNIT = """\
[Unit]
Description=The one who is asked by scripts/check-image
DefaultDependencies=no
After=systemd-udevd.service
[Service]
ExecStart=/usr/bin/python3 /run/coach-check/agent.py
Restart=on-failure
"""
START_AGENT = """\
#!/bin/sh
[ "$1" = prereqs ] && exit 0
mkdir -p /run/coach-check /run/systemd/system/sysinit.target.wants
cd /coach-check
for file in *; do cat "$file" >"/run/coach-check/$file"; done # there is no cp
cat coach-check.service >/run/systemd/system/coach-check.service
ln -s ../coach-check.service /run/systemd/system/sysinit.target.wants/
"""
SCRIPTS_AT_THE_END = """\
/scripts/init-bottom/udev "$@"
[ -e /conf/param.conf ] && . /conf/param.conf
/scripts/init-bottom/coach-check "$@"
[ -e /conf/param.conf ] && . /conf/param.conf
"""
"""The list of the initrd's last scripts: Debian's only one, and ours."""
MACHINE = (
    "-machine", "virt", "-cpu", "cortex-a72", "-smp", "1", "-m", "2G", "-accel", "tcg,tb-size=512",
    "-icount", "shift=0,sleep=on",
)  # fmt: skip
"""A core that does exactly 1,000 million instructions in each second of its own clock, about one of a Raspberry Pi 3.

An emulator is slower than that, so its clock is slow: otherwise sound would be torn to pieces, and how much depended on
what else this machine does. While it has nothing to do its clock goes as fast as ours.
"""
_FOLDER, _PROGRAM = 0o40755, 0o100755


class GuestError(Exception):
    """The emulated machine ended, or does not answer."""


def archive(files: dict[str, bytes]) -> bytes:
    """Return an archive in the kernel's format for an initrd (cpio, newc) of these files and their folders."""
    names: dict[str, bytes | None] = {}
    for name, content in files.items():
        parts = name.split("/")
        names |= {"/".join(parts[:end]): None for end in range(1, len(parts))} | {name: content}
    packed = b""
    for number, (name, entry) in enumerate([*names.items(), ("TRAILER!!!", b"")], 1):
        content, mode = (b"", _FOLDER) if entry is None else (entry, _PROGRAM)
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + "".join(f"{field:08x}" for field in fields).encode() + name.encode() + b"\0"
        packed += head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)
    return packed


def agent_archive(sounds: dict[str, bytes]) -> bytes:
    """Return what is appended to the image's initrd: the one who is asked, and what is said to the coach."""
    files = {
        "coach-check/agent.py": (HERE / "agent.py").read_bytes(),
        "coach-check/coach-check.service": AGENT_UNIT.encode(),
        "scripts/init-bottom/ORDER": SCRIPTS_AT_THE_END.encode(),
        "scripts/init-bottom/coach-check": START_AGENT.encode(),
    }
    return archive(files | {f"coach-check/{name}.wav": sound for name, sound in sounds.items()})


class Machine:
    """A machine that is started at once and killed at the end, as by a power cut."""

    def __init__(self, card: Path, folder: Path, append: str, *, extra: tuple[str, ...] = ()) -> None:
        """Start it.

        Args:
            card: the image; it is written to.
            folder: where `kernel` and `initrd` lie, and where sockets and logs go.
            append: the kernel's command line.
            extra: further arguments of QEMU.
        """
        self._socket, self.console = folder / "port", folder / "console.log"
        self._socket.unlink(missing_ok=True)
        self._waiting, self._last = b"", 0
        self._link: socket.socket | None = None
        self.started = time.monotonic()
        with (folder / "qemu.log").open("wb") as log:
            self._qemu = subprocess.Popen(
                [
                    "setpriv", "--pdeathsig", "KILL", "qemu-system-aarch64", *MACHINE,
                    "-display", "none", "-monitor", "none", "-no-reboot",
                    "-kernel", folder / "kernel", "-initrd", folder / "initrd", "-append", append,
                    "-drive", f"file={card},format=raw,if=virtio,cache=writethrough",
                    "-serial", f"file:{self.console}", "-netdev", "user,id=home,restrict=on",
                    "-device", "virtio-net-pci,netdev=home,romfile=",
                    "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=port,name=voice-coach.check",
                    "-chardev", f"socket,id=port,path={self._socket},server=on,wait=off", "-device", "virtio-rng-pci",
                    *extra,
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut_power()

    def cut_power(self) -> None:
        """Kill it in the middle of whatever it does."""
        self._qemu.kill()
        self._qemu.wait()
        if self._link:
            self._link.close()

    @property
    def seconds(self) -> float:
        """Seconds since it was started, on this machine's clock."""
        return time.monotonic() - self.started

    def wait_for_agent(self, patience: float) -> dict[str, Any]:
        """Wait until somebody answers inside.

        Raises:
            GuestError: nobody did in that many seconds.
        """
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                return self.ask(patience=10, run="true")
            except (OSError, TimeoutError):
                self._waiting = b""
                time.sleep(0.5)
        message = f"nobody answers inside after {patience:.0f} s; see {self.console}"
        raise GuestError(message)

    def ask(self, *, patience: float = 320, **request: object) -> dict[str, Any]:
        """Have a request done inside and return its answer.

        Raises:
            GuestError: the machine has ended, or could not do it.
            TimeoutError: no answer came.
        """
        if self._qemu.poll() is not None:
            message = f"the emulated machine has ended; see {self.console}"
            raise GuestError(message)
        if not self._link:
            link = socket.socket(socket.AF_UNIX)
            link.connect(os.fspath(self._socket))
            self._link = link
        self._last += 1
        self._link.settimeout(patience)
        self._link.sendall(json.dumps(request | {"id": self._last}).encode() + b"\n")
        while True:
            line, newline, rest = self._waiting.partition(b"\n")
            if not newline:
                got = self._link.recv(1 << 20)
                if not got:
                    message = "the emulated machine has hung up"
                    raise GuestError(message)
                self._waiting += got
                continue
            self._waiting = rest
            answer: dict[str, Any] = json.loads(line)
            if answer["id"] != self._last:  # to a question that was given up
                continue
            if "error" in answer:
                raise GuestError(answer["error"])
            return answer

    def run(self, command: str) -> str:
        """Run a shell command inside as root and return what it printed, without spaces around it."""
        return str(self.ask(run=command)["out"]).strip()

    def sound(self, since: int) -> bytes:
        """Return the recording from a byte on."""
        heard = b""
        while part := base64.b64decode(self.ask(read=since + len(heard))["sound"]):
            heard += part
        return heard
