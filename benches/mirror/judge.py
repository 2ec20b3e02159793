"""From what was seen of a rehearsal to figures, and from figures to the limits that they exceed. Pure."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benches.mirror.audience import FollowedFeed
    from benches.mirror.observations import Observations

    Line = dict[str, Any]

_LIMITS: Mapping[str, float] = {
    "reply_ms_median": 500,
    "reply_ms_p95": 1000,
    "countdown_error_ms": 250,
    "ring_error_s": 0.2,
    "digits_error_s": 0.2,
    "unseen": 0,
    "missed": 0,
    "crowd_unanswered": 0,
    "tracebacks": 0,
    "sockets_left_behind": 0,
    "page_kb": 200,
    "press_ms_p95": 1000,
}
"""The most that each figure may be."""
_LIKENESS = 0.8
"""The least that what is said during a burst of clients may be like what ought to be heard."""
STANDING_SECONDS = 1.0
"""What stands so long must have been seen by everybody; what is replaced sooner may be left out (latest wins)."""
_CHANGE_SECONDS = 0.5
"""After the coach has changed its countdown, nobody is held to it for so long."""
_HALF_A_SECOND = 0.5
"""Seconds; digits stand for a whole second, so they are compared with the middle of it."""


def judge(seen: Observations) -> dict[str, Any]:
    """The figures of one rehearsal."""
    names = ("commands_given", "commands_understood", "reply_ms_median", "reply_ms_p95", "countdown_error_ms")
    figures = {name: seen.summary[name] for name in names}
    figures |= {
        "exit_status": seen.exit_status,
        "tracebacks": seen.tracebacks,
        "coach_percent_of_a_core": round(seen.coach.percent_of_a_core, 1),
        "coach_pss_mb": round(seen.coach.most_pss_bytes / 1e6),
    }
    if seen.glances:
        ring, digits = ring_errors(seen)
        figures |= {
            "ring_error_s": round(max(ring), 3),
            "digits_error_s": round(max(digits), 3),
            "unseen": len(unseen(seen)),
            "browser_percent_of_a_core": round(seen.browser.percent_of_a_core, 1),
        }
    if seen.feeds:
        figures |= {
            "missed": missed(seen.feeds),
            "longest_silence_s": round(max(longest_silence(feed) for feed in seen.feeds), 2),
            "spread_ms_p95": round(1000 * float(np.percentile(spread(seen.feeds), 95))),
        }
    if seen.bursts:
        answers = sum((Counter(burst.answers) for burst in seen.bursts), Counter[str]())
        figures |= {
            "crowd": answers,
            "crowd_unanswered": answers["closed"],
            "crowd_s": round(max(burst.ended_at - burst.began_at for burst in seen.bursts), 2),
            "sockets_left_behind": max(0, seen.sockets_after - seen.sockets_before),
            "likeness_in_crowd": min(likeness_in_burst(seen), default=0.0),
        }
    return figures


def beyond_limits(figures: Mapping[str, Any]) -> list[str]:
    """The limits that figures exceed, a sentence each."""
    wrong = []
    for name, found in ({"all": figures} | figures["rehearsals"]).items():
        wrong += [f"{name}: {key} is {found[key]}" for key, most in _LIMITS.items() if found.get(key, 0) > most]
        if found.get("exit_status"):
            wrong.append(f"{name}: the rehearsal did not go well")
        if found.get("likeness_in_crowd", 1.0) < _LIKENESS:
            wrong.append(f"{name}: the crowd could be heard: {found['likeness_in_crowd']}")
    return wrong


def unseen(seen: Observations) -> list[str]:
    """The views that the browser ought to have shown and did not, a line each.

    A view counts as shown when at some glance all of it was there at once: step, title, phase, the sentence and the
    question.
    """
    missing = []
    first = min((glance["at"] for glance in seen.glances), default=float("inf"))
    for at, until, view in _standing(seen.lines):
        glances = [glance for glance in seen.glances if at <= glance["at"] < until]
        if at >= first and not any(_shows(glance, view) for glance in glances):
            missing.append(f"{view['phase']} {view['step_number']}: {view['saying']!r}; shown was {glances[-1:]}")
    return missing


def steps_shown(seen: Observations) -> list[tuple[int, str]]:
    """The steps by number and title, in the order in which the browser showed them first."""
    shown = []
    for glance in seen.glances:
        numbers = _numbers(glance["place"])
        if numbers and (step := (numbers[0], glance["title"])) not in shown:
            shown.append(step)
    return shown


def phases_shown(seen: Observations) -> list[str]:
    """The phases in the order in which the browser showed them first."""
    return list(dict.fromkeys(glance["phase"] for glance in seen.glances if glance["phase"]))


def ring_errors(seen: Observations) -> tuple[list[float], list[float]]:
    """How far ring and digits were from the coach at each glance while its countdown ran, seconds without sign.

    Ring and coach are compared by the same monotonic clock: `ends_at` of the coach's own view against what is drawn.
    The digits say each second from its beginning to its end, so they are off by what is outside of it.
    """
    ring, digits = [], []
    for at, until, countdown in _countdowns(seen.lines):
        for glance in seen.glances:
            if not at + _CHANGE_SECONDS <= glance["at"] < until or not glance["digits"]:
                continue
            remaining = countdown["ends_at"] - glance["at"]
            if remaining <= 0:
                continue
            ring.append(abs(glance["ring"] * countdown["total_seconds"] - remaining))
            minutes, seconds = glance["digits"].split(":")
            off = abs(60 * int(minutes) + int(seconds) - _HALF_A_SECOND - remaining) - _HALF_A_SECOND
            digits.append(max(0.0, off))
    return ring, digits


def missed(feeds: Sequence[FollowedFeed], standing_seconds: float = STANDING_SECONDS) -> int:
    """Count the states that stood for so long and that some client, which was there, was not sent."""
    first_seen: dict[int, float] = {}
    for feed in feeds:
        for revision, at in feed.revisions:
            first_seen[revision] = min(at, first_seen.get(revision, at))
    standing = {
        revision
        for revision, following in pairwise(sorted(first_seen))
        if first_seen[following] - first_seen[revision] >= standing_seconds
    }
    sent = [{revision for revision, _ in feed.revisions} for feed in feeds]
    return sum(len({one for one in standing if one >= min(mine)} - mine) for mine in sent if mine)


def longest_silence(feed: FollowedFeed) -> float:
    """The longest time between two events of a stream, seconds."""
    times = sorted([at for _, at in feed.revisions] + feed.beats)
    return max((later - earlier for earlier, later in pairwise(times)), default=float("inf"))


def spread(feeds: Sequence[FollowedFeed]) -> list[float]:
    """For each state, how long after the first client the last one had it that was sent it, seconds."""
    times: dict[int, list[float]] = {}
    for feed in feeds:
        for revision, at in feed.revisions[1:]:
            times.setdefault(revision, []).append(at)
    return [max(all_of) - min(all_of) for all_of in times.values()]


def likeness_in_burst(seen: Observations) -> list[float]:
    """How alike the sentences were to what they ought to be that were said while a burst of clients was there."""
    return [
        sentence.likeness
        for sentence in seen.sentences
        if any(burst.began_at <= sentence.ended_at and sentence.begun_at <= burst.ended_at for burst in seen.bursts)
    ]


def _standing(lines: Sequence[Line]) -> Iterator[tuple[float, float, Line]]:
    """Each view that stood, from when to when."""
    shows = [line for line in lines if line["name"] == "Show"]
    for show, following in pairwise(shows):
        if following["at"] - show["at"] >= STANDING_SECONDS:
            yield show["at"], following["at"], show["view"]


def _countdowns(lines: Sequence[Line]) -> Iterator[tuple[float, float, Line]]:
    """Each countdown that ran unchanged, from when to when."""
    begun_at, running = 0.0, None
    for line in lines:
        if line["name"] != "Show":
            continue
        countdown = line["view"]["countdown"]
        now = countdown if countdown and countdown["ends_at"] is not None else None
        if running is not None and (now is None or now["ends_at"] != running["ends_at"]):
            yield begun_at, line["at"], running
        if now is not None and (running is None or now["ends_at"] != running["ends_at"]):
            begun_at = line["at"]
        running = now


def _shows(glance: dict[str, Any], view: Line) -> bool:
    is_on_a_step = view["step_number"] and view["phase"] != Phase.DONE.value
    wanted = [view["step_number"], view["step_count"]] if is_on_a_step else []
    has_own_title = view["phase"] in {Phase.IDLE.value, Phase.DONE.value} or bool(view.get("is_in_pain"))
    return (
        glance["phase"] == view["phase"]
        and _numbers(glance["place"]) == wanted
        and (glance["title"] == view["title"] or not view["title"] or has_own_title)
        and (view["saying"] in (glance["caption"], glance["question"]) or _is_in_the_instruction(glance, view))
        and glance["question"] == view["question"]
    )


def _is_in_the_instruction(glance: dict[str, Any], view: Line) -> bool:
    """Whether the sentence is the step's own words, perhaps with some before them, and those stand on the page."""
    instruction = view.get("instruction", "")
    return bool(instruction) and instruction in view["saying"] and glance.get("instruction") == instruction


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]
