"""What a test uses follows from its fixtures: they mark it, and a guard keeps it to what they stand for.

So nobody lists slow tests. A test that starts a child without a fixture that stands for children fails and says which
one it lacks, and `scripts/test quick` can trust the marks.
"""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKS: Mapping[str, str] = {
    "card": "sound",
    "sound_card": "sound",
    "real_time": "sound",
    "browser": "browser",
    "processes": "process",
    "models": "model",
    "whole_machine": "alone",
}
"""The mark that each of these fixtures of conftest.py files sets."""

_CHILDREN = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn", "os.system"})
"""Audit events (docs.python.org/3/library/audit_events.html) of a process that starts another."""
_CACHE_OF_BENCHES = "benches.cache_folder"
"""The audit event of a bench that takes from its cache what programs have made; a fresh machine lacks it."""
_SOUND_PACKAGE = "sounddevice"
"""It looks for a sound card when it is first imported."""
_LOADERS = {"onnxruntime": "InferenceSession", "vosk": "Model"}
"""By their packages, the classes whose objects are models; their modules are imported while tests are collected."""


def marks_of(item: pytest.Item) -> list[str]:
    """The marks of a test, from its fixtures and from those that they use."""
    return sorted({MARKS[name] for name in _fixtures(item) if name in MARKS})


def _fixtures(item: pytest.Item) -> frozenset[str]:
    return frozenset(getattr(item, "fixturenames", ()))


class Guard:
    """Refuses to a test what none of its fixtures stands for, while it is set up and while it runs.

    Its teardown is left alone: there also end fixtures that other tests of the module have used.
    """

    def __init__(self) -> None:
        self._allowed: frozenset[str] | None = None
        self._refused: str | None = None
        self._watched: set[str] = set()
        sys.addaudithook(self._watch)  # an audit hook stays for good

    def watch(self, item: pytest.Item) -> None:
        """From now on this test's code runs."""
        for package in _LOADERS.keys() - self._watched:
            if module := sys.modules.get(package):
                self._watch_loader(getattr(module, _LOADERS[package]))
                self._watched.add(package)
        self._allowed, self._refused = _fixtures(item), None

    def rest(self) -> None:
        """It has run. Fails the test if something was refused where nobody waited for an answer, as in a thread."""
        self._allowed = None
        if self._refused is not None:
            pytest.fail(self._refused, pytrace=False)

    def _watch(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._allowed is None:
            return
        if event in _CHILDREN:
            self._demand("processes", "starts a child process")
        elif event == _CACHE_OF_BENCHES:
            self._demand("processes", f"takes what programs make from the benches' cache ({arguments[0]})")
        elif event == "import" and arguments[0] == _SOUND_PACKAGE:
            self._demand("sound_card", f"imports {_SOUND_PACKAGE}")

    def _watch_loader(self, loader: Any) -> None:  # noqa: ANN401 - a class of a package without types
        load = loader.__init__

        @wraps(load)
        def watched(*arguments: object, **named: object) -> None:
            self._demand("models", "loads a model")
            load(*arguments, **named)

        loader.__init__ = watched

    def _demand(self, fixture: str, what: str) -> None:
        if self._allowed is not None and fixture not in self._allowed:
            self._refused = f'this test {what}: let it or one of its fixtures use the fixture "{fixture}"'
            pytest.fail(self._refused)
