"""An offline, hands-free voice coach for facial masks and the skincare after them."""

import os
import sys
from pathlib import Path

__version__ = "1.0.0"

# ONNX Runtime reports its use to its maker since 1.29, and only obeys this if it is set before it is loaded
# (https://github.com/microsoft/onnxruntime/pull/27379). Nothing of a person leaves this machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def set_up_again(package: str = "") -> str:
    """Return the command that mends the coach's Python packages, or adds one, the way the coach was installed.

    Args:
        package: one that the coach does without as long as nobody asks for what it is good for; "" for all it needs.
    """
    match _installer():
        case "clone":
            return "scripts/setup"
        case "deb":
            adding = f"sudo python3 -m pip --python {sys.executable} install {package}"
            return adding if package else "sudo apt-get install --reinstall ./voice-coach_*.deb"
        case "pipx":
            return f"pipx inject voice-coach {package}" if package else "pipx reinstall voice-coach"
        case "uv":
            adding = f"uv pip install --python '{sys.executable}' {package}"
            return adding if package else "uv tool upgrade --reinstall voice-coach"
        case _:
            return f"'{sys.executable}' -m pip install {package or f'--force-reinstall {_source()}'}"


def reinstall(requirement: str) -> str:
    """Return the command that installs one package again, whose files are damaged, the way the coach was installed.

    Args:
        requirement: the package with its version, such as "vosk==0.3.45".
    """
    again = f"install --force-reinstall --no-deps {requirement}"
    match _installer():
        case "deb":
            return set_up_again()
        case "pipx":
            return f"pipx runpip voice-coach {again}"
        case "uv":
            return f"uv pip install --python '{sys.executable}' --reinstall --no-deps {requirement}"
        case _:
            return f"'{sys.executable}' -m pip {again}"


def _installer() -> str:
    """Return what installed the coach: "clone" for scripts/setup, "deb", "pipx", "uv" or "pip"."""
    folders = Path(sys.prefix).parts
    if Path(__file__).parents[1].joinpath("scripts", "setup").is_file():
        return "clone"
    if folders == ("/", "opt", "voice-coach"):
        return "deb"
    if "pipx" in folders:
        return "pipx"
    return "uv" if folders[-3:-1] == ("uv", "tools") else "pip"


def _source() -> str:
    """Return where pip finds the coach again: the file or address that it was installed from, or else its name."""
    import json  # noqa: PLC0415 - only after a fault
    from importlib.metadata import PackageNotFoundError, distribution  # noqa: PLC0415 - the same

    try:
        told = distribution("voice-coach").read_text("direct_url.json")
    except PackageNotFoundError:
        told = None
    return f"'{json.loads(told)['url']}'" if told else "voice-coach"
