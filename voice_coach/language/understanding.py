"""Finds the intent of a typed or transcribed text by phrases, patterns and keyword rules.

First the whole text must match a phrase or a pattern of an intent. If none matches, the text may be a correction ("go
on, no wait, I meant pause") or two commands in one breath. If it is neither, the intent classifier decides, which has
learned from many phrasings; it takes a text only when one intent is far more probable than the others and than none. A
text that several intents explain is no command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from voice_coach.language.classifier import NUMBER, Delexicalizer, IntentClassifier, Term
from voice_coach.language.intents import ANSWERS, CHANGES_OF_VOICE, MINUTE_INTENTS, SLOTS, Intent, may_go_together
from voice_coach.language.normalization import Normaliser, WordGroups, plain_words
from voice_coach.language.patterns import PatternCompiler
from voice_coach.language.phrases import (
    NUMBERS,
    SLOT_WORDS,
    TEXTS,
    phrases_document,
    slot_words,
    spoken_wordings,
    wording_as_pattern,
)
from voice_coach.schema import Boolean, Field, Table, Text, read_document
from voice_coach.schema.expressions import NOTHING, Alternatives, without_slots
from voice_coach.schema.expressions import Sequence as Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Halves = tuple[Sequence[str], Sequence[str]]
    Thirds = tuple[Sequence[str], Sequence[str], Sequence[str]]

    from voice_coach.language.phrases import Names
    from voice_coach.schema import Document, Expression

    Meanings = Callable[[Sequence[str], "Understander"], "set[Understood]"]

_Value = TypeVar("_Value", int, str)


@dataclass(frozen=True, slots=True)
class Seams:
    """The words of one language at which a sentence is split into two commands, or into a mistake and its correction.

    The patterns match words that are each followed by a space.
    """

    joints: re.Pattern[str]
    """Words between two commands that are given in one breath, such as "and" or "then"."""
    corrections: re.Pattern[str]
    """Words that take back the part before them in favour of the part after them, such as "no wait" or "I meant"."""
    afterthoughts: re.Pattern[str]
    """Words at the end of a sentence that confirm the part before them, such as "I mean"."""
    denied: frozenset[str]
    """Words that make a correction of one word a mere denial, as "more" does with "no": "no more" corrects nothing."""

    def joined(self, words: Sequence[str]) -> Iterator[Halves]:
        """Yield the words before and after each joint."""
        return ((before, after) for before, _, after in _around(self.joints, words) if before and after)

    def corrected(self, words: Sequence[str]) -> Iterator[Halves]:
        """Yield the words that were taken back, which may be none, and the words that were meant instead."""
        for before, correction, after in _around(self.corrections, words):
            if after and not (len(correction) == 1 and after[0] in self.denied):
                yield before, after
        for before, _, after in _around(self.afterthoughts, words):
            if before and not after:
                yield after, before


def spaced(words: Sequence[str]) -> str:
    """Join words with a space after each, also after the last one, as the patterns expect them."""
    return "".join(f"{word} " for word in words)


def _around(pattern: re.Pattern[str], words: Sequence[str]) -> Iterator[Thirds]:
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            if pattern.fullmatch(spaced(words[start:end])):
                yield words[:start], words[start:end], words[end:]


_MOST_WORDS = 24
"""Words that a command may have; longer texts are no commands."""
_LETTERS_A_WORD = 3
"""Letters that count as a word for `_MOST_WORDS` in languages in which each letter is treated as a word."""
_MOST_FILLERS = 4
"""Polite phrases that may follow each other, as in "please could you"."""
_NEVER = r"(?!)"
"""A regular expression that matches nothing, for languages that have no joints, corrections or afterthoughts."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The meaning of a text."""

    intent: Intent | None
    """The intent of the command; None when the text is no command, or not clearly one."""
    minutes: int | None = None
    """The number of minutes in the text; None when it has none."""
    slot_value: str = ""
    """The value of the intent's slot, such as the id of a step; empty when the text names none."""
    next_command: Understood | None = None
    """The second command in the same breath, if both may be done (see `may_go_together`); None when there is none."""
    certainty: float = field(default=1.0, compare=False)
    """The probability that this is meant, 0 to 1; 1.0 when a phrase or a pattern explains the text."""


