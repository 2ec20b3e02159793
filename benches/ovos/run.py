"""Makes the environment, runs the routine in it (`inside.py`), judges what came, and writes it into docs/ovos.md."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benches.common.cache import cache_folder, digest
from benches.common.publishing import DOCS, MEASURED, ROOT, as_json, describe, page_with, parser_of, publish, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Line = Mapping[str, Any]

PACKAGES = (
    *("ovos-core==2.1.1", "ovos-workshop==7.0.6", "ovos-audio==1.2.0", "ovoscope==0.13.1"),
    *("ovos-adapt-parser==1.0.9", "padacioso==1.0.0", "setuptools>=77,<80"),
)
"""The peer, of known versions; setuptools builds our package, and newer ones lack what ovos-core imports."""
LANGUAGES = ("en-US", "ko-KR")
_INSTALL_SECONDS, _RUN_SECONDS = 1800, 600


@dataclass(frozen=True, slots=True)
class Judged:
    """The figures of a routine in one language, and what was wrong in it."""

    figures: Mapping[str, Any]
    failures: tuple[str, ...]


def main() -> int:
    """Run the bench."""
    parser = parser_of("ovos")
    parser.add_argument("--fresh", action="store_true", help="make the environment anew")
    options = parser.parse_args()
    python = make_environment(is_fresh=options.fresh)
    judged = {}
    for language in LANGUAGES:
        lines = live(python, language)
        for line in lines:
            print(json.dumps(line, ensure_ascii=False), flush=True)
        judged[language] = judge(lines)
    failures = [f"{language}: {failure}" for language, one in judged.items() for failure in one.failures]
    figures = {
        "machine": describe(),
        "packages": list(PACKAGES),
        "languages": {language: one.figures for language, one in judged.items()},
    }
    page = DOCS / "ovos.md"
    publish(
        lambda: {
            MEASURED / "ovos.json": as_json(figures),
            page: page_with("ovos", section_of(figures), page),
        },
        failures,
    )
    print(json.dumps({"kind": "summary", **figures, "failures": failures}, ensure_ascii=False))
    return 1 if failures else 0


def make_environment(*, is_fresh: bool) -> Path:
    """Install the peer, once, and our package as it is now; return the environment's Python."""
    folder = cache_folder("ovos") / digest((sys.version_info[:2], PACKAGES))
    python, done = folder / "bin" / "python", folder / "done"
    if is_fresh or not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        print("Installing OpenVoiceOS into an environment of its own, which takes minutes.", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        _pip(python, *PACKAGES)
    with tempfile.TemporaryDirectory() as copied:
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, copied)
        shutil.copytree(
            ROOT / "voice_coach", Path(copied) / "voice_coach", ignore=shutil.ignore_patterns("__pycache__")
        )
        if not done.exists():
            _pip(python, f"{copied}[ovos]", *PACKAGES)
        _pip(python, "--no-deps", "--no-build-isolation", "--force-reinstall", copied)
    done.touch()
    return python


def _pip(python: Path, *what: str) -> None:
    subprocess.run([python, "-m", "pip", "install", "--quiet", *what], check=True, timeout=_INSTALL_SECONDS, cwd="/")


def live(python: Path, language: str) -> list[Line]:
    """Run a routine in an own home; return the lines that `inside.py` has printed."""
    with tempfile.TemporaryDirectory() as home:
        alone = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "PYTHON"))}
        ran = subprocess.run(
            [python, Path(__file__).with_name("inside.py"), language],
            env=alone | {"HOME": home},
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_RUN_SECONDS,
            check=False,
        )
    lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    if ran.returncode or not lines:
        print(ran.stdout[-4000:], file=sys.stderr)
    return [*lines, {"kind": "end", "status": ran.returncode}]


