"""A test that uses more than its fixtures stand for fails and says which one it lacks; with it, it passes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.uses import MARKS

ROOT = Path(__file__).parents[2]
WAYS = """
import os, subprocess, sys, threading
import onnxruntime, pytest, vosk
from benches.common.cache import cache_folder

def run(): subprocess.run(["true"])
def run_where_errors_are_caught():
    try: run()
    except Exception: pass
def run_in_a_thread():
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
def fork():
    if (child := os.fork()) == 0: os._exit(0)
    os.waitpid(child, 0)
def load(loader):
    with pytest.raises(Exception): loader("no model")
def load_moonshine(): load(onnxruntime.InferenceSession)
def load_vosk(): load(vosk.Model)

def take_from_a_cache(): cache_folder("speech")

CHILDREN = [run, run_where_errors_are_caught, run_in_a_thread, fork, take_from_a_cache]
MODELS = [load_moonshine, load_vosk]

@pytest.mark.parametrize("way", CHILDREN + MODELS)
def test_that_asks_for_nothing(way): way()

@pytest.mark.parametrize("way", CHILDREN)
def test_that_asks_for_children(processes, way): way()

@pytest.mark.parametrize("way", MODELS)
def test_that_asks_for_models(models, way): way()

@pytest.fixture
def started(processes): run()

def test_whose_fixture_asks(started): run()
def test_that_imports_the_sound_library(): import sounddevice
def test_that_uses_nothing(): pass
"""


@pytest.mark.usefixtures("processes")
def test_a_test_uses_what_its_fixtures_stand_for_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "test_ways.py").write_text(WAYS)
    options = ["-q", "-rA", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "tests.conftest"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    told = re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\S+)", done.stdout, re.MULTILINE)
    outcomes = {name: outcome for outcome, name in told}
    asking = {name: outcome for name, outcome in outcomes.items() if "asks_for_nothing" not in name}
    assert [name for name, outcome in asking.items() if outcome == "FAILED"] == [
        "test_that_imports_the_sound_library"
    ], done.stdout
    assert {outcome for name, outcome in outcomes.items() if "asks_for_nothing" in name} == {"FAILED"}
    assert len(outcomes) == 17
    for fixture in ("processes", "models", "sound_card"):
        assert f'use the fixture "{fixture}"' in done.stdout


def test_every_mark_is_registered(pytestconfig: pytest.Config) -> None:
    known = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert set(MARKS.values()) <= known
