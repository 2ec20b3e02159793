"""The scripts: one verb each, and each tells what it does."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.command_line import run_here
from tests.patience import patient
from voice_coach.library import load_language

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
VERBS = sorted(path.name for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix)


def test_the_verbs_that_the_readme_promises_are_there() -> None:
    assert {"setup", "run", "test", "lint", "bench", "fetch-model"} <= set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_script_can_be_run(verb: str) -> None:
    assert os.access(ROOT / "scripts" / verb, os.X_OK)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("verb", VERBS)
def test_a_script_explains_itself_from_any_folder(verb: str, tmp_path: Path) -> None:
    helped = subprocess.run(
        [ROOT / "scripts" / verb, "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=patient(60),
    )
    assert verb in helped.stdout


@pytest.mark.usefixtures("processes")
def test_setup_refuses_an_option_that_it_does_not_know() -> None:
    refused = subprocess.run(
        [ROOT / "scripts" / "setup", "--everything"], capture_output=True, text=True, check=False, timeout=patient(60)
    )
    assert refused.returncode != 0
    assert "unknown option --everything" in refused.stderr


@pytest.mark.usefixtures("processes")
def test_bench_lists_its_benches_and_refuses_others() -> None:
    listed = subprocess.run(
        [ROOT / "scripts" / "bench"], capture_output=True, text=True, check=True, timeout=patient(60)
    )
    refused = subprocess.run(
        [ROOT / "scripts" / "bench", "no-such-bench"], capture_output=True, text=True, check=False, timeout=patient(60)
    )
    assert {"performance", "power-cut"} <= {line.split()[0] for line in listed.stdout.splitlines()}
    assert refused.returncode != 0
    assert "no bench called no-such-bench" in refused.stderr


def commands_there_are() -> set[str]:
    helped = run_here(["--help"], os.environ).stdout
    return set(re.findall(r"^  ([a-z-]+)  ", helped, re.MULTILINE))


def commands_in(text: str) -> set[str]:
    return set(re.findall(r"(?:^|`|/)(?:voice-coach) +([a-z][a-z-]+)", text, re.MULTILINE))


def scripts_in(text: str) -> set[str]:
    return set(re.findall(r"\bscripts/([a-z]+(?:-[a-z]+)*)(?![\w./-])", text))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert commands_in(text) <= commands_there_are()
    assert {name for name in scripts_in(text) if not (ROOT / "scripts" / name).exists()} == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_links_to_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_what_the_readme_says_one_may_say_is_listened_for() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("## What to say")[2].partition("Each has more wordings")[0]
    quoted = {phrase.lower() for phrase in re.findall(r'"([^"]+)"', table)}
    assert len(quoted) > 20
    assert quoted - set(load_language("en").phrase_book.texts) == set()