_NOTHING = Understood(intent=None)


@dataclass(frozen=True, slots=True)
class Understander:
    """All rules that are needed to understand texts in one language."""

    normaliser: Normaliser
    numbers: Mapping[str, int]
    """The number of minutes of each number word in normal form."""
    slots: Mapping[str, Mapping[str, str]]
    """For each slot its words in normal form, each with the value that it names."""
    expressions: Mapping[Intent, re.Pattern[str]]
    """Regular expressions for whole texts in normal form with a space after each word; their groups capture the minutes
    or the slot's words."""
    sentences: Expression
    """The sentences that the ears look for: all wordings and patterns, with courtesies around."""
    seams: Seams
    """The words at which other texts may be split in two."""
    sounds_like: WordGroups
    """Words that a recogniser may write for others, with these others."""
    hints: Mapping[Intent, frozenset[str]]
    """Words that hint at an intent in any text: too little to act on, enough to ask."""
    rival_numbers: Mapping[str, tuple[str, ...]]
    """Number words in normal form, with others that sound like them."""
    silencers: tuple[str, ...]
    """Words for silence, which are looked for in whatever is said while the coach speaks."""
    delexicalizer: Delexicalizer
    """Finds numbers and slot values in texts for the classifier."""
    classifier: IntentClassifier
    """Finds the intent of a text that no expression matches."""

    def terms(self, text: str) -> list[Term]:
        """Divide a text into what the classifier looks at."""
        return self.delexicalizer.terms(self.normaliser.normalise(text).split())


def understand_transcript(text: str, understander: Understander) -> Understood:
    """Find the meaning of what a recogniser wrote, in which words may stand for others that sound like them."""
    meant = understand(text, understander)
    if meant.intent:
        return meant
    plain = plain_words(text)
    respelled = understander.sounds_like.replace(plain)
    return meant if respelled == plain else understand(respelled, understander)


def rival_texts(text: str, understander: Understander) -> list[str]:
    """Return a text with each of its numbers replaced by each one that sounds like it; the text itself comes first.

    The result is empty where no number has a rival.
    """
    words = [_number_word(word, understander) for word in plain_words(text).split()]
    rivals = [
        " ".join((*words[:place], other, *words[place + 1 :]))
        for place, word in enumerate(words)
        for other in understander.rival_numbers.get(word, ())
    ]
    return [" ".join(words), *rivals] if rivals else []


def _number_word(word: str, understander: Understander) -> str:
    """Return a number in digits as a word, and any other word as it is."""
    return understander.normaliser.normalise(word) if word.isdigit() else word


def hinted_intent(text: str, understander: Understander) -> Intent | None:
    """Return the intent that a text without a meaning hints at, such as "it stings" for one that speaks of pain."""
    words = understander.normaliser.normalise(text).split()
    return next((intent for intent, hints in understander.hints.items() if not hints.isdisjoint(words)), None)


def understand(text: str, understander: Understander) -> Understood:
    """Find the meaning of a text; its intent is None when the text has no meaning or several ones.

    If one of several meanings is an urgent command, such as "it stings", that one is returned.
    """
    meanings = readings(text, understander)
    return next(iter(meanings)) if len(meanings) == 1 else _urgent(meanings)


def readings(text: str, understander: Understander) -> set[Understood]:
    """Return all meanings of a text that the first successful way of reading it finds."""
    words = understander.normaliser.normalise(text).split()
    if len(words) > _MOST_WORDS * (_LETTERS_A_WORD if understander.normaliser.by_letter else 1):
        return set()
    meanings = (
        _by_expressions(words, understander)
        or _in_one_breath(words, _by_expressions, understander)
        or _with_another_voice(words, understander)
        or _corrected(words, understander)
        or _in_one_breath(words, _meanings, understander)
        or _by_classifier(words, understander)
    )
    if len(words) == 1 and words[0] in understander.delexicalizer.ambiguous:
        return {one for one in meanings if one.minutes is None}  # "another" alone does not answer "how many minutes"
    return meanings


