"""A client of the coach's page, for programs such as a light or a button: it reads the state and gives commands.

It needs nothing but the standard library. `docs/mirror.md` describes the fields of the state, the commands, and how a
program on another machine gets a key.

    from voice_coach.client import Coach

    for state in Coach().states():
        print(state["activity"], state["title"])
"""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
import uuid
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Self

from voice_coach.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from http.client import HTTPResponse
    from pathlib import Path

    State = Mapping[str, Any]

STATE_VERSION = 1
"""The version of the state that is understood here."""
_SECONDS = 3.0
"""Seconds that the coach may take to answer."""
_SILENCE_SECONDS = 12.0
"""Seconds without a word on the stream of states after which it is lost; a beat comes every five."""
_ANSWER_SECONDS = 2.0
_POLL_SECONDS = 0.05
_MOST_BYTES = 200_000
"""Bytes of a state or of a line; no real one is longer."""
_FAULTS = (OSError, ValueError, HTTPException)
"""Exceptions that come of a server that is gone or is no coach: a lost connection, or bytes that are no JSON."""


class CoachUnreachableError(CoachError):
    """No coach with a page is at the address, or it does not answer, or it has ended."""

    def __init__(self, url: str) -> None:
        super().__init__(f"No coach answers at {url}; start it with: voice-coach start --page")


class CoachRefusalError(CoachError):
    """The coach's page refuses a request.

    Args:
        status: the HTTP status of its answer.
        reason: the sentence with which it explains the refusal, or "".
    """

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(reason or f"The coach refuses that with status {status}; docs/mirror.md says why it may.")
        self.status = status


class Coach:
    """A coach that runs on this machine or, with a key, on another one. Its methods wait for answers.

    Args:
        url: the address of its page.
        key: the key of this program, which `pair` returns; none is needed on the coach's own machine.
        certificate: the certificate with which the page is encrypted; None if it is not, or has one that is trusted.
    """

    def __init__(self, url: str = "http://127.0.0.1:8765", *, key: str = "", certificate: Path | None = None) -> None:
        self.url = url.rstrip("/")
        self.key = key
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if certificate is not None:
            context = ssl.create_default_context(cafile=str(certificate))
            context.check_hostname = False  # it is made for the address in the home network
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self._opener = urllib.request.build_opener(*handlers)

    @classmethod
    def paired(cls, url: str, code: str, *, certificate: Path | None = None) -> Self:
        """Return a client for a coach on another machine, which is paired now; keep its `key`.

        Args:
            url: the address of the page.
            code: the code that `voice-coach page pair` shows.
            certificate: as for `Coach`.

        Raises:
            CoachUnreachableError: there is no coach.
            CoachRefusalError: the code is wrong or too old.
        """
        coach = cls(url, certificate=certificate)
        coach.key = str(coach._ask("/pair", {"code": code}).get("token", ""))
        return coach

    def state(self) -> State:
        """Return the state that the page shows.

        Raises:
            CoachUnreachableError: there is no coach, or it has ended.
            CoachRefusalError: it does not show itself to this program.
        """
        state = self._ask("/state")
        if state.get("version") != STATE_VERSION or state.get("activity") == "closed":
            raise CoachUnreachableError(self.url)
        return state

    def states(self) -> Iterator[State]:
        """Yield the state now and after every change, until the coach ends; the last one's `activity` is "closed".

        Raises:
            CoachUnreachableError: there is no coach, or it is lost.
            CoachRefusalError: it does not show itself to this program.
        """
        with closing(self._open("/events", key=self.key, seconds=_SILENCE_SECONDS)) as stream:
            kind = ""
            for line in self._lines(stream):
                field, _, value = line.partition(": ")
                if field == "event":
                    kind = value
                elif field == "data" and kind == "state":
                    state = self._parsed(value)
                    yield state
                    if state.get("activity") == "closed":
                        return
        raise CoachUnreachableError(self.url)

    def press(self, intent: str, *, minutes: int | None = None, value: str = "") -> None:
        """Give a command, which counts as if a person had said it; what comes of it is in the next state.

        Args:
            intent: such as "next" or "pause"; `/openapi.json` lists them.
            minutes: 1 to 60, for "timer", "add_time", "cut_time" and "on_for".
            value: which one, for "mask", "skin", "felt" and timers, such as "eye_patches".

        Raises:
            CoachUnreachableError: there is no coach.
            CoachRefusalError: it takes no such command, or none from this program.
        """
        optional = {"minutes": minutes, "value": value}
        command = {"intent": intent} | {name: given for name, given in optional.items() if given}
        try:
            self._command(command)
        except CoachRefusalError as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
            self.key = self._new_key(error)
            self._command(command)

    def say(self, intent: str, *, minutes: int | None = None, value: str = "") -> str:
        """Give a command as `press` does, and return the sentence with which the coach answers; "" for none in time."""
        before = _answer(self.state())
        self.press(intent, minutes=minutes, value=value)
        until = time.monotonic() + _ANSWER_SECONDS
        answer = ""
        while answer in ("", before) and time.monotonic() < until:  # other things change too: it hears, a timer rings
            time.sleep(_POLL_SECONDS)
            try:
                answer = _answer(self.state())
            except CoachUnreachableError:
                return ""  # it was told to quit
        return answer

    def _new_key(self, refused: CoachRefusalError) -> str:
        """Return a key for this run of a coach on this machine.

        Raises:
            CoachRefusalError: the one that was `refused`; a coach elsewhere gives keys for codes only.
        """
        try:
            return str(self._ask("/pair", {}, with_key=False)["token"])
        except (CoachRefusalError, KeyError):
            raise refused from None

    def _command(self, command: Mapping[str, object]) -> None:
        self._ask("/commands", {"id": uuid.uuid4().hex, **command})

    def _ask(self, path: str, body: Mapping[str, object] | None = None, *, with_key: bool = True) -> State:
        """Return the answer to a request, which is a POST if it has a body."""
        with closing(self._open(path, body, key=self.key if with_key else "")) as response:
            try:
                text = response.read(_MOST_BYTES).decode()
            except _FAULTS as error:
                raise CoachUnreachableError(self.url) from error
        return self._parsed(text)

    def _open(
        self, path: str, body: Mapping[str, object] | None = None, *, key: str, seconds: float = _SECONDS
    ) -> HTTPResponse:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        data = None if body is None else json.dumps(body).encode()
        try:
            request = urllib.request.Request(self.url + path, data, headers)  # noqa: S310 - the caller's own address
            response: HTTPResponse = self._opener.open(request, timeout=seconds)
        except urllib.error.HTTPError as error:
            with error:
                raise CoachRefusalError(error.code, _reason(error)) from None
        except _FAULTS as error:
            raise CoachUnreachableError(self.url) from error
        return response

    def _lines(self, stream: HTTPResponse) -> Iterator[str]:
        try:
            while line := stream.readline(_MOST_BYTES):
                yield line.decode().rstrip("\r\n")
        except _FAULTS as error:
            raise CoachUnreachableError(self.url) from error

    def _parsed(self, text: str) -> State:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CoachUnreachableError(self.url) from error
        if not isinstance(found, dict):
            raise CoachUnreachableError(self.url)
        return found


def _answer(state: State) -> str:
    return str(state["heard_note"] or state["saying"])


def _reason(refusal: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(refusal.read(_MOST_BYTES))["error"])
    except (*_FAULTS, KeyError, TypeError, RecursionError):
        return ""
