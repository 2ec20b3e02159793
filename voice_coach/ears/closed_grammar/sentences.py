"""A grammar as an automaton over words, made deterministic only where somebody looks.

Expressions become a nondeterministic automaton (Thompson's construction, CACM 1968); a state of the lazy deterministic
one is the set of its states reachable by the same words. A grammar of a million sentences costs what is walked of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_coach.ears.closed_grammar.expression import (
    Alternatives,
    Expression,
    Sequence,
    Slot,
    Word,
    without_slots,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Captured = tuple[str, ...]
"""The words of the slots so far, each slot between the marks "<name" and ">"."""
State = tuple[tuple[int, Captured], ...]
"""A deterministic state: the nondeterministic states it stands for, each with what was captured on the way to it. Words
outside of slots leave no trace, so sentences that mean the same so far are in the same state."""


@dataclass(slots=True)
class _Node:
    """A nondeterministic state."""

    words: list[tuple[str, int]] = field(default_factory=list)
    free: list[tuple[int, str]] = field(default_factory=list)
    """Arcs that take no word, each with the mark that it leaves: "<name" opens a slot, ">" closes it, "" neither."""
    rule: str | None = None
    """The rule that ends here."""

    @property
    def leads_on_only(self) -> bool:
        """Whether nothing happens here."""
        return not self.words and self.rule is None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence means to the grammar."""

    rule: str
    slots: Mapping[str, str]
    """The words of each slot, joined by spaces."""


class Grammar:
    """A set of named rules, each an expression; a sentence of any rule is a sentence of the grammar.

    Args:
        rules: expression by name. Earlier rules win where two have the same sentence.
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
        """A grammar with one rule for each phrase, named by it."""
        return cls({phrase: Sequence(tuple(map(Word, phrase.split()))) for phrase in phrases})

    def without_slots(self) -> Grammar:
        """The same sentences, of which only the rule is remembered."""
        return Grammar({rule: without_slots(expression) for rule, expression in self._rules.items()})

    def arcs(self, state: State) -> Mapping[str, State]:
        """The words that may follow, and where each leads."""
        known = self._arcs.get(state)
        if known is None:
            targets: dict[str, list[tuple[int, Captured]]] = {}
            for node, captured in state:
                for word, target in self._nodes[node].words:
                    targets.setdefault(word, []).append((target, _with_word(captured, word)))
            known = self._arcs[state] = {word: self._closure(reached) for word, reached in targets.items()}
        return known

    def reading_at(self, state: State) -> Reading | None:
        """What the sentence that ends here means; None when none does."""
        ends = ((self._nodes[node].rule, captured) for node, captured in state)
        return next((Reading(rule, _slots_of(captured)) for rule, captured in ends if rule is not None), None)

    def rule_at(self, state: State) -> str | None:
        """The rule of which a sentence ends here, if any."""
        return next((rule for node, _ in state if (rule := self._nodes[node].rule) is not None), None)

    def read(self, words: tuple[str, ...]) -> Reading | None:
        """The rule and the slots of a sentence; None when it is not in the grammar."""
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
        """All that is reached without a further word; of two ways to a node the first one written wins.

        Nodes that only lead on are left out, so that states with the same future are the same.
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
