"""Print the rooms of the package voice_coach as a table, and which limits of the house are broken.

A room is a package; a sub-package is a room of its own. Its floors are the modules on the longest chain of imports
inside it: a module stands one floor above the highest one that it imports. Imports inside functions count, imports for
the type checker alone (`if TYPE_CHECKING:`) do not. A door, an `__init__` that only imports and sets `__all__`, is no
floor. Modules that import each other in a ring stand on as many floors as they are.

Imports up are judged by the layers of import-linter's contract in pyproject.toml, and there imports for the type
checker count as well: an import of a higher layer or of a neighbour ("a | b") is one, also through modules that are in
no layer.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parents[2]
MOST_MODULES = 200
MOST_FLOORS = 7
MOST_LINES = 500
_NO_LAYER = -1


@dataclass(frozen=True)
class Module:
    """A file of the package."""

    name: str
    """Dotted, as in an import."""
    path: Path
    lines: int
    classes: tuple[str, ...]
    """The public classes that it defines."""
    imports: frozenset[str]
    """The modules of the package that it imports when it runs."""
    typing_imports: frozenset[str]
    """Those that it imports for the type checker alone."""
    is_door: bool
    """Whether it is an `__init__` that only imports and sets names."""

    @property
    def room(self) -> str:
        """The package that it is in."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


@dataclass(frozen=True)
class House:
    """All modules of a package, by name, and the layers that they are in, the highest first."""

    modules: Mapping[str, Module]
    layers: tuple[tuple[str, ...], ...] = field(default=())
    excused: frozenset[str] = frozenset()
    """Imports that may go up, as the contract of the layers says, each as "a -> b"."""

    @cached_property
    def rooms(self) -> dict[str, list[Module]]:
        """The modules of each room, in the order of the rooms' names."""
        rooms = defaultdict(list)
        for module in self.modules.values():
            rooms[module.room].append(module)
        return dict(sorted(rooms.items()))

    def floors(self, room: str, *, with_rooms_inside: bool = False) -> list[str]:
        """The longest chain of imports inside a room, from the ground upwards."""
        inside = {
            module.name: module
            for module in self.modules.values()
            if not module.is_door
            and (module.room == room or (with_rooms_inside and module.room.startswith(f"{room}.")))
        }
        return longest_chain({name: module.imports & inside.keys() for name, module in inside.items()})

    def doubles(self) -> dict[str, list[str]]:
        """File names (but of `__init__`) and public class names that exist several times, with the places."""
        places = defaultdict(list)
        for module in self.modules.values():
            if module.path.name != "__init__.py":
                places[module.path.name].append(str(module.path))
            for name in module.classes:
                places[f"class {name}"].append(module.name)
        return {name: found for name, found in sorted(places.items()) if len(found) > 1}

    def imports_up(self) -> list[str]:
        """Each import of a higher layer or of a neighbour in the same one, as "a -> b"."""
        return [
            f"{module.name} -> {target}"
            for module in self.modules.values()
            for target in sorted(self._reached(module))
            if self._is_up(module.name, target) and f"{module.name} -> {target}" not in self.excused
        ]

    def _reached(self, module: Module) -> set[str]:
        """The modules in a layer that a module imports, itself or through modules that are in none."""
        reached: set[str] = set()
        to_do = [module.name]
        while to_do:
            now = self.modules[to_do.pop()]
            new = (now.imports | now.typing_imports) - reached
            reached |= new
            to_do += [name for name in new if self._layer(name)[0] == _NO_LAYER]
        return reached

    def _layer(self, name: str) -> tuple[int, str]:
        """The number of the layer, 0 for the highest, and the member of it that a module belongs to."""
        for number, members in enumerate(self.layers):
            for member in members:
                if f"{name}.".startswith(f"{member}."):
                    return number, member
        return _NO_LAYER, ""

    def _is_up(self, name: str, target: str) -> bool:
        (own, member), (other, other_member) = self._layer(name), self._layer(target)
        return _NO_LAYER not in {own, other} and member != other_member and other <= own


def longest_chain(imports: Mapping[str, Iterable[str]]) -> list[str]:
    """The longest chain of imports, the imported before the importing; members of a ring follow each other."""
    chains: dict[str, list[str]] = {}
    for ring in rings(imports):
        below = (chains[name] for member in ring for name in sorted(imports[member]) if name not in ring)
        chain = [*max(below, key=len, default=[]), *ring]
        chains |= dict.fromkeys(ring, chain)
    return max(chains.values(), key=len, default=[])


