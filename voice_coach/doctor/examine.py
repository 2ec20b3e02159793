"""Makes checks, each guarded: one that raises, crashes or hangs becomes a finding like any other."""

from __future__ import annotations

import json
import queue
import signal
import threading
from typing import TYPE_CHECKING

from voice_coach.doctor.checks import CHECKS, LOOP
from voice_coach.doctor.finding import Circumstances, failure, warning
from voice_coach.doctor.service import session_owner
from voice_coach.supervised_process import run_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.core.sentences import Sentences
    from voice_coach.doctor.checks import Check
    from voice_coach.doctor.finding import Finding
    from voice_coach.language.pack import LanguagePack
    from voice_coach.memory.settings import Settings
    from voice_coach.routines import Routine

_SET_UP = "scripts/setup"
"""Brings Python packages back."""


def circumstances_of(
    pack: LanguagePack, load_routine: Callable[[str, str], Routine], settings: Settings
) -> Circumstances:
    """What the checks need to know before they look.

    Args:
        pack: of the person's language.
        load_routine: reads a routine by its name and language; raises ContentError.
        settings: those of the person, with the flags.
    """
    return Circumstances(pack, load_routine, settings, is_running=session_owner() is not None)


def checks(*, with_loop: bool) -> tuple[Check, ...]:
    """The checks to make.

    Args:
        with_loop: also the one that makes a sound.
    """
    return (*CHECKS, LOOP) if with_loop else CHECKS


def examine(check: Check, circumstances: Circumstances) -> Finding:
    """Make one check; never raises, and returns within the check's time and two seconds."""
    texts = circumstances.texts
    try:
        return _apart(check, circumstances) if check.is_apart else _within(check, circumstances)
    except TimeoutError:
        meaning = texts.say("check.hangs", seconds=f"{check.seconds:g}")
    except Exception as error:  # noqa: BLE001 - whatever it is, the person gets a sentence
        reason = " ".join(str(error).split()) or type(error).__name__
        meaning = texts.say("check.not_made", reason=reason)
        if "ModuleNotFoundError" in reason or "ImportError" in reason:
            return failure(check.name, meaning, _SET_UP)
    return (failure if check.is_vital else warning)(check.name, meaning, check.remedy())


def _within(check: Check, circumstances: Circumstances) -> Finding:
    """In a thread, which is left behind when it hangs (on a disk of the network, for example)."""
    answers: queue.SimpleQueue[Finding | Exception] = queue.SimpleQueue()

    def look() -> None:
        try:
            answers.put(check.look(circumstances))
        except Exception as error:  # noqa: BLE001 - raised again where it can be told
            answers.put(error)

    threading.Thread(target=look, name=f"doctor {check.name}", daemon=True).start()
    try:
        answer = answers.get(timeout=check.seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _apart(check: Check, circumstances: Circumstances) -> Finding:
    """In a process, which is killed when it hangs, together with all that it started."""
    from voice_coach.doctor.finding import Finding

    arguments = [check.name, json.dumps(circumstances.as_json())]
    done = run_once("voice_coach.doctor.probe", arguments, check.seconds)
    try:
        return Finding.from_json(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        raise RuntimeError(_last_words(done.returncode, done.stderr, circumstances.texts)) from None


def _last_words(status: int, complaints: bytes, texts: Sentences) -> str:
    if status < 0:
        return texts.say("check.crashed", signal=signal.Signals(-status).name)
    lines = complaints.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else texts.say("check.ended", status=status)
