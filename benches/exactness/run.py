"""Runs the comparison of the decoder's search with exact scoring."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import numpy as np

from benches.common.publishing import parser_of
from benches.common.speakers import NATURAL, say
from voice_coach.ears.closed_grammar import Decoder, load
from voice_coach.ears.closed_grammar.calibration import score_all
from voice_coach.ears.recognizers.registry import model_and_automaton, shipped_table, table_key
from voice_coach.library import load_language

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.language.phrases import PhraseBook


def main() -> int:
    """Compare clip by clip; the last line is a JSON object. Exit status 1 below 99 %."""
    parser = parser_of("exactness")
    parser.add_argument("--clips", type=int, default=200, help="how many spoken phrases [200]; about 2 s each")
    clips = parser.parse_args().clips
    book = load_language("en").phrase_book
    model, automaton = model_and_automaton(book)
    table = load(shipped_table("en"), table_key(book), automaton)
    if table is None:
        sys.exit("scripts/bench exactness: the shipped calibration is out of date. Run: scripts/calibrate")
    decoder = Decoder(model, automaton, table)
    same = 0
    for number, (text, sound) in enumerate(_spoken(book, clips), start=1):
        exact = score_all(model, automaton, sound).sentences
        best = max(exact, key=lambda sentence: exact[sentence] - table.by_sentence[sentence])
        expected = automaton.grammar.rule_at(best)
        found = decoder.decode(sound)[0].rule
        same += found == expected
        note = "" if found == expected else f"  ({text}: found '{found}', exactly '{expected}')"
        print(f"\r{number} of {clips}, {same} the same{note}", end="\n" if note else "", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(json.dumps({"kind": "exactness", "phrases": len(book.phrases), "clips": clips, "same_best_phrase": same}))
    return 0 if same >= 0.99 * clips else 1


def _spoken(book: PhraseBook, clips: int) -> list[tuple[str, NDArray[np.float32]]]:
    """Phrases spread evenly over the book, by the natural voices in turn."""
    chosen = np.linspace(0, len(book.texts) - 1, clips).astype(int)
    return [
        (book.texts[index], say(book.texts[index], NATURAL[turn % len(NATURAL)])) for turn, index in enumerate(chosen)
    ]


if __name__ == "__main__":
    sys.exit(main())
