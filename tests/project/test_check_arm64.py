"""What scripts/check-arm64 does in the emulated system, done on this machine, where it must tell right from wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import patient

ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "scripts" / "arm64" / "checks.py"


def speak(folder: Path, *lines: str) -> None:
    (folder / "said.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for sentence in (line.partition("\t")[0] for line in lines):
        subprocess.run(["flite", "-voice", "rms", "-t", sentence, "-o", folder / f"{sentence}.wav"], check=True)


@pytest.mark.usefixtures("processes")
def test_all_parts_work_and_a_sentence_that_gives_another_intent_is_a_failure(tmp_path: Path) -> None:
    speak(tmp_path, "give me two more minutes\tadd_time 2", "it stings\tpause", "the weather is nice today\t")
    checked = subprocess.run(
        [sys.executable, CHECKS, tmp_path], capture_output=True, text=True, check=False, timeout=patient(240)
    )
    rows = [line.split("  ", 1) for line in checked.stdout.splitlines()[2:]]
    failed = [(check, rest) for check, rest in rows if "FAILED" in rest]
    assert checked.returncode == 1
    assert [check for check, _ in failed] == ["hears “it stings”"]
    assert "heard stings instead of pause" in failed[0][1]
    assert {"voice-coach --help", "the voice speaks a sentence", "hears “give me two more minutes”"} <= {
        check.strip() for check, rest in rows if rest.strip().startswith("ok")
    }


def test_every_sentence_that_is_spoken_there_has_its_intent_beside_it() -> None:
    lines = (ROOT / "scripts" / "arm64" / "said.tsv").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 3
    assert all(line.count("\t") == 1 for line in lines)


@pytest.mark.usefixtures("processes")
def test_an_option_that_is_unknown_is_refused_before_anything_is_made() -> None:
    refused = subprocess.run(
        [ROOT / "scripts" / "check-arm64", "--quick"], capture_output=True, text=True, check=False, timeout=patient(60)
    )
    assert refused.returncode == 1
    assert "unknown option --quick" in refused.stderr
