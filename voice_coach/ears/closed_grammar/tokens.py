"""The tokens of a speech model: byte-pair encoding as SentencePiece does it.

File format (read off Moonshine's tokenizer.bin): the tokens in the order of their ids, each as its length in bytes (one
byte below 128; from 128 on two, the low seven bits first) and its bytes. A word starts with U+2581. Merges are taken
lowest id first; ids below 259 are specials and single bytes. No token crosses the start of a word, so each word is
encoded alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = 1
"""Token id that starts every transcript."""
END = 2
"""Token id that ends every transcript."""
_FIRST_BYTE = 3
"""Token id of the byte 0."""
_FIRST_MERGE = 259
_WORD_START = "\u2581"
_LONG_LENGTH = 128


class Tokenizer:
    """Turns a word into token ids.

    Args:
        tokens: the token of each id, as bytes.
    """

    def __init__(self, tokens: list[bytes]) -> None:
        self._tokens = tokens
        self._ids = {token: number for number, token in enumerate(tokens) if number >= _FIRST_MERGE}

    @classmethod
    def read(cls, path: Path) -> Tokenizer:
        """Read a tokenizer.bin.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is cut short.
        """
        content = path.read_bytes()
        tokens: list[bytes] = []
        position = 0
        while position < len(content):
            length = content[position]
            position += 1
            if length >= _LONG_LENGTH:
                length += _LONG_LENGTH * (content[position : position + 1] or b"\0")[0] - _LONG_LENGTH
                position += 1
            token = content[position : position + length]
            if len(token) < length:
                message = f"{path.name} is cut short"
                raise ValueError(message)
            tokens.append(token)
            position += length
        return cls(tokens)

    def __len__(self) -> int:
        return len(self._tokens)

    def encode_word(self, word: str) -> tuple[int, ...]:
        """The token ids of one word as it stands in a text (a space before it is implied)."""
        pieces = [character.encode() for character in _WORD_START + word]
        while len(pieces) > 1:
            merges = [(self._ids.get(left + right), at) for at, (left, right) in enumerate(pairwise(pieces))]
            known = [(number, at) for number, at in merges if number is not None]
            if not known:
                break
            _, at = min(known)
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
        return tuple(number for piece in pieces for number in self._ids_of(piece))

    def decode(self, ids: tuple[int, ...]) -> str:
        """The text of token ids, without the implied first space."""
        text = b"".join(self._bytes_of(number) for number in ids).decode(errors="replace")
        return text.replace(_WORD_START, " ").removeprefix(" ")

    def _ids_of(self, piece: bytes) -> tuple[int, ...]:
        known = self._ids.get(piece)
        return (known,) if known is not None else tuple(_FIRST_BYTE + byte for byte in piece)

    def _bytes_of(self, number: int) -> bytes:
        if _FIRST_BYTE <= number < _FIRST_MERGE:
            return bytes([number - _FIRST_BYTE])
        return self._tokens[number]
