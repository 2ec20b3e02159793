"""Do the coach's parts work on this machine? Its packages, command line, voice and ears, with the real engines.

Called by scripts/check-arm64 and scripts/check-package inside the emulated system; it runs anywhere else as well:

    .venv/bin/python scripts/arm64/checks.py FOLDER [--installed] [--cpu NAME=BOARDS ...]

FOLDER holds said.tsv (a line for each sentence: what is said, and after a tab the intent that it must give, with the
number of minutes if it has one) and each sentence as a WAV file of that name. With --cpu they are heard as each of
these processors of QEMU's (it reads the variable QEMU_CPU, which means nothing to a real processor). --installed is
for a coach that no git clone is beside: the versions of its packages are not compared with the locks. The last thing
printed is a table; the exit status is 0 when all is well.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COACH = Path(sys.executable).with_name("voice-coach")
SECONDS = 1200
"""For one child; an emulator that needs longer is stuck."""
SENTENCE = "Your clay mask is ready. Rinse it off with lukewarm water."
LOUD_ENOUGH = 3000
"""Of 32,767: what the loudest sample of a spoken sentence reaches at least; eSpeak NG's reaches 23,000."""
INNER = {"google": "google.protobuf.message"}
"""Modules that say nothing until something inside them is imported."""


@dataclass(frozen=True, slots=True)
class Result:
    """A row of the table."""

    check: str
    is_ok: bool
    figures: str


@dataclass(frozen=True, slots=True)
class Ran:
    """How a child ended."""

    status: int
    out: str
    error: str
    """The last line of what it wrote to stderr, or what ended it."""
    figures: str
    """How long it took and the most memory that it held; in an emulator with the emulator's own."""


def run(*command: str, cpu: str = "") -> Ran:
    """Run a command to its end and measure it."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        environment = {**os.environ, "QEMU_CPU": cpu} if cpu else None
        child = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env=environment)
        ended, waited, usage = os.wait4(child.pid, os.WNOHANG)
        while not ended:  # and no signal to wait for: QEMU may lose it
            time.sleep(0.02)
            if time.monotonic() - started > SECONDS:
                child.kill()
            ended, waited, usage = os.wait4(child.pid, os.WNOHANG)
        child.returncode = os.waitstatus_to_exitcode(waited)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    figures = f"{time.monotonic() - started:.1f} s, {usage.ru_maxrss / 1024:.0f} MB at most"
    last_words = (texts[1].strip().splitlines() or [f"status {child.returncode}"])[-1]
    return Ran(child.returncode, texts[0], last_words, figures)


def check_packages() -> Iterator[Result]:
    """Every locked package has its version and can be imported; those with compiled code name their wheel."""
    modules: dict[str, list[str]] = {}
    for module, owners in packages_distributions().items():
        for owner in owners:
            modules.setdefault(_normal(owner), []).append(module)
    pure = 0
    for name, version in _locked("run") + _locked("build"):
        try:
            found = distribution(name)
        except PackageNotFoundError:
            yield Result(f"{name} {version}", is_ok=False, figures="is not installed")
            continue
        tag = _wheel_tag(found)
        fault = _fault(found, version, modules.get(_normal(name), []))
        if fault:
            yield Result(f"{name} {version}", is_ok=False, figures=f"{fault} (wheel {tag})")
        elif tag.endswith("-any"):
            pure += 1
        else:
            yield Result(f"{name} {version}", is_ok=True, figures=f"imported; wheel {tag}")
    yield Result(
        "packages without compiled code", is_ok=pure > 0, figures=f"{pure}, in their locked versions, imported"
    )


def _fault(found: Distribution, version: str, modules: list[str]) -> str:
    if found.version != version:
        return f"is installed as {found.version}"
    names = [INNER.get(module, module) for module in modules]
    if not names:
        return "brings no module"
    # In a child, because an instruction that the processor does not know ends the process.
    imported = run(sys.executable, "-c", "\n".join(f"import {name}" for name in names))
    return "" if imported.status == 0 else f"can't be imported: {imported.error}"


def _locked(lock: str) -> list[tuple[str, str]]:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    return re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _wheel_tag(found: Distribution) -> str:
    tags = re.findall(r"^Tag: (\S+)", found.read_text("WHEEL") or "", re.MULTILINE)
    return str(tags[-1]) if tags else "unknown"


def check_command_line() -> Iterator[Result]:
    """The command explains itself and understands words."""
    helped = run(str(COACH), "--help")
    yield Result("voice-coach --help", helped.status == 0 and "understand" in helped.out, helped.figures)
    understood = run(str(COACH), "understand", "give me two more minutes")
    is_right = understood.status == 0 and json.loads(understood.out)["slots"] == {"minutes": 2}
    yield Result("voice-coach understand", is_right, understood.figures if is_right else understood.error)


def check_voice() -> Result:
    """The coach's voice renders a sentence, and it is sound."""
    from voice_coach.errors import MouthError  # noqa: PLC0415  only now: the packages have been checked
    from voice_coach.library import load_language  # noqa: PLC0415
    from voice_coach.mouth.synthesizers import EspeakVoice  # noqa: PLC0415

    check, started = "the voice speaks a sentence", time.monotonic()
    try:
        with EspeakVoice(load_language("en")) as voice:
            begun = time.monotonic()
            speech = voice.render(SENTENCE, 165)
            seconds, version = time.monotonic() - begun, voice.version
            memory = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{voice.pid}/status").read_text("utf-8"))[0]
    except MouthError as error:
        return Result(check, is_ok=False, figures=str(error))
    length, loudest = len(speech.samples) / speech.rate, int(abs(speech.samples.astype(int)).max(initial=0))
    figures = (
        f"{length:.1f} s of sound, loudest sample {loudest}; start {begun - started:.1f} s, sentence {seconds:.2f} s, "
        f"{int(memory) / 1024:.0f} MB at most; {version}"
    )
    is_sound = loudest >= LOUD_ENOUGH and length >= len(SENTENCE) / 30  # nobody says 30 letters a second
    return Result(check, is_sound, figures)


