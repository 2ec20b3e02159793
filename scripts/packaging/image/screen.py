"""The screen of the emulated machine: what stands on it, as tesseract reads it, and a finger that touches it.

QEMU draws what a screen would show and takes the finger's place through its protocol for machines (QMP).
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scripts.packaging.image.hearing import words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH, HEIGHT = 800, 480
"""Pixels of the usual small touch screen of a Raspberry Pi."""
_LARGER = 2
"""How many times larger tesseract gets it; it reads letters of 30 pixels best."""
_LAYOUT = "6"
"""One block of text, to tesseract: looking for sparse words (11), it leaves out those in frames and on dark buttons."""
_AXIS = 32_767
"""The greatest coordinate of a touch, in QEMU's units."""
_PATIENCE_SECONDS = 60.0
_LEAST_CERTAIN = 30.0
"""Percent of certainty below which a word is none, but a part of the drawing."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word on the screen, and where its middle is, as shares of width and height."""

    text: str
    across: float
    down: float


class Screen:
    """A screen with a finger before it, of one emulated machine after the other."""

    def __init__(self, folder: Path) -> None:
        """Know a folder for the socket and the pictures."""
        self._folder, self._socket = folder, folder / "screen"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Arguments of QEMU for a machine with this screen."""
        self._socket.unlink(missing_ok=True)
        return (
            "-device", f"virtio-gpu-pci,xres={WIDTH},yres={HEIGHT}", "-device", "virtio-tablet-pci",
            "-qmp", f"unix:{self._socket},server=on,wait=off",
        )  # fmt: skip

    def keep(self, name: str) -> Path:
        """Keep what is shown now as a PNG file, and return it."""
        file = self._folder / f"{name}.png"
        self._ask(("screendump", {"filename": str(file), "format": "png"}))
        return file

    def read(self) -> list[Word]:
        """Return the words that are shown now."""
        file = self._folder / "screen.ppm"
        self._ask(("screendump", {"filename": str(file), "format": "ppm"}))
        picture = file.with_suffix(".pgm")
        picture.write_bytes(prepared(file.read_bytes()))
        told = subprocess.run(
            ["tesseract", picture, "-", "--psm", _LAYOUT, "tsv"], capture_output=True, text=True, check=True
        )
        return words_of(told.stdout)

    def touch(self, word: Word) -> None:
        """Touch the screen at the middle of a word."""
        place = [
            {"type": "abs", "data": {"axis": axis, "value": round(_AXIS * share)}}
            for axis, share in (("x", word.across), ("y", word.down))
        ]
        self._ask(("input-send-event", {"events": place}))
        for is_down in (True, False):
            time.sleep(0.5)
            press = {"type": "btn", "data": {"button": "left", "down": is_down}}
            self._ask(("input-send-event", {"events": [press]}))

    def _ask(self, *orders: tuple[str, dict[str, Any]]) -> None:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(_PATIENCE_SECONDS)
            link.connect(str(self._socket))
            with link.makefile("rw", encoding="utf-8") as stream:
                json.loads(stream.readline())  # its greeting
                for name, arguments in (("qmp_capabilities", {}), *orders):
                    stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
                    stream.flush()
                    while "return" not in (answer := json.loads(stream.readline())):
                        if "error" in answer:
                            raise OSError(answer["error"]["desc"])


def prepared(ppm: bytes) -> bytes:
    """Return a picture (PPM, P6) as tesseract reads it best: grey (PGM), dark on light, and larger."""
    magic, size, most, pixels = ppm.split(b"\n", 3)
    if magic != b"P6" or most != b"255":
        message = "this is no PPM picture of one byte a colour"
        raise ValueError(message)
    width, height = map(int, size.split())
    grey: NDArray[np.uint8] = np.frombuffer(pixels, np.uint8).reshape(height, width, 3).mean(axis=2).astype(np.uint8)
    if np.median(grey) < 128:  # noqa: PLR2004 - the middle of a byte
        grey = 255 - grey
    larger = grey.repeat(_LARGER, axis=0).repeat(_LARGER, axis=1)
    return b"P5\n%d %d\n255\n" % (width * _LARGER, height * _LARGER) + larger.tobytes()


def words_of(tsv: str) -> list[Word]:
    """Return the words in tesseract's table (tsv): its first row tells the size of the picture."""
    head, *lines = (line.split("\t") for line in tsv.splitlines())
    rows = [dict(zip(head, line, strict=False)) for line in lines]
    width, height = (int(rows[0][side]) for side in ("width", "height"))
    return [
        Word(
            row["text"],
            (int(row["left"]) + int(row["width"]) / 2) / width,
            (int(row["top"]) + int(row["height"]) / 2) / height,
        )
        for row in rows
        if row.get("text", "").strip() and float(row["conf"]) >= _LEAST_CERTAIN
    ]


def share_shown(shown: Iterable[Word], expected: str) -> float:
    """Return the share of the expected words that are on the screen, anywhere; 0 where none is expected."""
    wanted, there = words(expected), {part for word in shown for part in words(word.text)}
    return sum(word in there for word in wanted) / len(wanted) if wanted else 0.0
