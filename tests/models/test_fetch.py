"""Models are fetched from a real HTTP server on this machine that misbehaves as real ones do."""

from __future__ import annotations

import fcntl
import hashlib
import io
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from voice_coach.errors import ModelError
from voice_coach.models.catalogue import IVECTOR_FILES, REQUIRED_FILES, Model
from voice_coach.models.fetching import fetch_into
from voice_coach.models.integrity import SEAL_NAME, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME = "vosk-model-test"


@dataclass
class Offer:
    """What the server does with one path."""

    body: bytes
    breaks_after: int | None = None
    """Bytes after which each answer breaks off."""
    knows_ranges: bool = True
    etag: str = '"one"'
    ranges_asked: list[str | None] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """Serves the offers of its server."""

    def do_GET(self) -> None:
        """Answer with the whole body, or with the part asked for."""
        server = self.server
        assert isinstance(server, Server)
        offer = server.offers.get(self.path)
        if offer is None:
            self.send_error(404)
            return
        offer.ranges_asked.append(self.headers["Range"])
        start = 0
        if self.headers["Range"] and offer.knows_ranges and self.headers.get("If-Range", offer.etag) == offer.etag:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(offer.body) - 1}/{len(offer.body)}")
        else:
            self.send_response(200)
        self.send_header("ETag", offer.etag)
        self.send_header("Content-Length", str(len(offer.body) - start))
        self.end_headers()
        end = None if offer.breaks_after is None else start + offer.breaks_after
        self.wfile.write(offer.body[start:end])

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the name of the base class
        """Keep the test's output clean."""


class Server(ThreadingHTTPServer):
    """Loopback HTTP with a table of offers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.offers: dict[str, Offer] = {}

    def url(self, path: str) -> str:
        """The address of a path here."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture(scope="module")
