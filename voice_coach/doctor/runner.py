"""The list of the doctor's checks, and the code that runs each with a time limit, in its own process if needed."""

from __future__ import annotations

import json
import queue
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach import set_up_again
from voice_coach.doctor import (
    engine_checks,
    machine_checks,
    setup_checks,
    sound_checks,
)
from voice_coach.doctor.finding import CheckContext, failure, warning
from voice_coach.doctor.setup_checks import session_owner
from voice_coach.supervised_process import run_once

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from voice_coach.doctor.finding import Finding

    Remedy = Callable[[], str]
    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences
    from voice_coach.memory.settings import Settings
    from voice_coach.routines import Routine


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the doctor, and how it is run."""

    name: str
    look: Callable[[CheckContext], Finding]
    seconds: float = 10.0
    """Time limit in seconds, generous enough for a small machine that is busy."""
    is_apart: bool = False
    """Whether the check runs in its own process, because it may crash or hang."""
    is_vital: bool = False
    """Whether a check that raises or does not finish is reported as a failure instead of a warning."""
    remedy: Remedy | None = None
    """Function that returns the command to try when the check raises or does not finish; None where none helps."""


def _in_a_process(name: str, look: Callable[[CheckContext], Finding], seconds: float, remedy: Remedy) -> Check:
    return Check(name, look, seconds, is_apart=True, is_vital=True, remedy=remedy)


def _look_at_level(circumstances: CheckContext) -> Finding:
    from voice_coach.doctor.sound_measurements import check_level  # imports numpy, which may be missing

    return check_level(circumstances)


def _look_at_loop(circumstances: CheckContext) -> Finding:
    from voice_coach.doctor.sound_measurements import check_loop  # imports numpy too

    return check_loop(circumstances)


def _reinstall_voice() -> str:
    return engine_checks.REINSTALL_VOICE


CHECKS = (
    Check("python", machine_checks.check_python, is_vital=True),
    Check("memory", machine_checks.check_memory),
    Check("disk", machine_checks.check_disk),
    Check("clock", machine_checks.check_clock),
    Check("raspberry_pi", machine_checks.check_raspberry_pi),
    Check("settings", setup_checks.check_settings, is_vital=True),
    _in_a_process("models", engine_checks.check_models, 150.0, engine_checks.reinstall_remedy),
    Check("calibration", engine_checks.check_calibration, 30.0, is_apart=True, remedy=engine_checks.reinstall_remedy),
    _in_a_process("voice", engine_checks.check_voice, 40.0, _reinstall_voice),
    _in_a_process("recogniser", engine_checks.check_recognizer, 60.0, engine_checks.reinstall_remedy),
    Check("sound_server", sound_checks.check_sound_server),
    _in_a_process("portaudio", sound_checks.check_portaudio, 10.0, sound_checks.restart_command),
    _in_a_process("microphone", sound_checks.check_microphone, 10.0, sound_checks.restart_command),
    _in_a_process("microphone_level", _look_at_level, 15.0, sound_checks.restart_command),
    _in_a_process("speaker", sound_checks.check_speaker, 10.0, sound_checks.restart_command),
    Check("hands", setup_checks.check_gpio, 15.0, is_apart=True),
    Check("mirror", setup_checks.check_mirror),
    Check("service", setup_checks.check_service),
)
LOOP = Check("loop", _look_at_loop, 15.0, is_apart=True, remedy=sound_checks.restart_command)
"""The check from speaker to microphone; it makes a sound, so it runs only on request."""


def context_of(pack: LanguagePack, load_routine: Callable[[str, str], Routine], settings: Settings) -> CheckContext:
    """Return the input of the checks, with `is_running` taken from the session's lock.

    Args:
        pack: The language pack of the person's language.
        load_routine: Function that reads a routine by its name and language; it raises ContentError.
        settings: The person's settings, overridden by the flags of the command line.
    """
    return CheckContext(pack, load_routine, settings, is_running=session_owner() is not None)


def checks(names: Collection[str] = (), *, with_loop: bool = False) -> tuple[Check, ...]:
    """Return the checks to run, in their order.

    Args:
        names: The names of those that are asked for; none for all of them.
        with_loop: Whether to include the check that makes a sound.
    """
    asked = tuple(check for check in CHECKS if not names or check.name in names)
    return (*asked, LOOP) if with_loop else asked


def run_checks(check: Check, circumstances: CheckContext) -> Finding:
    """Run one check and return its finding, at most two seconds after its time limit; errors become findings."""
    texts = circumstances.texts
    try:
        return _apart(check, circumstances) if check.is_apart else _within(check, circumstances)
    except TimeoutError:
        meaning = texts.say("check.hangs", seconds=f"{check.seconds:g}")
    except Exception as error:  # noqa: BLE001 - every error becomes a sentence
        reason = " ".join(str(error).split()) or type(error).__name__
        meaning = texts.say("check.not_made", reason=reason)
        if "ModuleNotFoundError" in reason or "ImportError" in reason:
            return failure(check.name, meaning, set_up_again())
    remedy = check.remedy() if check.remedy else texts.say("check.again")
    return (failure if check.is_vital else warning)(check.name, meaning, remedy)


def _within(check: Check, circumstances: CheckContext) -> Finding:
    """Run a check in a thread, which is abandoned when it hangs, for example on a network disk."""
    answers: queue.SimpleQueue[Finding | Exception] = queue.SimpleQueue()

    def look() -> None:
        try:
            answers.put(check.look(circumstances))
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            answers.put(error)

    threading.Thread(target=look, name=f"doctor {check.name}", daemon=True).start()
    try:
        answer = answers.get(timeout=check.seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _apart(check: Check, circumstances: CheckContext) -> Finding:
    """Run a check in its own process, which is killed with all its children when it hangs."""
    from voice_coach.doctor.finding import Finding

    arguments = [check.name, json.dumps(circumstances.as_json())]
    done = run_once("voice_coach.doctor.probe", arguments, check.seconds)
    try:
        return Finding.from_json(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        raise RuntimeError(_reason(done.returncode, done.stderr, circumstances.texts)) from None


def _reason(status: int, stderr: bytes, texts: Sentences) -> str:
    """Return why a process ended without a finding: its signal, the last line of its stderr, or its exit status."""
    if status < 0:
        return texts.say("check.crashed", signal=signal.Signals(-status).name)
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else texts.say("check.ended", status=status)
