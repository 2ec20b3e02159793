"""Writes the section of docs/appliance.md about pulled plugs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.common.publishing import table

if TYPE_CHECKING:
    from collections.abc import Mapping


_TEXT = """\
## Plugs pulled out

`scripts/bench devices` leads the real program by voice through a hold on the virtual sound card and pulls microphone
and speaker out, alternately and together, softly (the sound server moves the streams and tells nobody) and hard (they
end with an error), in silence, in the middle of a sentence and in the middle of a word. After each time the person
says a command. "Missed" is the time until the coach notices, "back" that from the plug to its being at work again,
"first sound" that from the plug to the sentence that is said again.

Measured on {machine}; load average at the start {load}.

{table}
"""
_TIMES = (
    ("microphone missed", "microphone_missed"),
    ("speaker missed", "speaker_missed"),
    ("microphone back", "microphone_back"),
    ("speaker back", "speaker_back"),
    ("first sound", "first_sound"),
    ("the command understood", "command"),
)


def devices_section(figures: Mapping[str, Any]) -> str:
    """The section of the figures in docs/measured/devices.json."""
    rows = [
        ("plugs pulled and put back", f"{figures['cycles']}"),
        ("commands understood", f"{figures['commands_understood']} of {figures['commands_given']}"),
        ("of them said more than once", f"{figures['commands_repeated']}"),
        ("milestones spoken", f"{figures['milestones_spoken']} of {figures['milestones_due']}"),
        *(
            (f"{name}, median / worst", f"{figures[f'{key}_median_s']:.2f} / {figures[f'{key}_worst_s']:.2f} s")
            for name, key in _TIMES
            if f"{key}_median_s" in figures
        ),
        ("lost", "; ".join(figures["lost"]) or "nothing"),
    ]
    return _TEXT.format(machine=figures["machine"], load=figures["load"], table=table(("", ""), rows))
