"""A promise of the contract, and the message of a test that finds it broken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of a scheduler.

    Attributes:
        where: Where it is written: names of `xqute`, or headings of pages such as
            `docs/x.md: Heading`, separated by `; `.
        text: What is promised.
    """

    where: str
    text: str

    def broken(self, seen: object) -> str:
        """Return the message of a test that fails.

        Args:
            seen: What happened instead.
        """
        return f"the contract ({self.where}): {self.text}; but {seen}"
