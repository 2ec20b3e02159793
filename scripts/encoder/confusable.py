"""Sentences that are easily taken for each other: they differ in a number, or are single words that sound alike.

The second stage of the training (see train.py) lets voices say them, and asks that the decoder prefers what was said.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benches.hearing.grammar_sample import unlisted_sentences
from voice_coach.language.understanding import rival_texts
from voice_coach.library import load_language

if TYPE_CHECKING:
    from voice_coach.language.pack import LanguagePack

_DRAWN = 1_500
"""Sentences of the grammar from which those with a number are taken."""
_ALONE = 0.4
"""The share of numbers that are said alone, as an answer: "fifty minutes"."""
_ANSWERS = ("{}", "{} minutes", "about {} minutes", "{} minutes now")
_ALIKE = 0.6
"""The share of numbers that sound like another one."""
_OTHERS = 2
"""Other numbers that a number without such a rival is compared with."""
SOUND_ALIKE = {
    "next": "necks nets decks best rest test vexed naked knelt",
    "pause": "paws cars calls boss palms paul",
    "stop": "shopped stock stoppage strap stomp stopper swap stuff dropped",
    "wait": "weight white wade waste wet rate vain",
    "resume": "assume consume raisin resin perfume costume",
    "continue": "continent container contain contagious venue",
    "why": "wife white while wire vie sigh fry wise",
    "restart": "resort mustard research art custard dessert",
    "louder": "ladder powder loudest cloudy prouder letter chowder",
    "quieter": "quite quarter quoted wider writer quilted",
    "slower": "mower flower sower solar lore shower sober",
    "faster": "plaster master fasten pasta foster fester after feaster",
    "help": "held hemp kelp felt shelf elk alp",
    "yes": "guess chess jess mess yesterday dress",
    "yeah": "year yard yell bear air hair yak",
    "sure": "shore shoe show chore shirt pure share",
    "okay": "oak cake bouquet bay decay hockey croquet",
    "no": "snow now nose known low nor knee",
    "quit": "quid wit quilt fit quaint sit twit",
    "exit": "exist axis excite except exhibit eggs",
    "done": "dumb ton gun dawn sun none dune",
    "back": "black bat bad lack bike bank beck",
    "repeat": "retreat receipt defeat deplete repaid complete peat",
    "again": "gain against agent hen began",
    "ready": "reddish steady red heavy radio read rusty",
    "enough": "tough snuff cough inner bluff stuff",
    "goodbye": "nearby could buy standby goodness",
    "start": "smart heart stare stars part startle",
    "finished": "finnish fish furnished vanished finest",
    "skip": "ship skin skipper grip sip kip",
    "previous": "precious devious pervious serious",
    "hurts": "shirts hearts herbs hers heads hut",
    "burning": "turning learning burner earning",
    "stings": "strings things stinks sings stink",
}
"""Commands, and words that sound somewhat like them and are none; none of them is a word that the bench tries."""


@dataclass(frozen=True, slots=True)
class Confusable:
    """A sentence, and what it may be taken for."""

    text: str
    rivals: tuple[str, ...]


def with_numbers(count: int, seed: int = 0) -> list[Confusable]:
    """Draw sentences with a number of minutes; their rivals have another number, where there is one that sounds alike.

    Args:
        count: the number of sentences.
        seed: another one gives others.
    """
    pack, rng = load_language("en"), random.Random(seed)  # noqa: S311 - a draw, and no secret
    numbers = pack.wording.time.numbers[1:]
    alike = [number for number in numbers if number in pack.understander.rival_numbers]
    frames = _frames(pack, seed)

    def drawn() -> Confusable:
        frame = rng.choice(_ANSWERS if rng.random() < _ALONE else frames)
        number = rng.choice(alike if rng.random() < _ALIKE else numbers)
        rivals = rival_texts(frame.format(number), pack.understander)[1:]
        others = [frame.format(other) for other in rng.sample(numbers, _OTHERS + 1) if other != number]
        return Confusable(frame.format(number), tuple(rivals or others))

    return [drawn() for _ in range(count)]


def _frames(pack: LanguagePack, seed: int) -> list[str]:
    """Sentences with a place for a number: listed ones, and some that the patterns make."""
    phrases = (*pack.phrase_book.phrases, *unlisted_sentences(pack, _DRAWN, seed + 1000))
    words = sorted(pack.wording.time.numbers, key=len, reverse=True)
    number = re.compile(rf"\b(?:{'|'.join(words)})\b")
    texts = {number.sub("{}", phrase.text) for phrase in phrases if phrase.minutes is not None}
    return sorted(text for text in texts if text.count("{}") == 1)


def single_words(count: int, seed: int = 0) -> list[Confusable]:
    """Draw single words: commands, whose rivals sound like them, and their rivals, each against the command.

    Args:
        count: the number of words.
        seed: another one gives others.
    """
    rng = random.Random(seed)  # noqa: S311 - as above
    near = {command: tuple(words.split()) for command, words in SOUND_ALIKE.items()}

    def drawn() -> Confusable:
        command = rng.choice(sorted(near))
        if rng.random() < 1 / 2:
            return Confusable(command, near[command])
        return Confusable(rng.choice(near[command]), (command,))

    return [drawn() for _ in range(count)]
