"""Prints the unit of the coach in the image: that of `voice-coach service install`, for the image's own user."""

from __future__ import annotations

from voice_coach.service.systemd import Network, Place, unit_text

HOME = "/home/coach"
FOLDERS = (".config/voice-coach", ".local/state/voice-coach", ".local/share/voice-coach", ".cache/voice-coach")

if __name__ == "__main__":
    folders = tuple(f"{HOME}/{folder}" for folder in FOLDERS)
    print(unit_text(Place("/opt/voice-coach/bin/python3", folders, network=Network.LOOPBACK)), end="")