def judge(lines: Sequence[Line]) -> Judged:
    """Count what was taken and left, and name all that was wrong."""
    of: dict[str, list[Line]] = {}
    for line in lines:
        of.setdefault(line["kind"], []).append(line)
    commands, foreign = of.get("command", []), of.get("foreign", [])
    wrong = [f"{name} is missing" for name in ("start", "again", "pain", "goodbye", "after") if name not in of]
    wrong += [] if of["end"][0]["status"] == 0 else ["the core has failed"]
    expected: Mapping[str, Callable[[Line], Any]] = {
        "start": lambda one: one["taken_by"] == "coach" and one["is_active"] and one["answer"],
        "command": lambda one: one["converse"] == [True] and len(one["reached"]) == 1 and len(one["answer"]) == 1,
        "again": lambda one: one["taken_by"] == "coach" and one["reached"] == ["start"],
        "pain": lambda one: one["reached"] == ["stings"] and one["answer"],
        "relief": lambda one: one["asked_by_itself"] and one["reached"] == ["yes"],
        "foreign": lambda one: one["taken_by"] == "others" and not (one["reached"] or one["converse_returned"]),
        "not_ours": lambda one: not one["reached"],
        "stop": lambda one: one["reached"] == ["quit"] and one["asks"] and one["is_active"],
        "no": lambda one: one["reached"] == ["no"],
        "insist": lambda one: one["is_over"] and not one["is_active"],
        "screen": lambda one: one["url_is_shown"] and one["page_is_served"],
        "goodbye": lambda one: one["is_over"] and not one["is_active"],
        "after": lambda one: one["taken_by"] == "others",
        "package": lambda one: all(one["found"].values()),
    }
    for kind, is_right in expected.items():
        wrong += [f"{kind} {one.get('said', '')!r}: {one}" for one in of.get(kind, []) if not is_right(one)]
    times = [one["ms"] for one in commands if one["ms"] is not None]
    figures = {
        "start_ms": of["start"][0]["ms"] if "start" in of else None,
        "commands": len(commands),
        "commands_answered": sum(bool(expected["command"](one)) for one in commands),
        "answer_ms": [round(median(times)), max(times)] if times else None,
        "pain_ms": of["pain"][0]["ms"] if "pain" in of else None,
        "foreign": len(foreign),
        "foreign_left": sum(bool(expected["foreign"](one)) for one in foreign),
        "start_said": [one["taken_by"] for kind in ("start", "again") for one in of.get(kind, [])],
        "start_said_low_first": [one["taken_by"] for one in of.get("low_first", [])],
        "music": sum(map(len, (one["reached"] for one in of["not_ours"]))) if "not_ours" in of else None,
        "stop_ms": [one["ms"] for one in of.get("stop", [])],
        "screen": bool(of.get("screen")) and all(map(expected["screen"], of["screen"])),
        "pipeline": of["pipeline"][0]["order"] if "pipeline" in of else [],
        "said": [(one["said"], one["answer"][0] if one["answer"] else "") for one in commands],
        "left": [one["said"] for one in foreign],
    }
    return Judged(figures, tuple(wrong))


_SECTION = """\
## Measured

`scripts/bench ovos` installs ovos-core 2.1.1 with its audio service (1.2.0) and this project into an environment of
its own, and lives through a routine there: the real core, intents, converse, stop and audio output over its message
bus (ovoscope), in the default order of its pipeline, with padacioso in place of Padatious. The voice is eSpeak NG, its
player takes 0.3 s for a sentence, and the utterances are given as text.

{rows}

The commands, and what the coach said:

{said}

Left to others: {left}.

Measured on {machine}.
"""


def section_of(figures: Mapping[str, Any]) -> str:
    """The section of docs/ovos.md."""
    languages = figures["languages"]
    rows = [
        ("starts by intent: time to the first sentence", *(f"{one['start_ms']} ms" for one in languages.values())),
        (
            "commands in a row that were answered",
            *(_of(one, "commands_answered", "commands") for one in languages.values()),
        ),
        (
            "time to the answer: median, longest",
            *("{} ms, {} ms".format(*one["answer_ms"]) for one in languages.values()),
        ),
        ('time to the answer to "it stings"', *(f"{one['pain_ms']} ms" for one in languages.values())),
        ("other utterances left to others", *(_of(one, "foreign_left", "foreign") for one in languages.values())),
        ('"start the mask" taken for "stop"', *(str(one["start_said"].count("stop")) for one in languages.values())),
        ('the same with the stage "stop low" first', *(_low(one) for one in languages.values())),
        ('"stop the music" reached the session', *(_music(one) for one in languages.values())),
        ('"stop": time to the question', *(_stops(one) for one in languages.values())),
    ]
    english = languages["en-US"]
    return _SECTION.format(
        rows=table(("", *languages), rows),
        said=table(("said", "answered"), english["said"]),
        left="; ".join(f'"{text}"' for text in english["left"]),
        machine=figures["machine"],
    )


def _of(one: Line, count: str, total: str) -> str:
    return f"{one[count]} of {one[total]}"


def _low(one: Line) -> str:
    return str(one["start_said_low_first"].count("stop")) if one["start_said_low_first"] else "-"


def _music(one: Line) -> str:
    return str(one["music"]) if one["music"] is not None else "-"


def _stops(one: Line) -> str:
    return ", ".join(f"{ms} ms" for ms in one["stop_ms"]) or "-"


if __name__ == "__main__":
    sys.exit(main())