def rings(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The groups of modules that import each other, each after those that it imports; most have one member (Tarjan)."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        numbers[name] = lowest[name] = len(numbers)
        stack.append(name)
        for target in sorted(imports[name]):
            if target not in numbers:
                visit(target)
            if target in stack:
                lowest[name] = min(lowest[name], lowest[target])
        if lowest[name] == numbers[name]:
            start = stack.index(name)
            found.append(sorted(stack[start:]))
            del stack[start:]

    for name in sorted(imports):
        if name not in numbers:
            visit(name)
    return found


def read_house(package: Path, pyproject: Path | None = None) -> House:
    """Read all modules of a package, and the layers of the first contract of that type in a pyproject.toml."""
    paths = {_module_name(path, package): path for path in sorted(package.rglob("*.py"))}
    modules = {name: _read_module(name, path, package, paths) for name, path in paths.items()}
    contract = _contract(pyproject) if pyproject else {"layers": ()}
    return House(modules, _layers(contract["layers"]), frozenset(contract.get("ignore_imports", ())))


def _module_name(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _contract(pyproject: Path) -> dict[str, Any]:
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["type"] == "layers")


def _layers(layers: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(member.strip("() ") for member in layer.replace(":", "|").split("|")) for layer in layers)


def _read_module(name: str, path: Path, package: Path, names: Mapping[str, Path]) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    base = name if path.name == "__init__.py" else name.rpartition(".")[0]
    typing_blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and _is_for_typing(node)]
    typing_only = {id(node) for block in typing_blocks for part in block.body for node in ast.walk(part)}
    imports: set[str] = set()
    typing_imports: set[str] = set()
    for node in ast.walk(tree):
        found = {target for target in _targets(node, base, names) if target != name}
        (typing_imports if id(node) in typing_only else imports).update(found)
    has_code = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)
    return Module(
        name=name,
        path=path.relative_to(package.parent),
        lines=len(text.splitlines()),
        classes=tuple(node.name for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_"),
        imports=frozenset(imports),
        typing_imports=frozenset(typing_imports - imports),
        is_door=path.name == "__init__.py" and not has_code,
    )


def _is_for_typing(node: ast.If) -> bool:
    return ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _targets(node: ast.AST, base: str, names: Mapping[str, Path]) -> Iterator[str]:
    """The modules of the package that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in names)
    if isinstance(node, ast.ImportFrom):
        above = base.split(".")[: len(base.split(".")) - node.level + 1] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            one = f"{source}.{alias.name}"
            yield from (name for name in ([one] if one in names else [source]) if name in names)


def broken_limits(house: House) -> list[str]:
    """A sentence for each limit that is broken."""
    broken = []
    if len(house.modules) > MOST_MODULES:
        broken.append(f"{len(house.modules)} modules; at most {MOST_MODULES} may be.")
    for room in house.rooms:
        chain = house.floors(room)
        if len(chain) > MOST_FLOORS:
            names = " < ".join(name.rpartition(".")[2] for name in chain)
            broken.append(f"{room} has {len(chain)} floors; at most {MOST_FLOORS} may be: {names}")
    broken += [f"{name} exists {len(places)} times: {', '.join(places)}" for name, places in house.doubles().items()]
    broken += [f"An import goes up: {one}" for one in house.imports_up()]
    long = [module for module in house.modules.values() if module.lines > MOST_LINES]
    return broken + [f"{module.path} has {module.lines} lines; at most {MOST_LINES} may be." for module in long]


def table(house: House) -> str:
    """The rooms with their modules, lines and floors; in brackets the floors when the rooms inside are counted too."""
    lines = [f"{'room':32}{'modules':>8}{'lines':>8}{'floors':>8}"]
    for room, modules in house.rooms.items():
        floors, whole = len(house.floors(room)), len(house.floors(room, with_rooms_inside=True))
        has_rooms = room.count(".") > 0 and any(other.startswith(f"{room}.") for other in house.rooms)
        told = f"{floors:>8}" + (f"  ({whole} with the rooms inside)" if has_rooms else "")
        lines.append(f"{room:32}{len(modules):>8}{sum(module.lines for module in modules):>8}{told}")
    total = sum(module.lines for module in house.modules.values())
    return "\n".join([*lines, f"{'all':32}{len(house.modules):>8}{total:>8}"])


def main() -> int:
    """Print the table and what is broken.

    Returns:
        1 if a limit is broken, else 0.
    """
    house = read_house(ROOT / "voice_coach", ROOT / "pyproject.toml")
    broken = broken_limits(house)
    print(table(house))
    print(f"\n{len(house.imports_up())} imports up, {len(house.doubles())} names twice.")
    print("\n".join(["", "Broken limits:", *broken]) if broken else "\nNo limit is broken.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
