"""A satellite: the real server as a child process, and the protocol's own client library to send it sounds."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient

from benches.common.publishing import ROOT
from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

RATE = 16_000
_CHUNK_SAMPLES = 1_024
_ADDRESS = re.compile(r"127\.0\.0\.1:(\d+)")
_PATIENCE_SECONDS = 120.0


@contextmanager
def server_of(sentences: Sequence[str]) -> Iterator[int]:
    """The real server with a file of these sentences, at a port of its own, which is yielded.

    Raises:
        ContentError: it does not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sentences.txt"
        file.write_text("\n".join(sentences), "utf-8")
        with _running("--sentences", str(file)) as port:
            yield port


@contextmanager
def _running(*arguments: str) -> Iterator[int]:
    command = [sys.executable, "-m", "voice_coach", "wyoming", "--port", "0", "--no-zeroconf", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            found = _ADDRESS.search(child.stdout.readline() if child.stdout else "")
            if found is None:
                child.wait(_PATIENCE_SECONDS)
                message = f"the server did not start: {child.stderr.read().strip() if child.stderr else ''}"
                raise ContentError(message)
            yield int(found[1])
        finally:
            child.terminate()
            child.wait(_PATIENCE_SECONDS)


async def transcript_of(port: int, sound: NDArray[np.float32]) -> tuple[str, float]:
    """Send a sound, shape (samples,) at RATE, as a satellite does, and return the transcript and the seconds it took.

    Raises:
        ContentError: the server hangs up or answers with something else.
    """
    samples = (np.clip(sound, -1, 1) * 32_767).astype("<i2")
    form = {"rate": RATE, "width": 2, "channels": 1}
    async with AsyncTcpClient("127.0.0.1", port, read_timeout=_PATIENCE_SECONDS) as client:
        await client.write_event(Transcribe(language="en").event())
        await client.write_event(AudioStart(**form).event())
        for start in range(0, len(samples), _CHUNK_SAMPLES):
            chunk = samples[start : start + _CHUNK_SAMPLES].tobytes()
            await client.write_event(AudioChunk(audio=chunk, **form).event())
        began = time.perf_counter()
        await client.write_event(AudioStop().event())
        answer = await client.read_event()
        if answer is None or not Transcript.is_type(answer.type):
            message = f"the server answered {answer} to a recording"
            raise ContentError(message)
        return Transcript.from_event(answer).text, time.perf_counter() - began
