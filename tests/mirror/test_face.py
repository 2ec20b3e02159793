"""The mirror as a face of the loop."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from http.client import HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from tests.mirror.conftest import HASTY, assert_quiet
from tests.mirror.serving import (
    PATIENCE_SECONDS,
    Served,
    new_face,
    read_all,
    serving,
    status_of,
)
from voice_coach.errors import FaceError
from voice_coach.mirror.listeners import Address, is_this_machine
from voice_coach.routines import Phase
from voice_coach.session.view import View

if TYPE_CHECKING:
    from tests.mirror.conftest import Identity
    from voice_coach.mirror.mirror_face import MirrorFace


def start_on(address: Address) -> MirrorFace:
    """Start a mirror there, and stop it."""
    with new_face(address=address) as served:
        try:
            served.face.start(served.posted.append)
        finally:
            served.face.stop()
        return served.face


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_port_that_is_taken_is_told_with_what_to_do(family: socket.AddressFamily) -> None:
    with socket.socket(family) as other:
        other.bind(("::1" if family is socket.AF_INET6 else "127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(FaceError, match=rf"Port {port} is taken.*choose another port with --page PORT\.$"):
            start_on(Address(port))


def test_a_patient_mirror_waits_for_its_port_and_the_coach_goes_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with new_face(address=Address(port), is_patient=True) as served:
            served.face.start(served.posted.append)
            try:
                served.face.show(View(phase=Phase.HOLDING))
                other.close()
                served.wait_until_served()
                assert served.state()["phase"] == "holding"
            finally:
                served.face.stop()


def test_a_port_is_free_again_at_once() -> None:
    with serving() as first:
        port = first.port
        assert first.state()
    with serving(port=port) as second:
        assert second.port == port


def test_only_this_machine_can_reach_it() -> None:
    with serving() as mirror:
        assert _listening(mirror) <= {"127.0.0.1", "::1"}


def test_with_the_home_network_all_can() -> None:
    with serving(is_on_lan=True) as mirror:
        assert _listening(mirror) <= {"0.0.0.0", "::"}  # noqa: S104
        assert mirror.ask("GET", "/state").status == 200


def test_it_answers_on_both_kinds_of_loopback() -> None:
    with serving() as mirror:
        if "::1" not in _listening(mirror):
            pytest.skip("there is no IPv6 here")
        with socket.create_connection(("::1", mirror.port), timeout=PATIENCE_SECONDS) as connection:
            connection.sendall(b"GET /state HTTP/1.1\r\nHost: [::1]:%d\r\n\r\n" % mirror.port)
            assert connection.recv(12) == b"HTTP/1.1 200"


def test_showing_costs_nothing_before_and_after_it_serves() -> None:
    with new_face() as served:
        served.face.show(View(phase=Phase.HOLDING))
        served.face.start(served.posted.append)
        served.wait_until_served()
        assert served.state()["phase"] == "holding"
        served.face.stop()
        served.face.stop()
        served.face.show(View(phase=Phase.DONE))
        served.face.tell_loading(1, 2)


def test_it_begins_idle() -> None:
    with serving() as mirror:
        state = mirror.state()
        assert (state["phase"], state["activity"], state["revision"]) == ("idle", "loading", 1)


def test_its_thread_is_gone_after_the_end() -> None:
    with serving():
        assert "mirror" in {thread.name for thread in threading.enumerate()}
    assert "mirror" not in {thread.name for thread in threading.enumerate()}


def test_a_server_that_fails_is_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    works = uvicorn.Server.on_tick
    failures: list[Exception] = [RuntimeError("broken")]

    async def fails(self: uvicorn.Server, counter: int) -> bool:
        if failures and counter:
            raise failures.pop()
        return await works(self, counter)

    monkeypatch.setattr(uvicorn.Server, "on_tick", fails)
    with new_face() as served:
        served.face.start(served.posted.append)
        try:
            _wait_until_empty(failures)
            served.wait_until_served()
            served.face.show(View(phase=Phase.DONE))
            assert served.state()["phase"] == "done"
        finally:
            served.face.stop()
    assert caplog.text.count("the mirror's server has failed") == 1


def test_with_a_certificate_it_is_encrypted(identity: Identity, caplog: pytest.LogCaptureFixture) -> None:
    trusting = ssl.create_default_context(cafile=identity.certificate)
    with serving(
        address=Address(0, certificate=identity.certificate, key=identity.key), limits=HASTY, context=trusting
    ) as mirror:
        connection = HTTPSConnection("localhost", mirror.port, context=trusting, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/state", headers={"Origin": f"https://localhost:{mirror.port}"})
        assert connection.getresponse().status == 200
        connection.close()
        for nonsense in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01 nonsense", b""):
            assert b"HTTP" not in mirror.tell(nonsense)
        assert mirror.state()["phase"] == "idle"
    assert_quiet(caplog)


def test_a_wrong_certificate_is_told_with_what_to_do(identity: Identity, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nonsense")
    with pytest.raises(FaceError, match=r"no certificate and its unencrypted key in PEM format: check both files\.$"):
        start_on(Address(0, certificate=identity.certificate, key=wrong))
    with pytest.raises(FaceError, match=r"missing.pem cannot be read \(No such file or directory\): check the path"):
        start_on(Address(0, certificate=tmp_path / "missing.pem", key=identity.key))
    with pytest.raises(FaceError, match=r"cannot be read"):
        start_on(Address(0, certificate=identity.certificate, key=tmp_path))


def test_a_certificate_without_its_key_is_refused(identity: Identity) -> None:
    for address in (Address(0, certificate=identity.certificate), Address(0, key=identity.key)):
        with pytest.raises(FaceError, match="give both, or none"):
            start_on(address)


def test_in_the_home_network_it_is_asked_for_by_its_address() -> None:
    own = _own_address()
    if is_this_machine(own):
        pytest.skip("this machine is in no network")
    with serving(is_on_lan=True) as mirror:
        for host, path, status in ((own, "/", 200), (own, "/state", 401), ("192.168.0.77", "/", 421)):
            with socket.create_connection((own, mirror.port), timeout=PATIENCE_SECONDS) as connection:
                request = f"GET {path} HTTP/1.1\r\nHost: {host}:{mirror.port}\r\nConnection: close\r\n\r\n"
                connection.sendall(request.encode())
                assert status_of(read_all(connection)) == status


def test_which_addresses_are_of_this_machine() -> None:
    assert all(map(is_this_machine, ("127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1")))
    assert not any(
        map(is_this_machine, ("192.168.0.7", "10.0.0.1", "fe80::1", "::ffff:10.0.0.1", "", "localhost", "::"))
    )


def _own_address() -> str:
    """That of this machine in its network, if there is one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _listening(mirror: Served) -> set[str]:
    """The addresses on which somebody listens at this port, as the system has it."""
    found = set()
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path("/proc/net", name).read_text(encoding="ascii").splitlines()[1:]:
            address, _, port = line.split()[1].partition(":")
            if int(port, 16) == mirror.port and line.split()[3] == "0A":
                packed = b"".join(bytes.fromhex(address[i : i + 8])[::-1] for i in range(0, len(address), 8))
                found.add(socket.inet_ntop(family, packed))
    return found


def _wait_until_empty(failures: list[Exception]) -> None:
    given_up_at = time.monotonic() + PATIENCE_SECONDS
    while failures:
        assert time.monotonic() < given_up_at
        time.sleep(0.02)
