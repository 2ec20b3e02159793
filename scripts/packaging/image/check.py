"""Starts the image in an emulator and listens to it: `python -m scripts.packaging.image.check IMAGE FOLDER`.

Called by scripts/check-image. A copy of the image is the card of an emulated machine, which is switched on, spoken to,
cut off its power in the middle of a mask, and switched on again with another voice-coach.txt. An image with a browser
is switched on a third time, with a screen, which is read and touched. The last thing printed is a table; the exit
status is 0 when all is well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.packaging.image import hearing
from scripts.packaging.image.boot_file import Wishes, supplicant_text
from scripts.packaging.image.layout import FIRST_MIB, MIB
from scripts.packaging.image.machine import GuestError, Machine, agent_archive
from scripts.packaging.image.screen import Screen, Word, share_shown

COMMANDS = {"start": "start the mask", "yes": "yes", "why": "why"}
BOOT_SECONDS, SOUND_SECONDS, EARS_SECONDS, ANSWER_SECONDS = 900, 900, 1200, 420
"""Seconds that an emulator on a busy machine may take until somebody answers inside, to a first sound, until the ears'
models are loaded, and to an answer."""
ASK_STATE = (
    "python3 -I -S -c \"import urllib.request as u; print(u.urlopen('http://127.0.0.1:8765/state', timeout=30)"
    '.read().decode())"'
)
NETWORK, PASSWORD = 'The "best" net; $(reboot)', 'pass "word\\"; `id` #1'
FIRST_FILE = f"""\
host_name = Bath-Mirror
wifi_name = {NETWORK}
wifi_password = {PASSWORD}
wifi_country = DE
time_zone = Asia/Seoul
"""
SECOND_FILE = """\
host_name = bath; reboot
wifi_name = Home
wifi_password = hunter2
wifi_country = DE
color = red
"""
MISTAKES = ("Line 1: host_name", "Line 3: wifi_password has 7 characters", "Line 5: there is no 'color'")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table."""

    check: str
    is_ok: bool
    figures: str


@dataclass(slots=True)
class Report:
    """The rows so far; each is told as soon as it is known."""

    rows: list[Row] = field(default_factory=list)

    def add(self, check: str, is_ok: object, figures: str = "") -> None:
        """Add a row."""
        self.rows.append(Row(check, bool(is_ok), figures))
        print(f"    {'ok    ' if is_ok else 'FAILED'} {check}: {figures}", file=sys.stderr, flush=True)

    def table(self) -> str:
        """Return the rows in columns."""
        width = max(len(row.check) for row in self.rows)
        head = f"{'check':{width}}  result  figures"
        return "\n".join(
            [head, "-" * len(head)]
            + [f"{row.check:{width}}  {'ok' if row.is_ok else 'FAILED':6}  {row.figures}" for row in self.rows]
        )


