"""What may lie at a path where a file is expected: who reads it must neither wait nor read for ever."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_HUGE = 20 * 2**30


def _link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name(f".{path.name}.pipe"))
    path.symlink_to(f".{path.name}.pipe")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        before = os.open(".", os.O_RDONLY)
        try:
            os.chdir(path.parent)  # the address of a socket is short
            one.bind(path.name)
        finally:
            os.fchdir(before)
            os.close(before)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(_HUGE)


MAKERS: Mapping[str, Callable[[Path], None]] = {
    "a pipe": os.mkfifo,
    "a link to a pipe": _link_to_a_pipe,
    "a link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a link to a device that waits": lambda path: path.symlink_to("/dev/tty"),
    "a link to an empty device": lambda path: path.symlink_to("/dev/null"),
    "a socket": _socket,
    "a folder": lambda path: path.mkdir(),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a file of 20 GB": _sparse,
}
