"""What is wrong in a file that a person wrote: where, what, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str | int, ...]
"""The names and the positions (from 0) that lead to a value of a document, such as ("steps", 2, "only")."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake."""

    place: Place
    what: str
    remedy: str

    @property
    def sentence(self) -> str:
        """Both as one sentence."""
        mark = "" if self.remedy.endswith(("?", "!", ".")) else "."
        return f"{self.what}; {self.remedy}{mark}"

    @property
    def table(self) -> str:
        """In which table of the document it is, as people count; empty for the top."""
        return " ".join(str(part + 1) if isinstance(part, int) else part for part in self.place[:-1])


def label(place: Place) -> str:
    """What a sentence calls the value of a place: its name, with its number when it is one of several."""
    last = place[-1] if place else "the file"
    return f"{place[-2]} {last + 1}" if isinstance(last, int) and len(place) > 1 else str(last)
