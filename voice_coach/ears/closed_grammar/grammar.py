"""Expressions that say what may be spoken, and the grammar of sentences that they make.

add [another] <minutes> minutes | (two|three) more minutes

Words follow each other; `|` separates alternatives, `( )` groups, `[ ]` is optional, `<name>` is a slot: a named
expression whose words are reported under its name. The notation is a small subset of the JSpeech Grammar Format (JSGF).

Expressions become a nondeterministic automaton (Thompson's construction, CACM 1968); a state of the lazy deterministic
one is the set of its states reachable by the same words. A grammar of a million sentences costs what is walked of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_TOKEN = re.compile(r"\s*(?:([()\[\]|])|<([\w-]+)>|([^\s()\[\]|<>]+))")


class GrammarError(ValueError):
    """A mistake in the notation of an expression."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word; or several words that have other spellings only together ("twelve ounce")."""

    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """All parts in their order; an empty sequence stands for no words."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One of several expressions."""

    choices: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """An expression whose words are reported under the slot's name."""

    name: str
    value: Expression


Expression = Word | Sequence | Alternatives | Slot

NOTHING = Sequence(())
"""The expression of the empty sentence."""


def parse(text: str, slots: Mapping[str, Expression] | None = None) -> Expression:
    """Read an expression.

    Args:
        text: the expression, in the notation that this file describes.
        slots: the expression of each `<name>`.

    Raises:
        GrammarError: the expression has a mistake; the message names its place.
    """
    reader = _Reader(text, slots or {})
    expression = reader.alternatives()
    reader.expect_end()
    return expression


def without_slots(expression: Expression) -> Expression:
    """Return an expression of the same sentences that has no slots."""
    match expression:
        case Word():
            return expression
        case Sequence(parts):
            return Sequence(tuple(map(without_slots, parts)))
        case Alternatives(choices):
            return Alternatives(tuple(map(without_slots, choices)))
        case Slot(_, value):
            return without_slots(value)


class _Reader:
    """A recursive descent parser of one expression."""

    def __init__(self, text: str, slots: Mapping[str, Expression]) -> None:
        self._text = text
        self._slots = slots
        self._tokens = self._split(text)
        self._at = 0

    def alternatives(self) -> Expression:
        choices = [self._sequence()]
        while self._take("|"):
            choices.append(self._sequence())
        return choices[0] if len(choices) == 1 else Alternatives(tuple(choices))

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise self._mistake(f"unexpected '{self._tokens[self._at]}'")

    def _sequence(self) -> Expression:
        parts: list[Expression] = []
        while (part := self._part()) is not None:
            parts.append(part)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _part(self) -> Expression | None:
        if self._take("("):
            return self._closed_by(")")
        if self._take("["):
            return Alternatives((NOTHING, self._closed_by("]")))
        token = self._peek()
        if token is None or token in {")", "]", "|"}:
            return None
        self._at += 1
        if not token.startswith("<"):
            return Word(token)
        name = token.strip("<>")
        if name not in self._slots:
            raise self._mistake(f"unknown slot {token}")
        return Slot(name, self._slots[name])

    def _closed_by(self, bracket: str) -> Expression:
        inner = self.alternatives()
        if not self._take(bracket):
            raise self._mistake(f"'{bracket}' is missing")
        return inner

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, token: str) -> bool:
        found = self._peek() == token
        self._at += found
        return found

    def _split(self, text: str) -> list[str]:
        tokens: list[str] = []
        position = 0
        stripped = text.rstrip()
        while position < len(stripped):
            match = _TOKEN.match(stripped, position)
            if match is None:
                message = f"'{stripped[position:].strip()[:12]}' cannot be read in the expression '{text}'"
                raise GrammarError(message)
            bracket, slot, word = match.groups()
            tokens.append(bracket or word or f"<{slot}>")
            position = match.end()
        return tokens

    def _mistake(self, what: str) -> GrammarError:
        return GrammarError(f"{what} at word {self._at + 1} of the expression '{self._text}'")


Captured = tuple[str, ...]
"""The words said in slots so far; each slot begins with the mark "<name" and ends with ">"."""
State = tuple[tuple[int, Captured], ...]
"""A deterministic state: a set of nondeterministic states, each with the words captured on the way to it. Words outside
of slots are not captured, so beginnings with the same meaning and the same continuations are one state."""


@dataclass(slots=True)
class _Node:
    """A state of the nondeterministic automaton."""

    words: list[tuple[str, int]] = field(default_factory=list)
    free: list[tuple[int, str]] = field(default_factory=list)
    """Arcs that take no word, each as a target and a mark: "<name" opens a slot, ">" closes it, "" does neither."""
    rule: str | None = None
    """The name of the rule that ends in this state; None if no rule ends here."""

    @property
    def leads_on_only(self) -> bool:
        """Whether the state only has arcs without words, and ends no rule."""
        return not self.words and self.rule is None


