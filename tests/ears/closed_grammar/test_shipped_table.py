"""The table of calibration that ships is made for the phrases that ship."""

from __future__ import annotations

import pytest

from voice_coach.ears.closed_grammar.calibration import is_made_for
from voice_coach.ears.recognizers.registry import shipped_table, table_key
from voice_coach.library import load_language


@pytest.mark.first
def test_the_shipped_table_is_that_of_the_shipped_phrases() -> None:
    """With a stale one, every test that hears anything makes a table of its own first, and takes minutes."""
    table = shipped_table("en")
    assert is_made_for(table, table_key(load_language("en").phrase_book)), (
        f"{table.name} is stale: run scripts/calibrate"
    )
