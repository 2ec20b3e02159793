"""Runs in the house of house.sh: installs the service under a real systemd, stops the coach, tells what came of it.

Prints one JSON object: the answers of `voice-coach service` and of systemctl, in the order they were asked for.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.patience import patient
from voice_coach.rehearsal.virtual_card import VirtualCard

UNIT = "voice-coach.service"
PATIENT_SECONDS = patient(60.0)
SHARED = ("ALSA_CONFIG_PATH", "JACK_NO_START_SERVER", "PULSE_CONFIG_PATH", "PULSE_COOKIE", "PULSE_RUNTIME_PATH",
          "PULSE_SERVER", "PULSE_STATE_PATH", "PYTHONPATH")  # fmt: skip


def ask(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=patient(150)).stdout


def service(word: str, *more: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "voice_coach", "service", word, *more],
        capture_output=True, text=True, check=False, timeout=patient(150),
    )  # fmt: skip
    return {"status": done.returncode, "said": done.stdout, "complained": done.stderr}


def property_of_unit(name: str) -> str:
    return ask("systemctl", "--user", "show", UNIT, "--value", f"--property={name}").strip()


def wait_for(text: str) -> None:
    """Wait until the coach says so."""
    deadline = time.monotonic() + PATIENT_SECONDS
    while text not in property_of_unit("StatusText") and time.monotonic() < deadline:
        time.sleep(0.2)


def until_restarted(pid: int) -> float:
    """Seconds until systemd has another coach up."""
    since = time.monotonic()
    while time.monotonic() - since < PATIENT_SECONDS:
        if property_of_unit("ActiveState") == "active" and int(property_of_unit("MainPID")) not in (0, pid):
            break
        time.sleep(0.1)
    return time.monotonic() - since


def visit() -> dict[str, object]:
    told: dict[str, object] = {"install": service("install"), "install_again": service("install")}
    wait_for("listening")
    told["status"] = service("status")
    pid = int(property_of_unit("MainPID"))
    if pid <= 1:
        return told
    told["process"] = Path(f"/proc/{pid}/status").read_text()
    os.kill(pid, signal.SIGSTOP)
    told["watchdog_seconds"] = until_restarted(pid)
    told["restarts"] = int(property_of_unit("NRestarts"))
    pid = int(property_of_unit("MainPID"))
    os.kill(pid, signal.SIGTERM)
    told["ended_seconds"] = until_restarted(pid)
    told["json"] = json.loads(str(service("status", "--json")["said"]))
    told |= {"uninstall": service("uninstall"), "uninstall_again": service("uninstall")}
    told["active_at_last"] = ask("systemctl", "--user", "is-active", UNIT).strip()
    return told


def main() -> None:
    home = Path.home()
    tempfile.tempdir = str(home / "sound")  # a folder that the service sees, too
    Path(tempfile.tempdir).mkdir()
    units = home / ".config/systemd/user"
    units.mkdir(parents=True)
    for name in ("pulseaudio.service", "pulseaudio.socket"):  # the virtual card is one already
        (units / name).symlink_to(os.devnull)
    with ExitStack() as until_done:
        systemd = subprocess.Popen(["/lib/systemd/systemd", "--user"], stderr=subprocess.DEVNULL)
        until_done.callback(systemd.wait, 20)
        until_done.callback(systemd.terminate)
        card = until_done.enter_context(VirtualCard())
        environment = {name: card.environment[name] for name in SHARED}
        ask("systemctl", "--user", "set-environment", *(f"{name}={value}" for name, value in environment.items()))
        told = visit()
    print(json.dumps(told))  # noqa: T201 - read by the test


if __name__ == "__main__":
    main()
