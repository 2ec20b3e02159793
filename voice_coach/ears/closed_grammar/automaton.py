"""The grammar as a deterministic automaton over a speech model's tokens, expanded only where a search walks.

A transcript may spell a sentence in several ways: capitalised or not, with or without a mark at its end, and words in
their variants ("twelve ounce", "12-ounce"). All spellings of a sentence lead to states with the same sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar.grammar import Grammar, State
    from voice_coach.ears.closed_grammar.speech_model import Tokenizer

END_MARKS = (".", ",", "?", "!")
"""The punctuation marks that may end a transcript, which may also end without any."""


@dataclass(frozen=True, slots=True)
class Arcs:
    """The arcs that leave a state."""

    tokens: NDArray[np.int64]
    """The token of each arc; shape (n,)."""
    targets: NDArray[np.int64]
    """The state that each arc leads to; shape (n,)."""


@dataclass(slots=True)
class _TrieNode:
    """A node of the trie of tokens that spell the words after one grammar state."""

    next: dict[int, _TrieNode] = field(default_factory=dict)
    ends_word: State | None = None
    """The grammar state after the word that ends at this node; None if no word ends here."""
    ends_sentence: State | None = None
    """The grammar state of the sentence that ends at this node; None if no sentence ends here."""


class TokenAutomaton:
    """A lazily expanded automaton over tokens. States are numbered in the order of their discovery; the start is 0.

    Args:
        grammar: the sentences to accept.
        tokenizer: the tokenizer of the speech model.
        variants: other spellings of a word, by the word; a spelling may be several words ("12 ounce"). A spelling
            that ends with one of END_MARKS is used only inside of a sentence.
    """

    def __init__(
        self,
        grammar: Grammar,
        tokenizer: Tokenizer,
        variants: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.grammar = grammar
        self._tokenizer = tokenizer
        self._variants = variants or {}
        self._encoded: dict[str, tuple[int, ...]] = {}
        self.forget()

    def forget(self) -> None:
        """Forget all states but the start, to free their memory; later searches find the same ones again."""
        self._trees: dict[tuple[State, bool], _TrieNode] = {}
        self._ends: dict[State, _TrieNode] = {}
        self._arcs: dict[int, Arcs] = {}
        self._nodes: list[_TrieNode] = []
        self._numbers: dict[int, int] = {}
        self._number(self._tree(self.grammar.start, is_first=True))

    def __len__(self) -> int:
        """The number of states discovered so far."""
        return len(self._nodes)

    def without_slots(self) -> TokenAutomaton:
        """Return an automaton whose states forget the words of slots: few states, even for millions of sentences."""
        return TokenAutomaton(self.grammar.without_slots(), self._tokenizer, self._variants)

    def arcs(self, state: int) -> Arcs:
        """Return the arcs that leave a state."""
        known = self._arcs.get(state)
        if known is None:
            spot = self._nodes[state]
            following = dict(spot.next)
            if spot.ends_word is not None:
                following |= self._tree(spot.ends_word, is_first=False).next
            tokens = sorted(following)
            targets = [self._number(following[token]) for token in tokens]
            known = self._arcs[state] = Arcs(np.array(tokens, np.int64), np.array(targets, np.int64))
        return known

    def only_way_on(self, state: int) -> Arcs | None:
        """Return the arcs of a state if there are any and all lead to the same state, else None."""
        arcs = self.arcs(state)
        return arcs if len(arcs.targets) and (arcs.targets == arcs.targets[0]).all() else None

    def sentence_at(self, state: int) -> State | None:
        """Return the grammar state of the sentence that ends in a state; None if no sentence ends there."""
        return self._nodes[state].ends_sentence

    def expand(self) -> Iterator[int]:
        """Discover and yield all states, each before those reached from it; endless for an endless grammar."""
        state = 0
        while state < len(self._nodes):
            self.arcs(state)
            yield state
            state += 1

    def _number(self, spot: _TrieNode) -> int:
        number = self._numbers.get(id(spot))
        if number is None:
            number = self._numbers[id(spot)] = len(self._nodes)
            self._nodes.append(spot)
        return number

    def _tree(self, state: State, *, is_first: bool) -> _TrieNode:
        root = self._trees.get((state, is_first))
        if root is None:
            root = self._trees[state, is_first] = _TrieNode()
            for word, target in self.grammar.arcs(state).items():
                self._spell(root, word, target, is_first=is_first)
        return root

    def _spell(self, root: _TrieNode, word: str, target: State, *, is_first: bool) -> None:
        is_last = self.grammar.rule_at(target) is not None
        for spelling in self._spellings(word, is_first=is_first):
            spot = self._walk(root, self._encode(spelling))
            spot.ends_word = target
            if is_last:
                spot.ends_sentence = target
                for mark in END_MARKS:
                    *tokens, last = self._encode(spelling + mark)
                    self._walk(root, tokens).next.setdefault(last, self._end_of(target))

    def _spellings(self, word: str, *, is_first: bool) -> tuple[str, ...]:
        plain = (word, *self._variants.get(word, ()))
        return tuple(dict.fromkeys((*plain, *(text[:1].upper() + text[1:] for text in plain)))) if is_first else plain

    def _encode(self, spelling: str) -> tuple[int, ...]:
        tokens = self._encoded.get(spelling)
        if tokens is None:
            words = map(self._tokenizer.encode_word, spelling.split())
            tokens = self._encoded[spelling] = tuple(chain.from_iterable(words))
        return tokens

    def _end_of(self, target: State) -> _TrieNode:
        """Return the node behind all marks that may end a sentence; it is shared, so that they are searched as one."""
        return self._ends.setdefault(target, _TrieNode(ends_sentence=target))

    @staticmethod
    def _walk(spot: _TrieNode, tokens: Iterable[int]) -> _TrieNode:
        for token in tokens:
            spot = spot.next.setdefault(token, _TrieNode())
        return spot
