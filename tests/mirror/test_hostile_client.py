"""An unpaired client in the home network takes nothing from this machine's own screen, nor from a paired phone.

Real sockets, and real addresses in a network of its own (see hostile.py); all tests look at the same attack.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mirror.hostile import TRIES
from voice_coach.mirror.pairing import WRONG_IN_ALL, WRONG_PER_ADDRESS

_NAMESPACE = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net"]
_FOR_SEATS = (
    "silent, with 60 addresses of IPv6",
    "half a request, with 60 addresses of IPv6",
    "silent, with four addresses of IPv4",
)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def attack(processes: None, whole_machine: None) -> dict[str, Any]:
    """What became of everybody."""
    if not shutil.which("ip") or subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip(
            "this user may make no network of its own: root, or a kernel with user namespaces, and iproute2 can"
        )
    run = subprocess.run(
        [*_NAMESPACE, sys.executable, "-m", "tests.mirror.hostile"],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("kind", _FOR_SEATS)
def test_the_machine_s_own_screen_is_served_throughout(attack: dict[str, Any], kind: str) -> None:
    assert attack[kind]["own"] == {"200": TRIES}


@pytest.mark.parametrize("kind", _FOR_SEATS)
def test_a_paired_phone_gets_in_and_is_served_from_then_on(attack: dict[str, Any], kind: str) -> None:
    assert attack[kind]["phone_waited"] < TRIES, "it tries each second, as the page does"
    assert set(attack[kind]["phone"]) == {"200"}


def test_addresses_of_one_network_have_the_tries_of_one(attack: dict[str, Any]) -> None:
    guesses = attack["codes"]["guesses_of_six"]
    assert guesses == [401] * WRONG_PER_ADDRESS + [429] * (len(guesses) - WRONG_PER_ADDRESS)
    assert attack["codes"]["guesses_of_four"]["401"] == WRONG_IN_ALL - WRONG_PER_ADDRESS


def test_wrong_codes_of_others_keep_this_machine_from_nothing(attack: dict[str, Any]) -> None:
    codes = attack["codes"]
    assert codes["own_without_code"] == 200
    assert set(codes["own_wrong"]) == {401}, "its own tries are looked at as well"
    assert codes["own_with_code"] == 200


def test_requests_of_one_network_have_the_rate_of_one_and_no_others_wait(attack: dict[str, Any]) -> None:
    requests = attack["requests"]
    assert requests["hostile"]["200"] < 60
    assert requests["hostile"]["429"] > 200
    assert requests["phone"] == requests["own"] == {"200": 20}
