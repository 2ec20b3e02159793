"""Download one archive over HTTP: resumed after a break, checked while it comes, from the next mirror when one fails.

The standard library does it (`http_answer`): the project needs no other HTTP, and a range request is one header.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach import __version__
from voice_coach.models.http_answer import Answer, MirrorError, Pace, answer_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message
    from pathlib import Path

    from voice_coach.models.catalogue import Model

    OnProgress = Callable[[int, int], None]
    """Told how many bytes are there and how many there will be."""

PARTIAL_CONTENT = 206
_NUMBER = r"[0-9]{1,18}"
"""A length that a server may give; Python refuses to read one of more than 4,300 digits."""
CONTENT_RANGE = re.compile(rf"bytes ({_NUMBER})-{_NUMBER}/({_NUMBER}|\*)")
_LONGEST_VALIDATOR = 200


@dataclass(frozen=True, slots=True)
class Partial:
    """A download that may be unfinished, and beside it what the server said about its version."""

    path: Path

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def _note(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    def validator(self, url: str) -> str | None:
        """What the server of this URL calls the version that was begun (a strong ETag or a date)."""
        try:
            note = json.loads(self._note.read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        validator = note.get("validator") if isinstance(note, dict) and note.get("url") == url else None
        return validator if isinstance(validator, str) and _can_be_sent(validator) else None

    def remember(self, url: str, headers: Message) -> None:
        """Keep the version's name for If-Range (RFC 9110, 13.1.5: weak ETags are no use there)."""
        tag = headers.get("ETag", "")
        validator = headers.get("Last-Modified") if not tag or tag.startswith("W/") else tag
        if validator and _can_be_sent(validator):
            self._note.write_text(json.dumps({"url": url, "validator": validator}), "utf-8")
        else:
            self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Forget everything that came."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def download(model: Model, partial: Partial, on_progress: OnProgress) -> None:
    """Bring the archive of a model into `partial`, whole and verified.

    Raises:
        MirrorError: no mirror delivered it; what came stays, so that the next call resumes.
        OSError: the file cannot be written.
    """
    if partial.size >= model.size and not is_genuine(model, partial.path):
        partial.discard()
    failures = []
    for url in model.urls:
        if is_genuine(model, partial.path):
            break
        try:
            _download_from(url, model, partial, on_progress)
        except MirrorError as failure:
            failures.append(f"{url} {failure}")
        else:
            break
    else:
        if not is_genuine(model, partial.path):
            raise MirrorError("; ".join(failures) or "no address is listed")
    on_progress(model.size, model.size)


def is_genuine(model: Model, path: Path) -> bool:
    """Whether a file is the model's archive, by size and SHA-256."""
    if not path.is_file() or path.stat().st_size != model.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == model.sha256


def _can_be_sent(validator: str) -> bool:
    return validator.isascii() and validator.isprintable() and len(validator) <= _LONGEST_VALIDATOR


def _download_from(url: str, model: Model, partial: Partial, on_progress: OnProgress) -> None:
    """Go on as long as each attempt brings something, and all fast enough; begin anew once if the sum is wrong."""
    was_resumed = partial.size > 0
    pace = Pace()
    while partial.size < model.size:
        size_before = partial.size
        with answer_to(url, _headers(url, partial), pace) as answer:
            _append(answer, url, model, partial, on_progress)
        if partial.size <= size_before:
            message = f"broke off at {partial.size:,} of {model.size:,} bytes"
            raise MirrorError(message)
    if is_genuine(model, partial.path):
        return
    partial.discard()
    if was_resumed:
        _download_from(url, model, partial, on_progress)
        return
    message = "delivers another file than the one listed (its SHA-256 differs)"
    raise MirrorError(message)


def _headers(url: str, partial: Partial) -> dict[str, str]:
    headers = {"User-Agent": f"voice-coach/{__version__}", "Accept-Encoding": "identity"}
    if partial.size:
        headers["Range"] = f"bytes={partial.size}-"
        if validator := partial.validator(url):
            headers["If-Range"] = validator
    return headers


def _append(answer: Answer, url: str, model: Model, partial: Partial, on_progress: OnProgress) -> None:
    """Append what comes until it ends or breaks off, for the caller looks at the size."""
    start = _start_of(answer, partial, model)
    partial.remember(url, answer.headers)
    with partial.path.open("ab" if start else "wb") as file:
        for block in answer.blocks:
            room = model.size - file.tell()
            file.write(block[:room])
            on_progress(file.tell(), model.size)
            if len(block) >= room:
                return


def _start_of(answer: Answer, partial: Partial, model: Model) -> int:
    """Where in the archive the answer begins; refuses an answer of another size than the archive's."""
    start, total = 0, answer.headers.get("Content-Length", "*")
    if answer.status == PARTIAL_CONTENT:
        said = CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if not said or int(said[1]) != partial.size:
            message = "answered with another part than the one asked for"
            raise MirrorError(message)
        start, total = partial.size, said[2]
    if total != "*" and (not re.fullmatch(_NUMBER, total) or int(total) != model.size):
        offered = f"{int(total):,} bytes" if re.fullmatch(_NUMBER, total) else "a size that is none"
        message = f"offers a file of {offered}, not {model.size:,}"
        raise MirrorError(message)
    return start