def on_boot(card: Path, *command: str | Path) -> str:
    """Run one of the mtools on the first partition of a card."""
    name, *arguments = command
    done = subprocess.run(
        [name, "-i", f"{card}@@{FIRST_MIB * MIB}", *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def take_kernel(card: Path, folder: Path) -> str:
    """Copy kernel and initrd out of the first partition, as the board's firmware would; return the command line."""
    names = [line.strip().removeprefix("::/") for line in on_boot(card, "mdir", "-b", "::").splitlines()]
    for kind, target in (("vmlinuz", "kernel"), ("initrd", "initrd.image")):
        (name,) = (one for one in names if one.startswith(kind))
        on_boot(card, "mcopy", "-o", f"::{name}", folder / target)
    on_boot(card, "mcopy", "-o", "::cmdline.txt", folder / "cmdline.txt")
    sounds = {name: _speak(text) for name, text in COMMANDS.items()}
    initrd = (folder / "initrd.image").read_bytes()
    (folder / "initrd").write_bytes(initrd + b"\0" * (-len(initrd) % 4) + agent_archive(sounds))
    return (folder / "cmdline.txt").read_text(encoding="ascii").strip()


def _speak(text: str) -> bytes:
    return subprocess.run(
        ["flite", "-voice", "rms", "-t", text, "-o", "/dev/stdout"], capture_output=True, check=True
    ).stdout


def state(machine: Machine) -> dict[str, Any]:
    """Return what the coach's page says; empty while there is none."""
    told = machine.run(ASK_STATE)
    return json.loads(told) if told.startswith("{") else {}


@dataclass(slots=True)
class Ears:
    """What came out of the speaker so far."""

    machine: Machine
    raw: bytes = b""
    since: float = 0.0
    said: list[str] = field(default_factory=list)
    """The sentences that the page showed as being said."""

    def listen(self) -> list[hearing.Spoken]:
        """Hear what is new, and return all stretches of sound."""
        self.since = self.machine.ask(run="true")["recording_since"]
        self.raw += self.machine.sound(len(self.raw))
        if (saying := str(state(self.machine).get("saying", ""))) and saying not in self.said:
            self.said.append(saying)
        return hearing.stretches(hearing.samples_of(self.raw))

    def next_after(self, begin: float, patience: float, *, whole: bool = True) -> hearing.Spoken | None:
        """Wait for a stretch that begins after a time, and by default for its end."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            later = [one for one in self.listen() if one.begin >= begin]
            end = len(self.raw) / hearing.FRAME_BYTES / hearing.RATE
            if later and (not whole or end - later[0].end > hearing.SILENCE_SECONDS):
                return later[0]
            time.sleep(2)
        return None

    def part(self, spoken: hearing.Spoken) -> hearing.Sound:
        """Return the samples of a stretch."""
        begin, end = (round(second * hearing.RATE) for second in (max(0.0, spoken.begin - 0.1), spoken.end + 0.1))
        return hearing.samples_of(self.raw)[begin:end]


@dataclass(frozen=True, slots=True)
class Trial:
    """A card that is started again and again."""

    card: Path
    folder: Path
    """Where kernel and initrd lie, and where all that is recorded goes."""
    append: str
    """The kernel's command line."""
    report: Report

    def boot(self, which: str, *extra: str) -> Machine:
        """Start a machine, with further arguments of QEMU, and wait until somebody answers inside."""
        machine = Machine(self.card, self.folder, self.append, extra=extra)
        machine.wait_for_agent(BOOT_SECONDS)
        inside = machine.run("cut -d' ' -f1 /proc/uptime")
        figures = f"after {machine.seconds:.0f} s; {inside} s by its own clock"
        self.report.add(f"{which} start: Linux runs", inside, figures)
        return machine


def check_first_sound(machine: Machine, ears: Ears, report: Report, which: str) -> hearing.Spoken | None:
    """The coach says something by itself: words that stand on its page."""
    spoken = ears.next_after(0.0, SOUND_SECONDS)
    if spoken is None:
        report.add(f"{which} start: the coach speaks", spoken, f"nothing in {SOUND_SECONDS} s; {_service(machine)}")
        return None
    figures = f"first sound {ears.since + spoken.begin:.0f} s after Linux began, {spoken.end - spoken.begin:.1f} s long"
    report.add(f"{which} start: the coach speaks", spoken, f"{figures}, {spoken.hole_seconds:.1f} s of it holes")
    return spoken


def check_words(ears: Ears, spoken: hearing.Spoken, expected: str, report: Report, check: str) -> None:
    """What was said is, by the project's second ear, what the page says."""
    heard = hearing.transcript(ears.part(spoken))
    share = max(hearing.share_heard(heard, text) for text in (expected, *ears.said))
    report.add(check, share >= LEAST_SHARE, f'{share:.0%} of the words: "{heard.strip()[:70]}"')


def wait_for_ears(machine: Machine, report: Report) -> dict[str, Any]:
    """Wait until the coach listens, and return its state."""
    until, told = time.monotonic() + EARS_SECONDS, state(machine)
    while told.get("activity") != "listening" and time.monotonic() < until:
        time.sleep(3)
        told = state(machine)
    inside = machine.run("cut -d' ' -f1 /proc/uptime")
    report.add("the coach listens", told.get("activity") == "listening", f"{inside} s after Linux began at the latest")
    return told


def say(machine: Machine, ears: Ears, name: str, report: Report) -> dict[str, Any]:
    """Say a command, and return the state after the coach's answer."""
    before = wait_for_ears(machine, report)
    done = machine.ask(play=name)
    ended = done["now"] - ears.since
    until, after = time.monotonic() + ANSWER_SECONDS, before
    while time.monotonic() < until:
        after = state(machine)
        if after.get("phase") != before.get("phase") or after.get("instruction") != before.get("instruction"):
            break
        time.sleep(1)
    answer = ears.next_after(ended - 1.0, ANSWER_SECONDS)
    is_ok = after.get("phase") != before.get("phase") and answer is not None
    delay = f"{answer.begin - ended:.1f} s after the last word" if answer else "silence"
    report.add(
        f'obeys "{COMMANDS[name]}"', is_ok,
        f"{before.get('phase')} -> {after.get('phase')}, heard {after.get('heard')!r}; answer: {delay}",
    )  # fmt: skip
    if answer:
        expected = f"{after.get('saying', '')} {after.get('instruction', '')}"
        check_words(ears, answer, expected, report, "the answer is what the page shows")
    return after


def check_system(machine: Machine, report: Report) -> None:
    """The root is only read, the logs lie in memory, the kept partition is synced, nobody listens or logs in."""
    mounts = machine.run("findmnt --noheadings --raw --output TARGET,OPTIONS").splitlines()
    options = dict(line.split(" ", 1) for line in mounts if " " in line)
    report.add("the root is only read", options["/"].startswith("ro,"), machine.run("touch /x 2>&1 || true"))
    lasting = options.get("/home/coach/.local/state", "")
    report.add("what lasts is written at once", "sync" in lasting.split(","), f"~/.local/state: {lasting}")
    journal = machine.run("ls -d /run/log/journal/*; ls /var/log/journal 2>/dev/null").split()
    report.add("the journal lies in memory", len(journal) == 1, " ".join(journal))
    written = set(machine.run("findmnt --noheadings --raw --output TARGET --options rw --types ext4,vfat").split())
    report.add("nothing else on the card is written", "/data" in written <= KEPT, " ".join(sorted(written)))
    failed = machine.run("systemctl --failed --plain --no-legend | cut -d' ' -f1 | xargs")
    report.add("no unit has failed", not failed, failed or "none")
    service = _service(machine)
    report.add("the coach runs as a service", "ActiveState=active" in service, service)
    begun, up = _service_times(machine)
    report.add("the service's own start", up > begun > 0, f"begun {begun:.0f} s, up {up:.0f} s after Linux began")
    memory = _memory(machine)
    report.add("memory in use", memory, memory)


def _memory(machine: Machine) -> str:
    all_mb, free_mb = map(float, machine.run("awk '/MemTotal|MemAvailable/ {print $2 / 1000}' /proc/meminfo").split())
    return f"{all_mb - free_mb:.0f} of {all_mb:.0f} MB"


def _service(machine: Machine) -> str:
    return machine.run(f"{OF_COACH} show voice-coach -p ActiveState -p NRestarts -p StatusText | xargs")


def _service_times(machine: Machine) -> tuple[float, float]:
    told = machine.run(f"{OF_COACH} show voice-coach --timestamp=us -p ExecMainStartTimestampMonotonic "
                       "-p ActiveEnterTimestampMonotonic")  # fmt: skip
    times = dict(line.split("=") for line in told.splitlines() if "=" in line)
    begun, up = (int(times.get(f"{name}TimestampMonotonic") or 0) / 1e6 for name in ("ExecMainStart", "ActiveEnter"))
    return begun, up


def check_wifi(machine: Machine, report: Report) -> None:
    """The Wi-Fi of the file is joined: by a radio and to a network that the kernel only imitates."""
    machine.run("modprobe mac80211_hwsim radios=2")
    name, key = NETWORK.encode().hex(), supplicant_text(Wishes(wifi_name=NETWORK, wifi_password=PASSWORD))
    psk = next(line.strip() for line in key.splitlines() if "psk=" in line)
    network = f"network={{\nssid={name}\nmode=2\nfrequency=2412\nkey_mgmt=WPA-PSK\nproto=RSN\n{psk}\n}}"
    machine.run(f"printf '{network}\n' >/run/access-point.conf; "
                "wpa_supplicant -B -i wlan1 -c /run/access-point.conf")  # fmt: skip
    begun, told = time.monotonic(), ""
    while time.monotonic() - begun < WIFI_SECONDS and "wpa_state=COMPLETED" not in told:
        time.sleep(3)
        told = machine.run(
            "wpa_cli -p /run/wpa_supplicant -i wlan0 status | grep -E '^(wpa_state|ssid|key_mgmt)=' | xargs"
        )
    report.add("the Wi-Fi of voice-coach.txt is joined", "wpa_state=COMPLETED" in told, told)


def check_file(machine: Machine, report: Report) -> None:
    """Name and time zone of the file are obeyed, and no mistake is told."""
    told = machine.run("hostname; date +%Z; ls /boot/firmware | grep -c mistakes")
    report.add("voice-coach.txt is obeyed", told.split() == ["bath-mirror", "KST", "0"], " ".join(told.split()))


def check_mistakes(machine: Machine, card: Path, report: Report) -> None:
    """Of a file with mistakes each is told in a sentence beside it, and no password."""
    told = machine.run("hostname; ls /run/voice-coach | xargs")
    report.add("what is wrong in it is not obeyed", told.split() == ["mirror", "localtime"], " ".join(told.split()))
    note = on_boot(card, "mtype", "::voice-coach-mistakes.txt")
    is_ok = all(mistake in note for mistake in MISTAKES) and "hunter2" not in note
    report.add("and told beside it", is_ok, f"{note.count('Line ')} sentences in voice-coach-mistakes.txt")


KEPT = {"/data", "/home/coach/.config", "/home/coach/.local/share", "/home/coach/.local/state",
        "/var/lib/systemd/timesync"}  # fmt: skip
LEAST_SHARE = 0.6
"""Of the words that the second ear writes of a sentence, those that the page shows, too."""
LEAST_SHOWN = 0.8
"""Of the words of the page, those that tesseract must read on the screen."""
OF_COACH = "systemctl --user --machine=coach@.host"
WIFI_SECONDS = 180
SCREEN_SECONDS = 1500
SCREEN_UNIT, BUTTONS = "voice-coach-screen", ("yes", "pause")
"""The words on the buttons that are touched: while there is a question, and else."""
LASTING = "cat /etc/machine-id; sha256sum /home/coach/.config/voice-coach/settings.toml | cut -c1-12"


def first_start(trial: Trial) -> str:
    """Start a new card, be coached, and pull the plug; return what has to last."""
    report = trial.report
    on_boot(trial.card, "mcopy", "-o", written(trial.folder, FIRST_FILE), "::voice-coach.txt")
    with trial.boot("first") as machine:
        ears = Ears(machine)
        if spoken := check_first_sound(machine, ears, report, "first"):
            told = state(machine)
            check_words(ears, spoken, _shown(told), report, "the first words are what the page shows")
        check_system(machine, report)
        check_file(machine, report)
        check_wifi(machine, report)
        say(machine, ears, "start", report)
        lasting = machine.run(LASTING)
        machine.cut_power()
        keep(ears, trial.folder / "first.wav")
    return lasting


def second_start(trial: Trial, lasting: str) -> bool:
    """Start the same card after the power cut, with mistakes in its file; return whether it has a browser."""
    report = trial.report
    on_boot(trial.card, "mcopy", "-o", written(trial.folder, SECOND_FILE), "::voice-coach.txt")
    with trial.boot("second") as machine:
        ears = Ears(machine)
        if spoken := check_first_sound(machine, ears, report, "second"):
            told = state(machine)
            check_words(ears, spoken, _shown(told), report, "after the power cut it speaks of what was")
            report.add("and asks whether to go on", told.get("question"), str(told.get("question")))
        again = machine.run(LASTING)
        report.add("machine id and settings have lasted", again == lasting, " ".join(again.split()))
        check_mistakes(machine, trial.card, report)
        keep(ears, trial.folder / "second.wav")
        return bool(machine.run("command -v cage"))


def third_start(trial: Trial) -> None:
    """Start the card with a screen: the page is on it, follows the coach, and takes a touch."""
    report, screen = trial.report, Screen(trial.folder)
    with trial.boot("third", *screen.arguments) as machine:
        told, shown = wait_for_page(machine, screen, {})
        report.add("third start: the page is on the screen", told, _seen(machine, screen, shown))
        button = next((word for word in shown if word.text.lower() in BUTTONS), None)
        after: dict[str, Any] = {}
        if button:
            screen.touch(button)
            after, shown = wait_for_page(machine, screen, told)
        is_shown = _is_gone(told["question"], shown) if told.get("question") else share_shown(shown, "paused")
        name = button.text if button else " or ".join(BUTTONS)
        report.add(f'obeys a touch on "{name}", and shows it', after and is_shown, _seen(machine, screen, shown))
        unit = machine.run(f"systemctl show {SCREEN_UNIT} -p ActiveState -p NRestarts -p MemoryCurrent | xargs")
        report.add("the browser runs on", "ActiveState=active" in unit and "NRestarts=0" in unit, unit)
        service = _service(machine)
        report.add("and the coach beside it", "NRestarts=0" in service, service)
        memory = _memory(machine)
        report.add("memory in use with it", memory, memory)


def wait_for_page(machine: Machine, screen: Screen, before: dict[str, Any]) -> tuple[dict[str, Any], list[Word]]:
    """Wait until the screen shows another phase or question than before; return that state, or nothing, and the words.

    Args:
        machine: the one with the screen.
        screen: its screen.
        before: the state that was shown before.
    """
    until, shown = time.monotonic() + SCREEN_SECONDS, list[Word]()
    while time.monotonic() < until:
        told, shown = state(machine), screen.read()
        expected = " ".join(str(told.get(name, "")) for name in ("title", "instruction", "question"))
        is_new = any(told.get(name) != before.get(name) for name in ("phase", "question"))
        if told and is_new and share_shown(shown, expected) >= LEAST_SHOWN:
            return told, shown
        time.sleep(5)
    return {}, shown


def _is_gone(text: str, shown: list[Word]) -> bool:
    return share_shown(shown, text) < LEAST_SHOWN


def _seen(machine: Machine, screen: Screen, shown: list[Word]) -> str:
    inside = machine.run("cut -d' ' -f1 /proc/uptime")
    picture = screen.keep(f"screen-{inside}")
    return f'{inside} s after Linux began at the latest, {picture.name}: "{" ".join(word.text for word in shown)[:90]}"'


def _shown(told: dict[str, Any]) -> str:
    names = ("saying", "instruction", "question", "title")
    return " ".join([*(str(told.get(name, "")) for name in names), *map(str, told.get("notes", ()))])


def written(folder: Path, text: str) -> Path:
    """Write a text into a file of the folder, and return it."""
    file = folder / "voice-coach.txt"
    file.write_text(text, encoding="utf-8")
    return file


def keep(ears: Ears, file: Path) -> None:
    """Keep what was heard as a WAV file."""
    with wave.open(str(file), "wb") as kept:
        kept.setparams((2, 2, hearing.RATE, 0, "NONE", ""))
        kept.writeframes(ears.raw)


def main() -> int:
    """Make all checks of the image that is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("image", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    report, card, begun = Report(), options.folder / "card.img", time.monotonic()
    subprocess.run(["cp", "--sparse=always", options.image, card], check=True)
    append = take_kernel(card, options.folder) + " console=ttyAMA0"
    try:
        trial = Trial(card, options.folder, append, report)
        lasting = first_start(trial)
        if second_start(trial, lasting):
            third_start(trial)
    except (GuestError, OSError, subprocess.SubprocessError) as error:
        report.add("the emulated machine", "", str(error))
    print(report.table())
    print(f"\nThe whole took {time.monotonic() - begun:.0f} s on this machine.")
    return 0 if all(row.is_ok for row in report.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