@dataclass(frozen=True, slots=True)
class Reading:
    """The rule and the slots of a sentence of the grammar."""

    rule: str
    slots: Mapping[str, str]
    """The words said in each slot, joined by spaces, by the name of the slot."""


class Grammar:
    """A set of named rules, each an expression; a sentence of any rule is a sentence of the grammar.

    Args:
        rules: expressions by the names of the rules. If two rules have the same sentence, the earlier one wins.
    """

    def __init__(self, rules: Mapping[str, Expression]) -> None:
        self._rules = rules
        self._nodes = [_Node()]
        for rule, expression in rules.items():
            first, final = self._add_node(), self._add_node()
            self._nodes[0].free.append((first, ""))
            end = self._build(expression, first)
            self._nodes[end].free.append((final, ""))
            self._nodes[final].rule = rule
        self._arcs: dict[State, dict[str, State]] = {}
        self.start: State = self._closure([(0, ())])

    @classmethod
    def of_phrases(cls, phrases: Iterable[str]) -> Grammar:
        """Make a grammar with one rule for each phrase, named like the phrase."""
        return cls({phrase: Sequence(tuple(map(Word, phrase.split()))) for phrase in phrases})

    def without_slots(self) -> Grammar:
        """Return a grammar of the same sentences that reports no slots, only the rule."""
        return Grammar({rule: without_slots(expression) for rule, expression in self._rules.items()})

    def arcs(self, state: State) -> Mapping[str, State]:
        """Return the words that may follow a state, each with the state that it leads to."""
        known = self._arcs.get(state)
        if known is None:
            targets: dict[str, list[tuple[int, Captured]]] = {}
            for node, captured in state:
                for word, target in self._nodes[node].words:
                    targets.setdefault(word, []).append((target, _with_word(captured, word)))
            known = self._arcs[state] = {word: self._closure(reached) for word, reached in targets.items()}
        return known

    def reading_at(self, state: State) -> Reading | None:
        """Return the reading of the sentence that ends in a state; None if no sentence ends there."""
        ends = ((self._nodes[node].rule, captured) for node, captured in state)
        return next((Reading(rule, _slots_of(captured)) for rule, captured in ends if rule is not None), None)

    def rule_at(self, state: State) -> str | None:
        """Return the rule of the sentence that ends in a state; None if no sentence ends there."""
        return next((rule for node, _ in state if (rule := self._nodes[node].rule) is not None), None)

    def read(self, words: tuple[str, ...]) -> Reading | None:
        """Return the reading of a sentence; None if it is not in the grammar."""
        state = self.start
        for word in words:
            following = self.arcs(state)
            if word not in following:
                return None
            state = following[word]
        return self.reading_at(state)

    def _build(self, expression: Expression, start: int) -> int:
        match expression:
            case Word(text):
                end = self._add_node()
                self._nodes[start].words.append((text, end))
            case Sequence(parts):
                end = start
                for part in parts:
                    end = self._build(part, end)
            case Alternatives(choices):
                end = self._add_node()
                for choice in choices:
                    first = self._add_node()
                    self._nodes[start].free.append((first, ""))
                    self._nodes[self._build(choice, first)].free.append((end, ""))
            case Slot(name, value):
                first, end = self._add_node(), self._add_node()
                self._nodes[start].free.append((first, "<" + name))
                self._nodes[self._build(value, first)].free.append((end, ">"))
        return end

    def _add_node(self) -> int:
        self._nodes.append(_Node())
        return len(self._nodes) - 1

    def _closure(self, reached: Iterable[tuple[int, Captured]]) -> State:
        """Return the state that is reached without a further word; of two ways to a node the first one written wins.

        Nodes that only lead on are left out, so that states with the same continuations are equal.
        """
        passed: dict[int, Captured] = {}
        waiting = list(reached)[::-1]
        while waiting:
            node, captured = waiting.pop()
            if node not in passed:
                passed[node] = captured
                free = self._nodes[node].free
                waiting += [(target, (*captured, mark) if mark else captured) for target, mark in reversed(free)]
        return tuple((node, captured) for node, captured in passed.items() if not self._nodes[node].leads_on_only)


def _with_word(captured: Captured, word: str) -> Captured:
    is_in_slot = sum(mark.startswith("<") for mark in captured) > captured.count(">")
    return (*captured, word) if is_in_slot else captured


def _slots_of(captured: Captured) -> dict[str, str]:
    slots: dict[str, list[str]] = {}
    opened: list[str] = []
    for mark in captured:
        if mark.startswith("<"):
            opened.append(mark[1:])
            slots[mark[1:]] = []
        elif mark == ">":
            opened.pop()
        else:
            for name in opened:
                slots[name].append(mark)
    return {name: " ".join(words) for name, words in slots.items()}
