"""Writes the section of docs/mirror.md about audiences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.publishing import table

if TYPE_CHECKING:
    from collections.abc import Mapping


_TEXT = """\
## What it costs

`scripts/bench mirror` leads a synthetic person through the whole routine, on the virtual sound card, while the page is
watched. "100" are a browser and 99 programs that hold the stream open; in the middle of the hold 1,000 more come at
once while the person speaks, and again while the coach answers. Reply and chime are measured in the sound, ring and
digits against the coach's own deadline, ten times a second.

Measured on {machine}; load average at the start {load}.

{rehearsals}

{rest}
"""
_HEAD = ("", "no page", "0 clients", "1 browser", "100 clients, then 1,100")
_ROWS = (
    ("commands understood", "{commands_understood} of {commands_given}"),
    ("reply, median / 95th percentile", "{reply_ms_median:.0f} / {reply_ms_p95:.0f} ms"),
    ("chime, off its time", "{countdown_error_ms:.0f} ms"),
    ("coach, of one core", "{coach_percent_of_a_core} %"),
    ("coach, memory", "{coach_pss_mb} MB"),
    ("browser, of one core", "{browser_percent_of_a_core} %"),
    ("ring / digits, most off", "{ring_error_s:.2f} / {digits_error_s:.2f} s"),
)


def mirror_section(figures: Mapping[str, Any]) -> str:
    """The section of the figures in docs/measured/mirror.json."""
    rehearsals = list(figures["rehearsals"].values())
    many = rehearsals[-1]
    answers = many["crowd"]
    rows = [(name, *(_cell(form, one) for one in rehearsals)) for name, form in _ROWS]
    rest = [
        ("of the two times 1,000: let in / refused with 503 / no answer",
         f"{answers.get('200', 0)} / {answers.get('503', 0)} / {answers.get('closed', 0)}"),
        ("until all of a crowd had their answer and had left", f"{many['crowd_s']:.1f} s"),
        ("what was said meanwhile, likeness to what ought to be heard", f"{many['likeness_in_crowd']:.2f} of 1"),
        ("states that stood for a second and did not reach one of the 100", f"{many['missed']}"),
        ("from the first of the 100 to the last that has a state, 95th percentile", f"{many['spread_ms_p95']} ms"),
        ("from a touch to the page, median / 95th percentile",
         f"{figures['press_ms_median']} / {figures['press_ms_p95']} ms"),
        ("from the start of the program to the first sound, without / with the page",
         f"{figures['first_sound_without_s']:.2f} / {figures['first_sound_s']:.2f} s"),
        ("from the start of the program to the page", f"{figures['start_s']:.1f} s"),
        ("all files of the page", f"{figures['page_kb']:.0f} kB"),
    ]  # fmt: skip
    tables = {"rehearsals": table(_HEAD, rows), "rest": table(("", ""), rest)}
    return _TEXT.format(machine=figures["machine"], load=figures["load"], **tables)


def _cell(form: str, figures: Mapping[str, Any]) -> str:
    try:
        return form.format(**figures)
    except KeyError:
        return "-"
