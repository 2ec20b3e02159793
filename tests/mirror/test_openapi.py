"""The description of the mirror for other programs, and whether the mirror keeps to it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tests.mirror.conftest import assert_quiet
from tests.mirror.serving import serving
from tests.session.conversation import Conversation
from voice_coach.language.intents import TIMER_INTENTS
from voice_coach.library import load_language
from voice_coach.mirror.feed import VERSION, Activity, state_of
from voice_coach.mirror.limits import Limits
from voice_coach.mirror.page_commands import COMMANDS, MOST_MINUTES, TIMED, VALUES
from voice_coach.mirror.static_files import load_texts, read_files
from voice_coach.routines import PICTURES, Phase
from voice_coach.session.view import Progress

if TYPE_CHECKING:
    from enum import Enum
    from pathlib import Path

DESCRIPTION: dict[str, Any] = json.loads(read_files(load_texts(load_language("en")), "en")["/openapi.json"].content)
SCHEMAS = DESCRIPTION["components"]["schemas"]
STATE = SCHEMAS["State"]["properties"]
OTHER_PATHS = {"/state", "/events", "/commands", "/pair", "/invitation"}


def values(kind: type[Enum]) -> list[str]:
    return [member.value for member in kind]


def test_it_names_what_the_code_names() -> None:
    commands = [intent.value for intent in COMMANDS]
    assert SCHEMAS["Command"]["properties"]["intent"]["enum"] == commands
    assert STATE["buttons"]["items"]["enum"] == commands
    timed, valued, *_ = SCHEMAS["Command"]["allOf"]
    assert timed["then"]["properties"]["intent"]["enum"] == sorted(intent.value for intent in TIMED)
    assert valued["if"]["properties"]["intent"]["enum"] == [intent.value for intent in VALUES]
    assert valued["else"]["if"]["properties"]["intent"]["enum"] == [intent.value for intent in TIMER_INTENTS]
    assert SCHEMAS["Choice"]["properties"]["intent"]["enum"] == [intent.value for intent in VALUES]
    assert STATE["picture"]["enum"] == ["", *PICTURES]
    assert SCHEMAS["Command"]["properties"]["minutes"]["maximum"] == MOST_MINUTES
    assert STATE["phase"]["enum"] == values(Phase)
    assert STATE["activity"]["enum"] == values(Activity)
    assert STATE["steps"]["items"]["properties"]["progress"]["enum"] == values(Progress)
    assert STATE["version"]["const"] == VERSION == int(DESCRIPTION["info"]["version"])


def test_it_describes_every_path() -> None:
    assert set(DESCRIPTION["paths"]) == set(read_files(load_texts(load_language("en")), "en")) | OTHER_PATHS


def test_it_tells_the_limits() -> None:
    text, limits = json.dumps(DESCRIPTION), Limits()
    for told in (
        f"{limits.body:,} bytes",
        f"{limits.head:,} bytes or {limits.header_lines} lines",
        f"the last {limits.remembered_ids:,}",
        f"{limits.commands_per_second} commands a second, in bursts of {limits.command_burst}",
        f"at most {limits.states_per_second} a second",
        f"every {limits.keepalive_seconds} seconds",
        f"no event for {limits.send_seconds} seconds",
    ):
        assert told in text


@pytest.mark.parametrize("phase", Phase)
def test_every_state_is_as_described(phase: Phase) -> None:
    view = Conversation.at(phase).view
    schema = {"$ref": "#/components/schemas/State", "components": DESCRIPTION["components"]}
    state = state_of(view, 1000.0, revision=1, language=load_language("en").wording.language)
    jsonschema.Draft202012Validator(schema).validate(state)
    assert state.keys() == STATE.keys()


def test_every_answer_that_is_named_is_described() -> None:
    references = set(re.findall(r'"#/components/(\w+)/(\w+)"', json.dumps(DESCRIPTION)))
    described = {(kind, name) for kind, found in DESCRIPTION["components"].items() for name in found}
    assert described - references == {("schemas", "Beat"), ("securitySchemes", "token")}
    assert references <= described


@pytest.mark.usefixtures("processes")
def test_the_mirror_keeps_to_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Schemathesis with all its checks. It cannot read the stream, which has no end: test_stream.py does."""
    fast = replace(Limits(), commands_per_second=10_000, command_burst=10_000)
    with serving(limits=fast) as mirror:
        token = mirror.pairing.local_token()
        run = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", f"{mirror.url}openapi.json", "--checks", "all",
             "--exclude-path", "/events", "--header", f"Authorization: Bearer {token}", "--seed", "8",
             "--max-examples", "10", "--no-color"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout
        assert mirror.posted, "some commands were right"
    assert_quiet(caplog)
