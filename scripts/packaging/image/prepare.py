"""Obeys voice-coach.txt at each start, and gives the coach folders that last; runs in the image as root.

Nothing here may keep the coach from starting: each step is tried by itself, and a failure is a line in the journal.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[3]))  # in the image it lies as deep as here

from scripts.packaging.image.boot_file import (
    LARGEST,
    Wishes,
    note_of,
    supplicant_text,
    understand,
    with_language,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOOT, DATA, HOME, RUN = Path("/boot/firmware"), Path("/data"), Path("/home/coach"), Path("/run/voice-coach")
FILE, NOTE = "voice-coach.txt", "voice-coach-mistakes.txt"
LASTING = {"config": ".config", "share": ".local/share", "state": ".local/state"}
"""Folders of the data partition, and where the coach's user has them."""
SETTINGS = HOME / ".config" / "voice-coach" / "settings.toml"
FIRST_SETTINGS = Path("/usr/local/lib/voice-coach/settings.toml")
ZONES = Path("/usr/share/zoneinfo")
COACH = 1000
"""The number of the coach's user and of its group."""


def main() -> int:
    """Do all steps; the exit status tells how many failed."""
    failures = 0

    def tried(step: Callable[[], object]) -> None:
        nonlocal failures
        try:
            step()
        except (OSError, subprocess.SubprocessError) as error:
            failures += 1
            print(f"{getattr(step, '__name__', 'a step')}: {error}", flush=True)

    RUN.mkdir(mode=0o755, exist_ok=True)
    wishes, mistakes = read()
    if wishes.time_zone and not (ZONES / wishes.time_zone).is_file():
        mistakes.append(f"time_zone: there is no {wishes.time_zone}; Europe/Berlin and Asia/Seoul are two of them.")
    for mistake in mistakes:
        print(mistake, flush=True)
    tried(keep_machine_id)
    tried(give_folders)
    tried(lambda: socket.sethostname(wishes.host_name))
    tried(lambda: set_time_zone(wishes.time_zone))
    tried(lambda: offer_wifi(wishes))
    tried(lambda: give_settings(wishes.language))
    tried(lambda: leave_note(note_of(mistakes)))
    return min(failures, 100)


def read() -> tuple[Wishes, list[str]]:
    """Return what voice-coach.txt wishes for, and what is wrong with it."""
    try:
        with (BOOT / FILE).open("rb") as file:
            return understand(file.read(LARGEST + 1))
    except OSError as error:
        return Wishes(), [f"{FILE} cannot be read ({error.strerror}), so the device is called mirror, without Wi-Fi."]


def keep_machine_id() -> None:
    """Write down, at the very first start, the number by which this machine is known: the only change of the root."""
    if not os.path.ismount("/etc/machine-id"):
        return
    with writable(Path("/")):
        subprocess.run(["systemd-machine-id-setup", "--commit"], check=True)


def give_folders() -> None:
    """Give the coach's user its folders: those of the data partition, or ones in memory where that cannot be had."""
    for name, place in LASTING.items():
        target = HOME / place
        own(target)
        if os.path.ismount(DATA):
            own(DATA / name)
            subprocess.run(["mount", "--bind", DATA / name, target], check=True)


def own(folder: Path) -> None:
    """Make a folder of the coach's user, with those above it in the user's home."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in (folder, *folder.parents):
        if one in (HOME, DATA) or (not one.is_relative_to(HOME) and one != folder):
            break
        os.chown(one, COACH, COACH)


def set_time_zone(name: str) -> None:
    """Have /etc/localtime, which leads here, lead on to the zone."""
    link = RUN / "localtime"
    link.unlink(missing_ok=True)
    zone = ZONES / name if name and (ZONES / name).is_file() else ZONES / "Etc/UTC"
    link.symlink_to(zone)


def offer_wifi(wishes: Wishes) -> None:
    """Write what wpa_supplicant needs to know; without a wish for a Wi-Fi it is not started."""
    if text := supplicant_text(wishes):
        file = RUN / "wpa_supplicant.conf"
        file.touch(mode=0o600)
        file.write_text(text, encoding="ascii")


def give_settings(language: str) -> None:
    """Give the coach settings where it has none, and the language that is wished for."""
    own(SETTINGS.parent)
    if not SETTINGS.is_file():
        replace(SETTINGS, FIRST_SETTINGS.read_text(encoding="utf-8"))
    text = SETTINGS.read_text(encoding="utf-8", errors="surrogateescape")
    if language and (changed := with_language(text, language)) != text:
        replace(SETTINGS, changed)


def replace(file: Path, text: str) -> None:
    """Give a file of the coach's user another content: whole, or not at all."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)  # and "x": a link that lies there is not followed
    with part.open("x", encoding="utf-8", errors="surrogateescape") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    os.chown(part, COACH, COACH)
    part.replace(file)


def leave_note(text: str) -> None:
    """Leave the mistakes where the person finds them, beside the file; nothing is written if nothing has changed."""
    note = BOOT / NOTE
    if (note.read_bytes() if note.is_file() else b"") == text.encode() or not os.path.ismount(BOOT):
        return
    with writable(BOOT):
        if text:
            note.write_bytes(text.encode())
        else:
            note.unlink()


@contextmanager
def writable(place: Path) -> Iterator[None]:
    """Let a file system that is only read be written to for a moment."""
    subprocess.run(["mount", "-o", "remount,rw", place], check=True)
    try:
        yield
    finally:
        os.sync()
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)


if __name__ == "__main__":
    sys.exit(main())
