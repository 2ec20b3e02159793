"""Learns how a recogniser mishears letters, from transcripts whose true text is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from voice_coach.ears.recognizers.vosk_scoring import NoisyChannel, letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Counts = NDArray[np.float64]
    Step = tuple[int | None, int | None]

ROUNDS = 3
"""Each aligns anew with what the round before it learned; more change nothing."""
_TRUST = 20.0
"""The weight of the prior about a letter, in letters heard."""
_SUPPOSED_RIGHT, _SUPPOSED_MISSING = 0.6, 0.1


def learn(pairs: Sequence[tuple[str, str]], elsewhere: Iterable[str]) -> NoisyChannel:
    """The channel of a recogniser.

    Args:
        pairs: what it wrote, and what was said.
        elsewhere: what it wrote of other speech.
    """
    alphabet = "".join(sorted(set(letters("".join(heard + said for heard, said in pairs)))))
    channel = NoisyChannel.unlearned([alphabet])
    indexed = [(channel.indices(heard).tolist(), channel.indices(said).tolist()) for heard, said in pairs]
    anyway = np.ones(len(alphabet) + 1)
    for text in elsewhere:
        np.add.at(anyway, channel.indices(text), 1)
    for _ in range(ROUNDS):
        channel = _learned([step for heard, said in indexed for step in _steps(heard, said, channel)], channel, anyway)
    return channel


def save(path: Path, channels: dict[str, NoisyChannel]) -> None:
    """Write the channels of several recognisers to a table that Channel.load reads."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, channel in channels.items():
        arrays[f"{name}_alphabet"] = np.array(channel.alphabet)
        for kind in ("taken_for", "added", "missing", "anyway"):
            arrays[f"{name}_{kind}"] = getattr(channel, kind).astype(np.float32)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def _steps(heard: Sequence[int], said: Sequence[int], channel: NoisyChannel) -> list[Step]:
    """The cheapest alignment: pairs of a letter heard and a letter said, None where there is none."""
    costs = np.zeros((len(heard) + 1, len(said) + 1))
    costs[1:, 0] = np.cumsum(channel.added[heard])
    costs[0, 1:] = np.cumsum(channel.missing[said])
    for row, one in enumerate(heard, 1):
        for column, other in enumerate(said, 1):
            costs[row, column] = min(_ways(costs, (row, column), (one, other), channel))
    row, column, steps = len(heard), len(said), []
    while row or column:
        if row and column:
            ways = _ways(costs, (row, column), (heard[row - 1], said[column - 1]), channel)
            way = ways.index(min(ways))
        else:
            way = 1 if row else 2
        row, column = row - (way != 2), column - (way != 1)  # noqa: PLR2004 - places in _ways
        steps.append((None if way == 2 else heard[row], None if way == 1 else said[column]))  # noqa: PLR2004
    return steps


def _ways(costs: Counts, place: tuple[int, int], letter: tuple[int, int], channel: NoisyChannel) -> list[float]:
    (row, column), (one, other) = place, letter
    return [
        costs[row - 1, column - 1] + channel.taken_for[one, other],
        costs[row - 1, column] + channel.added[one],
        costs[row, column - 1] + channel.missing[other],
    ]


def _learned(steps: Sequence[Step], channel: NoisyChannel, anyway: Counts) -> NoisyChannel:
    size = len(channel.alphabet) + 1
    taken_for = np.full((size, size), (1 - _SUPPOSED_RIGHT - _SUPPOSED_MISSING) / size)
    np.fill_diagonal(taken_for, _SUPPOSED_RIGHT)
    taken_for *= _TRUST
    missing, added, said = np.full(size, _SUPPOSED_MISSING * _TRUST), np.ones(size), np.full(size, _TRUST)
    for one, other in steps:
        if other is None:
            added[one] += 1
            continue
        said[other] += 1
        if one is None:
            missing[other] += 1
        else:
            taken_for[one, other] += 1
    return NoisyChannel(
        channel.alphabet,
        -np.log(taken_for / said),
        -np.log(added / said.sum()),
        -np.log(missing / said),
        -np.log(anyway / anyway.sum()),
    )
