"""Tests of peers need the peers' own libraries. Where `scripts/setup --quick` left those out, so are the tests."""

from __future__ import annotations

from importlib.util import find_spec

_NEEDED = {"test_wyoming.py": "wyoming", "test_wyoming_sentences.py": "wyoming"}

collect_ignore = [name for name, package in _NEEDED.items() if find_spec(package) is None]