def _urgent(meanings: set[Understood]) -> Understood:
    """Return the urgent one of several meanings, so that nobody must say twice that it stings; else no meaning."""
    return next((meaning for meaning in meanings if meaning.intent and meaning.intent.spec.is_urgent), _NOTHING)


def _meanings(words: Sequence[str], understander: Understander) -> set[Understood]:
    return _by_expressions(words, understander) or _by_classifier(words, understander)


def _corrected(words: Sequence[str], understander: Understander) -> set[Understood]:
    """Read a text in which a correction takes a part back; that part must be empty or a command itself."""
    return {
        meant
        for before, after in understander.seams.corrected(words)
        if not before or _meanings(before, understander)
        for meant in _meanings(after, understander)
    }


def _in_one_breath(words: Sequence[str], meanings: Meanings, understander: Understander) -> set[Understood]:
    """Read a text as two commands with a joint between them."""
    return {
        pair
        for before, after in understander.seams.joined(words)
        for pair in _pairs(meanings(before, understander), after, meanings, understander)
    }


def _with_another_voice(words: Sequence[str], understander: Understander) -> set[Understood]:
    """Read a text as two commands without a joint, one of which changes the voice, as in "say that again slower"."""
    return {
        pair
        for split in range(1, len(words))
        for pair in _pairs(_by_expressions(words[:split], understander), words[split:], _by_expressions, understander)
        if pair.next_command and CHANGES_OF_VOICE & {pair.intent, pair.next_command.intent}
    }


def _pairs(
    firsts: set[Understood], after: Sequence[str], meanings: Meanings, understander: Understander
) -> Iterator[Understood]:
    if len(firsts) != 1 or len(seconds := meanings(after, understander)) != 1:
        return
    (first,), (second,) = firsts, seconds
    if first.intent and second.intent and may_go_together(first.intent, second.intent):
        yield replace(first, next_command=second, certainty=first.certainty * second.certainty)


def _by_expressions(words: Sequence[str], understander: Understander) -> set[Understood]:
    text = spaced(words)
    matches = {intent: expression.fullmatch(text) for intent, expression in understander.expressions.items()}
    return {_understood(intent, match, understander) for intent, match in matches.items() if match}


def _understood(intent: Intent, match: re.Match[str], understander: Understander) -> Understood:
    found = [words for words in match.groups() if words]
    minutes = _first(understander.numbers, found) if intent in MINUTE_INTENTS else None
    if intent not in SLOTS:
        return Understood(intent, minutes)
    named = understander.slots[SLOTS[intent]]
    return Understood(intent, minutes, _first(named, found) or _only_named(intent, match.string, named))


def _first(values: Mapping[str, _Value], found: Iterable[str]) -> _Value | None:
    """Return the value of the first words that have one."""
    return next((values[words] for words in found if words in values), None)


def _only_named(intent: Intent, text: str, named: Mapping[str, str]) -> str:
    """Find the slot's value in a text whose pattern has no place for it, as in "it is still light outside"."""
    if intent.spec.is_slot_optional:
        return ""
    values = {value for words, value in named.items() if f" {words} " in f" {text}"}
    return values.pop() if len(values) == 1 else ""


def _by_classifier(words: Sequence[str], understander: Understander) -> set[Understood]:
    """Read a text as the classifier does, unless it is two commands of which one would be lost."""
    if any(
        _by_expressions(before, understander) and _by_expressions(after, understander)
        for before, after in understander.seams.joined(words)
    ):
        return set()
    terms = understander.delexicalizer.terms(words)
    classified = understander.classifier.classify(terms)
    if classified is None:
        return set()
    intent, certainty = classified
    numbers: set[int | None] = {None}
    if intent in MINUTE_INTENTS:
        named_numbers: set[int | None] = {understander.numbers[term.words] for term in terms if term.kind == NUMBER}
        numbers = named_numbers or (set() if intent in ANSWERS else {None})
    values = {""}
    if intent in SLOTS:
        named = understander.slots[SLOTS[intent]]
        named_values = {named[term.words] for term in terms if term.words in named}
        values = named_values or ({""} if intent.spec.is_slot_optional else set())
    meanings = {Understood(intent, minutes, value, certainty=certainty) for minutes, value in product(numbers, values)}
    return meanings if len(meanings) == 1 else set()


