"""Each sentence of a content file is said or shown somewhere, and whoever does it fills its placeholders."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from voice_coach.cli.options import PLACEHOLDERS as COMMAND_LINE_PLACEHOLDERS
from voice_coach.doctor.finding import PLACEHOLDERS as DOCTOR_PLACEHOLDERS
from voice_coach.face.base import PLACEHOLDERS as TERMINAL_PLACEHOLDERS
from voice_coach.library import load_language
from voice_coach.mirror.static_files import PLACEHOLDERS as MIRROR_PLACEHOLDERS
from voice_coach.mirror.static_files import load_texts, page_html
from voice_coach.tuning.interview import PLACEHOLDERS as TUNING_PLACEHOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    Placeholders = Mapping[str, Mapping[str, str]]

CASES = {
    "command_line": (
        COMMAND_LINE_PLACEHOLDERS,
        [f"voice_coach/cli/{name}_commands.py" for name in ("hearing", "routine")]
        + ["voice_coach/cli/start_command.py", "voice_coach/integrations/wyoming_server.py"],
    ),
    "doctor": (DOCTOR_PLACEHOLDERS, ["voice_coach/doctor", "voice_coach/cli/service_commands.py"]),
    "terminal": (
        TERMINAL_PLACEHOLDERS,
        [
            "voice_coach/face",
            "voice_coach/face/terminal",
            "voice_coach/mirror/invitation.py",
            "voice_coach/cli/mirror_commands.py",
        ],
    ),
    "tuning": (TUNING_PLACEHOLDERS, ["voice_coach/tuning", "voice_coach/cli/practice_commands.py"]),
}


def said_in(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """The names of all sentences that are said, as regular expressions, with the placeholders that are filled."""
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
def test_each_sentence_is_said_with_all_its_placeholders(name: str, pytestconfig: pytest.Config) -> None:
    tables, places = CASES[name]
    declared = {
        f"{title}.{key}": frozenset(names.split()) for title, table in tables.items() for key, names in table.items()
    }
    paths = [pytestconfig.rootpath / place for place in places]
    files = [file for path in paths for file in ([path] if path.is_file() else path.glob("*.py"))]
    said = {one for file in files for one in said_in(file)}
    matching = {
        (pattern, filled): {key for key, names in declared.items() if names == filled and re.fullmatch(pattern, key)}
        for pattern, filled in said
    }
    assert [one for one, keys in matching.items() if not keys] == [], "said, but not declared with these placeholders"
    assert set(declared) - set().union(*matching.values()) == set(), "declared, but said nowhere"


def test_each_word_of_the_mirror_is_on_its_page_and_its_scripts_find_those_they_name(
    pytestconfig: pytest.Config,
) -> None:
    static = pytestconfig.rootpath / "voice_coach" / "mirror" / "static"
    page = (static / "index.html").read_text(encoding="utf-8")
    declared = {f"{title}.{key}" for title, table in MIRROR_PLACEHOLDERS.items() for key in table}
    assert set(re.findall(r"\{\{([^}]*)\}\}", page)) == declared | {"language"}
    dictionary = dict(re.findall(r'<i id="([^"]*)">\{\{([^}]*)\}\}</i>', page))
    assert all(name == word for name, word in dictionary.items())
    named = set()
    for script in static.glob("*.js"):
        code = re.sub(r"voice-coach\.", "", script.read_text(encoding="utf-8"))
        named |= set(re.findall(rf'"((?:{"|".join(MIRROR_PLACEHOLDERS)})\.[a-z_]+)"', code))
        for start in re.findall(r"words\[`([a-z]+\.)\$", code):
            named |= {word for word in declared if word.startswith(start) and word != "mode.name"}
    assert named == dictionary.keys()


def test_words_of_the_mirror_cannot_break_its_page() -> None:
    texts = replace(
        load_texts(load_language("en")),
        texts={**load_texts(load_language("en")).texts, "button.next": '<"&">'},
    )
    page = page_html(texts, "en").decode()
    assert "&lt;&quot;&amp;&quot;&gt;" in page
    assert "{{" not in page
