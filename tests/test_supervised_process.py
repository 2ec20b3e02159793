"""One supervisor for all children that may hang, with real children that misbehave."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.patience import patient
from tests.supervised_child import FOR_EVER_SECONDS
from voice_coach import supervised_process
from voice_coach.supervised_process import ChildProcess, SupervisedProcess, python_command, run_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("processes")

PATIENT_SECONDS = patient(20.0)
CHILD = "tests.supervised_child"


def ignore(*_anything: object) -> None:
    """Take no notice."""


class Supervised:
    """A supervised child, and what was told of it."""

    def __init__(self, behaviour: str, take: Callable[[Any], None] = ignore) -> None:
        self.said: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.gone: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._take = take
        self.process = SupervisedProcess(CHILD, [behaviour], self._note, lambda: self.gone.put(time.monotonic()))

    def next_other_than(self, *known: object) -> Any:  # noqa: ANN401 - whatever the child says
        """What the child says next that is none of these."""
        while (said := self.said.get(timeout=PATIENT_SECONDS)) in known:
            pass
        return said

    def _note(self, message: object) -> None:
        self.said.put(message)
        self._take(message)


@contextmanager
def supervising(behaviour: str = "chat", take: Callable[[Any], None] = ignore) -> Iterator[Supervised]:
    one = Supervised(behaviour, take)
    one.process.start()
    try:
        yield one
    finally:
        one.process.stop()


@contextmanager
def answering() -> Iterator[ChildProcess]:
    child = ChildProcess(python_command(CHILD, ["answer"]))
    try:
        assert child.receive(PATIENT_SECONDS) == "hello"
        yield child
    finally:
        child.end()


def has_ended(pid: int) -> bool:
    """Whether a process runs no more, within our patience; a zombie does not run."""
    deadline = time.monotonic() + PATIENT_SECONDS
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """No descriptor and no child, zombies included, is left after the block."""
    before = descriptors(), children()
    yield
    assert (descriptors(), children()) == before


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - their number is all that is asked


def children() -> set[int]:
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            found.update(map(int, (task / "children").read_text().split()))
    return found


def test_what_is_sent_reaches_the_child_and_what_it_says_comes_back() -> None:
    with supervising() as one:
        first = one.next_other_than()
        one.process.send("hello")
        assert one.next_other_than(first) == "hello"
        assert first == one.process.pid


def test_a_child_that_ends_is_replaced() -> None:
    with supervising() as one:
        first = one.next_other_than()
        one.process.send("end")
        assert one.gone.get(timeout=PATIENT_SECONDS)
        assert isinstance(one.next_other_than(first), int)


@pytest.mark.parametrize("request_", ["hang", "half"], ids=["between two messages", "in the middle of one"])
def test_a_child_that_hangs_is_killed_and_replaced(
    request_: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised_process, "START_SECONDS", FOR_EVER_SECONDS)  # it counts before the first word only
    with supervising() as one:
        first = one.next_other_than()
        one.process.send(request_)
        assert isinstance(one.next_other_than(first), int)
        assert one.gone.qsize() == 1
        assert has_ended(first)
    assert f"{CHILD} hangs and is replaced" in caplog.messages


def test_a_child_that_never_says_a_word_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised_process, "START_SECONDS", 0.2)
    with supervising("mute") as one:
        for _ in range(2):
            assert one.gone.get(timeout=PATIENT_SECONDS)
    assert one.said.empty()


def test_sending_to_a_child_that_takes_nothing_does_not_block_and_is_not_for_the_next_one() -> None:
    with supervising() as one:
        first = one.next_other_than()
        one.process.send("hang")
        for _ in range(10):
            one.process.send(bytes(1_000_000))
        second = one.next_other_than(first)
        one.process.send("hello")
        assert one.next_other_than(first, second) == "hello"


def test_a_child_that_dies_at_once_is_tried_less_and_less_often() -> None:
    with supervising("die") as one:
        times = [one.gone.get(timeout=PATIENT_SECONDS) for _ in range(4)]
    pauses = [after - before for before, after in pairwise(times)]
    assert [pause >= shortest for pause, shortest in zip(pauses, [0.2, 0.4, 0.8], strict=True)] == [True] * 3, pauses


def test_a_child_that_floods_loses_no_message_and_can_be_stopped() -> None:
    with supervising("flood") as one:
        assert [one.said.get(timeout=PATIENT_SECONDS) for _ in range(10_000)] == list(range(10_000))
        assert one.gone.empty()
    assert one.process.pid is None


def test_a_child_that_ignores_signals_and_the_pipes_end_is_ended_by_a_stop() -> None:
    with supervising("outlive") as one:
        pid = one.next_other_than()
    assert has_ended(pid)


def test_a_stop_does_not_wait_for_a_child_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised_process, "START_SECONDS", FOR_EVER_SECONDS)
    with supervising("mute") as one:
        while one.process.pid is None:
            time.sleep(0.01)
    assert one.said.empty()


def test_what_a_child_has_started_is_ended_with_it() -> None:
    with supervising() as one:
        first = one.next_other_than()
        one.process.send("start a program")
        started = one.next_other_than(first)
    assert has_ended(started)


def test_a_program_that_a_child_has_started_does_not_keep_its_pipe_open(caplog: pytest.LogCaptureFixture) -> None:
    with supervising() as one:
        first = one.next_other_than()
        one.process.send("start a program")
        one.next_other_than(first)
        one.process.send("end")
        assert one.gone.get(timeout=PATIENT_SECONDS)
        assert "hangs" not in caplog.text


def test_nothing_is_left_behind_however_often_children_end() -> None:
    with supervising() as warm_up:
        warm_up.next_other_than()
    with nothing_left_behind():
        with supervising() as one:
            known = [one.next_other_than()]
            for request in ("end", "hang", "end"):
                one.process.send(request)
                known.append(one.next_other_than(*known))
        assert one.process.pid is None


def test_a_message_that_cannot_be_handled_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail(message: object) -> None:
        raise ValueError(message)

    with supervising(take=fail) as one:
        first = one.next_other_than()
        one.process.send("hello")
        assert one.next_other_than(first) == "hello"
        assert one.gone.empty()
    assert "could not be handled" in caplog.text


def test_a_child_that_ends_again_and_again_complains_once(capfd: pytest.CaptureFixture[str]) -> None:
    gone: queue.SimpleQueue[None] = queue.SimpleQueue()
    process = SupervisedProcess("voice_coach", ["nonsense"], ignore, lambda: gone.put(None))
    process.start()
    for _ in range(3):
        gone.get(timeout=PATIENT_SECONDS)
    process.stop()
    assert capfd.readouterr().err.count('there is no command "nonsense"') == 1


def test_a_child_that_cannot_be_started_is_tried_again_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/nowhere/python")
        one = Supervised("chat")
    with nothing_left_behind():
        one.process.start()
        for _ in range(2):
            assert one.gone.get(timeout=PATIENT_SECONDS)
        one.process.stop()


def test_a_supervisor_that_never_started_can_be_stopped() -> None:
    one = Supervised("chat")
    one.process.send("hello")
    one.process.stop()
    assert one.process.pid is None


def test_ctrl_c_in_the_terminal_is_not_for_the_child() -> None:
    with supervising() as one:
        pid = one.next_other_than()
        assert os.getsid(pid) == pid


def test_a_child_ends_when_its_parent_is_killed() -> None:
    program = (
        "import time; from voice_coach.supervised_process import SupervisedProcess\n"
        f"SupervisedProcess('{CHILD}', ['chat'], lambda pid: print(pid, flush=True), lambda: None).start()\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    try:
        assert parent.stdout
        pid = int(parent.stdout.readline())
    finally:
        parent.kill()
        parent.communicate()
    assert has_ended(pid)


def test_a_child_answers_one_request_after_the_other() -> None:
    with nothing_left_behind(), answering() as child:
        for request in ("a", "b" * 1_000_000, {"c": 3}):
            assert child.ask(request, PATIENT_SECONDS) == request


def test_a_late_answer_to_an_old_request_is_never_taken_for_the_next_ones() -> None:
    with answering() as child:
        with pytest.raises(TimeoutError):
            child.ask(("late", 0.5, "old"), 0.1)
        time.sleep(1.0)
        with pytest.raises(EOFError, match="the process ended"):
            child.ask("new", PATIENT_SECONDS)
        assert not child.is_running


def test_an_answer_that_nobody_asked_for_is_not_taken_for_one() -> None:
    with answering() as child:
        assert child.ask("twice", PATIENT_SECONDS) == "once"
        time.sleep(0.5)
        with pytest.raises(EOFError, match="unasked"):
            child.ask("new", PATIENT_SECONDS)
        assert not child.is_running


@pytest.mark.parametrize("request_", ["hang", "half"])
def test_a_child_that_hangs_at_a_request_is_ended_in_time(request_: str) -> None:
    with nothing_left_behind(), answering() as child:
        with pytest.raises(TimeoutError):
            child.ask(request_, 0.3)
        assert not child.is_running


def test_a_child_that_does_not_even_take_a_request_is_ended_in_time() -> None:
    with answering() as child:
        os.kill(child.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            child.ask(bytes(10_000_000), 0.3)
        assert not child.is_running


def test_a_child_that_dies_at_a_request_is_told_as_such() -> None:
    with answering() as child, pytest.raises(EOFError, match="the process ended"):
        child.ask("end", PATIENT_SECONDS)


def test_a_child_that_has_died_before_a_request_is_told_as_such() -> None:
    with answering() as child:
        os.kill(child.pid, signal.SIGKILL)
        with pytest.raises(EOFError, match="the process ended"):
            child.ask("new", PATIENT_SECONDS)


def test_a_child_that_is_run_once_gives_its_status_and_all_that_it_wrote() -> None:
    with nothing_left_behind():
        done = run_once(CHILD, ["print much"], PATIENT_SECONDS)
    assert (done.returncode, len(done.stdout), len(done.stderr)) == (3, 5_000_000, 5_000_000)


def test_a_crash_of_a_child_that_is_run_once_is_told_by_its_signal() -> None:
    assert run_once(CHILD, ["crash"], PATIENT_SECONDS).returncode == -signal.SIGSEGV


def test_a_child_that_is_run_once_and_hangs_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    began = time.monotonic()
    with nothing_left_behind(), pytest.raises(TimeoutError):
        run_once(CHILD, ["hang with a program", str(started)], patient(2.0))
    assert time.monotonic() - began < patient(15.0)
    child, program = map(int, started.read_text().split())
    assert has_ended(child)
    assert has_ended(program)


def test_a_child_that_cannot_be_run_once_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with nothing_left_behind(), pytest.raises(FileNotFoundError):
        run_once(CHILD, ["crash"], PATIENT_SECONDS)
