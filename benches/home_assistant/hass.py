"""A real Home Assistant in an environment of its own: how it is set up, started, and driven through its REST API."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from voice_coach.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

VERSION = "2024.3.3"
"""The last version for Python 3.11."""
_FURTHER = (
    *("Pillow", "psutil-home-assistant", "securetar", "fnv-hash-fast", "SQLAlchemy", "home-assistant-frontend"),
    *("numpy", "PyTurboJPEG", "hassil", "home-assistant-intents", "mutagen", "janus", "paho-mqtt==1.6.1", "josepy<2"),
)
"""What its integrations would install themselves when they are first used, and an older josepy for its web server."""
_START_SECONDS = 120.0
_STOP_SECONDS = 30.0
_LOOK_SECONDS = 0.02
_ANSWER_SECONDS = 30.0
_TOKEN_ID, _TOKEN_KEY, _USER_ID, _ENTRY_ID = "a" * 32, "b" * 128, "c" * 32, "d" * 32  # only this machine can reach it

_CONFIGURATION = """\
homeassistant:
  name: Bench
  time_zone: UTC
  unit_system: metric
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
automation: !include automations.yaml
logger:
  default: warning
"""


def set_up(folder: Path, say: Callable[[str], None]) -> Path:
    """Make an environment with Home Assistant, unless it is there; return its folder.

    Args:
        folder: for the environment and what is fetched on the way.
        say: is told what takes long.

    Raises:
        CoachError: a package cannot be fetched or installed.
    """
    environment, mark = folder / "environment", folder / f"has-{VERSION}"
    if mark.exists():
        return environment
    say(f"Setting up Home Assistant {VERSION} in {environment}: this takes some minutes, once.")
    python = str(environment / "bin" / "python")
    wanted = f"homeassistant=={VERSION}"
    _do(sys.executable, "-m", "venv", "--clear", str(environment))
    _do(python, "-m", "pip", "install", "--quiet", "uv")  # pip would go back through versions for hours
    _do(python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), wanted)
    constraints = folder / "constraints.txt"
    with zipfile.ZipFile(next(folder.glob("homeassistant-*.whl"))) as wheel:
        constraints.write_bytes(wheel.read("homeassistant/package_constraints.txt"))
    install = [str(environment / "bin" / "uv"), "pip", "install", "--python", python, "--constraint", str(constraints)]
    _do(*install, wanted)
    _do(*install, *_FURTHER)
    mark.touch()
    return environment


def _do(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = (done.stderr.strip() or "no reason given").splitlines()[-1]
        message = f"Home Assistant cannot be set up ({why}): see that the package index can be reached, then try again."
        raise CoachError(message)


class HomeAssistant:
    """A Home Assistant with nothing but MQTT, automations and its REST API, on a port of this machine.

    Args:
        environment: the Python environment that it is installed in.
        folder: an empty folder for its configuration.
        port: its port on 127.0.0.1.
        broker_port: the port of the MQTT broker.
        automations: the YAML text of each automation.
    """

    def __init__(
        self, environment: Path, folder: Path, port: int, broker_port: int, automations: Sequence[str] = ()
    ) -> None:
        self._hass = environment / "bin" / "hass"
        self._folder = folder
        self._url = f"http://127.0.0.1:{port}/api"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "configuration.yaml").write_text(_CONFIGURATION.format(port=port), "utf-8")
        listed = [f"- id: automation_{count}\n{_indented(text)}" for count, text in enumerate(automations)]
        (folder / "automations.yaml").write_text("".join(listed) or "[]\n", "utf-8")
        self._store("core.config_entries", {"entries": [_broker_entry(broker_port)]})
        self._store("auth", _auth())
        self._store("onboarding", {"done": ["user", "core_config", "analytics", "integration"]}, version=4)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def complaints(self) -> str:
        """Return what its own check says against the configuration; empty when it accepts it."""
        command = [str(self._hass), "--script", "check_config", "--config", str(self._folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        told = done.stdout + done.stderr
        is_accepted = done.returncode == 0 and not any(
            word in told for word in ("ERROR", "Failed", "Invalid", "nvalid")
        )
        return "" if is_accepted else told

    def start(self) -> None:
        """Start it, and wait until its API answers and it has come up.

        Raises:
            CoachError: it does not come up.
        """
        with (self._folder / "output").open("ab") as output:
            command = [str(self._hass), "--config", str(self._folder), "--skip-pip"]
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        given_up_at = time.monotonic() + _START_SECONDS
        while True:
            with suppress(OSError):
                if self.ask("/config")["state"] == "RUNNING":
                    return
            if self._process.poll() is not None or time.monotonic() > given_up_at:
                message = f"Home Assistant does not come up: see {self._folder / 'output'}."
                raise CoachError(message)
            time.sleep(0.2)

    def stop(self) -> None:
        """Let it end."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        self._process.kill()
        self._process.wait()
        self._process = None

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Send a request, POST with a body and else GET, and return the JSON of the answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {_token()}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, data, headers)  # noqa: S310 - of this machine
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 - the same
            return json.load(answer)

    def call(self, service: str, entity: str, **data: object) -> None:
        """Call a service such as "button.press" for an entity."""
        self.ask(f"/services/{service.replace('.', '/')}", {"entity_id": entity, **data})

    def states(self) -> dict[str, dict[str, Any]]:
        """Return the states of all entities by their ids."""
        return {state["entity_id"]: state for state in self.ask("/states")}

    def state(self, entity: str) -> str:
        """Return the state of an entity; empty when there is none."""
        try:
            found: str = self.ask(f"/states/{entity}")["state"]
        except urllib.error.HTTPError:
            return ""
        return found

    def wait_for(self, entity: str, wanted: Callable[[str], bool], seconds: float) -> float | None:
        """Wait until the state of an entity is such; return for how many seconds, or None when it never was."""
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < seconds:
            if wanted(self.state(entity)):
                return passed
            time.sleep(_LOOK_SECONDS)
        return None

    def log(self) -> str:
        """Return the lines of its log that complain."""
        file = self._folder / "home-assistant.log"
        return file.read_text("utf-8") if file.exists() else ""

    def _store(self, key: str, data: dict[str, Any], version: int = 1) -> None:
        folder = self._folder / ".storage"
        folder.mkdir(exist_ok=True)
        text = json.dumps({"version": version, "minor_version": 1, "key": key, "data": data})
        (folder / key).write_text(text, "utf-8")


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.rstrip().splitlines())


