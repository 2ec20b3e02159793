"""What was seen of a rehearsal by those who watched it, as a file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from mirror_clients import Crowd, Feed
from mirror_sound import Sentence

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Cost:
    """What a program with all its processes took while the rehearsal went on."""

    seconds: float = 0.0
    processor_seconds: float = 0.0
    most_pss_bytes: int = 0
    """Resident memory at its highest; a page that n processes share counts a n-th in each."""

    @property
    def percent_of_a_core(self) -> float:
        """On average."""
        return 100 * self.processor_seconds / self.seconds if self.seconds else 0.0


@dataclass
class Seen:
    """All that was seen."""

    exit_status: int = -1
    happenings: list[dict[str, Any]] = field(default_factory=list)
    """What the rehearsal told; the last one is its summary."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    """The coach's events and commands."""
    glances: list[dict[str, Any]] = field(default_factory=list)
    """What the browser showed, each with its time `at` (monotonic seconds)."""
    browser_troubles: list[str] = field(default_factory=list)
    """What the browser complained of."""
    feeds: list[Feed] = field(default_factory=list)
    crowds: list[Crowd] = field(default_factory=list)
    """One while the person spoke, one while the coach did."""
    latecomer: Feed | None = None
    """Who came after the crowds had left."""
    sockets_before: int = 0
    sockets_after: int = 0
    """Of the coach: before a crowd came, and when all had left."""
    coach: Cost = field(default_factory=Cost)
    browser: Cost = field(default_factory=Cost)
    sentences: list[Sentence] = field(default_factory=list)
    """What the coach said to its end, and alone."""
    tracebacks: int = 0
    """In the coach's log."""

    @property
    def summary(self) -> dict[str, Any]:
        """As `rehearse --json` prints it last."""
        return self.happenings[-1]

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        found = json.loads(path.read_text("utf-8"))
        found["feeds"] = [Feed(**feed) for feed in found["feeds"]]
        found["crowds"] = [Crowd(**crowd) for crowd in found["crowds"]]
        found["sentences"] = [Sentence(**sentence) for sentence in found["sentences"]]
        for name, kind in (("latecomer", Feed), ("coach", Cost), ("browser", Cost)):
            found[name] = found[name] and kind(**found[name])
        return cls(**found)
