"""Runs the bench of people's own words."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from benches.common.publishing import MEASURED, as_json, describe, parser_of, publish, shortened
from benches.common.speakers import BOTH, NATURAL, TEST, TUNE, VOICES, say
from benches.hearing.judge import taken
from benches.hearing.listening import OURS, Commands, Others
from benches.hearing.places import QUIET, stated_places
from benches.hearing.plan import results_of
from benches.hearing.recordings import GivenRecordings
from benches.phrasings.judge import by_intent, outcome, read_phrasings, total, typed
from voice_coach.errors import CoachError
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benches.common.outcomes import Outcomes
    from benches.hearing.listening import HeardClip
    from benches.phrasings.judge import Phrasings
    from voice_coach.language.phrases import Phrase

_NEURAL = next(voice for voice in VOICES if voice.name == "hibari")
PEOPLE = (*NATURAL, _NEURAL)
"""Who says the phrasings: three voices of flite made of recorded speech, and a neural one."""
_OTHERS = "other sentences"


def main() -> int:
    """Print what was understood as JSON; a whole run of the testing list is kept in docs/measured/phrasings.json."""
    parser = parser_of("phrasings")
    parser.add_argument("--half", choices=(TEST, TUNE), default=TEST, help="the list [test, the published one]")
    parser.add_argument("--fresh", action="store_true", help="forget the tasks that earlier runs have done")
    parser.add_argument("--missed", action="store_true", help="print what was missed or taken for something else")
    options = parser.parse_args()
    phrasings = read_phrasings(options.half)
    outcomes, typed_commands = typed(phrasings, load_language("en").understander)
    results = results_of(_plan(phrasings), is_fresh=options.fresh)
    # Of each voice first the commands, then the other sentences, as they are planned.
    heard = {voice: _outcomes(clips) for voice, (_task, clips) in zip(PEOPLE, results[::2], strict=True)}
    others = {voice: _commands_in(clips) for voice, (_task, clips) in zip(PEOPLE, results[1::2], strict=True)}
    figures = {
        "machine": describe("moonshine-voice", "onnxruntime", "numpy"),
        "half": options.half,
        "others": len(phrasings.others),
        "typed": {**total(outcomes.values()).counts, "others_taken": list(typed_commands)},
        "spoken": {
            voice.name: {"engine": voice.engine, **total(heard[voice].values()).counts, "others_taken": others[voice]}
            for voice in PEOPLE
        },
        "by_intent": {
            intent: counts.counts
            for intent, counts in by_intent(pair for said in heard.values() for pair in said.items()).items()
        },
    }
    print(as_json(figures), end="")
    if options.missed:
        _tell_missed({"typed": outcomes, **{voice.name: said for voice, said in heard.items()}})
    against = shortened(parser, options, alike=["half"])
    publish(lambda: {MEASURED / "phrasings.json": as_json(figures)}, against)
    return 0


def _plan(phrasings: Phrasings) -> list[Commands | Others]:
    quiet = next(place for place in stated_places(GivenRecordings(None, BOTH)) if place.name == QUIET)
    return [
        task
        for voice in PEOPLE
        for task in (
            Commands(OURS, quiet, voice, phrasings.commands),
            Others(OURS, _OTHERS, tuple(say(text, voice) for text in phrasings.others), quiet),
        )
    ]


def _outcomes(clips: Sequence[HeardClip]) -> Mapping[Phrase, Outcomes]:
    """Return the outcome of each phrasing that was said."""
    return {clip.said: outcome(clip.said, taken(clip)) for clip in clips if clip.said is not None}


def _commands_in(clips: Sequence[HeardClip]) -> list[str]:
    """Return the phrases that were taken from sentences that are no command."""
    return [phrase.text for clip in clips for phrase in taken(clip)]


def _tell_missed(outcomes: Mapping[str, Mapping[Phrase, Outcomes]]) -> None:
    for way, said in outcomes.items():
        for phrase, one in said.items():
            if not one.right:
                line = {"by": way, "intent": phrase.intent.value, "text": phrase.text, "wrong": bool(one.wrong)}
                print(json.dumps(line), file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CoachError as error:
        sys.exit(f"scripts/bench phrasings: {error}")
