"""What is wrong in a file or a flag that a person wrote: where, what, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

ValuePath = tuple[str | int, ...]
"""The names and the positions (from 0) that lead to a value of a document, such as ("steps", 2, "only")."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake."""

    path: ValuePath
    what: str
    remedy: str
    line: int = 0
    """From 1; 0 while nobody has looked for it, and for a mistake of the file as a whole."""

    @property
    def sentence(self) -> str:
        """What is wrong and the remedy, as one sentence."""
        mark = "" if self.remedy.endswith(("?", "!", ".")) else "."
        return f"{self.what}; {self.remedy}{mark}"

    @property
    def table(self) -> str:
        """The table of the document it is in, counted as people count; empty for the top."""
        return " ".join(str(part + 1) if isinstance(part, int) else part for part in self.path[:-1])

    @property
    def sentence_with_table(self) -> str:
        """The sentence, after the table it is about."""
        return f"{self.table}: {self.sentence}" if self.table else self.sentence


def label(path: ValuePath) -> str:
    """What a sentence calls the value of a path: its name, with its number when it is one of several."""
    last = path[-1] if path else "the file"
    return f"{path[-2]} {last + 1}" if isinstance(last, int) and len(path) > 1 else str(last)