def check_ears(folder: Path, cpu: str, boards: str) -> Iterator[Result]:
    """Each spoken sentence gives its intent, and what is no command gives none."""
    said = [line.split("\t") for line in (folder / "said.tsv").read_text(encoding="utf-8").splitlines()]
    files = {sentence: folder / f"{sentence}.wav" for sentence, _ in said}
    heard = run(str(COACH), "hear", *map(str, files.values()), cpu=cpu)
    lines = [json.loads(line) for line in heard.out.splitlines()] if heard.status == 0 else []
    where = f" ({cpu}: {boards})" if cpu else ""
    for sentence, wanted in said:
        mine = [line for line in lines if line["file"] == str(files[sentence])]
        intents = ", ".join(f"{line['intent']} {line.get('minutes', '')}".strip() for line in mine)
        scores = ", ".join(f"score {line['score']}" for line in mine)
        is_right = heard.status == 0 and intents == wanted
        figures = f"{intents}, {scores}" if mine else "no command, as it should be"
        if not is_right:
            figures = (
                f"heard {intents or 'nothing'} instead of {wanted or 'nothing'}" if heard.status == 0 else heard.error
            )
        yield Result(f"hears “{sentence}”{where}", is_right, figures)
    yield Result(f"recogniser, start and {len(said)} sentences{where}", heard.status == 0, heard.figures)


def all_checks(folder: Path, cpus: list[tuple[str, str]], *, is_clone: bool) -> Iterator[Result]:
    """In the order of their costs."""
    yield Result(
        "machine", is_ok=True, figures=f"{platform.machine()}, Python {platform.python_version()}, {_c_library()}"
    )
    if is_clone:
        yield from check_packages()
    yield from check_command_line()
    yield check_voice()
    for cpu, boards in cpus or [("", "")]:
        yield from check_ears(folder, cpu, boards)


def _c_library() -> str:
    return os.confstr("CS_GNU_LIBC_VERSION") or "unknown C library"


def table(results: list[Result]) -> str:
    """The rows, in columns."""
    width = max(len(result.check) for result in results)
    head = f"{'check':{width}}  result  figures"
    rows = (f"{r.check:{width}}  {'ok' if r.is_ok else 'FAILED':6}  {r.figures}" for r in results)
    return "\n".join([head, "-" * len(head), *rows])


def main() -> int:
    """Run all checks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="said.tsv and the sentences as WAV files")
    parser.add_argument("--cpu", action="append", default=[], metavar="NAME=BOARDS", help="hear as this processor, too")
    parser.add_argument("--installed", action="store_true", help="do not look for the locks of a git clone")
    options = parser.parse_args()
    cpus = [(name, boards) for name, _, boards in (cpu.partition("=") for cpu in options.cpu)]
    results = []
    for result in all_checks(options.folder.resolve(), cpus, is_clone=not options.installed):
        print(f"    {'ok    ' if result.is_ok else 'FAILED'} {result.check}", file=sys.stderr, flush=True)
        results.append(result)
    print(table(results))
    return 0 if all(result.is_ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
