"""The glossary has a line for every name at a room's door, and the old words are gone from the code."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = {
    "core/": "session/, language/, routines/, schema/",
    "sound/": "audio/",
    "diary/": "memory/report/",
    "core/hardly_heard.py": "session/clarification.py",
    "core/doubts.py": "session/state.py (clarification history)",
    "core/obedience.py": "session/dispatch.py",
    "core/foresight.py": "session/prefetch.py",
    "core/reading_through.py": "rehearsal/dry_run.py",
    "core/together.py": "language/intents.py (compound commands)",
    "core/seams.py": "language/understanding.py (segmentation)",
    "core/gist.py": "language/understanding.py (keyword rules)",
    "core/normal_form.py": "language/normalization.py",
    "core/moments.py": "session/timer.py (announcements)",
    "core/hold.py": "session/timer.py",
    "core/arriving.py": "session/step_entry.py",
    "core/moves.py": "session/navigation.py",
    "core/time_moves.py": "session/timer_commands.py",
    "core/showing.py": "session/view_builder.py",
    "core/suggestions.py": "session/listening.py (suggested commands)",
    "core/chronicle.py": "routines/past_masks.py",
    "core/past.py": "routines/past_masks.py",
    "core/absence.py": "session/persistence.py (downtime)",
    "core/gaps.py": "schema/placeholders.py",
    "core/shapes.py": "schema/",
    "core/problems.py": "schema/scalars.py",
    "core/routine_format.py": "routines/routine_schema.py",
    "core/routine_rules.py": "routines/validation.py",
    "core/routine_file.py": "routines/parser.py",
    "ears/witnesses/": "ears/recognizers/",
    "ears/evidence.py": "ears/recognizers/recognizer.py",
    "ears/verdict.py": "ears/rejection.py",
    "ears/hearing.py": "ears/pipeline.py",
    "ears/ears.py": "ears/live.py",
    "ears/speech_gate.py": "ears/endpointing.py",
    "ears/end_pointing.py": "ears/endpointing.py",
    "ears/front_end.py": "ears/frontend.py",
    "ears/echo_likeness.py": "ears/echo/canceller.py (echo similarity)",
    "ears/witnesses/views.py": "ears/recognizers/moonshine.py (augmentation)",
    "ears/witnesses/misheard.py": "ears/recognizers/vosk_scoring.py (confusion)",
    "ears/witnesses/vosk_likeness.py": "ears/recognizers/vosk_scoring.py",
    "ears/witnesses/vosk_words.py": "ears/recognizers/vosk.py (subwords)",
    "memory/keeper.py": "memory/session_store.py",
    "memory/history/chronicler.py": "memory/history/history_writer.py",
    "memory/history/kept.py": "memory/history/history_records.py",
    "memory/history/aside.py": "memory/history/quarantine.py",
    "memory/history/forgetting.py": "memory/history/quarantine.py (secure erase)",
    "face/together.py": "face/base.py",
    "face/borrowed.py": "face/terminal/terminal_session.py",
    "face/guard.py": "face/terminal/terminal_session.py (terminal restorer)",
    "face/painter.py": "face/terminal/screen.py (diff renderer)",
    "face/hands.py": "face/gpio.py",
    "face/light.py": "face/gpio.py (led patterns)",
    "face/pedals.py": "face/terminal/keyboard.py",
    "face/aside.py": "face/line_output.py (background writer)",
    "mouth/rendering.py": "mouth/synthesizer_client.py",
    "mouth/sentences.py": "mouth/speech_renderer.py",
    "mirror/crowd.py": "mirror/limits.py (connection limit)",
    "mirror/doors.py": "mirror/listeners.py",
    "mirror/gate.py": "mirror/middleware.py",
    "mirror/bodies.py": "mirror/routes.py (request body)",
    "mirror/answers.py": "mirror/client_auth.py",
    "mirror/visitor.py": "mirror/client_auth.py",
    "mirror/networks.py": "mirror/invitation.py (LAN addresses)",
    "models/seal.py": "models/integrity.py",
    "models/trial.py": "models/integrity.py (smoke test)",
    "models/places.py": "models/catalogue.py (paths)",
    "sound/watched_process.py": "supervised_process.py",
    "sound/large_blocks.py": "supervised_process.py (malloc)",
    "doctor/examine.py": "doctor/runner.py",
    "rehearsal/plugs.py": "rehearsal/virtual_card.py (hotplug)",
}
"""Old file or folder of voice_coach: where its content is now; in brackets its standard term."""

CLASSES = {
    "Witness": "Recognizer",
    "MoonshineWitness": "MoonshineRecognizer",
    "VoskWitness": "VoskRecognizer",
    "Testimony": "NBest",
    "Candidate": "Hypothesis",
    "Verdict": "Decision",
    "Refused": "Rejected",
    "Unfinished": "Incomplete",
    "Refusal": "RejectionReason",
    "Hearing": "RecognitionPipeline",
    "Judged": "Recognition",
    "SpeechGate": "EnergyVad",
    "EndPointer": "Endpointer",
    "Signal": "EndpointEvent",
    "Times": "EndpointingParams",
    "Loan": "FrontEndLease",
    "LoanOverError": "LeaseExpiredError",
    "Untouched": "PassThrough",
    "Channel": "NoisyChannel",
    "Doubts": "ClarificationHistory",
    "Heard": "CommandHeard",
    "Unheard": "CommandRejected",
    "Moment": "Announcement",
    "Mark": "AnnouncementMark",
    "Fact": "HistoryEvent",
    "Began": "SessionStarted",
    "Reached": "StepReached",
    "Felt": "FeelingReported",
    "Past": "HistorySummary",
    "Keep": "SaveSnapshot",
    "Save": "SavePreferences",
    "Record": "AppendHistory",
    "Recall": "QueryHistory",
    "Remembered": "HistoryLoaded",
    "Trouble": "Fault",
    "TroubleBegan": "FaultRaised",
    "TroubleOver": "FaultCleared",
    "Truth": "Boolean",
    "ListOf": "Array",
    "TextOr": "Union",
    "Keeper": "SessionStore",
    "Chronicler": "HistoryWriter",
    "Together": "CompositeFace",
    "Shown": "Face",
    "BorrowedTerminal": "TerminalSession",
    "Guard": "TerminalRestorer",
    "Painter": "DiffRenderer",
    "Hands": "GpioFace",
    "Press": "ButtonPress",
    "Pattern": "LedPattern",
    "Foot": "PedalDebouncer",
    "Ink": "Glyphs",
    "Aside": "BackgroundWriter",
    "Lines": "TextSink",
    "WithStandIn": "FallbackVoice",
    "Seen": "ReplayGuard",
    "Circumstances": "CheckContext",
    "_Spot": "_TrieNode",
}

FUNCTIONS = {
    "testify": "hypotheses",
    "lend_anew": "renew",
    "explained": "echo_probability",
    "is_stuck": "is_hung",
    "give_up": "abandon",
    "likely_texts": "texts_to_prefetch",
    "load_witnesses": "load_recognizers",
    "witness_names": "recognizer_names",
    "give_back": "close",
    "paint": "render",
}
"""Functions, methods and properties, wherever they are."""

MODULE_FUNCTIONS = {"consider": "handle_rejected", "obey": "dispatch", "plan": "schedule", "together": "combine"}
"""Functions that are no methods."""

MEMBERS = {
    ("Alignment", "rehearse"): "relearn",
    ("Accepted", "is_certain"): "is_confident",
    ("Beam", "lag"): "prune_margin",
    ("Heard", "about"): "slot_value",
    ("Heard", "is_certain"): "is_confident",
    ("Heard", "then"): "next_command",
    ("Phrase", "about"): "slot_value",
    ("Phrase", "then"): "next_command",
    ("Problem", "place"): "path",
    ("Refused", "is_near"): "is_borderline",
    ("Session", "kept"): "last_snapshot",
    ("Session", "unsaid"): "undelivered_speech",
    ("Session", "untold"): "unannounced_faults",
    ("Speech", "is_makeshift"): "is_fallback",
    ("Understood", "about"): "slot_value",
    ("Understood", "then"): "next_command",
    ("Unheard", "about"): "slot_value",
    ("Unheard", "is_near"): "is_borderline",
}
"""Members of a class, which may have its old name or its new one."""

WORDS = {
    "wish": "command",
    "wishes": "commands",
    "luxury": "drop_priority",
    "makeshift": "fallback",
    "shortfall": "fallback notice",
    "witness": "recognizer",
    "witnesses": "recognizers",
    "testimony": "n-best list",
}
"""Parts of any name in the code."""

PREFIXES = {"look_at_": "check_"}

UNIQUE_ELSEWHERE = {
    "Heard": "tuning",
    "Moment": "rehearsal",
    "Record": "memory",
    "Refusal": "mirror",
}
"""Classes whose old name another room may keep for its own thing."""

LINE = re.compile(r"\| (?P<term>.+?) \| `(?P<place>[\w/]+\.py)` \| (?P<meaning>.+) \|")


def lines_of(glossary: str) -> Iterator[re.Match[str]]:
    for line in glossary.splitlines():
        if line.startswith("| ") and not line.startswith("| term |"):
            found = LINE.fullmatch(line)
            assert found, f"a line of the glossary is no term, place and meaning: {line}"
            yield found


def names_in(glossary: str) -> set[str]:
    """All names in code type in the terms and the meanings: a line may tell several that belong together."""
    return {
        name for line in lines_of(glossary) for name in re.findall(r"`([\w.]+)`", f"{line['term']} {line['meaning']}")
    }


def door_names(package: Path) -> Iterator[tuple[str, str]]:
    """Each name that a door exports, with its door."""
    for door in sorted(package.rglob("__init__.py")):
        for node in ast.parse(door.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                yield from ((name, door.parent.name) for name in ast.literal_eval(node.value))


def new_name(name: str) -> str:
    return CLASSES.get(name) or FUNCTIONS.get(name) or name


def old_names_left(package: Path) -> list[str]:
    """Every name of the tables above that the code still has, as "file: old -> new"."""
    left = [f"{place} -> {new}" for place, new in MODULES.items() if _has_code(package / place)]
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        left += [f"{place}: {old} -> {new}" for old, new in dict(_old_names_in(tree, place.parts[0])).items()]
    return left


def _has_code(place: Path) -> bool:
    return place.is_file() or any(place.rglob("*.py"))


def _old_names_in(tree: ast.Module, room: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef():
                yield from _old_names_in_class(node, room)
            case ast.FunctionDef(name):
                known = FUNCTIONS | MODULE_FUNCTIONS if node in tree.body else FUNCTIONS
                yield from ((old, new) for old, new in known.items() if old == name)
                yield from ((name, new) for start, new in PREFIXES.items() if name.startswith(start))
            case ast.Assign([ast.Name(alias)]):
                yield from ((old, new) for old, new in CLASSES.items() if old == alias)
        parts = [part for name in _names(node) for part in name.lower().split("_")]
        yield from ((part, WORDS[part]) for part in parts if part in WORDS)


def _old_names_in_class(node: ast.ClassDef, room: str) -> Iterator[tuple[str, str]]:
    if node.name in CLASSES and UNIQUE_ELSEWHERE.get(node.name) != room:
        yield node.name, CLASSES[node.name]
    members = {_member(item) for item in node.body}
    for (owner, member), new in MEMBERS.items():
        if node.name in {owner, new_name(owner)} and member in members:
            yield f"{node.name}.{member}", new


def _member(item: ast.stmt) -> str:
    if isinstance(item, ast.FunctionDef):
        return item.name
    return ast.unparse(item.target) if isinstance(item, ast.AnnAssign) else ""


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(name) | ast.FunctionDef(name) | ast.arg(name) | ast.Attribute(attr=name):
            return [name]
        case _:
            return []


@pytest.fixture
def package(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "voice_coach"


@pytest.fixture
def glossary(pytestconfig: pytest.Config) -> str:
    return (pytestconfig.rootpath / "docs" / "glossary.md").read_text(encoding="utf-8")


def test_every_name_at_a_door_is_in_the_glossary(package: Path, glossary: str) -> None:
    known = names_in(glossary)
    assert [f"{room}: {name}" for name, room in door_names(package) if new_name(name) not in known] == []


def test_no_term_stands_twice_in_the_glossary(glossary: str) -> None:
    terms = [line["term"] for line in lines_of(glossary)]
    assert sorted(term for term in set(terms) if terms.count(term) > 1) == []
    assert len(terms) > 100


def test_every_term_lives_where_the_glossary_says(package: Path, glossary: str) -> None:
    missing = [line["place"] for line in lines_of(glossary) if not (package / line["place"]).is_file()]
    unnamed = [
        f"{line['place']}: {name}"
        for line in lines_of(glossary)
        for name in re.findall(r"`(\w+)`", line["term"])
        if line["place"] not in missing and name not in (package / line["place"]).read_text(encoding="utf-8")
    ]
    assert (missing, unnamed) == ([], [])


def test_no_old_name_is_left_in_the_code(package: Path) -> None:
    assert old_names_left(package) == []


def test_no_old_name_is_left_in_a_room_that_is_done(package: Path) -> None:
    left = [one for one in old_names_left(package) if one.startswith("face/")]
    events = {"wish", "Heard", "Trouble"}  # of the session, which the tool renames with it
    assert [one for one in left if not events & set(re.split(r"\W+", one))] == []


def test_no_new_name_is_an_old_one() -> None:
    assert set(CLASSES.values()) & set(CLASSES) == set()
    assert set(FUNCTIONS.values()) & set(FUNCTIONS) == set()


@pytest.mark.parametrize(
    ("place", "text", "told"),
    [
        ("ears/a.py", "class Witness: ...", "ears/a.py: Witness -> Recognizer"),
        ("session/a.py", "class CommandHeard:\n    about: str = ''", "session/a.py: CommandHeard.about -> slot_value"),
        ("session/a.py", "class Heard: ...", "session/a.py: Heard -> CommandHeard"),
        ("ears/a.py", "class Worker:\n    def is_stuck(self): ...", "ears/a.py: is_stuck -> is_hung"),
        ("session/a.py", "def obey(): ...", "session/a.py: obey -> dispatch"),
        ("doctor/a.py", "def look_at_disk(): ...", "doctor/a.py: look_at_disk -> check_"),
        ("loop.py", "for wish in commands: ...", "loop.py: wish -> command"),
        ("loop.py", "def run(late_wishes): ...", "loop.py: wishes -> commands"),
        ("ears/a.py", "Verdict = Accepted | Rejected", "ears/a.py: Verdict -> Decision"),
        ("ears/verdict.py", "", "ears/verdict.py -> ears/rejection.py"),
    ],
)
def test_an_old_name_is_found(tmp_path: Path, place: str, text: str, told: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text(text, encoding="utf-8")
    assert old_names_left(tmp_path) == [told]


@pytest.mark.parametrize(
    "text",
    [
        "class Heard: ...",
        "class Speaker:\n    def obey(self): ...",
        "class Other:\n    about = 1",
        "'wish'",
        "wishful = 1",
    ],
)
def test_other_names_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "tuning").mkdir()
    (tmp_path / "tuning" / "a.py").write_text(text, encoding="utf-8")
    assert old_names_left(tmp_path) == []


def test_a_name_at_a_door_that_has_no_line_is_found(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('__all__ = ["Face", "Unknown"]', encoding="utf-8")
    known = names_in("| term | where | meaning |\n|---|---|---|\n| `Face` | `face/base.py` | the protocol |")
    assert [name for name, _room in door_names(tmp_path) if new_name(name) not in known] == ["Unknown"]
