from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.usefixtures("processes")
def test_the_library_that_runs_the_model_keeps_no_number_of_this_machine(tmp_path: Path) -> None:
    """Onnxruntime's telemetry begins with such a file, and ends with packets to its maker."""
    load = "from voice_coach.ears.recognizers.registry import load_speech_model; load_speech_model()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_", "CI"))}
    subprocess.run([sys.executable, "-c", load], env={**environment, "HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.rglob("*")) == []
