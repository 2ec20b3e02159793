"""A target of the fuzzing, the demands on all of them, and documents that several targets are fed with.

Documents are made as a TOML parser gives them: any at all, and the project's own with some changes.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from random import Random

    from hypothesis.strategies import SearchStrategy

    from voice_coach.errors import CoachError

    Parent = dict[str, Any] | list[Any]

_HUGE = 10**400
_TRICKY_TEXTS = (
    "", " ", "{", "}", "{}", "{0}", "{step}", "{step!r}", "{step:>9}", "{step:d}", "{left.real}", "{say_start[0]}", "(",
    ")", "[", "a|b", "<minutes>", "<nothing>", "{minute|minutes}", "\0", "\n", "é" * 300, "\u202e", "\U0001f9d6",
    "'", "https://", "holding", "PAUSE", "one", "start the mask",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(_TRICKY_TEXTS), st.text(max_size=30))
_SCALARS = st.one_of(
    TEXTS,
    st.integers(),
    st.sampled_from((_HUGE, -_HUGE, 0, -1, 2**63)),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=8
)
"""Whatever may stand to the right of an equals sign."""
_MOST_CHANGES = 4
_REMEDY_ENDS = (".", "?", "!")


def documents(known: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any tables, those with the known document's own keys, and the known document with a few changes."""
    keys = st.one_of(st.sampled_from(sorted(known)), TEXTS)
    return st.one_of(st.dictionaries(keys, VALUES, max_size=6), changed(known), changed(known))


@st.composite
def changed(draw: st.DrawFn, known: Mapping[str, Any]) -> dict[str, Any]:
    """The document with one to four changes, anywhere in it."""
    document = deepcopy(dict(known))
    for _ in range(draw(st.integers(1, _MOST_CHANGES))):
        places = list(_places(document))
        parent, key = places[draw(st.integers(0, max(0, len(places) - 1)))] if places else (document, "")
        _change(parent, key, draw(st.sampled_from(("replace", "remove", "double", "add", "swap"))), draw)
    return document


def _change(parent: Parent, key: Any, kind: str, draw: st.DrawFn) -> None:  # noqa: ANN401 - a name or a number
    if isinstance(parent, list):
        if kind == "double":
            parent.append(deepcopy(parent[key]))
        elif kind == "remove":
            del parent[key]
        elif kind == "swap":
            parent[key], parent[0] = parent[0], parent[key]
        else:
            parent[key] = draw(VALUES)
    elif kind == "remove":
        parent.pop(key, None)
    elif kind == "replace" and key in parent:
        parent[key] = draw(VALUES)
    elif kind == "swap" and key in parent:
        other = draw(st.sampled_from(sorted(parent)))
        parent[key], parent[other] = parent[other], parent[key]
    else:
        parent[draw(TEXTS)] = draw(VALUES)


def _places(parent: Any) -> Iterator[tuple[Parent, Any]]:  # noqa: ANN401 - whatever a document holds
    """Every value of a document, as where it stands and under which name or number."""
    entries = parent.items() if isinstance(parent, dict) else enumerate(parent) if isinstance(parent, list) else ()
    for key, value in entries:
        yield parent, key
        yield from _places(value)


def flipped(data: bytes, random: Random) -> bytes:
    """Bytes with one to eight faults: a bit turned, a piece cut out, doubled, moved, overwritten or put in."""
    faulty = bytearray(data)
    for _ in range(random.randint(1, 8)):
        start = random.randrange(len(faulty) + 1)
        piece = faulty[start : start + random.choice((1, 2, 4, 16, 64, len(faulty)))]
        match random.randrange(6):
            case 0 if start < len(faulty):
                faulty[start] ^= 1 << random.randrange(8)
            case 1:
                del faulty[start : start + len(piece)]
            case 2:
                faulty[start:start] = piece
            case 3:
                del faulty[start : start + len(piece)]
                place = random.randrange(len(faulty) + 1)
                faulty[place:place] = piece
            case 4:
                faulty[start : start + len(piece)] = random.choice((b"\0", b"\xff")) * len(piece)
            case _:
                faulty[start:start] = random.randbytes(random.choice((1, 3, 50)))
    return bytes(faulty)


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of input that the coach takes."""

    name: str
    inputs: SearchStrategy[Any]
    check: Callable[[Any, Path], None]
    """Feeds one input, with an empty folder for its files; raises when something is wrong."""
    weight: int = 1
    """The target's share of a run's inputs."""


def demand(claim: object, what: str) -> None:
    """Fail when a claim does not hold.

    Raises:
        AssertionError: it does not.
    """
    if not claim:
        raise AssertionError(what)


def demand_sentence(error: CoachError) -> None:
    """Fail when an error does not say something to a person."""
    text = str(error)
    demand(text.strip(), "an error says nothing")
    demand(text.rstrip().endswith(_REMEDY_ENDS), f"an error is no sentence: {text!r}")
    demand("Traceback" not in text, f"an error is a traceback: {text!r}")
