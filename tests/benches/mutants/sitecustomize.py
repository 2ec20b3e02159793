"""Makes a coach that keeps less than it says: Python imports this by itself where PYTHONPATH has this folder.

The variable MUTANTS names what is wrong with the coach of the process; none of it is in the product.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType

JOURNAL, HISTORY_WRITER = "voice_coach.memory.journal", "voice_coach.memory.history.history_writer"
STORE, SETTINGS = "voice_coach.memory.history.history_store", "voice_coach.memory.settings"


def force_nothing() -> None:
    """Nothing is forced to the disk: neither by us nor by SQLite."""
    for name in ("fsync", "fdatasync"):
        setattr(os, name, lambda _file: None)

    def trust_the_disk(store: ModuleType) -> None:
        keeping = [pragma for pragma in store._KEEPING if not pragma.startswith("synchronous")]  # noqa: SLF001
        store._KEEPING = (*keeping, "synchronous = OFF")  # type: ignore[attr-defined]  # noqa: SLF001

    _when_imported(STORE, trust_the_disk)


def drop_every_third_record() -> None:
    """Of what is to be appended to the journal, every third record is forgotten; not the same ones in each life."""

    def forget(journal: ModuleType) -> None:
        append, count = journal.Journal.append, os.getpid()

        def sometimes(self: object, record: object) -> None:
            nonlocal count
            count += 1
            if count % 3:
                append(self, record)

        journal.Journal.append = sometimes

    _when_imported(JOURNAL, forget)


def drop_history() -> None:
    """No fact is written down."""
    _when_imported(HISTORY_WRITER, lambda module: setattr(module.HistoryWriter, "record", lambda _self, _fact: None))


def drop_settings() -> None:
    """Nothing that the person chooses is written down."""
    _when_imported(SETTINGS, lambda module: setattr(module.SettingsFile, "save", lambda _self, _save: None))


class _Finder(importlib.abc.MetaPathFinder):
    """Changes a module right after it was imported."""

    def __init__(self, name: str, change: Callable[[ModuleType], object]) -> None:
        self._name = name
        self._change = change

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """See MetaPathFinder."""
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None  # it is ours
        assert spec.loader is not None
        run = spec.loader.exec_module

        def run_and_change(module: ModuleType) -> None:
            run(module)
            self._change(module)

        spec.loader.exec_module = run_and_change  # type: ignore[method-assign]
        return spec


def _when_imported(name: str, change: Callable[[ModuleType], object]) -> None:
    sys.meta_path.insert(0, _Finder(name, change))


MUTANTS: dict[str, Callable[[], None]] = {
    "no-fsync": force_nothing,
    "thirds": drop_every_third_record,
    "no-history": drop_history,
    "no-settings": drop_settings,
}

for _name in filter(None, os.environ.get("MUTANTS", "").split(",")):
    MUTANTS[_name]()
