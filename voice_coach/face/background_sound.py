"""Sound in the background: rain or waves while a mask works, and other players, both soft while somebody speaks.

Both are faces: all they need to know is in the view.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any

from voice_coach.audio.channel_layout import parent_of, pid_of
from voice_coach.face.base import NO_KEYS, Face
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.face.base import KeyNames, PostHeard
    from voice_coach.session.view import View

_FULL, _DUCKED = 1.0, 0.12
"""Gains of the hold's sound: by itself, and while somebody speaks (18 dB less)."""
_PLAYER_GAIN = 0.25
"""The share of its volume that another player keeps while somebody speaks. Volumes of PulseAudio are cubic: -36 dB."""
_RELEASE_SECONDS = 1.5
"""Seconds of silence after which other players are loud again: people pause between words."""
_CONNECT_AGAIN_SECONDS = 5.0
_ROUNDING = 0.01
"""Difference between a volume that was set and the same one read again, at most."""

_log = logging.getLogger(__name__)


def is_talking(view: View) -> bool:
    """Return whether the coach speaks, waits for an answer, or hears somebody."""
    return bool(view.saying or view.question) or view.is_hearing


class HoldSound(Face):
    """Plays a sound while a mask works, softly under words.

    Args:
        play: lets the sound be heard at a linear gain, 0 to 1, from now on.
    """

    keys: KeyNames = NO_KEYS

    def __init__(self, play: Callable[[float], None]) -> None:
        self._play = play
        self._gain = 0.0

    def start(self, post: PostHeard) -> None:
        """Do nothing: the sound comes with the first view of a hold."""

    def tell_loading(self, done: int, total: int) -> None:
        """Do nothing: a calibration makes no sound."""

    def show(self, view: View) -> None:
        """Play as the view needs it."""
        self._set(gain_for(view))

    def stop(self) -> None:
        """Fall silent."""
        self._set(0.0)

    def _set(self, gain: float) -> None:
        if gain != self._gain:
            self._gain = gain
            self._play(gain)


def gain_for(view: View) -> float:
    """Return the gain of the hold's sound for a view: only while the time of a mask runs and nothing hurts."""
    if view.phase is not Phase.HOLDING or view.countdown is None or view.is_in_pain:
        return 0.0
    return _DUCKED if is_talking(view) else _FULL


class PlayerDucker(Face):
    """Turns other players of this sound server down while the coach speaks or hears somebody, and up again afterwards.

    A player that the person turns up or down meanwhile is left as it is. Without a sound server it does nothing.
    """

    keys: KeyNames = NO_KEYS

    def __init__(self) -> None:
        self._changed = threading.Condition()
        """Guards the attributes below."""
        self._is_talking = False
        self._is_stopping = False
        self._ducked: dict[int, tuple[Any, Any]] = {}
        """By the number of its stream, the volumes of a player: as it was, and as it was turned down to."""
        self._thread = threading.Thread(target=self._run, name="duck players", daemon=True)

    def start(self, post: PostHeard) -> None:  # noqa: ARG002 - nothing is ever posted
        """Begin to look after the players; nothing is ever posted."""
        self._thread.start()

    def tell_loading(self, done: int, total: int) -> None:
        """Do nothing: nobody speaks during a calibration."""

    def show(self, view: View) -> None:
        """Take note of whether somebody speaks."""
        with self._changed:
            if is_talking(view) is not self._is_talking:
                self._is_talking = is_talking(view)
                self._changed.notify()

    def stop(self) -> None:
        """Turn all players up again, and end."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(_RELEASE_SECONDS)

    def _run(self) -> None:
        try:
            import pulsectl  # noqa: PLC0415 - only who wants this pays for it
        except OSError:  # libpulse is not installed
            return
        while not self._is_stopping:
            try:
                with pulsectl.Pulse("voice-coach-ducker") as server:
                    self._serve(server)
            except (pulsectl.PulseError, OSError) as error:
                _log.info("no sound server whose players could be turned down: %s", error)
                self._ducked.clear()
                with self._changed:
                    self._changed.wait_for(lambda: self._is_stopping, _CONNECT_AGAIN_SECONDS)

    def _serve(self, server: Any) -> None:  # noqa: ANN401 - pulsectl has no types
        try:
            while self._wait_for(is_talking=True):
                self._turn_down(server)
                while self._wait_for(is_talking=False) and self._wait_for(is_talking=True, seconds=_RELEASE_SECONDS):
                    self._turn_down(server)  # who has begun to play meanwhile
                self._turn_up(server)
        finally:
            self._turn_up(server)

    def _wait_for(self, *, is_talking: bool, seconds: float | None = None) -> bool:
        """Wait until somebody speaks, or nobody does; return whether that came in time, before the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopping or self._is_talking is is_talking, seconds)
            return not self._is_stopping and self._is_talking is is_talking

    def _turn_down(self, server: Any) -> None:  # noqa: ANN401 - as above
        for player in server.sink_input_list():
            if player.index not in self._ducked and not _is_ours(player):
                before = player.volume
                volumes = [one * _PLAYER_GAIN for one in before.values]
                server.volume_set(player, type(before)(volumes))
                self._ducked[player.index] = (list(before.values), volumes)

    def _turn_up(self, server: Any) -> None:  # noqa: ANN401 - as above
        players = {player.index: player for player in server.sink_input_list()}
        for index, (before, turned_down) in self._ducked.items():
            player = players.get(index)
            if player is not None and _are_alike(player.volume.values, turned_down):
                server.volume_set(player, type(player.volume)(before))
        self._ducked.clear()


def _are_alike(found: list[float], expected: list[float]) -> bool:
    """Return whether a player's volumes are still those that were set; the server rounds them."""
    return len(found) == len(expected) and all(abs(a - b) < _ROUNDING for a, b in zip(found, expected, strict=True))


def _is_ours(player: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether a stream is of this process, of a child such as the coach's speaker, or of the server itself."""
    return pid_of(player) in {0, os.getpid()} or parent_of(player) == os.getpid()
