"""Lists that keep their beginning in memory and the rest on the disk."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from rules_run.runtime.scratch import Scratch

T = TypeVar("T")
PAGE = 500


class Spool(Generic[T]):
    """A list that only grows and is read in its order, however long it becomes."""

    def __init__(self, scratch: Scratch, *, near: bool = True) -> None:
        """`near` says whether the first items stay in memory."""
        self._scratch, self._most = scratch, scratch.at_once if near else 0
        self._near: list[T] = []
        self._next: list[T] = []
        self._far, self._list = 0, 0

    def __len__(self) -> int:
        return len(self._near) + self._far + len(self._next)

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page

    def extend(self, items: Iterable[T]) -> None:
        """Add items at the end."""
        rest = iter(items)
        self._near.extend(islice(rest, self._most - len(self._near)))
        while page := list(islice(rest, PAGE - len(self._next))):
            self._next += page
            if len(self._next) == PAGE:
                self._put_away()

    def pages(self) -> Iterator[list[T]]:
        """Yield all items in lists of no more than a page."""
        for start in range(0, len(self._near), PAGE):
            yield self._near[start : start + PAGE]
        for first in range(0, self._far, PAGE):
            ((blob,),) = self._scratch.rows("SELECT items FROM page WHERE list = ? AND first = ?", (self._list, first))
            yield thawed(blob)
        if self._next:
            yield list(self._next)

    def _put_away(self) -> None:
        self._list = self._list or self._scratch.new_list()
        self._scratch.put("INSERT INTO page VALUES (?, ?, ?)", [(self._list, self._far, frozen(self._next))])
        self._far += len(self._next)
        self._next = []


def together(pages: Iterable[list[T]], most: int) -> Iterator[list[T]]:
    """Yield the items of pages in lists of `most`, the last one shorter."""
    held: list[T] = []
    for page in pages:
        held += page
        while len(held) >= most:
            yield held[:most]
            held = held[most:]
    if held:
        yield held


def frozen(value: object) -> bytes:
    """Return a value as bytes that `thawed` reads; what stands in it twice is one thing afterwards too."""
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def thawed(blob: bytes) -> Any:
    """Return the value of some bytes."""
    return pickle.loads(blob)  # noqa: S301 - see above
