"""Learns the thresholds of commands of one word; see scripts/learn-words.

A single word is easily confused with others, each with other ones: "done" with "down", "ready" with hardly anything.
So each that stands in the table `word_thresholds` of phrases.toml has a threshold of its own, a little above the
highest score that it had in sounds without commands.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from benches.common.speakers import TUNE
from benches.hearing.listening import OURS, Others
from benches.hearing.places import stated_places
from benches.hearing.plan import TALK, WORDS, others_heard, results_of
from benches.hearing.recordings import GivenRecordings
from voice_coach.ears.rejection import needed_before_end
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benches.hearing.plan import Results
    from voice_coach.language.phrases import PhraseBook

LANGUAGE = "en"
PHRASES = Path(__file__).parents[2] / "voice_coach" / "content" / LANGUAGE / "phrases.toml"
_ABOVE = 0.3
"""Nats by which a word must score higher than it did in sounds without commands."""
_LOWEST, _LOWEST_UNLISTED, _HIGHEST = 5.0, 6.0, 7.5
"""Nats: what a word that was never heard must have if it is listed and if it is not, and what suffices for any word."""
_CANDIDATES = 3
"""The hypotheses of an utterance that count, from the most probable on."""
_TABLE = "[word_thresholds]\n"
"""The heading of the table that is learned; it is the last one of its file."""


def highest_scores(results: Results) -> Mapping[str, float]:
    """Return the highest score of each text in sounds without commands, less what its place in them adds to it."""
    highest: dict[str, float] = defaultdict(lambda: -float("inf"))
    for _task, clips in results:
        for scores in (scores for clip in clips for answer in clip.answers for scores in answer.judged.scores):
            for hypothesis in scores.n_bests[0].hypotheses[:_CANDIDATES]:
                highest[hypothesis.text] = max(highest[hypothesis.text], hypothesis.score - needed_before_end(scores))
    return highest


def thresholds(book: PhraseBook, highest: Mapping[str, float]) -> dict[str, float]:
    """Return the threshold of each word that has one, in nats.

    Args:
        book: the phrases, with the thresholds to be renewed.
        highest: the highest score of each text in sounds without commands.
    """
    lowest = {word: _LOWEST if word in book.by_text else _LOWEST_UNLISTED for word in book.word_thresholds}
    return {word: round(min(_HIGHEST, max(least, highest[word] + _ABOVE)), 1) for word, least in lowest.items()}


def main(data: Path) -> None:
    """Hear the recordings, and write the thresholds of the words that stand in the table."""
    given = GivenRecordings(data, TUNE)
    tasks = [
        task
        for task in others_heard(OURS, given, (), stated_places(given))
        if isinstance(task, Others) and task.kind in {TALK, WORDS}
    ]
    learned = thresholds(load_language(LANGUAGE).phrase_book, highest_scores(results_of(tasks)))
    before, _table = PHRASES.read_text("utf-8").split(_TABLE)
    lines = "".join(f"{word} = {needed}\n" for word, needed in sorted(learned.items()))
    PHRASES.write_text(before + _TABLE + lines, "utf-8")
    print(f"Wrote {len(learned)} thresholds into {PHRASES.name}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
