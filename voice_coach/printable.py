"""Makes texts safe to print: characters that would control the terminal are written as escapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNPRINTABLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, ESC among them, but for tab and new line; DEL; C1
    "\u00ad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, zero width, marks of direction
    "\u2028-\u202e\u2060-\u206f"  # line and paragraph ends, embeddings, overrides, isolates, invisible joiners
    "\ud800-\udfff"  # halves of surrogate pairs, by which Python also represents bytes that are no text
    "\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
"""The characters that are escaped. U+200C and U+200D are not: Persian, Hindi and many emoji need them."""
_BREAKS = re.compile(r"[\t\n\r]+")
_LARGEST_UNIT = 0xFFFF


def printable(text: str) -> str:
    r"""Replace each character that could control a terminal by an escape such as `\u001b`.

    Tabs and new lines stay. JSON stays JSON with the same meaning.
    """
    return _UNPRINTABLE.sub(lambda found: _escaped(found[0]), text)


def on_a_line(text: str) -> str:
    """Make a text printable on one line: new lines and tabs become a space, other control characters escapes."""
    return printable(_BREAKS.sub(" ", text))


def _escaped(character: str) -> str:
    code = ord(character)
    if code <= _LARGEST_UNIT:
        return f"\\u{code:04x}"
    units = character.encode("utf-16-be")
    return f"\\u{units[:2].hex()}\\u{units[2:].hex()}"


class PrintableStream:
    """A text stream, such as standard output, that escapes all characters that could control a terminal.

    A library that draws with control characters (rich) writes to the stream `beneath`, and makes its texts
    printable itself.
    """

    def __init__(self, stream: TextIO) -> None:
        self.beneath = stream

    def write(self, text: str | bytes) -> int:
        """Write a text and return its length. Bytes, which click writes for a shell, are decoded as UTF-8."""
        given = text if isinstance(text, str) else text.decode(errors="replace")
        self.beneath.write(printable(given))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        if name == "buffer":  # bytes written to it would not be escaped
            raise AttributeError(name)
        return getattr(self.beneath, name)


def printable_stream(stream: TextIO) -> TextIO:
    """Wrap a stream in a PrintableStream, unless it is one already."""
    return stream if isinstance(stream, PrintableStream) else cast("TextIO", PrintableStream(stream))


def beneath(stream: TextIO) -> TextIO:
    """Return the stream that a PrintableStream wraps, for callers that make their own texts printable."""
    return stream.beneath if isinstance(stream, PrintableStream) else stream
