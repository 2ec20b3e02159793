"""Where the unit lies, and what it has to know of this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path, user_log_path, user_state_path

from voice_coach.service.systemctl import has_user_namespaces
from voice_coach.service.unit import NAME, Network, Place

_COACH = "voice-coach"
_KEPT = ("PYTHONPATH", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
"""Variables that a service would not have, and without which it would look elsewhere."""


def unit_path() -> Path:
    """Where systemd looks for the units of a user: systemd.unit(5)."""
    return user_config_path() / "systemd" / "user" / NAME


def lingering_mark() -> Path:
    """A file that says that lingering was off before."""
    return user_state_path(_COACH) / "lingering-was-off"


def own_folders() -> tuple[Path, ...]:
    """All that the coach writes to: settings, sessions, history, log, sentences."""
    places = (user_config_path, user_state_path, user_data_path, user_log_path, user_cache_path)
    found = [place(_COACH) for place in places]
    return tuple(path for path in found if not any(other in path.parents for other in found))


def this_place(network: Network = Network.NONE) -> Place:
    """This interpreter, on this machine."""
    return Place(
        python=str(Path(sys.executable).absolute()),
        folders=tuple(_absolute(path) for path in own_folders()),
        environment={name: _from_anywhere(name) for name in _KEPT if os.environ.get(name)},
        has_user_namespaces=has_user_namespaces(),
        network=network,
    )


def _from_anywhere(name: str) -> str:
    """A variable that holds paths, as it is meant here: the service is started in another folder."""
    value = os.environ[name]
    paths = value.split(os.pathsep) if name == "PYTHONPATH" else [value]
    return os.pathsep.join(_absolute(Path(path)) for path in paths)


def _absolute(path: Path) -> str:
    """Without "..", of which systemd takes none in a path that may be written to."""
    return str(path.resolve() if ".." in path.parts else path.absolute())
