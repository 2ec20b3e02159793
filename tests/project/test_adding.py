"""Whether an intent has everything it needs, and whether docs/adding.md tells the truth about how to add one."""

from __future__ import annotations

import csv
import re
import subprocess
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from voice_coach.language.intents import SPECS, Intent, IntentSpec, Kind
from voice_coach.mirror.page_commands import buttons_of
from voice_coach.routines import Phase
from voice_coach.session.listening import FURTHER_ANSWERS
from voice_coach.session.transitions import REPLIES, TRANSITIONS
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from voice_coach.session.transitions import Transition

    Rows = Mapping[Intent, Mapping[Phase, Transition]]

ROOT = Path(__file__).resolve().parents[2]
CONTENT = "voice_coach/content"
PHRASINGS = "tests/language/phrasings"
LANGUAGES = sorted(file.parent.name for file in (ROOT / CONTENT).glob("*/phrases.toml"))
LEAST_PHRASINGS = {"en": 20}
FEWER_PHRASINGS = 10
MOST_FILES = 8
SIMPLE = Intent.STEPS_LEFT
"""An intent that asks and is answered by a sentence, as a new one would be."""
HOLDS_WHAT_ITS_AUTHOR_CHOSE = (
    "benches/", "scripts/benches/", "docs/", "models/intents/", "tests/project/test_adding.py", "CHANGELOG.md",
)  # fmt: skip
"""These may name any intent, and need no new one; a script writes the classifiers."""


@dataclass(frozen=True)
class Places:
    """Where an intent must be."""

    specs: Mapping[Intent, IntentSpec]
    transitions: Rows
    replies: Rows
    answers: Collection[Intent]
    phrases: Mapping[str, dict[str, Any]]
    """The tables [intents.<name>] of each language, by name."""
    buttons: Mapping[str, Collection[str]]
    """The words of the buttons of each language."""
    shown: Collection[Intent]
    """The buttons that are ever there."""
    phrasings: Mapping[str, Counter[str]]
    """How many phrasings try each intent, by language."""


def _content(language: str, name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / CONTENT / language / f"{name}.toml").read_text(encoding="utf-8"))


