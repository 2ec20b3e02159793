"""The grammar of sentences that expressions make (see `schema/expressions.py`).

Expressions become a nondeterministic automaton (Thompson's construction, CACM 1968); a state of the lazy deterministic
one is the set of its states reachable by the same words. A grammar of a million sentences costs what is walked of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.schema.expressions import Alternatives, Sequence, Slot, Word, without_slots

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from voice_coach.schema.expressions import Expression


Captured = tuple[str, ...]
"""The words said in slots so far; each slot begins with the mark "<name" and ends with ">"."""
State = tuple[tuple[int, Captured], ...]
"""A deterministic state: a set of nondeterministic states, each with the words captured on the way to it. Words outside
of slots are not captured, so beginnings with the same meaning and the same continuations are one state."""


@dataclass(slots=True)
class _Node:
    """A state of the nondeterministic automaton; a large grammar has tens of thousands, most of them with one arc."""

    words: tuple[tuple[str, int], ...] = ()
    free: tuple[tuple[int, str], ...] = ()
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
        contractions: words that may stand for two others, by those two: "i'm" for "i" and "am".
    """

    def __init__(
        self, rules: Mapping[str, Expression], contractions: Mapping[tuple[str, str], str] | None = None
    ) -> None:
        self._rules = rules
        self._contractions = contractions or {}
        self._first_of_two = frozenset(first for first, _second in self._contractions)
        self._nodes = [_Node()]
        self._uncaptured: dict[int, tuple[int, Captured]] = {}
        """Each node that was reached, with nothing captured; one object for all states, because there are many."""
        for rule, expression in rules.items():
            first, final = self._add_node(), self._add_node()
            self._nodes[0].free += ((first, ""),)
            self._build(expression, first, final)
            self._nodes[final].rule = rule
        self._arcs: dict[State, dict[str, State]] = {}
        self.start: State = self._closure([(0, ())])

    @classmethod
    def of_phrases(cls, phrases: Iterable[str]) -> Grammar:
        """Make a grammar with one rule for each phrase, named like the phrase."""
        return cls({phrase: Sequence(tuple(map(Word, phrase.split()))) for phrase in phrases})

    def without_slots(self) -> Grammar:
        """Return a grammar of the same sentences that reports no slots, only the rule."""
        rules = {rule: without_slots(expression) for rule, expression in self._rules.items()}
        return Grammar(rules, self._contractions)

    @property
    def words(self) -> frozenset[str]:
        """All words of all sentences, without contractions."""
        return frozenset(word for node in self._nodes for word, _target in node.words)

    def arcs(self, state: State) -> Mapping[str, State]:
        """Return the words that may follow a state, each with the state that it leads to."""
        known = self._arcs.get(state)
        if known is None:
            known = self._plain_arcs(state)
            for first in self._first_of_two & known.keys():
                for second, target in self._plain_arcs(known[first]).items():
                    if contraction := self._contractions.get((first, second)):
                        known[contraction] = self._closure([*known.get(contraction, ()), *target])
            self._arcs[state] = known
        return known

    def _plain_arcs(self, state: State) -> dict[str, State]:
        """Return the arcs of a state without contractions."""
        targets: dict[str, list[tuple[int, Captured]]] = {}
        for node, captured in state:
            for word, target in self._nodes[node].words:
                targets.setdefault(word, []).append((target, _with_word(captured, word)))
        return {word: self._closure(reached) for word, reached in targets.items()}

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

    def _build(self, expression: Expression, start: int, end: int) -> None:
        """Lead from one node to another by each sentence of an expression.

        Alternatives share both nodes. That is right because nothing repeats: no way leads back to `start`.
        """
        match expression:
            case Word(text):
                self._nodes[start].words += ((text, end),)
            case Sequence(()):
                self._nodes[start].free += ((end, ""),)
            case Sequence((*parts, last)):
                for part in parts:
                    following = self._add_node()
                    self._build(part, start, following)
                    start = following
                self._build(last, start, end)
            case Alternatives(choices):
                for choice in choices:
                    self._build(choice, start, end)
            case Slot(name, value):
                first, last_of_slot = self._add_node(), self._add_node()
                self._nodes[start].free += ((first, "<" + name),)
                self._build(value, first, last_of_slot)
                self._nodes[last_of_slot].free += ((end, ">"),)

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
        return tuple(
            (node, captured) if captured else self._uncaptured.setdefault(node, (node, ()))
            for node, captured in passed.items()
            if not self._nodes[node].leads_on_only
        )


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
