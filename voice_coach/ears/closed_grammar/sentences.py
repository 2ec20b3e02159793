"""A grammar as an automaton over words, made deterministic only where somebody looks.

Expressions become a nondeterministic automaton (Thompson's construction, CACM 1968); a state of the lazy deterministic
one is the set of its states reachable by the same words. A grammar of a million sentences costs what is walked of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_coach.ears.closed_grammar.expression import Alternatives, Expression, Sequence, Slot, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

State = frozenset[int]
"""A deterministic state: the nondeterministic states it stands for."""


@dataclass(slots=True)
class _Node:
    """A nondeterministic state."""

    words: list[tuple[str, int]] = field(default_factory=list)
    free: list[tuple[int, str]] = field(default_factory=list)
    """Arcs that take no word, each with the mark that it leaves: "<name" opens a slot, ">" closes it, "" neither."""
    rule: str | None = None
    """The rule that ends here."""


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
        self._nodes = [_Node()]
        for rule, expression in rules.items():
            end = self._build(expression, 0)
            final = self._add_node()
            self._nodes[end].free.append((final, ""))
            self._nodes[final].rule = rule
        self._arcs: dict[State, dict[str, State]] = {}
        self.start: State = self._closure([0])

    @classmethod
    def of_phrases(cls, phrases: Iterable[str]) -> Grammar:
        """A grammar with one rule for each phrase, named by it."""
        return cls({phrase: Sequence(tuple(map(Word, phrase.split()))) for phrase in phrases})

    def arcs(self, state: State) -> Mapping[str, State]:
        """The words that may follow, and where each leads."""
        known = self._arcs.get(state)
        if known is None:
            targets: dict[str, list[int]] = {}
            for node in sorted(state):
                for word, target in self._nodes[node].words:
                    targets.setdefault(word, []).append(target)
            known = self._arcs[state] = {word: self._closure(nodes) for word, nodes in targets.items()}
        return known

    def rule_at(self, state: State) -> str | None:
        """The rule of which a sentence ends here, if any."""
        return next((rule for node in sorted(state) if (rule := self._nodes[node].rule) is not None), None)

    def read(self, words: tuple[str, ...]) -> Reading | None:
        """The rule and the slots of a sentence; None when it is not in the grammar."""
        marks = self._path(0, words, frozenset())
        if marks is None:
            return None
        rule, *path = marks
        return Reading(rule, _slots_of(path))

    def _path(self, node: int, words: tuple[str, ...], passed: frozenset[int]) -> list[str] | None:
        """Rule, then the words and slot marks on the first path that takes all the words from a node."""
        here = self._nodes[node]
        if here.rule is not None and not words:
            return [here.rule]
        for target, mark in here.free:
            if target not in passed and (rest := self._path(target, words, passed | {node})) is not None:
                return [rest[0], mark, *rest[1:]] if mark else rest
        for word, target in here.words:
            if words and word == words[0] and (rest := self._path(target, words[1:], frozenset())) is not None:
                return [rest[0], word, *rest[1:]]
        return None

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

    def _closure(self, nodes: Iterable[int]) -> State:
        reached = set(nodes)
        waiting = list(reached)
        while waiting:
            for target, _ in self._nodes[waiting.pop()].free:
                if target not in reached:
                    reached.add(target)
                    waiting.append(target)
        return frozenset(reached)


def _slots_of(path: list[str]) -> dict[str, str]:
    slots: dict[str, list[str]] = {}
    opened: list[str] = []
    for mark in path:
        if mark.startswith("<"):
            opened.append(mark[1:])
            slots[mark[1:]] = []
        elif mark == ">":
            opened.pop()
        else:
            for name in opened:
                slots[name].append(mark)
    return {name: " ".join(words) for name, words in slots.items()}
