"""Every face keeps the one protocol, with all its methods and their parameters."""

from __future__ import annotations

import ast
import inspect
import io
import json
from typing import TYPE_CHECKING

import pytest

from voice_coach.face import CompositeFace, Face, SilentFace
from voice_coach.face.background_sound import HoldSound, PlayerDucker
from voice_coach.face.gpio import GpioFace
from voice_coach.face.line_output import JsonLines, PlainFace
from voice_coach.face.terminal import TerminalFace
from voice_coach.integrations.mqtt_face import MqttFace
from voice_coach.mirror.mirror_face import MirrorFace
from voice_coach.routines import Phase
from voice_coach.session.commands import Show
from voice_coach.session.events import Ticked
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_coach.loop import Observer

FACES = [
    CompositeFace, GpioFace, HoldSound, MirrorFace, MqttFace, PlainFace, PlayerDucker, SilentFace, TerminalFace,
]  # fmt: skip
METHODS = ["start", "show", "tell_loading", "stop"]


def classes_in(package: Path) -> Iterator[tuple[str, set[str]]]:
    """The names of all classes, with the names of their methods."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield node.name, {item.name for item in node.body if isinstance(item, ast.FunctionDef)}


def test_whatever_the_loop_could_show_a_view_on_is_one_of_these_faces(pytestconfig: pytest.Config) -> None:
    classes = classes_in(pytestconfig.rootpath / "voice_coach")
    found = {name for name, methods in classes if methods >= {"start", "show", "stop"}}
    assert found == {face.__name__ for face in FACES} | {Face.__name__}
    assert all(Face in face.__mro__ for face in FACES)


@pytest.mark.parametrize("face", FACES)
def test_a_face_has_all_methods_of_the_protocol_with_their_parameters(face: type) -> None:
    for name in METHODS:
        assert name in vars(face), f"{face.__name__} leaves {name} to somebody else"
        assert inspect.signature(vars(face)[name]) == inspect.signature(getattr(Face, name))
    assert "keys" in vars(face)


def test_the_protocol_asks_for_nothing_else() -> None:
    assert Face.__abstractmethods__ == {"keys", *METHODS}


def test_a_face_without_one_of_the_methods_cannot_be_made() -> None:
    class HalfAFace(Face):
        def show(self, view: View) -> None: ...

    with pytest.raises(TypeError, match="abstract"):
        HalfAFace()  # type: ignore[abstract]


def test_json_lines_observe_the_loop_beside_a_silent_face() -> None:
    """They write every event and command; a view is but one kind of them."""
    stream = io.StringIO()
    observer: Observer = JsonLines(stream)
    observer.observe(Ticked(at=1.0), (Show(View(phase=Phase.IDLE)),))
    assert [json.loads(line)["name"] for line in stream.getvalue().splitlines()] == ["Ticked", "Show"]
    assert Face not in JsonLines.__mro__
