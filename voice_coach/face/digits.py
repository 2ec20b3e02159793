"""Big digits, drawn from three by five points each."""

from __future__ import annotations

_GLYPHS = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ":": (" ", "#", " ", "#", " "),
}
_ROWS = 5


def big(text: str, scale: int, ink: str) -> list[str]:
    """Draw digits and colons.

    Args:
        text: Only 0-9 and ":".
        scale: 1 draws a point as 2 by 1 characters (which is about square), 2 as 4 by 2.
        ink: The character of a drawn point.

    Returns:
        5 * scale lines of equal width.
    """
    lines = []
    for row in range(_ROWS):
        points = " ".join(_GLYPHS[letter][row] for letter in text)
        line = "".join((ink if point == "#" else " ") * 2 * scale for point in points)
        lines += [line] * scale
    return lines
