"""Decides which job goes next: one after the other, in a given order."""

from __future__ import annotations

from collections.abc import Iterable

from xqute import InvalidValue


class Turns:
    """Jobs take turns. A turn lasts until a job is settled. Jobs are known by their indexes.

    Args:
        order: The jobs that go first, in this order; the others follow by index.
        slots: How many jobs the scheduler takes at once.

    Attributes:
        awaited: The job that must be submitted before others can go on, None if there is none.
    """

    def __init__(self, order: Iterable[int], slots: int) -> None:
        self.awaited: int | None = None
        self._order = list(order)
        self._slots = slots
        # Jobs that were submitted and have not ended, and those of them that have given up their
        # turn and run on.
        self._here: set[int] = set()
        self._staying: set[int] = set()
        # Jobs that will be submitted again, and those that were; these go before all others.
        self._retried: set[int] = set()
        self._again: set[int] = set()
        self._now: int | None = None

    def come(self, index: int) -> None:
        """An attempt of a job was submitted."""
        self._here.add(index)
        if index in self._retried:
            self._retried.discard(index)
            self._again.add(index)

    def has(self, index: int) -> bool:
        """Return whether a job was submitted and has not ended."""
        return index in self._here

    def leave(self, index: int) -> None:
        """An attempt has ended."""
        self._here.discard(index)
        self._staying.discard(index)
        self._again.discard(index)

    def stay(self, index: int) -> None:
        """A job gives up its turn, and runs on."""
        self._staying.add(index)
        self._now = None

    def retry(self, index: int) -> None:
        """A job will be tried again. It keeps its turn as long as there is a slot for it."""
        self._retried.add(index)

    def finish(self, index: int) -> None:
        """A job is settled."""
        self._retried.discard(index)
        if index in self._order:
            self._order.remove(index)
        if self._now == index:
            self._now = None

    def whose(self) -> int | None:
        """Return the job whose turn it is, None if no job can go now.

        Raises:
            InvalidValue: The order can't be kept with so few slots.
        """
        if self._now is None or (self._now in self._retried and self._full):
            self._now = self._next()
        return self._now

    @property
    def _full(self) -> bool:
        return len(self._here) >= self._slots

    def _next(self) -> int | None:
        self.awaited = None
        waiting = self._here - self._staying
        if again := waiting & self._again:
            return min(again)
        if not self._order:
            return min(waiting, default=None)
        if self._order[0] in waiting:
            return self._order.pop(0)
        self.awaited = self._order[0]
        if self._full:
            raise InvalidValue(
                f"job {self.awaited} is to go first, and jobs {sorted(self._here)} take all slots: "
                f"scheduler_forks={self._slots} is too few for this order"
            )
        return None
