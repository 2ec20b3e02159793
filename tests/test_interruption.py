"""Signals end the program wherever it is, and leave nothing locked and nothing half done."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.patience import patient

ENDING_SECONDS = 60.0

AT_A_LOCK = """\
import os, random, signal, sys, threading
from voice_coach import interruption
interruption._AGAIN_SECONDS = float(sys.argv[2])
interruption.interrupt_on_signals()
condition = threading.Condition(threading.Lock())
sent, came, signals = 0, -1, 200
pause = random.Random(sys.argv[1])

def send():
    global sent
    while sent < signals:
        if came == sent:
            sent += 1
            os.kill(os.getpid(), signal.SIGINT)
        for _ in range(pause.randrange(400)):
            pass

sys.setswitchinterval(1e-5)
threading.Thread(target=send, daemon=True).start()
while sent < signals:
    try:
        came = sent
        while True:
            with condition:
                pass
    except KeyboardInterrupt:
        if not condition.acquire(blocking=False):
            sys.exit(f"locked for ever after {sent} signals")
        condition.release()
print(sent)
"""

LOOP = """\
import os, queue, signal, sys, threading
from voice_coach.interruption import interrupt_on_signals, interrupted_by_request
interrupt_on_signals()
inbox = queue.SimpleQueue()
with interrupted_by_request(lambda: inbox.put("signal")) as let_interrupt:
    {signals}
    print("between", flush=True)
    inbox.get()
    let_interrupt()
print("after", flush=True)
"""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=patient(ENDING_SECONDS), check=False)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("seed", "again_seconds"), [("1", "0.0005"), ("2", "0.00001")], ids=["later", "while the signal is handled"]
)
def test_a_lock_is_free_after_ctrl_c_at_any_moment_of_the_thread_that_takes_it(seed: str, again_seconds: str) -> None:
    done = run(AT_A_LOCK, seed, again_seconds)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == 200


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("signals", "printed", "status"),
    [
        ("os.kill(os.getpid(), signal.SIGTERM)", "between\n", 128 + 15),
        ("os.kill(os.getpid(), signal.SIGHUP)", "between\n", 128 + 1),
        ("os.kill(os.getpid(), signal.SIGINT)", "between\n", -2),
        ("[os.kill(os.getpid(), signal.SIGTERM) for _ in range(3)]", "between\n", 128 + 15),
        ("[os.kill(os.getpid(), signal.SIGINT) for _ in range(2)]", "", -2),
        ("inbox.put('event')", "between\nafter\n", 0),
    ],
    ids=["SIGTERM", "SIGHUP", "Ctrl-C", "SIGTERM three times", "Ctrl-C twice", "no signal"],
)
def test_a_loop_ends_between_two_events_but_at_once_when_a_person_insists(
    signals: str, printed: str, status: int
) -> None:
    done = run(LOOP.format(signals=signals))
    assert (done.stdout, done.returncode) == (printed, status), done.stderr


@pytest.mark.usefixtures("processes")
def test_a_signal_that_nobody_asked_for_ends_the_program_at_the_end_of_the_block() -> None:
    done = run(LOOP.format(signals="inbox.put('event'); let_interrupt = lambda: os.kill(os.getpid(), signal.SIGTERM)"))
    assert (done.stdout, done.returncode) == ("between\n", 128 + 15), done.stderr


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("line_count", [1, 2, 4])
def test_a_coach_ends_whenever_it_is_told_to(tmp_path: Path, number: signal.Signals, line_count: int) -> None:
    """The lines that it has printed tell how far it is: the first comes with its greeting."""
    card = tmp_path / "asound.conf"
    card.write_text("pcm.unusable { type file }\n")  # no device: it waits for one, and costs nothing meanwhile
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ALSA_CONFIG_PATH": str(card)}
    command = [sys.executable, "-m", "voice_coach", "start", "--wait", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as coach:
        assert coach.stdout is not None
        wait_for_handlers(coach)
        for _ in range(line_count):
            coach.stdout.readline()
        coach.send_signal(number)
        coach.stdout.read()
        assert coach.wait(patient(ENDING_SECONDS)) == 128 + number


def wait_for_handlers(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process catches SIGTERM; before, its interpreter still starts."""
    caught = 0
    while not caught & 1 << (signal.SIGTERM - 1):
        assert process.poll() is None, "it ended before it was told to"
        status = Path(f"/proc/{process.pid}/status").read_text()
        (mask,) = re.findall(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
        caught = int(mask, 16)
        time.sleep(0.01)