UNDERSTANDING = Table(
    {
        "language": Field(Text(2)),
        "fillers": Field(TEXTS, is_required=True),
        "spellings": Field(Table(others=TEXTS), is_required=True),
        "groups": Field(Table(others=TEXTS)),
        "by_letter": Field(Boolean()),
        "numbers": Field(NUMBERS, is_required=True),
        "ambiguous_numbers": Field(TEXTS, is_required=True),
        "units": Field(TEXTS, is_required=True),
        "negations": Field(TEXTS, is_required=True),
        "clauses": Field(TEXTS, is_required=True),
        "slots": Field(SLOT_WORDS),
        "parts": Field(Table(others=Text()), is_required=True),
        "sounds_like": Field(Table(others=TEXTS)),
        "silencers": Field(TEXTS),
        "rival_numbers": Field(Table(others=TEXTS)),
        "hints": Field(Table({intent.value: Field(Text()) for intent in Intent})),
        "joints": Field(TEXTS),
        "corrections": Field(TEXTS),
        "afterthoughts": Field(TEXTS),
        "denied": Field(Text()),
    }
)
"""The schema of a language's understanding.toml."""


def parse_understander(
    phrases: Mapping[str, object],
    meant: Mapping[str, object],
    classifier: IntentClassifier,
    further: Mapping[str, Names] | None = None,
) -> Understander:
    """Make the understander of a language from its parsed TOML documents.

    Args:
        phrases: the parsed phrases.toml, as for `parse_phrases`; all its wordings are understood. An intent may also
            have `written` (patterns in the notation of `patterns`, with slots such as `<minutes>` and `<mask>`).
        meant: the parsed understanding.toml. It has `fillers` (patterns of polite phrases), `joints`, `corrections` and
            `afterthoughts` (patterns) and `denied` (words), for all of which see `Seams`, `ambiguous_numbers`, `units`,
            `negations` and `clauses` (words), for which see `Delexicalizer`, and the tables `spellings` (normal forms
            with the words that they replace), `groups` (the same for several words at a time), `numbers` (words to
            minutes) and `slots` (values to their words), which are added to those of the phrases, `parts` (named
            patterns), `sounds_like` (words with what a recogniser may write for them), `rival_numbers` (number words
            to others) and `hints` (intents to words), for which see `Understander`.
        classifier: the intent classifier of the language.
        further: for a slot, further words by value, as for `parse_phrases`.

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    spoken = phrases_document(phrases)
    file = read_document(meant, UNDERSTANDING, f"the understanding of language {spoken.text('language')!r}")
    numbers = spoken.numbers("numbers") | file.numbers("numbers")
    spellings = _digits(numbers) | _spellings(file.table("spellings"))
    groups = _spellings(file.table("groups")) if "groups" in file else {}
    normaliser = Normaliser(spellings, WordGroups(groups), by_letter=file.boolean("by_letter"))
    parts = file.table("parts")
    slots = slot_words(spoken, further)
    if "slots" in file:
        slots = {name: words | slots[name] for name, words in slot_words(file).items()}
    compiler = PatternCompiler(
        normaliser,
        parts={name: parts.text(name) for name in parts.content},
        slots={"minutes": tuple(numbers), **{name: tuple(words) for name, words in slots.items()}},
    )
    fillers = f"{_any_of(file.texts('fillers'), compiler)}{{0,{_MOST_FILLERS}}}"
    normal_numbers = {normaliser.normalise(words): minutes for words, minutes in numbers.items()}
    normal_slots = {
        name: {normaliser.normalise(word): value for word, value in words.items()} for name, words in slots.items()
    }
    return Understander(
        normaliser=normaliser,
        numbers=normal_numbers,
        slots=normal_slots,
        expressions=_expressions(spoken, fillers, compiler),
        sentences=_sentences(spoken, file.texts("fillers"), compiler),
        sounds_like=WordGroups(_sounds_like(file.table("sounds_like")) if "sounds_like" in file else {}),
        hints=_hints(file.table("hints"), normaliser) if "hints" in file else {},
        silencers=file.texts("silencers") if "silencers" in file else (),
        rival_numbers=_rival_numbers(file.table("rival_numbers"), normal_numbers),
        seams=_seams(file, compiler),
        delexicalizer=Delexicalizer(
            normal_numbers,
            normal_slots,
            *(
                frozenset(map(normaliser.normalise, file.texts(key)))
                for key in ("ambiguous_numbers", "units", "negations", "clauses")
            ),
        ),
        classifier=classifier,
    )


def _sounds_like(table: Document) -> dict[str, str]:
    groups = _spellings(table)
    if malformed := [text for pair in groups.items() for text in pair if text != plain_words(text)]:
        raise table.error(f"{malformed[0]!r} is malformed; write lower case words")
    return groups


def _rival_numbers(table: Document, numbers: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    rivals = {number: table.texts(number) for number in table.content}
    if unknown := {word for number, others in rivals.items() for word in (number, *others)} - numbers.keys():
        raise table.error(f"{min(unknown)!r} is no number; write number words in normal form")
    return rivals


def _hints(table: Document, normaliser: Normaliser) -> dict[Intent, frozenset[str]]:
    return {Intent(name): frozenset(normaliser.normalise(table.text(name)).split()) for name in table.content}


def _seams(file: Document, compiler: PatternCompiler) -> Seams:
    joints, corrections, afterthoughts = (
        re.compile(_any_of(file.texts(key), compiler) if key in file else _NEVER)
        for key in ("joints", "corrections", "afterthoughts")
    )
    denied = file.text("denied").split()
    return Seams(joints, corrections, afterthoughts, frozenset(denied))


def _expressions(spoken: Document, fillers: str, compiler: PatternCompiler) -> dict[Intent, re.Pattern[str]]:
    expressions = {}
    for intent, patterns in _patterns(spoken):
        meant = _any_of(patterns, compiler)
        # People say a thing twice ("wait, hold on"); but two numbers of minutes or two slot values make two commands.
        times = "{1}" if intent in MINUTE_INTENTS or intent in SLOTS else "{1,2}"
        expressions[intent] = re.compile(f"{fillers}(?:{meant}{fillers}){times}")
    return expressions


def _sentences(spoken: Document, fillers: Iterable[str], compiler: PatternCompiler) -> Expression:
    courtesy = Alternatives((NOTHING, *map(compiler.expression, fillers)))
    meant = [compiler.expression(pattern) for _intent, patterns in _patterns(spoken) for pattern in patterns]
    return without_slots(Series((courtesy, Alternatives(tuple(meant)), courtesy)))


def _patterns(spoken: Document) -> Iterator[tuple[Intent, tuple[str, ...]]]:
    """Yield each intent with its patterns; the wordings of phrases come first."""
    for intent, wordings in spoken_wordings(spoken):
        table = spoken.table("intents").table(intent.value)
        yield intent, (*map(wording_as_pattern, wordings), *table.texts("written"))


def _any_of(patterns: Iterable[str], compiler: PatternCompiler) -> str:
    return f"(?:{'|'.join(map(compiler.source, patterns))})"


def _digits(numbers: Mapping[str, int]) -> dict[str, str]:
    digits: dict[str, str] = {}
    for words, minutes in numbers.items():
        digits.setdefault(str(minutes), words)
    return digits


def _spellings(table: Document) -> dict[str, str]:
    return {replaced: normal for normal in table.content for replaced in table.texts(normal)}
