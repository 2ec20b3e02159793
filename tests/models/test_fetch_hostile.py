"""A server that wants to keep us for ever, to fill the disk or to reach the terminal: one sentence, in time."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.models.test_fetch import (
    NAME,
    archive,
    ignore,
    listed,
    names_in,
)
from voice_coach.errors import ModelError
from voice_coach.models import download
from voice_coach.models.fetching import fetch_into
from voice_coach.models.integrity import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Serve = Callable[[Iterable[bytes]], str]

__all__ = ["archive"]

_OK = b"HTTP/1.1 200 OK\r\n"
_PATIENCE_SECONDS = 0.5
_DIGITS = b"9" * 5000


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for half a second instead of a minute."""
    monkeypatch.setattr(download, "PATIENCE_SECONDS", _PATIENCE_SECONDS)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answers each request at an address with these bytes, one piece after the other, until the other end has gone."""
    is_over = threading.Event()
    listeners = []

    def answer(one: socket.socket, pieces: Iterable[bytes]) -> None:
        with one, contextlib.suppress(OSError):
            one.recv(65536)
            for piece in pieces:
                if is_over.is_set():
                    return
                one.sendall(piece)

    def accept(listener: socket.socket, pieces: Iterable[bytes]) -> None:
        with contextlib.suppress(OSError):
            while True:
                one, _ = listener.accept()
                threading.Thread(target=answer, args=(one, pieces), daemon=True).start()

    def begin(pieces: Iterable[bytes]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=accept, args=(listener, pieces), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/m.zip"

    yield begin
    is_over.set()
    for listener in listeners:
        listener.close()


class Dripping:
    """A beginning, then a piece now and then for ever. Can be asked for again."""

    def __init__(self, beginning: bytes, piece: bytes = b"x", seconds: float = 0.01) -> None:
        self._beginning, self._piece, self._seconds = beginning, piece, seconds

    def __iter__(self) -> Iterator[bytes]:
        """The pieces."""
        yield self._beginning
        for _ in itertools.count():
            if self._seconds:
                time.sleep(self._seconds)  # it is the server that sleeps
            yield self._piece


ENDLESS = {
    "nothing": Dripping(b"", b""),
    "a status line": Dripping(b"HTTP/1.1 200 "),
    "a header": Dripping(_OK + b"X: "),
    "headers, slowly": Dripping(_OK, b"X: y\r\n", 0.05),
    "interim answers": Dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.0),
    "a body": Dripping(_OK + b"\r\n"),
    "chunks": Dripping(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a chunk's extension": Dripping(_OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "a trailer": Dripping(_OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n", 0.0),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_server_that_never_ends_is_given_up_and_the_next_is_asked(
    serve: Serve, archive: bytes, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError) as refused:
        fetch_into(tmp_path, listed(archive, serve(ENDLESS[kind])), ignore)
    assert "is too slow: less than 60 kB came in" in str(refused.value)
    assert "goes on where it stopped" in str(refused.value)
    for reader in [thread for thread in threading.enumerate() if thread.name == "download"]:
        reader.join(60.0)
        assert not reader.is_alive()  # it would keep a core busy for ever
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 2.0)  # enough for the good server on a busy machine
    whole = _OK + f"Content-Length: {len(archive)}\r\n\r\n".encode() + archive
    verify(fetch_into(tmp_path, listed(archive, serve(ENDLESS[kind]), serve([whole])), ignore))
    assert names_in(tmp_path) == {NAME}


def test_a_server_that_breaks_off_after_each_byte_is_given_up(serve: Serve, archive: bytes, tmp_path: Path) -> None:
    class Byte:
        def __iter__(self) -> Iterator[bytes]:
            came = (tmp_path / f"{NAME}.zip.part").stat().st_size if (tmp_path / f"{NAME}.zip.part").exists() else 0
            yield f"HTTP/1.1 206 Part\r\nContent-Range: bytes {came}-{came}/{len(archive)}\r\n\r\nx".encode()

    with pytest.raises(ModelError, match="is too slow"):
        fetch_into(tmp_path, listed(archive, serve(Byte())), ignore)


def test_a_server_that_is_reached_only_after_it_was_given_up_is_read_no_further(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_connect = threading.Event()
    connect = socket.create_connection

    def connect_late(address: tuple[str, int], timeout: float | None = None, source: None = None) -> socket.socket:
        assert may_connect.wait(60.0)
        return connect(address, timeout, source)

    monkeypatch.setattr(socket, "create_connection", connect_late)
    url = serve(ENDLESS["a chunk's extension"])
    with pytest.raises(download.MirrorError, match="is too slow"), download.answer_to(url, {}, download.Pace()):
        pass
    (reader,) = [thread for thread in threading.enumerate() if thread.name == "download"]
    may_connect.set()
    reader.join(60.0)
    assert not reader.is_alive()


def test_what_came_from_a_slow_server_is_gone_on_with(serve: Serve, archive: bytes, tmp_path: Path) -> None:
    head = _OK + f"Content-Length: {len(archive)}\r\n\r\n".encode()
    with pytest.raises(ModelError, match="is too slow"):
        fetch_into(tmp_path, listed(archive, serve(Dripping(head + archive[:70_000], b"", 0.01))), ignore)
    assert (tmp_path / f"{NAME}.zip.part").read_bytes() == archive[:70_000]
    rest = f"HTTP/1.1 206 Part\r\nContent-Range: bytes 70000-{len(archive) - 1}/{len(archive)}\r\n\r\n".encode()
    verify(fetch_into(tmp_path, listed(archive, serve([rest + archive[70_000:]])), ignore))


def test_a_server_that_is_slow_but_fast_enough_is_waited_for(
    serve: Serve, archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "LEAST_BYTES", 1000)
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 5.0)
    pieces = [_OK + b"\r\n", *(archive[start : start + 1000] for start in range(0, len(archive), 1000))]
    verify(fetch_into(tmp_path, listed(archive, serve(pieces)), ignore))


REFUSED = {
    "a length of 5,000 digits": (_OK + b"Content-Length: " + _DIGITS + b"\r\n\r\nx", "a size that is none"),
    "a negative length": (_OK + b"Content-Length: -1\r\n\r\nx", "a size that is none"),
    "a range of 5,000 digits": (
        b"HTTP/1.1 206 Part\r\nContent-Range: bytes 0-1/" + _DIGITS + b"\r\n\r\nx", "another part",
    ),
    "a range that begins elsewhere": (b"HTTP/1.1 206 Part\r\nContent-Range: bytes 7-9/99\r\n\r\nx", "another part"),
    "headers without end": (_OK + b"X: y\r\n" * 1000, "more than 100 headers"),
    "a header that is too long": (_OK + b"X: " + b"y" * 100_000, "header line"),
    "a status of many digits": (b"HTTP/1.1 " + _DIGITS + b" OK\r\n\r\n", "cannot be reached"),
    "no HTTP": (b"\x1b[2J\x9b\r\n" * 10, "cannot be reached"),
    "a huge chunk": (_OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 5000 + b"\r\nx", "broke off|another"),
    "a chunk of a negative size": (_OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n", "broke off"),
    "compressed bytes": (_OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x08\0\0", "5 bytes"),
    "a reason that clears the screen": (b"HTTP/1.1 404 \x1b[2J\x9b\x07gone\r\n\r\n", r"answered 404 \[2J gone"),
    "a reason without end": (b"HTTP/1.1 404 " + b"y" * 60_000 + b"\r\n\r\n", r"y\.\.\."),
    "files of this machine": (b"HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\n\r\n", "answered 302"),
    "another protocol": (b"HTTP/1.1 302 F\r\nLocation: ftp://127.0.0.1/x\r\n\r\n", "unknown url type"),
    "no address": (b"HTTP/1.1 302 F\r\nLocation: http://[\r\n\r\n", "cannot be reached"),
    "a port that is none": (b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:99999999/\r\n\r\n", "cannot be reached"),
    "a name that is none": (b"HTTP/1.1 302 F\r\nLocation: http://a..b/\r\n\r\n", "cannot be reached"),
    "itself, for ever": (b"HTTP/1.1 302 F\r\nLocation: /m.zip\r\n\r\n", "answered 302"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_a_hostile_answer_is_one_short_sentence(
    serve: Serve, archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 20.0)  # none of these is slow, but the machine may be
    answer, reason = REFUSED[kind]
    with pytest.raises(ModelError, match=reason) as refused:
        fetch_into(tmp_path, listed(archive, serve([answer])), ignore)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 600
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    "note", ["[" * 10_000, '{"url": "URL"}', '{"url": "URL", "validator": "a\\r\\nX: y"}', "5", ""]
)
def test_a_damaged_note_of_a_broken_download_costs_nothing(
    serve: Serve, archive: bytes, tmp_path: Path, note: str
) -> None:
    url = serve([_OK + f"Content-Length: {len(archive)}\r\n\r\n".encode() + archive])
    (tmp_path / f"{NAME}.zip.part").write_bytes(archive[:1000])
    (tmp_path / f"{NAME}.zip.part.json").write_text(note.replace("URL", url))
    verify(fetch_into(tmp_path, listed(archive, url), ignore))
