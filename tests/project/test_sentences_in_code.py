"""Each sentence of a content file is said somewhere, and whoever says one fills its gaps."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from voice_coach.doctor.texts import GAPS as DOCTOR_GAPS
from voice_coach.tuning.script import GAPS as TUNING_GAPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    Gaps = Mapping[str, Mapping[str, str]]

CASES = {
    "doctor": (DOCTOR_GAPS, ["voice_coach/doctor", "voice_coach/cli/doctor.py"]),
    "tuning": (TUNING_GAPS, ["voice_coach/tuning", "voice_coach/cli/tune.py"]),
}


def said_in(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """The names of all sentences that are said, as regular expressions, with the gaps that are filled."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say"):
            continue
        if "texts" not in ast.unparse(node.func.value):
            continue
        yield _pattern(node.args[0]), frozenset(keyword.arg or "" for keyword in node.keywords)


def _pattern(name: ast.expr) -> str:
    if isinstance(name, ast.JoinedStr):
        return "".join(_pattern(part) for part in name.values)
    return re.escape(str(name.value)) if isinstance(name, ast.Constant) else "[a-z_]+"


@pytest.mark.parametrize("name", CASES)
def test_each_sentence_is_said_with_all_its_gaps(name: str, pytestconfig: pytest.Config) -> None:
    gaps, places = CASES[name]
    declared = {
        f"{title}.{key}": frozenset(names.split()) for title, table in gaps.items() for key, names in table.items()
    }
    paths = [pytestconfig.rootpath / place for place in places]
    files = [file for path in paths for file in ([path] if path.is_file() else path.glob("*.py"))]
    said = {one for file in files for one in said_in(file)}
    matching = {
        (pattern, filled): {key for key, names in declared.items() if names == filled and re.fullmatch(pattern, key)}
        for pattern, filled in said
    }
    assert [one for one, keys in matching.items() if not keys] == [], "said, but not declared with these gaps"
    assert set(declared) - set().union(*matching.values()) == set(), "declared, but said nowhere"
