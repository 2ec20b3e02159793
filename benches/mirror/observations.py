"""Everything that an audience has seen and heard of a rehearsal, as a file."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import soundfile

from benches.mirror.audience import ClientBurst, FollowedFeed
from voice_coach.library import load_language
from voice_coach.models.catalogue import VOICES
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.speech_renderer import SpeechRenderer
from voice_coach.mouth.synthesizers import open_voice
from voice_coach.rehearsal.recorder import find_onset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


_FIRST_SECONDS = 20.0
"""Within these from the beginning of the recording the coach greets."""
_AROUND_SECONDS = 0.3
"""Seconds by which the sound may be away from its events."""
_CUE_SECONDS = 2.5
"""Seconds for which the bell and the chime sound."""


@dataclass
class Cost:
    """Processor time and memory of a program with all its processes during the rehearsal."""

    seconds: float = 0.0
    processor_seconds: float = 0.0
    most_pss_bytes: int = 0
    """Resident memory at its highest; a page that n processes share counts a n-th in each."""

    @property
    def percent_of_a_core(self) -> float:
        """Processor time in percent of a core, on average."""
        return 100 * self.processor_seconds / self.seconds if self.seconds else 0.0


@dataclass
class Observations:
    """Everything that was observed during a rehearsal."""

    exit_status: int = -1
    happenings: list[dict[str, Any]] = field(default_factory=list)
    """The JSON lines of the rehearsal; the last one is its summary."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    """The coach's events and commands."""
    glances: list[dict[str, Any]] = field(default_factory=list)
    """Contents of the browser's page, each with its time `at` (monotonic seconds)."""
    browser_troubles: list[str] = field(default_factory=list)
    """Errors in the browser."""
    feeds: list[FollowedFeed] = field(default_factory=list)
    bursts: list[ClientBurst] = field(default_factory=list)
    """One while the person spoke, one while the coach did."""
    latecomer: FollowedFeed | None = None
    """The feed of a client that came after the bursts had left."""
    sockets_before: int = 0
    sockets_after: int = 0
    """The coach's sockets before a burst of clients came, and when all had left."""
    coach: Cost = field(default_factory=Cost)
    browser: Cost = field(default_factory=Cost)
    sentences: list[Sentence] = field(default_factory=list)
    """Sentences that the coach said to their end, with nothing else sounding."""
    tracebacks: int = 0
    """Number of tracebacks in the coach's log."""

    @property
    def summary(self) -> dict[str, Any]:
        """The summary that `rehearse --json` prints last."""
        return self.happenings[-1]

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        found = json.loads(path.read_text("utf-8"))
        found["feeds"] = [FollowedFeed(**feed) for feed in found["feeds"]]
        found["bursts"] = [ClientBurst(**burst) for burst in found["bursts"]]
        found["sentences"] = [Sentence(**sentence) for sentence in found["sentences"]]
        for name, kind in (("latecomer", FollowedFeed), ("coach", Cost), ("browser", Cost)):
            found[name] = found[name] and kind(**found[name])
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that the coach said."""

    begun_at: float
    ended_at: float
    """Monotonic seconds."""
    likeness: float
    """Likeness of its sound at the speaker to the synthesised one: 1 alike but for the level, 0 not at all."""


def sentences_in(lines: Sequence[dict[str, Any]], recording: Path) -> list[Sentence]:
    """Compare each sentence that was said to its end, and alone, with what the voices render.

    The standard voice may say it as well as the natural one: it stands in while that one is still loaded.

    Args:
        lines: the coach's events and commands.
        recording: both sides of the card, as `rehearse --recording` keeps it.
    """
    sound, rate = soundfile.read(recording, dtype="float32")
    speaker: NDArray[np.float32] = sound[:, 1]
    said = [line for line in lines if line["name"] in ("Speak", "SpeechEnded", "Hush")]
    dues = [line["due"] for line in lines if line["name"] == "Cue"]
    whole = [
        (speak, end)
        for speak, end in pairwise(said)
        if (speak["name"], end["name"]) == ("Speak", "SpeechEnded")
        and not any(speak["at"] - _CUE_SECONDS < due < end["at"] for due in dues)
    ]
    if not whole:
        return []
    rendered = list(zip(*(_rendered([speak for speak, _ in whole], voice, rate) for voice in VOICES), strict=True))
    begun_at = _beginning(speaker[: int(_FIRST_SECONDS * rate)], rate, rendered[0], whole[0][1]["at"])
    found = []
    for (speak, end), patterns in zip(whole, rendered, strict=True):
        first, last = (
            max(0, round((line["at"] - begun_at + around) * rate))
            for line, around in ((speak, -_AROUND_SECONDS), (end, _AROUND_SECONDS))
        )
        likeness = max(find_onset(speaker[first:last], pattern)[1] for pattern in patterns)
        found.append(Sentence(speak["at"], end["at"], round(likeness, 4)))
    return found


def _rendered(speaks: Sequence[dict[str, Any]], voice: str, rate: int) -> list[NDArray[np.float32]]:
    opened, _ = open_voice(voice, load_language("en"))
    with contextlib.closing(opened):
        sentences = SpeechRenderer(opened, SpeechCache(), rate)
        return [sentences.get(speak["text"], speak["voice"]["words_per_minute"]) for speak in speaks]


def _beginning(
    sound: NDArray[np.float32], rate: int, greetings: Iterable[NDArray[np.float32]], ended_at: float
) -> float:
    """Find when the recording began, monotonic seconds, by the end of the greeting.

    Its end and not its start, because a voice that is still loaded begins to speak later than it was asked to.
    """
    found = ((*find_onset(sound, greeting), len(greeting)) for greeting in greetings)
    onset, _, length = max(found, key=lambda one: one[1])
    return ended_at - (onset + length) / rate