def archive() -> bytes:
    """A zip that looks like a Vosk model; 300 kB, so that it comes in several blocks."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as zip_file:
        for number, name in enumerate((*REQUIRED_FILES, *IVECTOR_FILES)):
            zip_file.writestr(f"{NAME}/{name}", bytes([number]) * 25_000)
    return stream.getvalue()


def listed(archive: bytes, *urls: str, limit: int = 1_000_000) -> Model:
    return Model(
        name=NAME,
        language="en",
        engine="vosk",
        urls=urls,
        size=len(archive),
        sha256=hashlib.sha256(archive).hexdigest(),
        unpacked_limit=limit,
        licence="MIT",
    )


def ignore(_done: int, _total: int) -> None:
    """Take no notice of progress."""


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def deaf_url() -> str:
    """A URL on a port where nobody listens."""
    closed = Server()
    url = closed.url("/m.zip")
    closed.server_close()
    return url


def test_a_fetched_model_is_whole_sealed_and_alone_in_the_folder(
    server: Server, archive: bytes, tmp_path: Path
) -> None:
    server.offers["/m.zip"] = Offer(archive)
    progress: list[tuple[int, int]] = []
    path = fetch_into(
        tmp_path, listed(archive, server.url("/m.zip")), lambda done, total: progress.append((done, total))
    )
    assert (path / "graph/HCLr.fst").stat().st_size == 25_000
    assert (path / SEAL_NAME).is_file()
    verify(path)
    assert names_in(tmp_path) == {NAME}
    assert progress[-1] == (len(archive), len(archive))
    assert progress == sorted(progress)


def test_a_model_that_is_there_is_not_downloaded_again(server: Server, archive: bytes, tmp_path: Path) -> None:
    offer = server.offers["/m.zip"] = Offer(archive)
    model = listed(archive, server.url("/m.zip"))
    assert fetch_into(tmp_path, model, ignore) == fetch_into(tmp_path, model, ignore)
    assert len(offer.ranges_asked) == 1


def test_a_damaged_model_is_replaced(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.offers["/m.zip"] = Offer(archive)
    model = listed(archive, server.url("/m.zip"))
    path = fetch_into(tmp_path, model, ignore)
    (path / "am/final.mdl").write_bytes(b"half")
    with pytest.raises(ModelError, match=r"am/final\.mdl"):
        verify(path)
    verify(fetch_into(tmp_path, model, ignore))
    assert names_in(tmp_path) == {NAME}


def test_a_download_that_breaks_off_is_resumed_where_it_stopped(server: Server, archive: bytes, tmp_path: Path) -> None:
    offer = server.offers["/m.zip"] = Offer(archive, breaks_after=120_000)
    verify(fetch_into(tmp_path, listed(archive, server.url("/m.zip")), ignore))
    assert offer.ranges_asked == [None, "bytes=120000-", "bytes=240000-"]


def test_an_interrupted_fetch_is_resumed_by_the_next_one(server: Server, archive: bytes, tmp_path: Path) -> None:
    offer = server.offers["/m.zip"] = Offer(archive)
    model = listed(archive, server.url("/m.zip"))

    def interrupt(done: int, _total: int) -> None:
        if done >= 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_into(tmp_path, model, interrupt)
    assert not (tmp_path / NAME).exists()
    came = (tmp_path / f"{NAME}.zip.part").stat().st_size
    assert 100_000 <= came < len(archive)
    verify(fetch_into(tmp_path, model, ignore))
    assert offer.ranges_asked == [None, f"bytes={came}-"]


def test_a_file_changed_on_the_server_is_downloaded_from_its_beginning(
    server: Server, archive: bytes, tmp_path: Path
) -> None:
    (tmp_path / f"{NAME}.zip.part").write_bytes(b"old" * 1000)
    url = server.url("/m.zip")
    (tmp_path / f"{NAME}.zip.part.json").write_text(f'{{"url": "{url}", "validator": "\\"zero\\""}}')
    offer = server.offers["/m.zip"] = Offer(archive)
    verify(fetch_into(tmp_path, listed(archive, url), ignore))
    assert offer.ranges_asked == ["bytes=3000-"]


def test_a_server_that_ignores_ranges_starts_cleanly_again(server: Server, archive: bytes, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip.part").write_bytes(archive[:70_000])
    server.offers["/m.zip"] = Offer(archive, knows_ranges=False)
    verify(fetch_into(tmp_path, listed(archive, server.url("/m.zip")), ignore))


def test_wrong_bytes_left_from_before_cost_one_more_download(server: Server, archive: bytes, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip.part").write_bytes(b"\0" * 70_000)
    offer = server.offers["/m.zip"] = Offer(archive)
    verify(fetch_into(tmp_path, listed(archive, server.url("/m.zip")), ignore))
    assert offer.ranges_asked == ["bytes=70000-", None]


def test_the_next_mirror_is_taken_when_one_fails(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.offers["/short.zip"] = Offer(archive[:-1])
    server.offers["/wrong.zip"] = Offer(archive[:-1] + b"?")
    server.offers["/stuck.zip"] = Offer(archive, breaks_after=0)
    server.offers["/good.zip"] = Offer(archive)
    bad = [server.url(path) for path in ("/gone.zip", "/short.zip", "/wrong.zip", "/stuck.zip")]
    verify(fetch_into(tmp_path, listed(archive, deaf_url(), *bad, server.url("/good.zip")), ignore))


def test_what_one_mirror_began_another_finishes(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.offers["/first.zip"] = Offer(archive, breaks_after=100_000, knows_ranges=False)
    second = server.offers["/second.zip"] = Offer(archive, etag='"two"')
    verify(fetch_into(tmp_path, listed(archive, server.url("/first.zip"), server.url("/second.zip")), ignore))
    assert second.ranges_asked == ["bytes=100000-"]


@pytest.mark.parametrize(
    ("served", "reason"),
    [
        (lambda archive: archive[:-1] + b"?", "SHA-256 differs"),
        (lambda archive: archive + b"?", "offers a file of"),
        (lambda _archive: b"<html>", "offers a file of 6 bytes"),
    ],
)
def test_another_file_than_the_one_listed_is_never_unpacked(
    server: Server, archive: bytes, tmp_path: Path, served: Callable[[bytes], bytes], reason: str
) -> None:
    server.offers["/m.zip"] = Offer(served(archive))
    with pytest.raises(ModelError, match=reason):
        fetch_into(tmp_path, listed(archive, server.url("/m.zip")), ignore)
    assert names_in(tmp_path) == set()


def test_without_a_network_the_sentence_says_the_address_and_where_the_file_goes(
    archive: bytes, tmp_path: Path
) -> None:
    url = deaf_url()
    with pytest.raises(ModelError) as caught:
        fetch_into(tmp_path, listed(archive, url), ignore)
    assert url in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert "by hand" in str(caught.value)


def test_a_file_put_there_by_hand_needs_no_network(archive: bytes, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip").write_bytes(archive)
    verify(fetch_into(tmp_path, listed(archive, deaf_url()), ignore))
    assert names_in(tmp_path) == {NAME}


def test_a_second_fetch_at_the_same_time_says_so(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.offers["/m.zip"] = Offer(archive)
    model = listed(archive, server.url("/m.zip"))
    with (tmp_path / f".{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ModelError, match="already being fetched"):
            fetch_into(tmp_path, model, ignore)
    verify(fetch_into(tmp_path, model, ignore))


def test_a_full_disk_is_one_sentence(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.offers["/m.zip"] = Offer(archive)
    (tmp_path / f"{NAME}.zip.part").symlink_to("/dev/full")
    with pytest.raises(ModelError, match=r"disk is full: make up to \d+ MB"):
        fetch_into(tmp_path, listed(archive, server.url("/m.zip")), ignore)


def test_a_folder_that_is_a_file_is_one_sentence(archive: bytes, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        fetch_into(tmp_path / "models", listed(archive), ignore)


def test_an_archive_that_unpacks_to_too_much_leaves_nothing(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.offers["/m.zip"] = Offer(archive)
    with pytest.raises(ModelError, match="more than the 1,000 agreed"):
        fetch_into(tmp_path, listed(archive, server.url("/m.zip"), limit=1000), ignore)
    assert not (tmp_path / NAME).exists()
    assert not (tmp_path / f".{NAME}.unpacking").exists()