def _broker_entry(port: int) -> dict[str, Any]:
    return {
        "entry_id": _ENTRY_ID,
        "version": 1,
        "minor_version": 1,
        "domain": "mqtt",
        "title": "broker",
        "data": {"broker": "127.0.0.1", "port": port, "discovery": True},
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "unique_id": None,
        "disabled_by": None,
    }


def _auth() -> dict[str, Any]:
    """Return an owner with a token that does not expire."""
    groups = [{"id": f"system-{name}", "name": name} for name in ("admin", "users", "read-only")]
    owner = {
        "id": _USER_ID,
        "group_ids": ["system-admin"],
        "is_owner": True,
        "is_active": True,
        "name": "Bench",
        "system_generated": False,
        "local_only": False,
    }
    token = {
        "id": _TOKEN_ID,
        "user_id": _USER_ID,
        "client_id": None,
        "client_name": "bench",
        "client_icon": None,
        "token_type": "long_lived_access_token",
        "created_at": "2024-01-01T00:00:00+00:00",
        "access_token_expiration": 315_360_000.0,
        "token": "e" * 128,
        "jwt_key": _TOKEN_KEY,
        "last_used_at": None,
        "last_used_ip": None,
        "expire_at": None,
        "credential_id": None,
        "version": VERSION,
    }
    return {"users": [owner], "groups": groups, "credentials": [], "refresh_tokens": [token]}


def _token() -> str:
    """Return that token in the form that the API takes: a JSON Web Token, signed with its key."""
    now = int(time.time())
    parts = ({"alg": "HS256", "typ": "JWT"}, {"iss": _TOKEN_ID, "iat": now - 60, "exp": now + 3_600})
    signed = ".".join(_base64(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_base64(hmac.new(_TOKEN_KEY.encode(), signed.encode(), hashlib.sha256).digest())}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
