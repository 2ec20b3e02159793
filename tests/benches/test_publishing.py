"""The figures in docs/ are those of whole runs that passed: no other run takes their place."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benches.common.publishing import DOCS, ROOT, page_with, publish, shortened
from tests.patience import patient

if TYPE_CHECKING:
    from pathlib import Path

BENCHES = ROOT / "benches"
WRITERS = {
    "common/publishing.py": "all figures",
    "hearing/page.py": "a page, from published figures",
    "hearing/pictures.py": "pictures, from published figures",
    "hearing/run.py": "the file that --scores names",
    "soak/page.py": "a page and its picture, from published figures",
}
"""The only files that know docs/ and write anything, and what."""
_WRITING = re.compile(r"\.(write_text|write_bytes|savefig|savez\w*|dump)\(|open\([^)]*[\"'][wax]")
_DOCS = re.compile(r"\bDOCS\b|\bMEASURED\b|\b\w*PAGE\b|[\"']docs[\"']|\bdocs\b: Path")


def options_of(*given: str) -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--side")
    parser.add_argument("--seed", type=int, default=1)
    return parser, parser.parse_args(given)


def reasons(*given: str) -> list[str]:
    return shortened(*options_of(*given), "kills", alike=["side"])


def test_a_run_as_large_as_the_published_one_or_larger_is_whole() -> None:
    assert reasons() == reasons("--kills", "200") == reasons("--kills", "300", "--seed", "7") == []


def test_a_shortened_run_and_another_kind_of_run_say_so() -> None:
    assert reasons("--kills", "199") == ["--kills is 199, not 200"]
    assert reasons("--side", "left") == ["--side is left, not nothing"]


def test_what_stands_against_a_run_is_told_in_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "measured" / "crash.json"
    assert not publish(lambda: {figures: "{}"}, ["--kills is 3, not 200", "two went wrong."])
    assert not figures.exists()
    told = capsys.readouterr().err
    assert told == "Not published, docs/ stays as it is: --kills is 3, not 200; two went wrong.\n"


def test_a_whole_run_writes_all_its_files(tmp_path: Path) -> None:
    figures, page = tmp_path / "measured" / "crash.json", tmp_path / "page.md"
    assert publish(lambda: {figures: "{}\n", page: "# Page\n"}, [])
    assert (figures.read_text(), page.read_text()) == ("{}\n", "# Page\n")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["crash.json", "page.md"]


def test_a_file_that_cannot_be_written_leaves_all_as_they_were(tmp_path: Path) -> None:
    page, figures = tmp_path / "page.md", tmp_path / "folder" / "crash.json"
    page.write_text("old")
    figures.parent.write_text("a file where a folder should be")
    with pytest.raises(OSError, match="folder"):
        publish(lambda: {page: "new", figures: "{}"}, [])
    assert page.read_text() == "old"


def test_no_bench_writes_into_docs_by_itself() -> None:
    sources = {str(path.relative_to(BENCHES)): path.read_text("utf-8") for path in BENCHES.rglob("*.py")}
    assert {name for name, text in sources.items() if _DOCS.search(text) and _WRITING.search(text)} == WRITERS.keys()


@pytest.mark.usefixtures("processes")
def test_a_shortened_bench_leaves_docs_as_they_are() -> None:
    before = {path: path.read_bytes() for path in (DOCS / "measured" / "journal.json", DOCS / "appliance.md")}
    done = subprocess.run(
        [sys.executable, "-m", "benches.journal.run", "--records", "3", "--flips", "30"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=patient(240),
    )
    assert "Not published, docs/ stays as it is: --records is 3, not 300; --flips is 30, not 20000." in done.stderr
    assert {path: path.read_bytes() for path in before} == before


def test_a_section_takes_the_place_of_its_last_one_and_leaves_the_rest(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# By hand\n")
    for bench, text in (("crash", "## Old"), ("soak", "## Soak"), ("crash", "## New \\1")):
        page.write_text(page_with(bench, text, page))
    text = page.read_text()
    assert "Old" not in text
    assert text.index("# By hand") < text.index("## New \\1") < text.index("## Soak")
