"""The bench of the Wyoming server, on sentences of a synthetic voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.smart_home.run import TABLE, read_commands
from benches.wyoming.page import wyoming_section
from benches.wyoming.run import measure
from voice_coach.errors import ContentError
from voice_coach.rehearsal.dialogue import render

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.usefixtures("models", "processes")
def test_the_bench_tells_right_sentences_from_others_and_from_foreign_ones(tmp_path: Path) -> None:
    lines = ["path\tsaid\tkind"]
    for number, (said, heard, kind) in enumerate(
        [
            ("Set a Timer for 3 hours", "set a timer for three hours", "real"),
            ("turn on the TV", "open the kitchen window", "made"),
            ("", "my sister bought a new bicycle for the holidays", "foreign"),
            ("open the kitchen window", "open the kitchen window", "made"),
        ]
    ):
        render("awb", heard, tmp_path / f"{number}.wav")
        lines.append(f"{number}.wav\t{said}\t{kind}")
    (tmp_path / TABLE).write_text("\n".join(lines))
    figures = measure(read_commands(tmp_path / TABLE))
    assert figures["sentences"] == 3
    assert figures["kinds"] == {
        "real": {"right": 1, "another": 0, "none": 0},
        "made": {"right": 1, "another": 1, "none": 0},
        "foreign": {"right": 0, "another": 0, "none": 1},
    }
    assert [one["transcript"] for one in figures["wrong"]] == ["open the kitchen window"]
    section = wyoming_section({"machine": "a machine", "grammars": [figures]})
    assert "| 3 | a real person | 1 | 1 (" in section


def test_a_folder_without_the_table_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="Give the folder of the recordings with --data"):
        read_commands(tmp_path / TABLE)
