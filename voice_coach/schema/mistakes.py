"""Mistakes in files and flags that a person wrote: where each is, what is wrong, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

ValuePath = tuple[str | int, ...]
"""The names and positions (from 0) that lead to a value in a document, such as ("steps", 2, "only")."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file or a flag."""

    path: ValuePath
    what: str
    remedy: str
    line: int = 0
    """The line, from 1; 0 when it is not known, and for a mistake of the file as a whole."""

    @property
    def sentence(self) -> str:
        """One sentence that tells the mistake and its remedy."""
        mark = "" if self.remedy.endswith(("?", "!", ".")) else "."
        return f"{self.what}; {self.remedy}{mark}"

    @property
    def table(self) -> str:
        """The name of the table that the mistake is in, such as "steps 3"; empty at the top of a document."""
        return " ".join(str(part + 1) if isinstance(part, int) else part for part in self.path[:-1])

    @property
    def sentence_with_table(self) -> str:
        """The sentence, with the name of the table before it."""
        return f"{self.table}: {self.sentence}" if self.table else self.sentence


def label(path: ValuePath) -> str:
    """Return the name of a value for use in a sentence, such as "title", or "steps 3" for the third entry of a list."""
    last = path[-1] if path else "the file"
    return f"{path[-2]} {last + 1}" if isinstance(last, int) and len(path) > 1 else str(last)
