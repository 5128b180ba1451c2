"""What a broken promise is called: what is wanted, where that is written, and what was seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of a scheduler.

    Attributes:
        where: Where it is written: names of `xqute`, or headings of pages, as `docs/x.md: Heading`,
            with `; ` between them.
        text: What is promised.
    """

    where: str
    text: str

    def broken(self, seen: object) -> str:
        """Return the message of a test that fails.

        Args:
            seen: What was seen instead.
        """
        return f"the contract ({self.where}): {self.text}; but {seen}"