def _tried(language: str) -> Counter[str]:
    with (ROOT / PHRASINGS / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
        return Counter(row["intent"] for row in csv.DictReader(file, delimiter="\t"))


def _shown() -> set[Intent]:
    views = [*(View(phase) for phase in Phase), View(Phase.HOLDING, question="Shall we?")]
    return {intent for view in views for intent in buttons_of(view)}


@pytest.fixture(scope="module")
def places() -> Places:
    return Places(
        SPECS,
        TRANSITIONS,
        REPLIES,
        {intent for intents in FURTHER_ANSWERS.values() for intent in intents},
        {language: _content(language, "phrases")["intents"] for language in LANGUAGES},
        {language: _content(language, "mirror")["button"] for language in LANGUAGES},
        _shown(),
        {language: _tried(language) for language in LANGUAGES},
    )


def missing(intent: Intent, places: Places) -> Iterator[str]:
    """What an intent lacks: a sentence for each place, with the file to write in."""
    spec = places.specs.get(intent)
    if spec is None:
        yield f"intent {intent.name} has no spec; add it to SPECS in voice_coach/language/intents.py"
        return
    for lack in (*_in_code(intent, spec, places), *_in_content(intent, spec, places)):
        yield f"intent {intent.name} {lack}"


def _in_code(intent: Intent, spec: IntentSpec, places: Places) -> Iterator[str]:
    yield from _in_rows(intent, spec, places)
    if spec.kind is Kind.ANSWER and intent not in places.answers:
        yield "answers no question; add it to FURTHER_ANSWERS in voice_coach/session/listening.py"
    if spec.has_button and intent not in places.shown:
        yield "has a button that is never there; add it to buttons_of in voice_coach/mirror/page_commands.py"
    twins = [one for one, other in places.specs.items() if one is not intent and other.prefetch == spec.prefetch]
    if spec.prefetch is not None and twins:
        yield f"has the rank of {twins[0].name} in prefetch; give it another in voice_coach/language/intents.py"
    if spec.opposite is not None and places.specs[spec.opposite].opposite is not intent:
        yield f"opposes {spec.opposite.name}, which does not oppose it; say so in voice_coach/language/intents.py"


def _in_rows(intent: Intent, spec: IntentSpec, places: Places) -> Iterator[str]:
    if spec.kind is Kind.YES_OR_NO:
        return
    name, rows = ("REPLIES", places.replies) if spec.kind is Kind.ANSWER else ("TRANSITIONS", places.transitions)
    if intent not in rows:
        yield f"has no row in {name}; add it to voice_coach/session/transitions.py"
        return
    phases = [phase.value for phase in Phase if phase not in rows[intent]]
    if phases and name == "TRANSITIONS":
        names = ", ".join(phases)
        yield f"has no handler for {names} in {name}; add it to its row in voice_coach/session/transitions.py"


def _in_content(intent: Intent, spec: IntentSpec, places: Places) -> Iterator[str]:
    for language in LANGUAGES:
        table = places.phrases[language].get(intent.value)
        if table is None:
            yield f"has no table [intents.{intent.value}]; add it to {CONTENT}/{language}/phrases.toml"
            continue
        for lack in _in_table(intent, spec, table):
            yield f"{lack} {CONTENT}/{language}/phrases.toml"
        if spec.has_button and intent.value not in places.buttons[language]:
            yield f"has a button without words; add {intent.value} under [button] of {CONTENT}/{language}/mirror.toml"
        least = LEAST_PHRASINGS.get(language, FEWER_PHRASINGS)
        if (tried := places.phrasings[language][intent.value]) < least:
            yield f"is tried in {tried} phrasings; add {least - tried} to {PHRASINGS}/{language}.tsv"


def _in_table(intent: Intent, spec: IntentSpec, table: Mapping[str, Any]) -> Iterator[str]:
    for key in ("suggested", "spoken", *(() if spec.answer is None else ("answer",))):
        if key not in table:
            yield f"has no {key} under [intents.{intent.value}]; add it to"
    for gap in spec.answer or ():
        if "answer" in table and f"{{{gap}}}" not in table["answer"]:
            yield f"has an answer that leaves {{{gap}}} out; put it into"
    for slot in (spec.slot, "minutes" if spec.has_minutes else ""):
        if slot and not any(f"<{slot}>" in wording for wording in table.get("spoken", ())):
            yield f"has no wording with <{slot}>; add one to"


def test_every_intent_has_all_it_needs(places: Places) -> None:
    assert [lack for intent in Intent for lack in missing(intent, places)] == []


def _without(table: Mapping[Any, Any], key: object) -> dict[Any, Any]:
    return {one: value for one, value in table.items() if one != key}


def _with_spec(places: Places, intent: Intent, **changes: Any) -> Places:  # noqa: ANN401 - fields of IntentSpec
    return replace(places, specs={**places.specs, intent: replace(places.specs[intent], **changes)})


def _with_table(places: Places, intent: Intent, table: dict[str, Any] | None) -> Places:
    korean = _without(places.phrases["ko"], intent.value) | ({} if table is None else {intent.value: table})
    return replace(places, phrases={**places.phrases, "ko": korean})


def test_whatever_an_intent_lacks_is_named_with_its_file(places: Places) -> None:
    left, korean = Intent.STEPS_LEFT, places.phrases["ko"]
    row, table = places.transitions[left], korean["steps_left"]
    told = {
        "has no spec; add it to SPECS in voice_coach/language/intents.py": replace(places, specs=_without(SPECS, left)),
        "has no row in TRANSITIONS; add it to voice_coach/session/transitions.py": replace(
            places, transitions=_without(TRANSITIONS, left)
        ),
        "has no handler for paused in TRANSITIONS; add it to its row in voice_coach/session/transitions.py": replace(
            places, transitions={**TRANSITIONS, left: _without(row, Phase.PAUSED)}
        ),
        "has no row in REPLIES; add it to voice_coach/session/transitions.py": _with_spec(
            replace(places, answers=[left]), left, kind=Kind.ANSWER
        ),
        "answers no question; add it to FURTHER_ANSWERS in voice_coach/session/listening.py": _with_spec(
            replace(places, replies={left: row}), left, kind=Kind.ANSWER
        ),
        "has the rank of YES in prefetch; give it another in voice_coach/language/intents.py": _with_spec(
            places, left, prefetch=SPECS[Intent.YES].prefetch
        ),
        "opposes YES, which does not oppose it; say so in voice_coach/language/intents.py": _with_spec(
            places, left, opposite=Intent.YES
        ),
        "has no table [intents.steps_left]; add it to voice_coach/content/ko/phrases.toml": _with_table(
            places, left, None
        ),
        "has no suggested under [intents.steps_left]; add it to voice_coach/content/ko/phrases.toml": _with_table(
            places, left, _without(table, "suggested")
        ),
        "has no answer under [intents.steps_left]; add it to voice_coach/content/ko/phrases.toml": _with_table(
            places, left, _without(table, "answer")
        ),
        "has an answer that leaves {number} out; put it into voice_coach/content/ko/phrases.toml": _with_table(
            places, left, table | {"answer": "Some."}
        ),
        "has no wording with <step>; add one to voice_coach/content/ko/phrases.toml": replace(
            _with_spec(places, left, slot="step"),
            phrases={**places.phrases, "en": {"steps_left": {**table, "spoken": ["<step>"]}}},
        ),
        "is tried in 0 phrasings; add 10 to tests/language/phrasings/ko.tsv": replace(
            places, phrasings={**places.phrasings, "ko": Counter()}
        ),
    }
    for lack, lacking in told.items():
        assert list(missing(left, lacking)) == [f"intent STEPS_LEFT {lack}"]
    assert list(missing(left, _with_spec(places, left, has_button=True))) == [
        (
            "intent STEPS_LEFT has a button that is never there; "
            "add it to buttons_of in voice_coach/mirror/page_commands.py"
        ),
        *(
            f"intent STEPS_LEFT has a button without words; add steps_left under [button] of "
            f"voice_coach/content/{language}/mirror.toml"
            for language in LANGUAGES
        ),
    ]


def _files_that_name(intent: Intent) -> list[str]:
    """The project's files with the intent's name in them."""
    pattern = rf"\b({intent.name}|{intent.value})\b"
    command = ["git", "grep", "--untracked", "-lP", pattern, "--", "."]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return sorted(name for name in listed if not name.startswith(HOLDS_WHAT_ITS_AUTHOR_CHOSE))


@pytest.mark.usefixtures("processes")  # git lists the files
def test_an_intent_stands_in_few_files_and_the_page_lists_them() -> None:
    files = _files_that_name(SIMPLE)
    assert len(files) <= MOST_FILES, files
    page = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
    told = page.split("## Adding an intent")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\d\. `([^`]+)`", told, re.MULTILINE)) == files
