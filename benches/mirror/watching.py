"""A rehearsal with an audience: a browser that follows it, programs that listen, bursts of clients in the middle.

It is a program of its own, so that it can be run where there is no network. What was seen stands in a file afterwards,
which benches/mirror/judge.py judges.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from benches.common.process_tree import family, inventory, processor_seconds, usage
from benches.mirror.audience import FollowedFeed, Onlooker, burst, follow
from benches.mirror.observations import Cost, Observations, sentences_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine


PORT = 8765
_HOLD_SECONDS = 25
"""Long enough to say once more, within the hold, what was not heard."""
_BURST_WORDS = "how much time is left"
"""A burst of clients comes while the person says this, in the hold, and another while the coach answers."""
_SAMPLE_SECONDS = 2.0
_SETTLING_SECONDS = 5.0
"""Seconds from the end of the bursts to the second count of the coach's sockets; also the longest wait for its streams
to end after the coach has."""


class Audience:
    """Watches one rehearsal.

    Args:
        clients: how many programs listen.
        burst: how many more clients come at once, twice.
        has_browser: whether a browser follows.
        has_page: whether the coach shows its page at all.
    """

    def __init__(self, *, clients: int, burst: int, has_browser: bool, has_page: bool) -> None:
        self.seen = Observations(feeds=[FollowedFeed() for _ in range(clients)])
        self._burst = burst
        self._onlooker = Onlooker() if has_browser else None
        self._page = ["--page", str(PORT)] if has_page else []
        self._tasks: list[asyncio.Task[None]] = []
        self._coach = 0
        self._log: TextIO | None = None
        """The coach's; open from its start, since the rehearsal removes it in the end."""
        self._is_answering = asyncio.Event()

    async def watch(self, folder: Path) -> None:
        """Rehearse once; everything that was seen stands in `seen` then.

        Args:
            folder: for what the rehearsal keeps.
        """
        lines, sound = folder / "lines", folder / "sound.wav"
        async with AsyncExitStack() as room:
            if self._onlooker is not None:
                await room.enter_async_context(self._onlooker)
            rehearsal = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "voice_coach", "rehearse", "--hold", str(_HOLD_SECONDS), "--json", *self._page,
                "--lines", lines, "--recording", sound,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert rehearsal.stdout is not None  # noqa: S101 - a pipe was asked for
            async for happening in _happenings(rehearsal.stdout):
                self.seen.happenings.append(happening)
                self._attend(happening, rehearsal.pid)
            self.seen.exit_status = await rehearsal.wait()
            if self._log is not None:
                with self._log as log:
                    self.seen.tracebacks = log.read().count("Traceback (most recent call last)")
            if not lines.exists():
                message = "the rehearsal has broken off"
                raise RuntimeError(message)
            await asyncio.wait(self._tasks, timeout=_SETTLING_SECONDS)
            if self._onlooker is not None:
                self.seen.glances = await self._onlooker.glances()
                self.seen.browser_troubles = self._onlooker.troubles
        self.seen.lines = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
        self.seen.sentences = sentences_in(self.seen.lines, sound)

    def _attend(self, happening: dict[str, Any], rehearsal: int) -> None:
        """Do what the moment asks for, beside what goes on."""
        match happening:
            case {"who": "ears", "text": str(text)} if text.startswith("listening with"):
                self._coach = _coach_of(rehearsal)
                self._log = _log_of(self._coach)
                self._begin(_measure(self._coach, self.seen.coach))
            case {"who": "page"}:
                for feed in self.seen.feeds:
                    self._begin(follow(PORT, feed))
                if self._onlooker is not None:
                    self._begin(self._onlooker.follow(f"http://localhost:{PORT}/"))
                    self._begin(_measure(self._onlooker.pid, self.seen.browser))
            case {"who": "person", "text": str(text)} if text == _BURST_WORDS and self._burst:
                size, self._burst = self._burst, 0
                self._is_answering.clear()
                self._begin(self._let_in(size))
            case {"who": "coach"}:
                self._is_answering.set()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _let_in(self, size: int) -> None:
        self.seen.sockets_before = _sockets(self._coach)
        self.seen.bursts.append(await burst(PORT, size))
        await self._is_answering.wait()
        self.seen.bursts.append(await burst(PORT, size))
        await asyncio.sleep(_SETTLING_SECONDS)
        self.seen.sockets_after = _sockets(self._coach)
        late = FollowedFeed()
        self._begin(follow(PORT, late))
        self.seen.latecomer = late


async def _happenings(pipe: asyncio.StreamReader) -> AsyncIterator[dict[str, Any]]:
    async for line in pipe:
        yield json.loads(line)


def _log_of(coach: int) -> TextIO:
    """The log file of a coach, where its environment has it; made if nothing was logged yet."""
    environment = Path(f"/proc/{coach}/environ").read_bytes().decode(errors="surrogateescape").split("\0")
    state = next(line.removeprefix("XDG_STATE_HOME=") for line in environment if line.startswith("XDG_STATE_HOME="))
    path = Path(state, "voice-coach", "log", "voice-coach.log")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return path.open(encoding="utf-8", errors="replace")


def _coach_of(rehearsal: int) -> int:
    """The process number of the coach under rehearsal."""
    return next(
        pid for pid in family(rehearsal)[1:] if b"\0start\0--json\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )


async def _measure(pid: int, cost: Cost) -> None:
    """Look at a process and its descendants until it ends."""
    begun_at, spent = time.monotonic(), _spent(pid)
    used = sum(spent.values())
    while pss_bytes := usage(pid).pss_bytes:
        spent |= _spent(pid)
        cost.seconds, cost.processor_seconds = time.monotonic() - begun_at, sum(spent.values()) - used
        cost.most_pss_bytes = max(cost.most_pss_bytes, pss_bytes)
        await asyncio.sleep(_SAMPLE_SECONDS)


def _spent(pid: int) -> dict[int, float]:
    """Processor time of each living process so far; the caller remembers those that have ended."""
    return {member: processor_seconds([member]) for member in family(pid)}


def _sockets(pid: int) -> int:
    """The number of sockets that a process and its descendants hold."""
    return sum(count for kind, count in inventory(pid).items() if "socket:" in kind)


def main() -> int:
    """Watch a rehearsal and write what was seen."""
    parser = argparse.ArgumentParser(prog="benches.mirror.watching", description=__doc__)
    parser.add_argument("folder", type=Path, help="where seen.json is written")
    parser.add_argument("--clients", type=int, default=0, help="how many programs listen [0]")
    parser.add_argument("--burst", type=int, default=0, help="how many more come at once, twice [0]")
    parser.add_argument("--browser", action="store_true", help="a browser follows it, too")
    parser.add_argument("--no-page", action="store_true", help="without the page, to compare with")
    options = parser.parse_args()
    audience = Audience(
        clients=options.clients, burst=options.burst, has_browser=options.browser, has_page=not options.no_page
    )
    asyncio.run(audience.watch(options.folder))
    audience.seen.write(options.folder / "seen.json")
    return audience.seen.exit_status


if __name__ == "__main__":  # the bench mirror starts it
    sys.exit(main())
