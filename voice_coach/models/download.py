"""Download one archive over HTTP: resumed after a break, checked while it comes, from the next mirror when one fails.

The standard library does it: the project needs no other HTTP, and a range request is one header.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from voice_coach import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message
    from pathlib import Path

    from voice_coach.models.catalogue import Model

    OnProgress = Callable[[int, int], None]
    """Told how many bytes are there and how many there will be."""

BLOCK_BYTES = 1 << 16
TIMEOUT_SECONDS = 20.0
PARTIAL_CONTENT = 206
CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class MirrorError(Exception):
    """One mirror did not deliver; its text says why, as the end of a sentence."""


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
        except (OSError, ValueError):
            return None
        return str(note["validator"]) if isinstance(note, dict) and note.get("url") == url else None

    def remember(self, url: str, headers: Message) -> None:
        """Keep the version's name for If-Range (RFC 9110, 13.1.5: weak ETags are no use there)."""
        tag = headers.get("ETag", "")
        validator = headers.get("Last-Modified") if not tag or tag.startswith("W/") else tag
        if validator:
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


def _download_from(url: str, model: Model, partial: Partial, on_progress: OnProgress) -> None:
    """Go on as long as each attempt brings something; begin anew once if the sum of the parts is wrong."""
    was_resumed = partial.size > 0
    while partial.size < model.size:
        size_before = partial.size
        _attempt(url, model, partial, on_progress)
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


def _attempt(url: str, model: Model, partial: Partial, on_progress: OnProgress) -> None:
    """One request: append what comes until it ends or breaks."""
    with _open(url, partial) as response:
        start = _start_of(response, partial, model)
        partial.remember(url, response.headers)
        with partial.path.open("ab" if start else "wb") as file:
            _copy(response, file, model, on_progress)


def _open(url: str, partial: Partial) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers=_headers(url, partial))  # noqa: S310  the catalogue takes http(s) only
    try:
        return cast("http.client.HTTPResponse", urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS))  # noqa: S310  as above
    except urllib.error.HTTPError as error:
        error.close()
        message = f"answered {error.code} {error.reason}"
        raise MirrorError(message) from error
    except (OSError, http.client.HTTPException) as error:
        raise MirrorError(_why_unreachable(error)) from error


def _headers(url: str, partial: Partial) -> dict[str, str]:
    headers = {"User-Agent": f"voice-coach/{__version__}", "Accept-Encoding": "identity"}
    if partial.size:
        headers["Range"] = f"bytes={partial.size}-"
        if validator := partial.validator(url):
            headers["If-Range"] = validator
    return headers


def _start_of(response: http.client.HTTPResponse, partial: Partial, model: Model) -> int:
    """Where in the archive the answer begins; refuses an answer of another size than the archive's."""
    start, total = 0, response.headers.get("Content-Length", "")
    if response.status == PARTIAL_CONTENT:
        said = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if not said or int(said[1]) != partial.size:
            message = "answered with another part than the one asked for"
            raise MirrorError(message)
        start, total = partial.size, said[2]
    if total.isdecimal() and int(total) != model.size:
        message = f"offers a file of {int(total):,} bytes, not {model.size:,}"
        raise MirrorError(message)
    return start


def _copy(response: http.client.HTTPResponse, file: BinaryIO, model: Model, on_progress: OnProgress) -> None:
    """Write what comes; a break just ends it, for the caller looks at the size. Never more than the archive's size."""
    while (room := model.size - file.tell()) > 0:
        try:
            block = response.read(min(BLOCK_BYTES, room))
        except (OSError, http.client.HTTPException):
            return
        if not block:
            return
        file.write(block)
        on_progress(file.tell(), model.size)


def _why_unreachable(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "shows a certificate that is not trusted here (is the clock right, and ca-certificates installed?)"
    return f"cannot be reached ({getattr(reason, 'strerror', None) or reason})"
