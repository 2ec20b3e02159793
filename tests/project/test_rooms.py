"""The rooms of the package keep the limits of the house, and `scripts/rooms` finds whatever does not."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from scripts.structure.rooms import House, broken_limits, longest_chain, main, read_house, table

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = """
[[tool.importlinter.contracts]]
name = "imports point one way"
type = "layers"
layers = ["house.cli", "house.ears | house.mouth", "house.core"]
"""


def built(folder: Path, **files: str) -> House:
    """A package `house` with a module for each name; a double underscore in it is a slash."""
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    for name, text in files.items():
        path = folder / "house" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        for parent in path.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()
    return read_house(folder / "house", folder / "pyproject.toml")


def tower(height: int) -> dict[str, str]:
    """Modules of a room, each of which imports the one before it."""
    return {f"core__m{n}": f"from house.core import m{n - 1}\n" if n else "" for n in range(height)}


def test_the_house_keeps_its_limits(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    assert broken_limits(read_house(root / "voice_coach", root / "pyproject.toml")) == []


def test_no_import_of_the_house_goes_up(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    assert read_house(root / "voice_coach", root / "pyproject.toml").imports_up() == []


def test_the_script_says_by_its_exit_status_whether_a_limit_is_broken(
    pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    root = pytestconfig.rootpath
    broken = broken_limits(read_house(root / "voice_coach", root / "pyproject.toml"))
    assert main() == bool(broken)
    printed = capsys.readouterr().out
    assert all(sentence in printed for sentence in broken)
    assert "voice_coach.face.terminal" in printed


def test_a_good_house_has_no_broken_limit(tmp_path: Path) -> None:
    house = built(tmp_path, cli__main="import house.ears.live", ears__live="from house.core import step", core__step="")
    assert broken_limits(house) == []


def test_the_table_tells_modules_lines_and_floors_of_each_room(tmp_path: Path) -> None:
    rows = [line.split() for line in table(built(tmp_path, **tower(3), ears__live="a = 1\nb = 2\n")).splitlines()]
    assert ["house.core", "4", "2", "3"] in rows
    assert ["house.ears", "2", "2", "1"] in rows
    assert rows[-1] == ["all", "7", "4"]


@pytest.mark.parametrize(("height", "broken"), [(7, 0), (8, 1)])
def test_an_eighth_floor_is_found(tmp_path: Path, height: int, broken: int) -> None:
    found = broken_limits(built(tmp_path, **tower(height)))
    assert len(found) == broken
    assert all("house.core has 8 floors" in sentence and "m0 < m1 < m2" in sentence for sentence in found)


@pytest.mark.parametrize(
    "import_of_m1",
    ["import house.core.m1", "from house.core import m1", "from house.core.m1 import x", "from . import m1",
     "from .m1 import x", "from ..core import m1", "def f():\n    from house.core import m1"],
)  # fmt: skip
def test_floors_see_every_way_to_import(tmp_path: Path, import_of_m1: str) -> None:
    house = built(tmp_path, core__m1="x = 1", core__m2=import_of_m1)
    assert house.floors("house.core") == ["house.core.m1", "house.core.m2"]


def test_an_import_for_the_type_checker_makes_no_floor_but_may_go_up(tmp_path: Path) -> None:
    for_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.{} import m1\n"
    house = built(
        tmp_path, core__m1="", core__m2=for_types.format("core"), core__m3=for_types.format("cli"), cli__m1=""
    )
    assert len(house.floors("house.core")) == 1
    assert house.imports_up() == ["house.core.m3 -> house.cli.m1"]


def test_a_door_is_no_floor_unless_it_holds_code(tmp_path: Path) -> None:
    built(tmp_path, **tower(7))
    door = tmp_path / "house" / "core" / "__init__.py"
    for text, floors in (
        ("from house.core import m6\n__all__ = ['m6']\n", 7),
        ("from house.core import m6\nclass A: ...", 8),
    ):
        door.write_text(text, encoding="utf-8")
        assert len(read_house(tmp_path / "house").floors("house.core")) == floors


def test_a_module_stands_above_the_highest_one_that_it_imports() -> None:
    imports = {"high": {"a", "m1"}, "a": set[str](), "m1": {"m0"}, "m0": set[str]()}
    assert longest_chain(imports) == ["m0", "m1", "high"]


def test_a_ring_of_imports_stands_on_as_many_floors_as_it_has_modules() -> None:
    imports = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set[str](), "e": {"a"}}
    assert longest_chain(imports) == ["d", "a", "b", "c", "e"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("core__m1", "import house.cli.main", "house.core.m1 -> house.cli.main"),
        ("core__m1", "def f():\n    from house.ears import live", "house.core.m1 -> house.ears.live"),
        ("mouth__say", "import house.ears.live", "house.mouth.say -> house.ears.live"),
        ("core__m1", "import house.loose", "house.core.m1 -> house.cli.main"),
    ],
    ids=["two layers", "inside a function", "a neighbour", "through a module without a layer"],
)
def test_an_import_up_is_found(tmp_path: Path, name: str, text: str, told: str) -> None:
    house = built(tmp_path, **{name: text}, cli__main="", ears__live="", loose="from house.cli import main")
    assert house.imports_up() == [told]
    assert f"An import goes up: {told}" in broken_limits(house)


def test_a_file_name_and_a_public_class_that_exist_twice_are_found(tmp_path: Path) -> None:
    house = built(
        tmp_path,
        core__turn="class Turn: ...\nclass _Helper: ...\nclass Once: ...",
        ears__turn="class _Helper: ...",
        mouth__say="class Turn: ...",
    )
    assert house.doubles().keys() == {"turn.py", "class Turn"}
    assert "class Turn exists 2 times: house.core.turn, house.mouth.say" in broken_limits(house)


def test_a_long_file_and_too_many_modules_are_found(tmp_path: Path) -> None:
    house = built(tmp_path, **{f"core__m{n}": "" for n in range(200)}, core__long="a = 1\n" * 501)
    assert broken_limits(house) == [
        "203 modules; at most 200 may be.",
        "house/core/long.py has 501 lines; at most 500 may be.",
    ]
