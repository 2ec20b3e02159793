"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path


def describe(*packages: str) -> str:
    """One line: processor, cores, memory, system, Python, and the versions of the packages named."""
    versions = [f"{name} {metadata.version(name)}" for name in packages]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return ", ".join(
        [
            f"{_processor()} ({platform.machine()}), {os.cpu_count()} cores, {memory:.0f} GiB",
            platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
            f"Python {platform.python_version()}",
            *versions,
        ]
    )


def _processor() -> str:
    """As the kernel names it; ARM kernels name the board instead of the processor."""
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model"}:
            return value.strip()
    return platform.processor() or "unknown processor"
